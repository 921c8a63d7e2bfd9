//! What the queue had no room for is told to a Jaeger agent with the next packet.
//!
//! Wire rule: agent.thrift, `Batch.stats` of type `ClientStats`, of which field 1 is the number of spans
//! that the client dropped because its queue was full.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use spanline::export::JaegerExporter;
use spanline::sdk::BatchConfig;
use spanline::{Setup, TracerProvider};
use spanline_sink::{Builder, ClientStats, Sink};

const LONG: Duration = Duration::from_secs(20);

/// The statistics of each packet that arrived, in order.
type Told = Arc<Mutex<Vec<Option<ClientStats>>>>;

fn listen(builder: Builder) -> (Sink, Told) {
    let told = Told::default();
    let hears = Arc::clone(&told);
    let builder = builder.on_payload(move |payload| {
        hears.lock().unwrap().push(payload.client_stats);
    });
    (builder.start().unwrap(), told)
}

/// Spans that were dropped for want of room.
fn dropped(provider: &TracerProvider) -> u64 {
    let dropped = provider.stats().processors[0].dropped;
    dropped.queue_full + dropped.byte_cap
}

/// Spans that were exported.
fn exported(provider: &TracerProvider) -> u64 {
    provider.stats().processors[0].exported
}

/// Drops spans, and asks that the packet after that says how many.
fn drops_are_told(setup: Setup, sink: &Sink, told: &Told) {
    let setup = setup.without_env().service_name("shop");
    let config = BatchConfig::default()
        .max_queue_size(1)
        .max_export_batch_size(1);
    let provider = setup.batch(config).build().unwrap();
    let tracer = provider.tracer("test");
    let send = || {
        tracer.start("sent").end();
        provider.force_flush(LONG).unwrap();
        sink.wait_for_spans(exported(&provider) as usize, LONG)
            .unwrap();
    };
    send();
    assert_eq!(*told.lock().unwrap(), [None], "nothing was dropped yet");

    let begun = Instant::now();
    while dropped(&provider) == 0 {
        assert!(begun.elapsed() < LONG, "the queue is never full");
        // One is sent, and one waits; seldom is the worker as quick as this.
        (0..3).for_each(|_| tracer.start("one of many").end());
        provider.force_flush(LONG).unwrap();
    }
    let lost = dropped(&provider);
    send();
    assert_eq!(dropped(&provider), lost);
    let last = told.lock().unwrap().last().copied().unwrap().unwrap();
    assert_eq!(last.full_queue_dropped_spans, lost as i64);
    assert_eq!(last.too_large_dropped_spans, 0);
    assert_eq!(last.failed_to_emit_spans, 0);
    provider.shutdown(LONG).unwrap();
}

#[test]
fn by_an_address() {
    let (sink, told) = listen(Sink::builder().jaeger_udp_compact(0));
    let address = sink.jaeger_udp_compact_address().unwrap();
    let setup = spanline::setup().jaeger(format!("udp://{address}"));
    drops_are_told(setup, &sink, &told);
}

#[test]
fn by_an_exporter_of_ones_own() {
    let (sink, told) = listen(Sink::builder().jaeger_udp_binary(0));
    let address = sink.jaeger_udp_binary_address().unwrap();
    let exporter = JaegerExporter::udp_binary(address.to_string());
    let setup = spanline::setup().exporter(exporter.build().unwrap());
    drops_are_told(setup, &sink, &told);
}

//! From a tracer to a server over real loopback HTTP, judged by decoders that are not ours.
//!
//! Wire rules: jaeger.thrift (`Batch`, `Span`) over `POST /api/traces`, Zipkin v2 over
//! `POST /api/v2/spans`. The receiver shares no code with the exporters.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/nobody.rs"]
mod nobody;

use nobody::Nobody;
use spanline::export::{Batch, ExportError, Exported, SpanExporter};
use spanline::prelude::*;
use spanline::sdk::BatchConfig;
use spanline::{Deadline, FlushError, SpanContext, SpanId, TraceFlags, TraceId, TracerProvider};
use spanline_sink::{Kind, ReceivedSpan, Sink};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// A parent and a child that use everything a span has.
fn work(provider: &TracerProvider) {
    let tracer = provider.tracer(spanline::Scope::new("shop").with_version("1.2.0"));
    let parent = tracer
        .span("order")
        .kind(SpanKind::Server)
        .attribute("order.id", 42)
        .start_active();
    let remote = SpanContext::new(
        TraceId::from_u128(7).unwrap(),
        SpanId::from_u64(8).unwrap(),
        TraceFlags::SAMPLED,
    );
    let mut child = tracer
        .span("charge \u{1f4b3}")
        .kind(SpanKind::Client)
        .attribute("peer.service", "gateway")
        .attribute("amounts", [1.5, 2.5])
        .link(remote)
        .start();
    child.add_event("retry").attribute("attempt", 1);
    child.record_error(&std::io::Error::other("declined"));
    child.set_status(Status::error("card declined"));
    child.end();
    parent.set_status(Status::Ok);
}

fn named<'a>(spans: &'a [ReceivedSpan], name: &str) -> &'a ReceivedSpan {
    spans.iter().find(|span| span.name == name).unwrap()
}

fn judge(sink: &Sink, provider: &TracerProvider) {
    let lost = provider.shutdown(PATIENCE).unwrap();
    assert!(lost.is_empty(), "{lost}");
    sink.wait_for_spans(2, PATIENCE).unwrap();
    assert_eq!(sink.malformed(), []);
    let spans = sink.spans();
    let (parent, child) = (named(&spans, "order"), named(&spans, "charge \u{1f4b3}"));
    assert_eq!(parent.trace_id, child.trace_id);
    assert_eq!(child.parent_id, Some(parent.span_id));
    assert_eq!(parent.parent_id, None);
    assert_eq!((parent.kind, child.kind), (Kind::Server, Kind::Client));
    assert_eq!(parent.service(), "checkout");
    assert_eq!(child.events.len(), 2);
    assert!(child.is_error() && !parent.is_error());
    assert!(parent.start_us <= child.start_us);
    let stats = provider.stats();
    assert!(stats.balances(), "{stats:?}");
    assert_eq!(stats.processors[0].exported, 2);
}

#[test]
fn at_a_jaeger_collector() {
    let sink = Sink::builder().jaeger(0).start().unwrap();
    let setup = spanline::setup().without_env().service_name("checkout");
    let provider = setup
        .jaeger(sink.jaeger_endpoint().unwrap())
        .build()
        .unwrap();
    work(&provider);
    judge(&sink, &provider);
}

#[test]
fn at_a_zipkin_server() {
    let sink = Sink::builder().zipkin(0).start().unwrap();
    let setup = spanline::setup().without_env().service_name("checkout");
    let provider = setup
        .zipkin(sink.zipkin_endpoint().unwrap())
        .build()
        .unwrap();
    work(&provider);
    judge(&sink, &provider);
}

#[test]
fn at_two_servers_each_with_a_queue_of_its_own() {
    let sink = Sink::builder().jaeger(0).zipkin(0).start().unwrap();
    let provider = spanline::setup()
        .without_env()
        .jaeger(sink.jaeger_endpoint().unwrap())
        .zipkin(sink.zipkin_endpoint().unwrap())
        .build()
        .unwrap();
    provider.tracer("shop").start("once").end();
    provider.shutdown(PATIENCE).unwrap();
    sink.wait_for_spans(2, PATIENCE).unwrap();
    assert_eq!(provider.stats().processors.len(), 2);
}

#[test]
fn or_nothing_listens_and_every_span_is_counted_as_failed() {
    let nobody = Nobody::new();
    let provider = spanline::setup()
        .without_env()
        .jaeger(format!("http://{}/api/traces", nobody.address()))
        .batch(BatchConfig::default().export_timeout(Duration::from_millis(300)))
        .build()
        .unwrap();
    work(&provider);
    let refused = provider.force_flush(PATIENCE);
    assert!(
        matches!(refused, Err(FlushError::Exporter(_))),
        "{refused:?}"
    );
    let lost = provider.shutdown(PATIENCE);
    let lost = lost.unwrap_or_else(|error| error.loss().unwrap());
    assert_eq!(lost.to_string(), "2 lost: failed 2");
    assert!(provider.stats().balances());
}

/// An exporter of the user's own takes the same road.
struct Count(std::sync::mpsc::SyncSender<usize>);

impl SpanExporter for Count {
    fn export(&mut self, batch: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        self.0.send(batch.len()).map_err(ExportError::other)?;
        Ok(Exported::ALL)
    }
}

#[test]
fn at_an_exporter_of_ones_own() {
    let (sender, batches) = std::sync::mpsc::sync_channel(8);
    let provider = spanline::setup()
        .without_env()
        .exporter(Count(sender))
        .build()
        .unwrap();
    work(&provider);
    provider.force_flush(PATIENCE).unwrap();
    assert_eq!(batches.recv_timeout(PATIENCE), Ok(2));
}

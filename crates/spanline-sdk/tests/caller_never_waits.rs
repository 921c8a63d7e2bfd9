//! Ending a span never waits: not for the exporter, not for room, and not in the strange places
//! where spans end.
//!
//! OpenTelemetry specification, "Span processor", "OnEnd(Span)": called synchronously, it should
//! not block or throw; "Performance and blocking of OpenTelemetry API": information may be lost
//! rather than the program held up.

mod support;

use spanline_core::export::Exported;
use spanline_core::{Deadline, Span, Tracer, TracerProvider};
use spanline_sdk::processor::BatchConfig;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use support::{Gate, NEVER, PATIENCE, Probe, batching, counts, end_spans, in_time};

/// With a hung exporter and a full queue, ten thousand more spans end, and are counted.
#[test]
fn a_full_queue_holds_nobody_up() {
    let gate = Gate::shut();
    let (probe, _) = Probe::behind(&gate);
    let config = BatchConfig::default()
        .max_queue_size(64)
        .max_export_batch_size(8)
        .schedule_delay(NEVER);
    let provider = batching(probe, config);
    end_spans(&provider, 8);
    gate.until_reached();
    end_spans(&provider, 64);
    let ending = provider.clone();
    in_time(move || {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| end_spans(&ending, 2_500));
            }
        });
    });
    let counts = counts(&provider);
    assert_eq!(counts.ended_sampled, 10_072);
    assert_eq!((counts.in_flight, counts.queued), (8, 64));
    assert_eq!(counts.dropped.queue_full, 10_000);
    assert!(counts.balances());
    gate.open();
}

/// A queue without room for bytes says so, and holds nobody up.
#[test]
fn a_queue_full_of_bytes_holds_nobody_up() {
    let gate = Gate::shut();
    let (probe, _) = Probe::behind(&gate);
    let config = BatchConfig::default()
        .max_queue_bytes(64 * 1024)
        .schedule_delay(NEVER);
    let provider = batching(probe, config);
    let ending = provider.clone();
    in_time(move || {
        let tracer = ending.tracer("test");
        let text = "x".repeat(1024);
        for _ in 0..500 {
            let mut span = tracer.start("large");
            span.set_attribute("text", text.as_str());
            span.end();
        }
    });
    let counts = counts(&provider);
    assert_eq!(counts.ended_sampled, 500);
    assert!(counts.dropped.byte_cap > 0, "{counts:?}");
    assert!(counts.balances());
    gate.open();
}

/// Ends what it holds when its thread is torn down.
struct Late {
    provider: TracerProvider,
    tracer: Tracer,
    span: Option<Span>,
}

impl Drop for Late {
    fn drop(&mut self) {
        drop(self.span.take());
        self.tracer.start("started in teardown").end();
        let _active = self.tracer.start_active("active in teardown");
        let _ = self.provider.stats();
    }
}

thread_local! {
    static EARLY: RefCell<Option<Late>> = const { RefCell::new(None) };
    static LATE: RefCell<Option<Late>> = const { RefCell::new(None) };
}

/// Spans may start and end in destructors of thread-locals, whichever order those run in.
#[test]
fn spans_end_in_thread_teardown() {
    let (probe, seen) = Probe::willing();
    let provider = batching(probe, BatchConfig::default());
    for _ in 0..20 {
        let provider = provider.clone();
        let work = move || {
            let late = |span| Late {
                provider: provider.clone(),
                tracer: provider.tracer("test"),
                span,
            };
            // Touched before the first span of this thread, so torn down after what spans use.
            EARLY.with_borrow_mut(|place| *place = Some(late(None)));
            let span = provider.tracer("test").start("held");
            LATE.with_borrow_mut(|place| {
                let span = provider.tracer("test").start("held");
                *place = Some(late(Some(span)));
            });
            EARLY.with_borrow_mut(|place| *place = Some(late(Some(span))));
        };
        thread::spawn(work).join().unwrap();
    }
    provider.force_flush(PATIENCE).unwrap();
    let stats = provider.stats();
    assert_eq!(stats.live, 0);
    assert_eq!(stats.processors[0].ended_sampled, stats.started.sampled);
    assert!(stats.balances());
    seen.read(|seen| assert!(seen.names().filter(|name| *name == "held").count() == 40));
}

/// Spans end while a panic unwinds, in the right order.
#[test]
fn spans_end_while_unwinding() {
    let (probe, seen) = Probe::willing();
    let provider = batching(probe, BatchConfig::default());
    let tracer = provider.tracer("test");
    let result = catch_unwind(AssertUnwindSafe(|| {
        let _outer = tracer.start_active("outer");
        let _inner = tracer.start_active("inner");
        let _owned = tracer.start("owned");
        panic!("unwinding");
    }));
    assert!(result.is_err());
    assert!(!spanline_core::current_span().span_context().is_valid());
    provider.force_flush(PATIENCE).unwrap();
    seen.read(|seen| {
        let names: Vec<_> = seen.names().collect();
        assert_eq!(names, ["owned", "inner", "outer"]);
    });
}

/// An exporter that makes spans of its own feeds nothing back: they do not record
/// ("Span exporter": exporters' own calls should not be traced).
#[test]
fn exporters_do_not_trace_themselves() {
    let own = std::sync::Arc::new(std::sync::OnceLock::<Tracer>::new());
    let tracer = std::sync::Arc::clone(&own);
    let (probe, seen) = Probe::new(move |_, _| {
        let span = tracer.get().unwrap().start_active("export");
        assert!(!span.is_recording());
        Ok(Exported::ALL)
    });
    let provider = batching(probe, BatchConfig::default());
    own.set(provider.tracer("exporter")).unwrap();
    for _ in 0..10 {
        end_spans(&provider, 2);
        provider.force_flush(PATIENCE).unwrap();
    }
    provider.shutdown(Deadline::NEVER).unwrap();
    let counts = counts(&provider);
    assert_eq!((counts.exported, counts.failed), (20, 0));
    seen.read(|seen| assert_eq!(seen.spans(), 20));
}

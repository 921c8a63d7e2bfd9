//! Who names traces and spans, and what the names say about themselves.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use spanline_core::{SpanId, TraceId};
use spanline_sdk::id_generator::{IdGenerator, RandomIdGenerator};
use spanline_sdk::processor::SimpleSpanProcessor;
use spanline_sdk::provider::TracerProviderBuilder;
use spanline_sdk::testing::{FinishedSpan, InMemoryExporter};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;

/// Counts up from 1.
#[derive(Default)]
struct Counting {
    traces: AtomicU64,
    spans: AtomicU64,
}

impl IdGenerator for Counting {
    fn new_trace_id(&self) -> TraceId {
        let next = self.traces.fetch_add(1, SeqCst) + 1;
        TraceId::from_u128(next.into()).unwrap()
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from_u64(self.spans.fetch_add(1, SeqCst) + 1).unwrap()
    }
}

/// A root with a child, then a root alone.
fn three_spans(generator: Option<Box<dyn IdGenerator>>) -> Vec<FinishedSpan> {
    let exporter = InMemoryExporter::new();
    let mut builder =
        TracerProviderBuilder::new().processor(SimpleSpanProcessor::new(exporter.clone()));
    if let Some(generator) = generator {
        builder = builder.id_generator(generator);
    }
    let provider = builder.build().unwrap();
    let tracer = provider.tracer("test");
    let root = tracer.start_active("root");
    tracer.start("child").end();
    root.end();
    tracer.start("another").end();
    let spans = exporter.spans();
    assert_eq!(spans.len(), 3);
    spans
}

#[test]
fn a_generator_of_the_programs_is_asked_for_both_ids_and_no_more_often() {
    let counting = Arc::new(Counting::default());
    let spans = three_spans(Some(Box::new(Arc::clone(&counting))));
    let ids: Vec<_> = spans
        .iter()
        .map(|span| {
            (
                span.name(),
                span.trace_id().to_u128(),
                span.span_id().to_u64(),
            )
        })
        .collect();
    assert_eq!(ids, [("child", 1, 2), ("root", 1, 1), ("another", 2, 3)]);
    assert!(
        spans
            .iter()
            .all(|span| !span.view().trace_flags().is_random())
    );
    assert_eq!(
        (counting.traces.load(SeqCst), counting.spans.load(SeqCst)),
        (2, 3)
    );
}

#[test]
fn random_ids_say_so() {
    for generator in [
        None,
        Some(Box::new(RandomIdGenerator) as Box<dyn IdGenerator>),
    ] {
        let spans = three_spans(generator);
        assert!(
            spans
                .iter()
                .all(|span| span.view().trace_flags().is_random())
        );
    }
}

struct Panicking;

impl IdGenerator for Panicking {
    fn new_trace_id(&self) -> TraceId {
        panic!("a generator of the program's")
    }

    fn new_span_id(&self) -> SpanId {
        panic!("a generator of the program's")
    }
}

#[test]
fn a_generator_that_panics_is_replaced() {
    let spans = three_spans(Some(Box::new(Panicking)));
    let ids: HashSet<_> = spans.iter().map(FinishedSpan::span_id).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(spans[0].trace_id(), spans[1].trace_id());
}

#[test]
fn many_threads_draw_no_id_twice() {
    let exporter = InMemoryExporter::new();
    let provider = TracerProviderBuilder::new()
        .processor(SimpleSpanProcessor::new(exporter.clone()))
        .build()
        .unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            let tracer = provider.tracer("test");
            scope.spawn(move || (0..1000).for_each(|_| tracer.start("span").end()));
        }
    });
    let spans = exporter.spans();
    let traces: HashSet<_> = spans.iter().map(FinishedSpan::trace_id).collect();
    let ids: HashSet<_> = spans.iter().map(FinishedSpan::span_id).collect();
    assert_eq!((spans.len(), traces.len(), ids.len()), (8000, 8000, 8000));
}

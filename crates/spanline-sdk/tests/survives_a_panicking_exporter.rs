//! Code that the program hands over may panic: it costs one call, and nothing else.
//!
//! The OpenTelemetry specification ("Error handling", "Basic error handling principles") forbids
//! unhandled exceptions at run time, and wants background tasks to survive what goes wrong in them.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use spanline_core::context::Context;
use spanline_core::diagnostics::DiagnosticKind;
use spanline_core::export::{Batch, ExportError, Exported, SpanExporter};
use spanline_core::view::SpanView;
use spanline_core::{
    Deadline, FlushError, LossReport, ShutdownError, SpanId, SpanMut, TraceId, TracerProvider,
};
use spanline_sdk::clock::Clock;
use spanline_sdk::id_generator::IdGenerator;
use spanline_sdk::processor::{
    BatchConfig, BatchSpanProcessor, SimpleSpanProcessor, SpanProcessor,
};
use spanline_sdk::provider::TracerProviderBuilder;
use spanline_sdk::sampler::{Sampler, SamplingInput, SamplingResult};
use std::borrow::Cow;
use std::fmt;
use support::{Ear, NEVER, PATIENCE, Probe, batching, counts, end_spans, in_time};

fn batch_of(probe: impl SpanExporter + 'static) -> BatchSpanProcessor {
    BatchSpanProcessor::new(probe, BatchConfig::default()).unwrap()
}

/// A batch that makes the exporter panic has failed; the next ones go out ("Export(batch)").
#[test]
fn a_panic_costs_one_batch() {
    let ear = Ear::new();
    let mut calls = 0;
    let (probe, seen) = Probe::new(move |_, _| {
        calls += 1;
        assert_ne!(calls, 1, "the first batch is too much");
        Ok(Exported::ALL)
    });
    let provider = batching(probe, BatchConfig::default().schedule_delay(NEVER));
    end_spans(&provider, 10);
    let answer = provider.force_flush(PATIENCE);
    assert!(matches!(answer, Err(FlushError::Exporter(text)) if text.contains("too much")));
    end_spans(&provider, 1_000);
    let losses = provider.shutdown(PATIENCE).unwrap();
    let counts = counts(&provider);
    assert_eq!((counts.exported, counts.failed), (1_000, 10));
    assert_eq!((losses.failed, losses.total()), (10, 10));
    assert!(counts.balances());
    seen.read(|seen| assert_eq!(seen.shutdowns, 1));
    assert!(ear.has_heard(DiagnosticKind::ExportFailed, "10 spans failed"));
    assert!(ear.has_heard(DiagnosticKind::ExportFailed, "panicked"));
    assert!(ear.has_heard(DiagnosticKind::Recovered, "exporting again"));
}

/// Panics wherever an exporter can besides exporting.
struct PanicsAround;

impl SpanExporter for PanicsAround {
    fn export(&mut self, _: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        Ok(Exported::ALL)
    }

    fn force_flush(&mut self, _: Deadline) -> Result<(), ExportError> {
        panic!("no flush");
    }

    fn shutdown(&mut self, _: Deadline) -> Result<(), ExportError> {
        panic!("no shutdown");
    }

    fn name(&self) -> &str {
        panic!("no name");
    }
}

/// Panics of an exporter's lifecycle are errors of that call ("ForceFlush", "Shutdown").
#[test]
fn a_panic_in_the_lifecycle_is_an_error() {
    let batch = TracerProviderBuilder::new().processor(batch_of(PanicsAround));
    let simple = TracerProviderBuilder::new().processor(SimpleSpanProcessor::new(PanicsAround));
    for builder in [batch, simple] {
        let provider = builder.build().unwrap();
        end_spans(&provider, 3);
        let flushing = provider.clone();
        let flushed = in_time(move || flushing.force_flush(Deadline::NEVER));
        assert!(
            matches!(flushed, Err(FlushError::Exporter(_))),
            "{flushed:?}"
        );
        end_spans(&provider, 3);
        let ending = provider.clone();
        let ended = in_time(move || ending.shutdown(Deadline::NEVER));
        assert!(
            matches!(ended, Err(ShutdownError::Exporter(_, _))),
            "{ended:?}"
        );
        assert_eq!(counts(&provider).exported, 6);
        assert!(provider.stats().balances());
    }
}

/// An error whose text cannot be had.
#[derive(Debug)]
struct Unspeakable;

impl fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no words");
    }
}

impl std::error::Error for Unspeakable {}

/// An error that panics when it is printed still ends in an answer, for flush and shutdown.
#[test]
fn an_error_without_a_text_is_an_error() {
    let (probe, seen) = Probe::new(|_, _| Err(ExportError::other(Unspeakable)));
    let provider = batching(probe, BatchConfig::default());
    end_spans(&provider, 3);
    let flushing = provider.clone();
    let flushed = in_time(move || flushing.force_flush(Deadline::NEVER));
    assert!(
        matches!(flushed, Err(FlushError::Exporter(_))),
        "{flushed:?}"
    );
    end_spans(&provider, 3);
    let ending = provider.clone();
    let ended = in_time(move || ending.shutdown(Deadline::NEVER));
    assert!(
        matches!(ended, Err(ShutdownError::Exporter(_, _))),
        "{ended:?}"
    );
    assert_eq!(counts(&provider).failed, 6);
    assert!(provider.stats().balances());
    seen.read(|seen| assert_eq!(seen.shutdowns, 1));
}

/// What a panic carries may panic again when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("the payload panics as well");
        }
    }
}

/// A panic whose payload panics is contained like any other, on every side.
#[test]
fn a_panic_within_a_panic_is_contained() {
    struct Throws;
    impl SpanProcessor for Throws {
        fn on_end(&self, _: SpanView<'_>) {
            std::panic::panic_any(Bomb);
        }
    }
    impl Sampler for Throws {
        fn should_sample(&self, input: &SamplingInput<'_>) -> SamplingResult {
            if input.name() == "throw" {
                std::panic::panic_any(Bomb);
            }
            spanline_sdk::sampler::AlwaysOn.should_sample(input)
        }
        fn description(&self) -> Cow<'_, str> {
            "Throws".into()
        }
    }
    let throwing = || Probe::new(|_, _| std::panic::panic_any(Bomb)).0;
    let provider = TracerProviderBuilder::new()
        .sampler(Throws)
        .processor(Throws)
        .processor(SimpleSpanProcessor::new(throwing()))
        .processor(batch_of(throwing()))
        .build()
        .unwrap();
    provider.tracer("test").start("throw").end();
    end_spans(&provider, 2);
    let flushed = provider.force_flush(PATIENCE);
    assert!(
        matches!(flushed, Err(FlushError::Exporter(_))),
        "{flushed:?}"
    );
    end_spans(&provider, 2);
    let ending = provider.clone();
    let _ = in_time(move || ending.shutdown(Deadline::NEVER));
    let stats = provider.stats();
    assert_eq!((stats.started.dropped, stats.started.sampled), (1, 4));
    assert_eq!(stats.processors[0].failed, 4);
    assert_eq!(stats.processors[1].failed, 4);
    assert!(stats.balances());
}

/// Panics in every call of a processor.
struct Panicky;

impl SpanProcessor for Panicky {
    fn on_end(&self, _: SpanView<'_>) {
        panic!("on_end");
    }

    fn on_start(&self, _: &mut SpanMut<'_>, _: &Context) {
        panic!("on_start");
    }

    fn on_ending(&self, _: &mut SpanMut<'_>) {
        panic!("on_ending");
    }

    fn force_flush(&self, _: Deadline) -> Result<(), FlushError> {
        panic!("force_flush");
    }

    fn shutdown(&self, _: Deadline) -> Result<LossReport, ShutdownError> {
        panic!("shutdown");
    }
}

/// A processor that panics hurts neither the program nor the processors beside it ("Span
/// processor": OnStart and OnEnd should not throw).
#[test]
fn a_panicking_processor_costs_its_own_calls() {
    let ear = Ear::new();
    let (probe, seen) = Probe::willing();
    let provider = TracerProviderBuilder::new()
        .processor(Panicky)
        .processor(batch_of(probe))
        .build()
        .unwrap();
    end_spans(&provider, 5);
    let flushed = provider.force_flush(PATIENCE);
    assert!(
        matches!(flushed, Err(FlushError::Exporter(_))),
        "{flushed:?}"
    );
    seen.read(|seen| assert_eq!(seen.spans(), 5));
    let ended = provider.shutdown(PATIENCE);
    assert!(
        matches!(ended, Err(ShutdownError::Exporter(_, _))),
        "{ended:?}"
    );
    seen.read(|seen| assert_eq!(seen.shutdowns, 1));
    assert!(ear.has_heard(DiagnosticKind::Panic, "panicked in on_"));
    assert!(provider.stats().balances());
}

/// Panics wherever a span asks something.
struct Refuses;

impl Sampler for Refuses {
    fn should_sample(&self, _: &SamplingInput<'_>) -> SamplingResult {
        panic!("no decision");
    }

    fn description(&self) -> Cow<'_, str> {
        panic!("no description");
    }
}

impl IdGenerator for Refuses {
    fn new_trace_id(&self) -> TraceId {
        panic!("no trace id");
    }

    fn new_span_id(&self) -> SpanId {
        panic!("no span id");
    }
}

impl Clock for Refuses {
    fn unix_nanos(&self) -> u64 {
        panic!("no time");
    }
}

/// A sampler that panics drops the span, which still has ids of its own to pass on.
#[test]
fn a_panicking_sampler_drops_the_span() {
    let ear = Ear::new();
    let provider = TracerProviderBuilder::new()
        .sampler(Refuses)
        .build()
        .unwrap();
    let span = provider.tracer("test").start("span");
    assert!(!span.is_recording());
    assert!(span.span_context().is_valid());
    assert!(!span.span_context().is_sampled());
    assert_eq!(provider.stats().started.dropped, 1);
    assert!(ear.has_heard(DiagnosticKind::Panic, "the sampler panicked"));
}

/// Without an id generator that works there are random ids; without a clock there is no time.
#[test]
fn panicking_ids_and_clocks_are_replaced() {
    let ear = Ear::new();
    let (probe, seen) = Probe::willing();
    let provider: TracerProvider = TracerProviderBuilder::new()
        .id_generator(Refuses)
        .clock(Refuses)
        .processor(batch_of(probe))
        .build()
        .unwrap();
    let tracer = provider.tracer("test");
    let parent = tracer.start_active("parent");
    let child = tracer.start("child");
    assert!(parent.span_context().is_valid());
    assert_eq!(parent.trace_id(), child.trace_id());
    assert_ne!(parent.span_id(), child.span_id());
    child.end();
    parent.end();
    provider.shutdown(PATIENCE).unwrap();
    seen.read(|seen| assert_eq!(seen.spans(), 2));
    assert!(ear.has_heard(DiagnosticKind::Panic, "the id generator panicked"));
}

/// Whoever watches the exports may panic as well.
#[test]
fn a_panicking_watcher_costs_its_call() {
    let ear = Ear::new();
    let (probe, seen) = Probe::willing();
    let config = BatchConfig::default().on_export(|_| panic!("do not tell me"));
    let provider = batching(probe, config);
    end_spans(&provider, 2);
    provider.force_flush(PATIENCE).unwrap();
    end_spans(&provider, 2);
    provider.shutdown(PATIENCE).unwrap();
    seen.read(|seen| assert_eq!(seen.spans(), 4));
    assert_eq!(counts(&provider).exported, 4);
    assert!(ear.has_heard(DiagnosticKind::Panic, "on_export"));
}

/// An error whose destructor panics is an error like any other, and the shutdown has an outcome.
#[test]
fn an_error_that_panics_when_it_goes_is_contained() {
    #[derive(Debug)]
    struct Fuse;
    impl std::fmt::Display for Fuse {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("burnt")
        }
    }
    impl std::error::Error for Fuse {}
    impl Drop for Fuse {
        fn drop(&mut self) {
            panic!("the error panics as it goes");
        }
    }
    struct Burns;
    impl SpanExporter for Burns {
        fn export(&mut self, _: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
            Err(ExportError::other(Fuse))
        }
        fn force_flush(&mut self, _: Deadline) -> Result<(), ExportError> {
            Err(ExportError::other(Fuse))
        }
        fn shutdown(&mut self, _: Deadline) -> Result<(), ExportError> {
            Err(ExportError::other(Fuse))
        }
    }
    // By themselves: a provider would contain what they let out.
    let batch = BatchSpanProcessor::new(Burns, BatchConfig::default()).unwrap();
    let processors: [Box<dyn SpanProcessor>; 2] =
        [Box::new(SimpleSpanProcessor::new(Burns)), Box::new(batch)];
    for processor in processors {
        let (flushed, ended, again) = in_time(move || {
            let flushed = processor.force_flush(Deadline::NEVER);
            let ended = processor.shutdown(Deadline::NEVER);
            (flushed, ended, processor.shutdown(Deadline::NEVER))
        });
        assert_eq!(flushed, Err(FlushError::Exporter("burnt".into())));
        assert!(matches!(ended, Err(ShutdownError::Exporter(_, text)) if text == "burnt"));
        assert_eq!(again, Err(ShutdownError::AlreadyShutDown));
    }
}

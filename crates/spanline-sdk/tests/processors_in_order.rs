//! Processors are called in the order of their registration, with what the specification promises
//! each call.
//!
//! OpenTelemetry specification, "Span processor": processors form a pipeline in the order of
//! registration; each may have its own exporter.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use spanline_core::context::Context;
use spanline_core::export::Exported;
use spanline_core::view::SpanView;
use spanline_core::{Baggage, SpanMut, TracerProvider};
use spanline_sdk::processor::{
    BatchConfig, BatchSpanProcessor, SimpleSpanProcessor, SpanProcessor, Watches,
};
use spanline_sdk::provider::TracerProviderBuilder;
use std::sync::{Arc, OnceLock};
use std::thread;
use support::{Gate, PATIENCE, Probe, Watched, batching, end_spans, in_time};

type Calls = Arc<Watched<Vec<String>>>;

/// Notes its calls, and what it sees.
struct Noting {
    name: &'static str,
    calls: Calls,
    watches: Watches,
}

impl Noting {
    fn new(name: &'static str, calls: &Calls) -> Noting {
        Noting {
            name,
            calls: Arc::clone(calls),
            watches: Watches::EVERYTHING,
        }
    }

    fn note(&self, call: &str) {
        let line = format!("{} {call}", self.name);
        self.calls.change(|calls| calls.push(line));
    }
}

impl SpanProcessor for Noting {
    fn on_start(&self, span: &mut SpanMut<'_>, parent: &Context) {
        let ended = span.view().unwrap().has_ended();
        let baggage = parent.baggage().get("user").unwrap_or("-").to_owned();
        self.note(&format!("start ended={ended} user={baggage}"));
        span.set_attribute(self.name, "start");
    }

    fn on_ending(&self, span: &mut SpanMut<'_>) {
        let ended = span.view().unwrap().has_ended();
        self.note(&format!("ending ended={ended}"));
        span.set_attribute(self.name, "ending");
    }

    fn on_end(&self, span: SpanView<'_>) {
        let seen: Vec<_> = ["one", "two"]
            .iter()
            .map(|key| match span.attributes().get(key) {
                Some(value) => format!("{key}={value}"),
                None => format!("{key}=-"),
            })
            .collect();
        self.note(&format!("end {}", seen.join(" ")));
    }

    fn watches(&self) -> Watches {
        self.watches
    }
}

fn noting(watches: [Watches; 2]) -> (TracerProvider, Calls) {
    let calls = Calls::default();
    let [first, second] = watches;
    let one = Noting {
        watches: first,
        ..Noting::new("one", &calls)
    };
    let two = Noting {
        watches: second,
        ..Noting::new("two", &calls)
    };
    let builder = TracerProviderBuilder::new().processor(one).processor(two);
    (builder.build().unwrap(), calls)
}

/// All starts, then all endings, then all ends, each in order; what one sets while the span is
/// ending all see at its end ("OnStart", "OnEnding": the end time is set, the span still mutable,
/// and every `OnEnding` comes before any `OnEnd`).
#[test]
fn every_call_comes_in_order() {
    let (provider, calls) = noting([Watches::EVERYTHING; 2]);
    provider.tracer("test").start("span").end();
    let expected = [
        "one start ended=false user=-",
        "two start ended=false user=-",
        "one ending ended=true",
        "two ending ended=true",
        "one end one=ending two=ending",
        "two end one=ending two=ending",
    ];
    calls.read(|calls| assert_eq!(*calls, expected));
}

/// Processors see the whole parent context, baggage included, whether it is current or given
/// ("OnStart": `parentContext`).
#[test]
fn a_start_shows_the_parent_context() {
    let (provider, calls) = noting([Watches::EVERYTHING; 2]);
    let tracer = provider.tracer("test");
    let context = Context::root().with_baggage(Baggage::new().with("user", "ada"));
    drop(tracer.span("given").parent(&context).start());
    {
        let _attached = context.attach();
        drop(tracer.start("current"));
        drop(tracer.span("root").root().start());
    }
    let users = |calls: &Vec<String>| {
        let starts = calls.iter().filter(|call| call.starts_with("two start"));
        starts
            .map(|call| call.rsplit('=').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    calls.read(|calls| assert_eq!(users(calls), ["ada", "ada", "-"]));
}

/// A processor is asked once what it wants, and called for nothing else.
#[test]
fn processors_get_the_calls_they_want() {
    let starts = Watches {
        start: true,
        ending: false,
    };
    let (provider, calls) = noting([starts, Watches::ONLY_ENDS]);
    provider.tracer("test").start("span").end();
    let expected = [
        "one start ended=false user=-",
        "one end one=start two=-",
        "two end one=start two=-",
    ];
    calls.read(|calls| assert_eq!(*calls, expected));
}

/// Several processors each have their own exporter, and each gets every span.
#[test]
fn each_processor_has_its_exporter() {
    let (batch, batch_seen) = Probe::willing();
    let (simple, simple_seen) = Probe::willing();
    let (failing, _) = Probe::new(|_, _| Ok(Exported::rejected(1)));
    let provider = TracerProviderBuilder::new()
        .processor(SimpleSpanProcessor::new(simple))
        .processor(BatchSpanProcessor::new(batch, BatchConfig::default()).unwrap())
        .processor(SimpleSpanProcessor::new(failing))
        .build()
        .unwrap();
    end_spans(&provider, 10);
    let losses = provider.shutdown(PATIENCE).unwrap();
    assert_eq!((losses.rejected, losses.total()), (10, 10));
    for seen in [batch_seen, simple_seen] {
        seen.read(|seen| assert_eq!((seen.spans(), seen.shutdowns), (10, 1)));
    }
    let stats = provider.stats();
    let components: Vec<_> = stats
        .processors
        .iter()
        .map(|processor| processor.component.split('/').next().unwrap())
        .collect();
    let simple = "simple_span_processor";
    assert_eq!(components, [simple, "batching_span_processor", simple]);
    assert!(stats.balances());
}

/// Without processors nobody would see a span ("Enabled": false when there is none).
#[test]
fn without_processors_tracers_are_not_enabled() {
    let provider = TracerProviderBuilder::new().build().unwrap();
    let tracer = provider.tracer("test");
    assert!(!tracer.enabled());
    // What is started all the same has ids to pass on.
    assert!(tracer.start("span").span_context().is_valid());
    assert!(provider.force_flush(PATIENCE).unwrap().is_empty());
    assert!(provider.shutdown(PATIENCE).unwrap().is_empty());
}

/// `SimpleSpanProcessor` never calls its exporter from two threads at once ("Simple processor": it
/// must synchronise calls to `Export`).
#[test]
fn the_simple_processor_takes_turns() {
    let (probe, seen) = Probe::new(|batch, _| {
        assert_eq!(batch.len(), 1);
        thread::yield_now();
        Ok(Exported::ALL)
    });
    let provider = TracerProviderBuilder::new()
        .processor(SimpleSpanProcessor::new(probe))
        .build()
        .unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| end_spans(&provider, 50));
        }
    });
    seen.read(|seen| assert_eq!((seen.spans(), seen.most_inside), (400, 1)));
    assert!(provider.stats().balances());
}

/// An exporter behind a simple processor that ends a span of the same pipeline does not wait for
/// itself: the span is counted.
#[test]
fn the_simple_processor_does_not_wait_for_itself() {
    let held = Arc::new(Watched::<Vec<spanline_core::Span>>::default());
    let ending = Arc::clone(&held);
    let own = Arc::new(OnceLock::<TracerProvider>::new());
    let starting = Arc::clone(&own);
    let (probe, seen) = Probe::new(move |_, _| {
        // One that was started outside, and one that is started here.
        drop(ending.change(std::mem::take));
        let span = starting.get().unwrap().tracer("exporter").start("inside");
        assert!(!span.is_recording(), "exporters do not trace themselves");
        Ok(Exported::ALL)
    });
    let provider = TracerProviderBuilder::new()
        .processor(SimpleSpanProcessor::new(probe))
        .build()
        .unwrap();
    own.set(provider.clone()).unwrap();
    let span = provider.tracer("test").start("held");
    held.change(|held| held.push(span));
    let ending = provider.clone();
    in_time(move || end_spans(&ending, 2));
    seen.read(|seen| assert_eq!(seen.spans(), 2));
    let stats = provider.stats();
    assert_eq!(stats.processors[0].dropped.abandoned, 1);
    assert_eq!(stats.processors[0].exported, 2);
    assert!(stats.balances());
    // The exporter has a handle of the provider that has the exporter: the shutdown cuts the circle.
    provider.shutdown(support::PATIENCE).unwrap();
    seen.read(|seen| assert!(seen.dropped));
}

/// An exporter sees spans whole: name, ids, kind, times, and who sends them.
#[test]
fn exporters_see_whole_spans() {
    let gate = Gate::shut();
    gate.open();
    let (probe, seen) = Probe::new(move |batch, _| {
        gate.pass();
        for span in batch {
            assert_eq!(span.scope().name(), "test");
            assert!(span.has_ended());
            assert!(span.end_unix_nanos() >= span.start_unix_nanos());
            assert!(span.start_unix_nanos() > 1_600_000_000_000_000_000);
            assert!(span.parent_span_id().is_some());
            assert_eq!(span.attributes().len(), 1);
        }
        Ok(Exported::ALL)
    });
    let provider = batching(probe, BatchConfig::default());
    let tracer = provider.tracer("test");
    let remote = spanline_core::propagation::parse_traceparent(
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    );
    let parent = Context::root().with_span_context(remote.unwrap());
    for _ in 0..20 {
        tracer
            .span("span")
            .parent(&parent)
            .attribute("n", 1)
            .start()
            .end();
    }
    assert!(provider.shutdown(PATIENCE).unwrap().is_empty());
    seen.read(|seen| assert_eq!(seen.spans(), 20));
}

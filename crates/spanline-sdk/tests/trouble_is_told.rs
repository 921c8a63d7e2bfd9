//! What goes wrong with spans is told once, loudly, with the component that has the trouble, and so is
//! its end ("Error handling"; "Batching processor": the specification of performance wants a word when
//! loss begins and when it stops).
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use spanline_core::TracerProvider;
use spanline_core::diagnostics::DiagnosticKind::{
    Config, Dropped, ExportFailed, Late, Limit, Recovered, Rejected, Shutdown,
};
use spanline_core::diagnostics::{self, Diagnostic};
use spanline_core::export::{ExportError, Exported, SpanExporter};
use spanline_core::record::SpanLimits;
use spanline_sdk::processor::{BatchConfig, SimpleSpanProcessor};
use spanline_sdk::provider::TracerProviderBuilder;
use spanline_sdk::sampler::TraceIdRatioBased;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use support::{Ear, Gate, NEVER, PATIENCE, Probe, batching, counts, end_spans};

/// An exporter that answers with these, one after another, and then takes everything.
fn answering(
    answers: impl IntoIterator<Item = Result<Exported, ExportError>, IntoIter: Send + 'static>,
) -> Probe {
    let mut answers = answers.into_iter();
    Probe::new(move |_, _| answers.next().unwrap_or(Ok(Exported::ALL))).0
}

/// One span after the other, each in an export of its own.
fn one_by_one(provider: &TracerProvider, spans: usize) {
    for _ in 0..spans {
        end_spans(provider, 1);
        let _ = provider.force_flush(PATIENCE);
    }
}

fn simple(exporter: impl SpanExporter + 'static) -> TracerProvider {
    TracerProviderBuilder::new()
        .processor(SimpleSpanProcessor::new(exporter))
        .build()
        .unwrap()
}

/// The first span that finds no room is told by the thread that ends it, while the exporter is still
/// away; that there is room again, by the worker.
#[test]
fn loss_begins_and_stops() {
    let ear = Ear::new();
    let gate = Gate::shut();
    let (probe, _) = Probe::behind(&gate);
    let config = BatchConfig::default()
        .max_queue_size(8)
        .max_export_batch_size(4)
        .schedule_delay(NEVER);
    let provider = batching(probe, config);
    end_spans(&provider, 4);
    gate.until_reached();
    end_spans(&provider, 100);
    assert!(counts(&provider).dropped.queue_full > 0);
    assert!(ear.has_heard(Dropped, "the queue is full: spans are dropped"));
    assert!(!ear.has_heard(Recovered, ""));
    gate.open();
    // The first look still sees the loss, the next one sees that nothing has come to it.
    provider.force_flush(PATIENCE).unwrap();
    one_by_one(&provider, 2);
    assert!(ear.has_heard(Recovered, "the queue has room again: so far"));
}

/// An exporter that comes back long after its deadline is named: nothing went out meanwhile.
#[test]
fn an_exporter_is_late() {
    let ear = Ear::new();
    let gate = Gate::shut();
    let never = gate.clone();
    let (probe, _) = Probe::new(move |_, deadline| {
        let beyond = deadline.instant().unwrap() + Duration::from_millis(60);
        never.pass_until(beyond.into());
        Ok(Exported::ALL)
    });
    let config = BatchConfig::default().export_timeout(Duration::from_millis(1));
    let provider = batching(probe, config);
    one_by_one(&provider, 1);
    assert!(ear.has_heard(Late, "after its deadline"));
    assert_eq!(counts(&provider).exported, 1, "it said that it sent them");
}

/// Both processors tell of failures, of what was not taken, and of the first success; that nothing was
/// taken is no success.
#[test]
fn failure_rejection_and_success() {
    let answers = || {
        [
            Err(ExportError::other("the line is dead")),
            Ok(Exported::rejected(1)),
        ]
    };
    let batching = batching(answering(answers()), BatchConfig::default());
    for provider in [batching, simple(answering(answers()))] {
        let ear = Ear::new();
        one_by_one(&provider, 1);
        assert!(ear.has_heard(ExportFailed, "1 span failed"));
        assert!(ear.has_heard(ExportFailed, "the line is dead"));
        one_by_one(&provider, 1);
        assert!(ear.has_heard(Rejected, "of 1 span 0 failed, 1 were rejected"));
        assert!(!ear.has_heard(Recovered, ""), "nothing has arrived yet");
        one_by_one(&provider, 1);
        assert!(ear.has_heard(Recovered, "exporting again"));
    }
}

/// A program that drops its guard too early hears of it, once, even if nothing was lost by then.
#[test]
fn spans_that_start_after_the_shutdown() {
    let ear = Ear::new();
    let provider = batching(Probe::willing().0, BatchConfig::default());
    provider.shutdown(PATIENCE).unwrap();
    assert!(!ear.has_heard(Shutdown, ""));
    end_spans(&provider, 1);
    let told = "a span was started after the shutdown";
    assert!(ear.has_heard(Shutdown, told));
    // A new ear would hear it again, had it not been told.
    drop(ear);
    let ear = Ear::new();
    end_spans(&provider, 2);
    assert!(!ear.has_heard(Shutdown, told));
    assert_eq!(provider.stats().lost().total(), 0);
}

/// An exporter that never comes back is told about by the shutdown that leaves it behind.
#[test]
fn an_exporter_stays_away() {
    let ear = Ear::new();
    let gate = Gate::shut();
    let (probe, _) = Probe::behind(&gate);
    let config = BatchConfig::default().max_export_batch_size(2);
    let provider = batching(probe, config);
    end_spans(&provider, 2);
    gate.until_reached();
    provider.shutdown(Duration::from_millis(1)).unwrap_err();
    assert_eq!(ear.heard(Late, "has not come back with 2 spans"), 1);
    gate.open();
}

/// Whoever hears of it may start spans under the same sampler: nothing of ours is held meanwhile.
#[test]
fn a_share_that_judges_spans_with_a_parent() {
    let _alone = Ear::new();
    let provider = TracerProviderBuilder::new()
        .sampler(TraceIdRatioBased::new(1.0))
        .build()
        .unwrap();
    let tracer = provider.tracer("test");
    let heard = Arc::new(AtomicUsize::new(0));
    let (inner, hearing) = (tracer.clone(), Arc::clone(&heard));
    diagnostics::set_handler(move |told: &Diagnostic<'_>| {
        if told
            .message
            .to_string()
            .contains("decides about spans with a parent")
        {
            hearing.fetch_add(1, Ordering::Relaxed);
            inner.start("heard").end();
        }
    });
    support::in_time(move || {
        let _root = tracer.start_active("root");
        (0..2).for_each(|_| tracer.start("child").end());
    });
    assert_eq!(heard.load(Ordering::Relaxed), 1);
}

/// Such a span finds no room however empty the queue is, so nothing is told of room.
#[test]
fn a_span_that_never_fits() {
    let ear = Ear::new();
    let (probe, _) = Probe::willing();
    let provider = batching(probe, BatchConfig::default().max_queue_bytes(64 * 1024));
    let tracer = provider.tracer("test");
    let end_large = || {
        let mut large = tracer.start("large");
        large.set_attribute("text", "x".repeat(8 * 1024).as_str());
        large.end();
    };
    end_large();
    let told = "bytes is larger than a 24th of max_queue_bytes";
    assert!(ear.has_heard(Limit, told));
    assert!(!ear.has_heard(Dropped, ""));
    drop(ear);
    let ear = Ear::new();
    end_large();
    assert!(!ear.has_heard(Limit, told), "once is enough");
    assert_eq!(counts(&provider).dropped.oversize, 2);
}

/// A span after the shutdown is told once by each processor, and counted each time.
#[test]
fn spans_after_the_shutdown() {
    let (batched, exported_alone) = (Probe::willing().0, Probe::willing().0);
    for provider in [
        batching(batched, BatchConfig::default()),
        simple(exported_alone),
    ] {
        let ear = Ear::new();
        let open: Vec<_> = (0..3)
            .map(|_| provider.tracer("test").start("late"))
            .collect();
        let _ = provider.shutdown(PATIENCE);
        drop(open);
        assert!(ear.has_heard(Shutdown, "after the shutdown"));
        assert_eq!(counts(&provider).dropped.after_shutdown, 3);
    }
}

/// An empty name is no reason to lose spans ("Get a Tracer").
#[test]
fn a_tracer_without_a_name_works_and_is_told() {
    let ear = Ear::new();
    let provider = simple(Probe::willing().0);
    provider.tracer("").start("span").end();
    assert!(ear.has_heard(Config, "without a scope name"));
    assert_eq!(counts(&provider).exported, 1);
}

/// One line for all that a span lost, and none for the next span: that one is left to the throttle
/// ("Span Limits").
#[test]
fn a_span_beyond_its_limits_is_told_once() {
    let ear = Ear::new();
    let provider = simple(Probe::willing().0);
    for name in ["first", "next"] {
        let mut span = provider.tracer("test").start(name);
        for n in 0..130 {
            span.set_attribute(&format!("key {n}"), n);
            span.add_event("event");
        }
        assert!(!ear.has_heard(Limit, name), "it is told with the end");
    }
    assert!(ear.has_heard(
        Limit,
        "\"first\" is without 2 attributes, 2 events: beyond its limits in number or bytes"
    ));
    assert!(!ear.has_heard(Limit, "next"));
}

/// What an event or a link loses is a loss of its span's, even where the span lost nothing else.
#[test]
fn attributes_of_events_and_links_beyond_their_limits_are_told() {
    // Few, so that nothing but the loss calls for a second look at the end.
    let limits = SpanLimits::default()
        .attribute_per_event_count_limit(2)
        .attribute_per_link_count_limit(2);
    let provider = TracerProviderBuilder::new()
        .limits(limits)
        .processor(SimpleSpanProcessor::new(Probe::willing().0))
        .build()
        .unwrap();
    let tracer = provider.tracer("test");
    let linked = tracer.start("linked").span_context().clone();
    let keys = ["a", "b", "c", "d", "e"];
    let attributes = |beyond: usize| keys.iter().take(2 + beyond).map(|key| (*key, 1));
    for (of_event, of_link) in [(1, 0), (0, 1), (2, 3)] {
        let ear = Ear::new();
        let mut span = tracer.start("span");
        for _ in 0..2 {
            span.add_event("event").attributes(attributes(of_event));
            span.add_link(linked.clone())
                .attributes(attributes(of_link));
        }
        span.end();
        let lost = [
            (2 * of_event, "attributes of events"),
            (2 * of_link, "attributes of links"),
        ];
        let lost = lost.iter().filter(|(count, _)| *count > 0);
        let lost: Vec<_> = lost
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let told = format!("is without {}: beyond", lost.join(", "));
        assert!(ear.has_heard(Limit, &told), "{told}");
    }
    let ear = Ear::new();
    let mut span = tracer.start("large");
    span.set_attribute("text", "x".repeat(5000));
    span.add_event("event").attributes(attributes(0));
    span.end();
    assert!(!ear.has_heard(Limit, "large"), "it lost nothing");
}

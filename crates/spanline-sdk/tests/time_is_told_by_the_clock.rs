//! A clock of the program's tells all times of a span, and no span ends before it starts.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use spanline_core::timestamp::Timestamp;
use spanline_sdk::clock::Clock;
use spanline_sdk::processor::SimpleSpanProcessor;
use spanline_sdk::provider::TracerProviderBuilder;
use spanline_sdk::testing::{FinishedSpan, InMemoryExporter, ManualClock};
use std::time::{Duration, SystemTime};

const DAY: Duration = Duration::from_secs(86_400);

/// One span with an event in the middle, during which `meanwhile` happens.
fn span_during(clock: impl Clock + 'static, meanwhile: impl Fn()) -> FinishedSpan {
    let exporter = InMemoryExporter::new();
    let provider = TracerProviderBuilder::new()
        .clock(clock)
        .processor(SimpleSpanProcessor::new(exporter.clone()))
        .build()
        .unwrap();
    let mut span = provider.tracer("test").start("span");
    meanwhile();
    span.add_event("event");
    meanwhile();
    span.end();
    exporter.spans().remove(0)
}

#[test]
fn times_are_the_clocks() {
    let clock = ManualClock::new();
    clock.set(SystemTime::UNIX_EPOCH + DAY);
    let span = span_during(clock.clone(), || clock.advance(Duration::from_millis(3)));
    let view = span.view();
    assert_eq!(
        view.start_time(),
        Timestamp::from(SystemTime::UNIX_EPOCH + DAY)
    );
    assert_eq!(span.duration(), Duration::from_millis(6));
    let event = view.events().iter().next().unwrap();
    assert_eq!(event.unix_nanos() - view.start_unix_nanos(), 3_000_000);
}

#[test]
fn a_clock_that_stands_still_makes_spans_without_duration() {
    assert_eq!(
        span_during(ManualClock::new(), || {}).duration(),
        Duration::ZERO
    );
}

#[test]
fn a_clock_that_goes_back_makes_no_negative_spans() {
    let clock = ManualClock::new();
    let start = clock.unix_nanos();
    let span = span_during(clock.clone(), || {
        let earlier = clock.unix_nanos() - DAY.as_nanos() as u64;
        clock.set(Timestamp::from_unix_nanos(earlier));
    });
    let view = span.view();
    assert_eq!(
        (view.start_unix_nanos(), view.end_unix_nanos()),
        (start, start)
    );
}

struct Broken;

impl Clock for Broken {
    fn unix_nanos(&self) -> u64 {
        panic!("a clock of the program's")
    }
}

#[test]
fn a_clock_that_panics_stops_nothing() {
    let span = span_during(Broken, || {});
    assert_eq!((span.name(), span.view().start_unix_nanos()), ("span", 0));
}

#[test]
fn the_system_clock_measures_what_passes() {
    let exporter = InMemoryExporter::new();
    let provider = TracerProviderBuilder::new()
        .processor(SimpleSpanProcessor::new(exporter.clone()))
        .build()
        .unwrap();
    let tracer = provider.tracer("test");
    let before = Timestamp::now().unix_nanos();
    let mut last = 0;
    for _ in 0..100 {
        tracer.start("span").end();
    }
    let after = Timestamp::now().unix_nanos();
    let slack = 20_000_000; // a busy machine
    for span in exporter.spans() {
        let (start, end) = (span.view().start_unix_nanos(), span.view().end_unix_nanos());
        assert!(last <= start && start <= end, "{last} {start} {end}");
        assert!(
            before <= start + slack && end <= after + slack,
            "{before} {start} {end} {after}"
        );
        last = end;
    }
}

//! What a span costs is memory that is there already: no allocation once things are warm, and for
//! spans that are not sampled no look at the clock either.
//!
//! OpenTelemetry specification, "Performance and blocking of OpenTelemetry API": the library must
//! not degrade the program. Only the calling thread is counted; the worker may allocate.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use spanline_core::{Tracer, TracerProvider};
use spanline_sdk::clock::Clock;
use spanline_sdk::processor::{BatchConfig, BatchSpanProcessor};
use spanline_sdk::provider::TracerProviderBuilder;
use spanline_sdk::sampler::{AlwaysOff, AlwaysOn, ParentBased, Sampler};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use support::{Gate, NEVER, PATIENCE, Probe, counts};

/// Allocations of this thread during `work`.
fn allocations(work: impl FnOnce()) -> u64 {
    allocation_counter::measure(work).count_total
}

/// A span with five attributes and an event, and a child under it.
fn work(tracer: &Tracer) {
    let mut span = tracer.start("checkout");
    span.set_attribute("http.request.method", "GET");
    span.set_attribute("url.path", "/cart");
    span.set_attribute("http.response.status_code", 200);
    span.set_attribute("cart.total", 12.5);
    span.set_attribute("cart.gift", true);
    span.add_event("retry").attribute("attempt", 1);
    let active = span.attach();
    let mut child = tracer.span("charge").attribute("card", "visa").start();
    child.set_attribute("amount", 12);
    child.end();
    active.end();
}

/// Ticks, and counts how often it is asked.
#[derive(Default)]
struct Asked(AtomicU64);

impl Asked {
    fn times(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Clock for Asked {
    fn unix_nanos(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

fn provider(sampler: impl Sampler + 'static, gate: &Gate) -> (TracerProvider, Arc<Asked>) {
    let clock = Arc::new(Asked::default());
    let (probe, _) = Probe::behind(gate);
    // Room for all spans of a test, however late the worker is: that a queue is full is told once, and
    // a report allocates.
    let config = BatchConfig::default()
        .max_queue_size(4096)
        .schedule_delay(NEVER);
    let provider = TracerProviderBuilder::new()
        .sampler(sampler)
        .clock(Arc::clone(&clock))
        .processor(BatchSpanProcessor::new(probe, config).unwrap())
        .build()
        .unwrap();
    (provider, clock)
}

/// Counts the allocations of a thousand rounds, after some to get warm.
fn in_steady_state(tracer: &Tracer) -> u64 {
    for _ in 0..100 {
        work(tracer);
    }
    allocations(|| {
        for _ in 0..1000 {
            work(tracer);
        }
    })
}

#[test]
fn the_counting_counts() {
    // A box that nobody looks at would be optimised away.
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
    assert_eq!(allocations(|| ()), 0);
}

/// Sampled spans on their way into the queue.
#[test]
fn sampled_spans_allocate_nothing() {
    let gate = Gate::shut();
    gate.open();
    let (provider, _) = provider(AlwaysOn, &gate);
    assert_eq!(in_steady_state(&provider.tracer("test")), 0);
    let _ = provider.shutdown(PATIENCE);
    let counts = counts(&provider);
    assert_eq!((counts.ended_sampled, counts.exported), (2200, 2200));
    assert!(counts.balances());
}

/// Sampled spans that find the queue full.
#[test]
fn dropped_spans_allocate_nothing() {
    let gate = Gate::shut();
    let (provider, _) = provider(AlwaysOn, &gate);
    let tracer = provider.tracer("test");
    while counts(&provider).dropped.queue_full == 0 {
        work(&tracer);
    }
    assert_eq!(in_steady_state(&tracer), 0);
    gate.open();
    provider.shutdown(PATIENCE).unwrap();
}

/// Spans that nobody wants: neither memory nor time ("IsRecording", "Sampling": unsampled spans
/// are to cost next to nothing).
#[test]
fn unsampled_spans_ask_for_nothing() {
    let gate = Gate::shut();
    gate.open();
    let (provider, clock) = provider(ParentBased::new(AlwaysOff), &gate);
    let before = clock.times();
    assert_eq!(in_steady_state(&provider.tracer("test")), 0);
    assert_eq!(clock.times(), before);
    assert_eq!(provider.stats().started.dropped, 2200);
}

/// A sampled span asks for the time at its start, at its end and for each event.
#[test]
fn sampled_spans_ask_for_the_time_they_need() {
    let gate = Gate::shut();
    let (provider, clock) = provider(AlwaysOn, &gate);
    let tracer = provider.tracer("test");
    let before = clock.times();
    work(&tracer);
    assert_eq!(clock.times() - before, 2 + 1 + 2);
    gate.open();
}

/// Without a provider there is nothing to pay for.
#[test]
fn no_provider_costs_nothing() {
    let tracer = TracerProvider::none().tracer("test");
    assert_eq!(in_steady_state(&tracer), 0);
}

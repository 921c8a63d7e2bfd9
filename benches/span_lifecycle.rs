//! What does a span cost the thread that makes it, from its birth to its end?
//!
//! One thread, a batch processor with its defaults, an exporter that throws away. Recorded spans
//! come in bursts of 400 with a flush in between, outside the time, so nothing is dropped and no
//! wake-up is timed; what records nothing runs in a plain loop. A root with children is one
//! call: divide by 11 or 101 for a span. A recorded span reads the clock twice, and an event once;
//! what that takes alone, on the machine at hand, is the first row.
//!
//! A surprise would be: a span without a provider, or one that is not sampled, that costs more than
//! a call or two (5 and 10 ns); an active span that costs noticeably more than one that is not; a
//! price per child that grows with their number; any loss of spans, which stops the bench.
#![forbid(unsafe_code)]

use criterion::{Bencher, Criterion};
use spanline::sdk::{AlwaysOff, AlwaysOn, ParentBased};
use spanline::{Context, FutureExt, TraceFlags, Tracer, current_span};
use spanline_benches::span::{FIVE, Runtime, TEN, TRACE_STATE, request};
use std::future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{self, Poll, Waker};
use std::time::Duration;

static TRACER: Tracer = spanline::tracer("bench");

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(40)
        .configure_from_args();
    let mut group = criterion.benchmark_group("span_lifecycle");
    let mut bench = |name: &str, mut work: Box<dyn FnMut(&mut Bencher<'_>) + '_>| {
        group.bench_function(name, |bencher| work(bencher));
    };

    let clock = quanta::Clock::new();
    bench(
        "the clock, read twice",
        Box::new(|b| b.iter(|| (clock.raw(), clock.raw()))),
    );
    // Nothing is installed yet, and nothing ever is in this program.
    bench("no provider", Box::new(|b| b.iter(|| child(&TRACER))));
    unsampled(&mut bench);
    let runtime = Runtime::batching(AlwaysOn);
    shapes(&runtime, &mut bench);
    trees(&runtime, &mut bench);
    currents(&runtime, &mut bench);
    group.finish();
    criterion.final_summary();
}

/// Takes a row's name and its loop.
type Bench<'a, 'w> = &'a mut dyn FnMut(&str, Box<dyn FnMut(&mut Bencher<'_>) + 'w>);

/// Spans that gather nothing.
fn unsampled<'w>(bench: Bench<'_, 'w>) {
    let off = Runtime::batching(AlwaysOff);
    bench(
        "not sampled: AlwaysOff",
        Box::new(move |b| b.iter(|| child(off.tracer()))),
    );
    let based = Runtime::batching(ParentBased::new(AlwaysOn));
    bench(
        "not sampled: remote parent was not",
        Box::new(move |b| {
            let _request = request(TraceFlags::NONE, "").attach();
            b.iter(|| child(based.tracer()));
        }),
    );
}

/// Recorded spans, one at a time.
fn shapes<'w>(runtime: &'w Runtime, bench: Bench<'_, 'w>) {
    bench(
        "sampled, empty, a child",
        Box::new(move |b| {
            let _root = runtime.tracer().start_active("root");
            b.iter_custom(|calls| runtime.burst(calls, 1, child));
        }),
    );
    let mut row = |name: &str, work: fn(&Tracer)| {
        bench(
            name,
            Box::new(move |b| b.iter_custom(|calls| runtime.burst(calls, 1, work))),
        );
    };
    row("sampled, empty", child);
    row("sampled, empty, active", active);
    row("5 attributes, 1 event", five_attributes);
    row("10 attributes of 20 + 20 characters", ten_attributes);
    bench(
        "remote parent with tracestate",
        Box::new(move |b| {
            let parent = request(TraceFlags::SAMPLED, TRACE_STATE);
            b.iter_custom(|calls| {
                runtime.burst(calls, 1, |tracer| {
                    tracer.span("request").parent(&parent).start().end();
                })
            });
        }),
    );
}

/// Spans with spans in them.
fn trees<'w>(runtime: &'w Runtime, bench: Bench<'_, 'w>) {
    for children in [10, 100] {
        bench(
            &format!("root and {children} active children"),
            Box::new(move |b| {
                b.iter_custom(|calls| {
                    runtime.burst(calls, children + 1, |tracer| tree(tracer, children))
                });
            }),
        );
    }
}

/// What belongs to the current span.
fn currents<'w>(runtime: &'w Runtime, bench: Bench<'_, 'w>) {
    bench(
        "a poll in a span",
        Box::new(move |b| {
            let mut future = pin!(future::pending::<()>().in_span(runtime.tracer().start("task")));
            let mut task = task::Context::from_waker(Waker::noop());
            b.iter(|| assert_eq!(future.as_mut().poll(&mut task), Poll::Pending));
        }),
    );
    bench(
        "an active span that is captured",
        Box::new(move |b| {
            b.iter_custom(|calls| {
                runtime.burst(calls, 1, |tracer| {
                    let span = tracer.start_active("captured");
                    black_box(Context::current());
                    span.end();
                })
            });
        }),
    );
    bench(
        "current_span() and its id",
        Box::new(move |b| {
            let _span = runtime.tracer().start_active("current");
            b.iter(|| current_span().span_id());
        }),
    );
    bench(
        "current_span() and an attribute",
        Box::new(move |b| {
            let _span = runtime.tracer().start_active("current");
            b.iter(|| current_span().set_attribute("items", black_box(3)));
        }),
    );
}

// Functions of their own, not inlined, so that a profiler can count what is in them.

#[inline(never)]
fn child(tracer: &Tracer) {
    tracer.start(black_box("child")).end();
}

#[inline(never)]
fn active(tracer: &Tracer) {
    tracer.start_active(black_box("child")).end();
}

#[inline(never)]
fn five_attributes(tracer: &Tracer) {
    let mut span = tracer.start(black_box("child"));
    for (key, value) in black_box(FIVE) {
        span.set_attribute(key, value);
    }
    span.add_event("retry");
    span.end();
}

#[inline(never)]
fn ten_attributes(tracer: &Tracer) {
    let mut span = tracer.start(black_box("child"));
    for (key, value) in black_box(TEN) {
        span.set_attribute(key, value);
    }
    span.end();
}

#[inline(never)]
fn tree(tracer: &Tracer, children: u64) {
    let root = tracer.start_active(black_box("root"));
    for _ in 0..children {
        tracer.start_active(black_box("child")).end();
    }
    root.end();
}

//! What does it cost to make a context current, to read what is current, and to hand it on?
//!
//! One thread, no exporter: spans here stay open for the whole row, and only contexts move. Each row
//! is one call, or one pair of attach and detach.
//!
//! A surprise would be: attach and detach of a context of ids above 8 ns; one that
//! holds a value more than 5 ns above its clone and drop; or an allocation in the second capture of the same
//! span, which shows as a price near that of the first.
#![forbid(unsafe_code)]

use criterion::{Bencher, Criterion};
use spanline::sdk::AlwaysOn;
use spanline::{Baggage, Context, FutureExt, TraceFlags, baggage, current_span, suppress};
use spanline_benches::span::{Runtime, request};
use std::future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{self, Poll, Waker};
use std::time::Duration;

/// What a program keeps in a context.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Tenant(u64);

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(40)
        .configure_from_args();
    let mut group = criterion.benchmark_group("context");
    let mut row = |name: &str, work: &mut dyn FnMut(&mut Bencher<'_>)| {
        group.bench_function(name, |bencher| work(bencher));
    };
    attaching(&mut row);
    reading(&mut row);
    capturing(&mut row);
    changing(&mut row);
    handing_on(&mut row);
    group.finish();
    criterion.final_summary();
}

/// Takes a row's name and its loop.
type Row<'a> = &'a mut dyn FnMut(&str, &mut dyn FnMut(&mut Bencher<'_>));

/// Attach and detach. The clone that attaching consumes is in the price where there is one.
fn attaching(row: Row<'_>) {
    row("attach and detach: root", &mut |b| {
        b.iter(|| drop(black_box(Context::root()).attach()));
    });
    let request = request(TraceFlags::SAMPLED, "");
    row("attach and detach: a remote parent, cloned", &mut |b| {
        b.iter(|| drop(black_box(&request).clone().attach()));
    });
    let value = Context::root().with_value(Tenant(7));
    row("attach and detach: a value, cloned", &mut |b| {
        b.iter(|| drop(black_box(&value).clone().attach()));
    });
    row("clone and drop: a value", &mut |b| {
        b.iter(|| drop(black_box(&value).clone()));
    });
    row("suppress and restore", &mut |b| b.iter(|| drop(suppress())));
}

/// Reading what is current without keeping it.
fn reading(row: Row<'_>) {
    let runtime = Runtime::ending_nowhere(AlwaysOn);
    row("current_span(): none", &mut |b| {
        b.iter(|| current_span().span_id())
    });
    let span = runtime.tracer().start_active("current");
    row("current_span(): one", &mut |b| {
        b.iter(|| current_span().span_id())
    });
    row("baggage(): none", &mut |b| b.iter(baggage));
    span.end();
    let bag = Baggage::new().with("tenant", "eu");
    let _attached = Context::root().with_baggage(bag).attach();
    row("baggage(): one entry", &mut |b| b.iter(baggage));
}

/// Reading what is current in order to keep it.
fn capturing(row: Row<'_>) {
    row("Context::current(): nothing", &mut |b| {
        b.iter(Context::current)
    });
    let attached = Context::root().with_value(Tenant(7)).attach();
    row("Context::current(): an attached one", &mut |b| {
        b.iter(Context::current)
    });
    drop(attached);
    let runtime = Runtime::ending_nowhere(AlwaysOn);
    let span = runtime.tracer().start_active("captured");
    row("Context::current(): a span, again", &mut |b| {
        b.iter(Context::current)
    });
    span.end();
    row("a span: active, captured, ended", &mut |b| {
        b.iter(|| {
            let span = runtime.tracer().start_active("captured");
            black_box(Context::current());
            span.end();
        });
    });
    row("a span: active, ended", &mut |b| {
        b.iter(|| runtime.tracer().start_active("captured").end());
    });
}

/// Contexts from contexts.
fn changing(row: Row<'_>) {
    row("with_value: onto the root", &mut |b| {
        b.iter(|| black_box(Context::root()).with_value(Tenant(7)));
    });
    let request = request(TraceFlags::SAMPLED, "");
    row("with_value: onto a remote parent", &mut |b| {
        b.iter(|| black_box(&request).clone().with_value(Tenant(7)));
    });
    let value = request.with_value(Tenant(7));
    row("value: the first", &mut |b| {
        b.iter(|| black_box(&value).value::<Tenant>().copied());
    });
    let bag = Baggage::new().with("tenant", "eu");
    row("with_baggage: onto the root", &mut |b| {
        b.iter(|| Context::root().with_baggage(black_box(&bag).clone()));
    });
}

/// Contexts around work.
fn handing_on(row: Row<'_>) {
    let context = request(TraceFlags::SAMPLED, "");
    row("wrap, and run", &mut |b| {
        b.iter(|| black_box(&context).clone().wrap(|| black_box(1))());
    });
    row("a poll with a context", &mut |b| {
        let mut future = pin!(future::pending::<()>().with_context(context.clone()));
        let mut task = task::Context::from_waker(Waker::noop());
        b.iter(|| assert_eq!(future.as_mut().poll(&mut task), Poll::Pending));
    });
}

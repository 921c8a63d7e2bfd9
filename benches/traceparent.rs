//! What do headers cost on their way in and out, well-formed and not?
//!
//! First the parser and the formatter of `traceparent` alone: one valid header, and one for each
//! reason to refuse it. Then every propagator: extraction from a slice of eight request headers, of
//! which its own come last, and injection into a carrier that copies into a fixed buffer, so that
//! no allocation of the carrier's is timed. Last, the same from a carrier that knows `traceparent` alone and into
//! one that keeps nothing, which leaves the propagator by itself; and 10,000 lines of 8 KiB each.
//!
//! A surprise would be: a refusal that costs several times a success, since anybody can send one;
//! formatting above 20 ns; extraction that grows with the headers' length instead of their number.
#![forbid(unsafe_code)]

use criterion::{BenchmarkId, Criterion};
use spanline::propagation::{
    B3Propagator, BaggagePropagator, CompositePropagator, Extractor, Injector, JaegerPropagator,
    OtTracePropagator, Propagator, TraceContextPropagator, format_traceparent, parse_traceparent,
};
use spanline::{Baggage, Context, TraceFlags};
use spanline_benches::span::{TRACE_STATE, remote};
use std::hint::black_box;
use std::time::Duration;

const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A header for each reason that the parser knows.
const INVALID: [(&str, &str); 11] = [
    (
        "too short",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
    ),
    ("empty", ""),
    (
        "version ff",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ),
    (
        "bad version",
        "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ),
    (
        "missing separator",
        "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
    ),
    (
        "bad trace id",
        "00-4bf92f3577b34da6a3ce929d0e0e473G-00f067aa0ba902b7-01",
    ),
    (
        "trace id is zero",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
    ),
    (
        "bad span id",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902bG-01",
    ),
    (
        "span id is zero",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
    ),
    (
        "bad flags",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
    ),
    (
        "unexpected text",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
    ),
];

/// What stands in front of the propagator's own headers.
const OTHERS: [(&str, &str); 7] = [
    ("host", "shop.example"),
    ("user-agent", "curl/8.5.0"),
    ("accept", "application/json"),
    ("accept-encoding", "gzip, deflate"),
    ("content-type", "application/json"),
    ("content-length", "348"),
    ("x-request-id", "7b44cd5f-1a6c-4b09-9a2f-4b0d3e7f2a11"),
];

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(30)
        .configure_from_args();
    header(&mut criterion);
    propagators(&mut criterion);
    alone(&mut criterion);
    hostile(&mut criterion);
    criterion.final_summary();
}

/// The header alone.
fn header(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("traceparent");
    let context = remote(TraceFlags::SAMPLED, "");
    group.bench_function("format", |b| {
        b.iter(|| format_traceparent(black_box(&context)))
    });
    group.bench_function("parse: valid", |b| {
        b.iter(|| parse_traceparent(black_box(VALID)))
    });
    for (reason, text) in INVALID {
        assert!(parse_traceparent(text).is_err(), "{text} is valid");
        let name = format!("parse: {reason}");
        group.bench_function(name, |b| b.iter(|| parse_traceparent(black_box(text))));
    }
    group.finish();
}

/// Each propagator with the context that is most of its work.
fn propagators(criterion: &mut Criterion) {
    let span = Context::root().with_span_context(remote(TraceFlags::SAMPLED, ""));
    let state = Context::root().with_span_context(remote(TraceFlags::SAMPLED, TRACE_STATE));
    let bag = Baggage::new().with("tenant", "eu").with("user", "4711");
    let both = state.clone().with_baggage(bag.clone());
    let bag = Context::root().with_baggage(bag);
    let w3c = TraceContextPropagator;
    both_ways(criterion, "W3C", &w3c, &span);
    both_ways(criterion, "W3C, tracestate", &w3c, &state);
    both_ways(criterion, "baggage, 2 entries", &BaggagePropagator, &bag);
    both_ways(
        criterion,
        "both of W3C's",
        &CompositePropagator::w3c(),
        &both,
    );
    both_ways(criterion, "B3, one header", &B3Propagator::single(), &span);
    both_ways(criterion, "B3, several", &B3Propagator::multi(), &span);
    both_ways(criterion, "Jaeger", &JaegerPropagator, &span);
    both_ways(criterion, "OT", &OtTracePropagator, &span);
    let none = [("x-other", "1")];
    let mut group = criterion.benchmark_group("propagators");
    let name = BenchmarkId::new("nothing for W3C", "extract");
    group.bench_function(name, |b| {
        b.iter(|| w3c.extract(&Context::root(), black_box(&none)));
    });
    group.finish();
}

fn both_ways(
    criterion: &mut Criterion,
    name: &str,
    propagator: &dyn Propagator,
    context: &Context,
) {
    let mut headers: Vec<(String, String)> = Vec::new();
    propagator.inject(context, &mut headers);
    let mut request: Vec<(&str, &str)> = OTHERS.to_vec();
    request.extend(headers.iter().map(|(key, value)| (&**key, &**value)));
    let request = request.as_slice();
    let back = propagator.extract(&Context::root(), &request);
    // The span's id alone, because not every format carries the upper half of a trace id.
    let ids = [&back, context].map(|context| context.span_context().span_id());
    assert_eq!(ids[0], ids[1], "{name} does not come back");

    let mut group = criterion.benchmark_group("propagators");
    group.bench_function(BenchmarkId::new(name, "extract"), |b| {
        b.iter(|| propagator.extract(&Context::root(), black_box(&request)));
    });
    group.bench_function(BenchmarkId::new(name, "inject"), |b| {
        let mut line = Line::default();
        b.iter(|| {
            line.used = 0;
            propagator.inject(black_box(context), &mut line);
            line.used
        });
    });
    group.finish();
}

/// Propagators without the cost of a carrier.
fn alone(criterion: &mut Criterion) {
    let context = Context::root().with_span_context(remote(TraceFlags::SAMPLED, ""));
    let w3c = CompositePropagator::w3c();
    let rows: [(&str, &dyn Propagator); 2] =
        [("W3C", &TraceContextPropagator), ("both of W3C's", &w3c)];
    let mut group = criterion.benchmark_group("alone");
    for (name, propagator) in rows {
        group.bench_function(BenchmarkId::new(name, "extract"), |b| {
            b.iter(|| propagator.extract(&Context::root(), &OneHeader(black_box(VALID))));
        });
        group.bench_function(BenchmarkId::new(name, "inject"), |b| {
            b.iter(|| propagator.inject(black_box(&context), &mut Nothing));
        });
    }
    group.finish();
}

/// What an attacker can make a service do with one request.
fn hostile(criterion: &mut Criterion) {
    let all = CompositePropagator::w3c()
        .and(B3Propagator::single())
        .and(JaegerPropagator)
        .and(OtTracePropagator);
    let mut group = criterion.benchmark_group("hostile");
    for (name, unit) in [
        ("traceparent", " "),
        ("tracestate", "k=v,"),
        ("baggage", "k=v,"),
        ("b3", " "),
        ("jaeger-baggage", "k=v,"),
        ("uberctx-k", "k=v,"),
        ("x-other", "k=v,"),
    ] {
        let line = unit.repeat(8192 / unit.len());
        let mut headers = vec![(name, line.as_str()); 10_000];
        headers.push(("traceparent", VALID));
        group.bench_function(format!("10,000 lines: {name}"), |b| {
            b.iter(|| all.extract(&Context::root(), black_box(&headers)));
        });
    }
    group.finish();
}

/// A carrier with one header, found at once.
struct OneHeader<'a>(&'a str);

impl Extractor for OneHeader<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == "traceparent").then_some(self.0)
    }

    fn keys(&self, visit: &mut dyn FnMut(&str)) {
        visit("traceparent");
    }
}

/// A carrier that keeps nothing.
struct Nothing;

impl Injector for Nothing {
    fn set(&mut self, key: &str, value: &str) {
        black_box((key, value));
    }
}

/// A carrier that writes headers one after the other, as an HTTP client does before it sends them.
struct Line {
    bytes: [u8; 1024],
    used: usize,
}

impl Default for Line {
    fn default() -> Self {
        let bytes = [0; 1024];
        Self { bytes, used: 0 }
    }
}

impl Injector for Line {
    fn set(&mut self, key: &str, value: &str) {
        for text in [key, ": ", value, "\r\n"] {
            let end = self.used + text.len();
            if let Some(place) = self.bytes.get_mut(self.used..end) {
                place.copy_from_slice(text.as_bytes());
                self.used = end;
            }
        }
    }
}

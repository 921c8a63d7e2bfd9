//! `http::HeaderMap` with every propagator: names in any case, repeated lines, bytes that are no text.
//!
//! Rules: RFC 9110, sections 5.1 to 5.5; W3C Trace Context, "Multiple traceparent headers"; W3C
//! Baggage, "Header Content".
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use http::{HeaderMap, HeaderName, HeaderValue};
use spanline::propagation::{
    B3Propagator, BaggagePropagator, CompositePropagator, Extractor, Injector, JaegerPropagator,
    OtTracePropagator, Propagator, TraceContextPropagator, parse_traceparent,
};
use spanline::{Baggage, Context, TraceState};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn map(lines: &[(&str, &[u8])]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in lines {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        map.append(name, HeaderValue::from_bytes(value).unwrap());
    }
    map
}

fn all(map: &HeaderMap, name: &str) -> Vec<String> {
    let mut lines = Vec::new();
    Extractor::get_all(map, name, &mut |line| lines.push(line.to_owned()));
    lines
}

#[test]
fn what_every_propagator_writes_it_reads_back() {
    let state: TraceState = "rojo=1,congo=2".parse().unwrap();
    let span = parse_traceparent(PARENT).unwrap().with_trace_state(state);
    let baggage = Baggage::new().with("user", "Amélie").with("tenant", "eu");
    let context = Context::root()
        .with_span_context(span)
        .with_baggage(baggage);
    let propagators: [&dyn Propagator; 6] = [
        &TraceContextPropagator,
        &BaggagePropagator,
        &B3Propagator::single(),
        &B3Propagator::multi(),
        &JaegerPropagator,
        &OtTracePropagator,
    ];
    for propagator in propagators {
        let (mut map, mut list) = (HeaderMap::new(), Vec::new());
        propagator.inject(&context, &mut map);
        propagator.inject(&context, &mut list);
        assert_eq!(map.len(), list.len());
        let (read, expected) = (
            propagator.extract(&Context::root(), &map),
            propagator.extract(&Context::root(), &list),
        );
        assert_eq!(read.span_context(), expected.span_context());
        assert_eq!(read.baggage(), expected.baggage());
    }
}

#[test]
fn names_are_the_same_in_any_case() {
    let map = map(&[("TraceParent", PARENT.as_bytes())]);
    for name in ["traceparent", "TRACEPARENT", "TraceParent"] {
        assert_eq!(Extractor::get(&map, name), Some(PARENT));
        assert_eq!(all(&map, name), [PARENT]);
    }
    let mut names = Vec::new();
    Extractor::keys(&map, &mut |name| names.push(name.to_owned()));
    assert_eq!(names, ["traceparent"]);
}

#[test]
fn repeated_lines_are_all_seen_in_their_order() {
    let lines = map(&[
        ("traceparent", PARENT.as_bytes()),
        ("tracestate", b"foo=1,bar=2"),
        ("tracestate", b"rojo=1"),
        ("baggage", b"a=1"),
        ("Baggage", b"b=2"),
    ]);
    let context = CompositePropagator::w3c().extract(&Context::root(), &lines);
    assert_eq!(
        context.span_context().trace_state().as_str(),
        "foo=1,bar=2,rojo=1"
    );
    assert_eq!(context.baggage().len(), 2);
    assert_eq!(all(&lines, "baggage"), ["a=1", "b=2"]);

    let twice = map(&[
        ("traceparent", PARENT.as_bytes()),
        ("traceparent", PARENT.as_bytes()),
    ]);
    let context = TraceContextPropagator.extract(&Context::root(), &twice);
    assert!(!context.span_context().is_valid());
}

#[test]
fn a_line_that_is_no_text_is_not_overlooked() {
    let lines = map(&[("traceparent", b"\xff"), ("traceparent", PARENT.as_bytes())]);
    assert_eq!(all(&lines, "traceparent"), ["\u{fffd}", PARENT]);
    let context = TraceContextPropagator.extract(&Context::root(), &lines);
    assert!(!context.span_context().is_valid(), "it was there twice");
}

#[test]
fn setting_replaces_every_line_of_the_name() {
    let mut map = map(&[("b3", b"0"), ("b3", b"1"), ("host", b"shop.example")]);
    Injector::set(&mut map, "B3", "d");
    assert_eq!(all(&map, "b3"), ["d"]);
    assert_eq!(map.len(), 2);
}

#[test]
fn what_http_does_not_allow_is_not_set() {
    let mut map = HeaderMap::new();
    Injector::set(&mut map, "two words", "x");
    Injector::set(&mut map, "name", "a\r\nset-cookie: b");
    Injector::set(&mut map, "", "x");
    assert!(map.is_empty());
}

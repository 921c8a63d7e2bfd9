//! B3 in one header and in several, and what they say beside ids.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use spanline_core::propagation::{
    B3Propagator, CompositePropagator, ExtractReason, JaegerPropagator, Propagator,
    TraceContextPropagator,
};
use spanline_core::{Context, SpanContext, SpanId};

const TRACE: &str = "80f198ee56343ba864fe8b2a57d3eff7";
const SPAN: &str = "e457b5a2e4d86bd1";

fn extract(headers: &[(&str, &str)]) -> Context {
    B3Propagator::single().extract(&Context::root(), &headers)
}

fn single(value: &str) -> Context {
    extract(&[("b3", value)])
}

/// Multiple headers: both ids, and these besides.
fn multi(more: &[(&'static str, &'static str)]) -> Context {
    let mut headers = vec![("X-B3-TraceId", TRACE), ("X-B3-SpanId", SPAN)];
    headers.extend(more);
    extract(&headers)
}

/// Everything that the propagator writes, in its order.
fn sent(propagator: B3Propagator, context: &Context) -> String {
    let mut headers: Vec<(String, String)> = Vec::new();
    propagator.inject(context, &mut headers);
    headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect()
}

fn reason(headers: &[(&str, &str)]) -> (String, ExtractReason, usize) {
    let error = B3Propagator::multi()
        .try_extract(&Context::root(), &headers)
        .unwrap_err();
    (error.header().to_owned(), error.reason(), error.at())
}

#[test]
fn states_of_the_single_header() {
    for (state, sampled, again) in [
        ("-1", true, "-1"),
        ("-0", false, "-0"),
        ("-d", true, "-d"),
        ("", false, ""),
        ("-1-05e3ac9a4f6e3b90", true, "-1"),
        ("-0-anything", false, "-0"),
    ] {
        let context = single(&format!("{TRACE}-{SPAN}{state}"));
        let span = context.span_context();
        assert!(span.is_valid() && span.is_remote(), "{state}");
        assert_eq!(span.is_sampled(), sampled, "{state}");
        let expected = format!("b3: {TRACE}-{SPAN}{again}\n");
        assert_eq!(sent(B3Propagator::single(), &context), expected);
    }
}

#[test]
fn states_of_the_several_headers() {
    let ids = format!("x-b3-traceid: {TRACE}\nx-b3-spanid: {SPAN}\n");
    for (more, sampled, again) in [
        (&[("X-B3-Sampled", "1")][..], true, "x-b3-sampled: 1\n"),
        (&[("X-B3-Sampled", "0")], false, "x-b3-sampled: 0\n"),
        (&[("X-B3-Sampled", "true")], true, "x-b3-sampled: 1\n"),
        (&[("X-B3-Sampled", "false")], false, "x-b3-sampled: 0\n"),
        (&[], false, ""),
        (&[("X-B3-Flags", "1")], true, "x-b3-flags: 1\n"),
        (
            &[("X-B3-Flags", "1"), ("X-B3-Sampled", "0")],
            true,
            "x-b3-flags: 1\n",
        ),
        (&[("X-B3-Flags", "0")], false, ""),
        (
            &[("X-B3-Flags", "2"), ("X-B3-Sampled", "1")],
            true,
            "x-b3-sampled: 1\n",
        ),
        (
            &[("X-B3-ParentSpanId", "xyz"), ("X-B3-Sampled", "1")],
            true,
            "x-b3-sampled: 1\n",
        ),
    ] {
        let context = multi(more);
        assert_eq!(context.span_context().is_sampled(), sampled, "{more:?}");
        assert_eq!(
            sent(B3Propagator::multi(), &context),
            format!("{ids}{again}"),
            "{more:?}"
        );
    }
}

#[test]
fn short_trace_ids_are_padded() {
    let context = single("48485a3953bb6124-e457b5a2e4d86bd1-1");
    let trace_id = context.span_context().trace_id().unwrap();
    assert_eq!(trace_id.to_string(), "000000000000000048485a3953bb6124");
}

#[test]
fn what_is_no_b3_is_refused() {
    use ExtractReason::*;
    for (value, expected, at) in [
        (format!("{TRACE}-{SPAN}-"), State, 50),
        (format!("{TRACE}-{SPAN}-2"), State, 50),
        (format!("{TRACE}-{SPAN}-true"), State, 50),
        (format!("{TRACE}-{SPAN}-{SPAN}"), State, 50),
        (format!("{TRACE}-{SPAN}--{SPAN}"), State, 50),
        (format!("{TRACE}-{SPAN}-1-"), Fields, 52),
        (format!("{TRACE}-{SPAN}-1-{SPAN}-x"), Fields, 52),
        (format!("{TRACE}0-{SPAN}-1"), TraceId, 0),
        (format!("{}-{SPAN}-1", &TRACE[1..]), TraceId, 0),
        (format!("{}-{SPAN}-1", TRACE.to_uppercase()), TraceId, 2),
        (format!("{}-{SPAN}-1", "0".repeat(32)), ZeroTraceId, 0),
        (format!("{}-{SPAN}-1", "0".repeat(16)), ZeroTraceId, 0),
        (format!("{TRACE}-{}-1", "0".repeat(16)), ZeroSpanId, 33),
        (format!("{TRACE}-{SPAN}0-1"), SpanId, 33),
        (format!("{TRACE}-{}g-1", &SPAN[1..]), SpanId, 48),
        ("2".into(), State, 0),
        ("".into(), State, 0),
        (TRACE.into(), State, 0),
    ] {
        assert_eq!(
            reason(&[("b3", &value)]),
            ("b3".into(), expected, at),
            "{value}"
        );
        assert!(!single(&value).span_context().is_valid());
    }
    let id = ("x-b3-traceid", TRACE);
    assert_eq!(reason(&[id]).1, Incomplete);
    assert_eq!(reason(&[("x-b3-spanid", SPAN)]).1, Incomplete);
    assert_eq!(
        reason(&[id, ("x-b3-spanid", "1")]),
        ("x-b3-spanid".into(), SpanId, 0)
    );
    let state = reason(&[id, ("x-b3-spanid", SPAN), ("x-b3-sampled", "")]);
    assert_eq!(state, ("x-b3-sampled".into(), State, 0));
}

#[test]
fn a_decision_without_ids_is_no_parent() {
    for headers in [
        [("b3", "0")],
        [("b3", "1")],
        [("b3", "d")],
        [("x-b3-sampled", "1")],
    ] {
        let context = B3Propagator::single()
            .try_extract(&Context::root(), &headers)
            .unwrap();
        assert!(!context.span_context().is_valid());
        assert_eq!(sent(B3Propagator::single(), &context), "");
    }
}

#[test]
fn the_single_header_comes_first() {
    let other = "463ac35c9f6413ad48485a3953bb6124";
    let several = [
        ("x-b3-traceid", TRACE),
        ("x-b3-spanid", SPAN),
        ("x-b3-sampled", "1"),
    ];
    let with = |value: &str| {
        let mut headers = vec![("b3", value)];
        headers.extend(several);
        extract(&headers)
            .span_context()
            .trace_id()
            .map(|id| id.to_string())
    };
    assert_eq!(with(&format!("{other}-{SPAN}-0")), Some(other.to_owned()));
    assert_eq!(with("malformed"), Some(TRACE.to_owned()));
    assert_eq!(
        with("0"),
        None,
        "well-formed, and says that there is nothing to continue"
    );
}

#[test]
fn debug_goes_on_with_every_span_of_the_trace_and_of_no_other() {
    let context = single(&format!("{TRACE}-{SPAN}-d"));
    let received = context.span_context().clone();
    let child_id = SpanId::from_u64(7).unwrap();
    let flags = received.trace_flags();
    let child = SpanContext::new(received.trace_id().unwrap(), child_id, flags);
    let below = context.clone().with_span_context(child);
    assert_eq!(
        sent(B3Propagator::single(), &below),
        format!("b3: {TRACE}-0000000000000007-d\n")
    );
    let mut headers: Vec<(String, String)> = Vec::new();
    JaegerPropagator.inject(&below, &mut headers);
    assert!(headers[0].1.ends_with(":3"), "Jaeger knows debugging, too");

    let other = SpanContext::new("1".repeat(32).parse().unwrap(), child_id, flags);
    let elsewhere = sent(B3Propagator::single(), &context.with_span_context(other));
    assert!(elsewhere.ends_with("-1\n"), "{elsewhere}");
}

#[test]
fn a_deferred_decision_is_one_until_a_span_is_started() {
    let context = single(&format!("{TRACE}-{SPAN}"));
    let received = context.span_context().clone();
    let child = SpanContext::new(
        received.trace_id().unwrap(),
        SpanId::from_u64(7).unwrap(),
        received.trace_flags(),
    );
    let below = sent(B3Propagator::single(), &context.with_span_context(child));
    assert!(below.ends_with("-0\n"), "{below}");
}

#[test]
fn the_later_of_two_formats_wins() {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let b3 = format!("{TRACE}-{SPAN}-1");
    let headers = [("traceparent", traceparent), ("b3", b3.as_str())];
    let trace_id = |propagator: CompositePropagator| {
        let context = propagator.extract(&Context::root(), &headers);
        context.span_context().trace_id().unwrap().to_string()
    };
    let (b3, w3c) = (B3Propagator::single(), TraceContextPropagator);
    let new = CompositePropagator::new;
    assert_eq!(
        trace_id(new().and(b3).and(w3c)),
        "0af7651916cd43dd8448eb211c80319c"
    );
    assert_eq!(trace_id(new().and(w3c).and(b3)), TRACE);
}

#[test]
fn fields_are_those_that_are_written() {
    assert_eq!(B3Propagator::single().fields(), ["b3"]);
    assert_eq!(
        B3Propagator::multi().fields(),
        ["x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-flags"]
    );
}

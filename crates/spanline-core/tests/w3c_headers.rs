//! `traceparent` and `tracestate` together: names, lines, and what one does to the other.

use spanline_core::Context;
use spanline_core::propagation::{ExtractReason, Propagator, TraceContextPropagator};

const PARENT: &str = "00-12345678901234567890123456789012-1234567890123456-01";

fn extract(headers: &[(&str, &str)]) -> Context {
    TraceContextPropagator.extract(&Context::root(), &headers)
}

/// The trace state after extraction, with a valid `traceparent` in front.
fn state(lines: &[&str]) -> String {
    let mut headers = vec![("traceparent", PARENT)];
    headers.extend(lines.iter().map(|line| ("tracestate", *line)));
    let context = extract(&headers);
    assert!(
        context.span_context().is_valid(),
        "a trace state never spoils the parent"
    );
    context.span_context().trace_state().to_string()
}

#[test]
fn names_in_any_case_but_no_others() {
    for name in ["traceparent", "TraceParent", "TrAcEpArEnT", "TRACEPARENT"] {
        assert!(
            extract(&[(name, PARENT)]).span_context().is_valid(),
            "{name}"
        );
    }
    for name in [
        "trace-parent",
        "trace.parent",
        "trace_parent",
        "traceparent2",
        "",
    ] {
        assert!(
            !extract(&[(name, PARENT)]).span_context().is_valid(),
            "{name}"
        );
    }
    for (name, expected) in [
        ("TraceState", "foo=1"),
        ("trace-state", ""),
        ("trace.state", ""),
    ] {
        let context = extract(&[("traceparent", PARENT), (name, "foo=1")]);
        assert_eq!(context.span_context().trace_state().as_str(), expected);
    }
}

#[test]
fn two_parents_are_none() {
    let carrier = [("traceparent", PARENT), ("TraceParent", PARENT)];
    let error = TraceContextPropagator
        .try_extract(&Context::root(), &carrier)
        .unwrap_err();
    assert_eq!(error.reason(), ExtractReason::Repeated);
    assert!(!extract(&carrier).span_context().is_valid());
}

#[test]
fn a_state_without_a_parent_is_not_taken() {
    assert!(
        extract(&[("tracestate", "foo=1")])
            .span_context()
            .trace_state()
            .is_empty()
    );
    let context = extract(&[("traceparent", "bogus"), ("tracestate", "foo=1")]);
    assert!(context.span_context().trace_state().is_empty());
}

#[test]
fn a_new_parent_without_state_does_not_inherit_the_old_state() {
    let before = extract(&[("traceparent", PARENT), ("tracestate", "foo=1")]);
    let after = TraceContextPropagator.extract(&before, &[("traceparent", PARENT)]);
    assert!(after.span_context().trace_state().is_empty());
}

#[test]
fn lines_of_state_are_one_list() {
    assert_eq!(
        state(&["foo=1,bar=2", "rojo=1,congo=2", "baz=3"]),
        "foo=1,bar=2,rojo=1,congo=2,baz=3"
    );
    assert_eq!(state(&["foo=1", ""]), "foo=1");
    assert_eq!(state(&["", "foo=1"]), "foo=1");
    assert_eq!(state(&[""]), "");
    assert_eq!(state(&["foo=1", "foo=1"]), "foo=1");
    assert_eq!(state(&["foo=1", "foo=2"]), "foo=1");
    assert_eq!(
        state(&["foo=1", "FOO=1"]),
        "",
        "one bad member spoils all lines"
    );
}

#[test]
fn white_space_around_members_is_not_kept() {
    for line in [
        "foo=1 \t , \t bar=2, \t baz=3",
        "foo=1\t \t,\t \tbar=2,\t \tbaz=3",
        " foo=1,bar=2,baz=3 ",
    ] {
        assert_eq!(state(&[line]), "foo=1,bar=2,baz=3");
    }
}

#[test]
fn members_are_counted_over_all_lines() {
    let line = |range: std::ops::Range<u32>| {
        range
            .map(|n| format!("bar{n:02}={n:02}"))
            .collect::<Vec<_>>()
            .join(",")
    };
    let [a, b, c, d] = [line(1..11), line(11..21), line(21..31), line(31..33)];
    assert_eq!(state(&[&a, &b, &c, &d]).split(',').count(), 32);
    assert_eq!(state(&[&a, &b, &c, &d, "bar33=33"]), "");
}

#[test]
fn keys_and_values_at_their_limits() {
    let (z, t) = ("z".repeat(256), "t".repeat(242));
    assert_eq!(state(&[&format!("foo=1,{z}=1")]), format!("foo=1,{z}=1"));
    assert_eq!(state(&[&format!("foo=1,{z}z=1")]), "");
    for key in [
        format!("{}@{}", "t".repeat(241), "v".repeat(14)),
        format!("{t}@v"),
        "t@vvvvvvvvvvvvvvv".into(),
    ] {
        assert_eq!(
            state(&[&format!("foo=1,{key}=1")]),
            format!("foo=1,{key}=1")
        );
    }
    let value: String = (' '..='~').filter(|c| !matches!(c, ',' | '=')).collect();
    assert_eq!(state(&[&format!("a={value}")]), format!("a={value}"));
    for bad in [
        "foo =1",
        "FOO=1",
        "foo.bar=1",
        "@foo=1,bar=2",
        "foo=bar=baz",
        "foo=,bar=3",
        "foo",
    ] {
        assert_eq!(state(&[bad]), "", "{bad}");
    }
}

#[test]
fn what_is_received_is_sent_on() {
    let context = extract(&[("TraceParent", PARENT), ("tracestate", " foo=1 , bar=2 ")]);
    let mut headers = Vec::new();
    TraceContextPropagator.inject(&context, &mut headers);
    let headers: Vec<_> = headers
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    assert_eq!(
        headers,
        [("traceparent", PARENT), ("tracestate", "foo=1,bar=2")]
    );

    let mut headers: Vec<(String, String)> = Vec::new();
    TraceContextPropagator.inject(&Context::root(), &mut headers);
    assert_eq!(headers, []);
    TraceContextPropagator.inject(&extract(&[("traceparent", PARENT)]), &mut headers);
    assert_eq!(headers.len(), 1, "no empty tracestate");
}

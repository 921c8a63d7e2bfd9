//! Every shape of `traceparent` in `data/traceparent.tsv` gets the verdict written there.

use spanline_core::propagation::{
    Propagator, TraceContextPropagator, format_traceparent, parse_traceparent,
};
use spanline_core::{Context, SpanContext};

/// The rows of the table: value, verdict, and what goes with it.
fn rows() -> Vec<(String, &'static str, &'static str)> {
    let lines = include_str!("data/traceparent.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'));
    let rows = lines.map(|line| {
        let mut cells = line.split('\t');
        let mut cell = || {
            cells
                .next()
                .unwrap_or_else(|| panic!("too few cells: {line}"))
        };
        let value = cell().replace("\\t", "\t").replace("\\n", "\n");
        (value, cell(), cell())
    });
    rows.collect()
}

#[test]
fn every_row_gets_its_verdict() {
    let rows = rows();
    assert!(rows.len() > 60);
    for (value, verdict, expected) in rows {
        let (found, detail) = match parse_traceparent(&value) {
            Ok(context) => {
                assert!(context.is_remote() && context.is_valid(), "{value:?}");
                ("keep", format_traceparent(&context).unwrap().to_string())
            }
            Err(error) => {
                assert_eq!(error.header(), "traceparent");
                ("new", format!("{:?}@{}", error.reason(), error.at()))
            }
        };
        assert_eq!((found, detail.as_str()), (verdict, expected), "{value:?}");
    }
}

#[test]
fn the_propagator_agrees_and_keeps_the_context_when_refusing() {
    let before = Context::root().with_span_context(
        parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap(),
    );
    for (value, verdict, expected) in rows() {
        let carrier = [("traceparent", value.as_str())];
        let after = TraceContextPropagator.extract(&before, &carrier);
        let sent = format_traceparent(after.span_context()).unwrap();
        match verdict {
            "keep" => assert_eq!(sent, expected),
            _ => assert_eq!(after.span_context(), before.span_context(), "{value:?}"),
        }
        assert_eq!(
            TraceContextPropagator
                .try_extract(&before, &carrier)
                .is_ok(),
            verdict == "keep"
        );
    }
}

#[test]
fn an_invalid_context_is_not_written() {
    assert_eq!(format_traceparent(&SpanContext::INVALID), None);
}

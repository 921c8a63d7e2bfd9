//! The law of B3: one header or several are accepted exactly if the B3 document accepts them, and
//! both forms written from what was read are read as the same again.
//!
//! Called by the fuzz targets and the replay of their corpora, never by programs.

use super::super::property::{
    Headers, extracted, first, headers, injected, lower_hex, text, without_space,
};
use super::{B3Propagator, FLAGS, SAMPLED, SINGLE, SPAN_ID, TRACE_ID};
use crate::context::Context;

/// A span and what its sender says about it: `Some(None)` in [`Outcome`] is a header without ids.
#[derive(Clone, Debug, PartialEq)]
struct Span {
    trace_id: u128,
    span_id: u64,
    /// `0`, `1` or `d`; `None` where the decision is left open.
    state: Option<char>,
}

/// `None` is a fault.
type Outcome = Option<Option<Span>>;

/// "Single Header" of the B3 document:
///
/// ```text
/// b3 = TraceId "-" SpanId [ "-" SamplingState [ "-" ParentSpanId ] ]  /  SamplingState
/// TraceId = 16 or 32 lower-case digits, SpanId = 16, neither of them zero
/// SamplingState = "0" / "1" / "d"
/// ```
///
/// The parent is not used; all that is asked of it is that it is there after its dash.
fn defined_single(value: &str) -> Outcome {
    let state = |text: &str| {
        text.chars()
            .next()
            .filter(|_| ["0", "1", "d"].contains(&text))
    };
    let fields: Vec<&str> = without_space(value).split('-').collect();
    match *fields.as_slice() {
        [only] => state(only).map(|_| None),
        [trace, span] => ids(trace, span, None).map(Some),
        [trace, span, sampling] => ids(trace, span, Some(state(sampling)?)).map(Some),
        [trace, span, sampling, parent] if !parent.is_empty() => {
            ids(trace, span, Some(state(sampling)?)).map(Some)
        }
        _ => None,
    }
}

fn ids(trace: &str, span: &str, state: Option<char>) -> Option<Span> {
    let trace_id = lower_hex(trace, 16).or_else(|| lower_hex(trace, 32));
    Some(Span {
        trace_id: trace_id.filter(|id| *id != 0)?,
        span_id: lower_hex(span, 16).filter(|id| *id != 0)? as u64,
        state,
    })
}

/// "Multiple Headers" of the B3 document. Early senders wrote `true` and `false` for `1` and `0`;
/// debug implies accepted, whatever else is said.
fn defined_multi(headers: &Headers) -> Outcome {
    let (trace, span) = match (first(headers, TRACE_ID), first(headers, SPAN_ID)) {
        (None, None) => return Some(None),
        (trace, span) => (trace?, span?),
    };
    let sampled = match first(headers, SAMPLED) {
        None => None,
        Some("1" | "true") => Some('1'),
        Some("0" | "false") => Some('0'),
        Some(_) => return None,
    };
    let debug = (first(headers, FLAGS) == Some("1")).then_some('d');
    ids(trace, span, debug.or(sampled)).map(Some)
}

/// The single header wins unless it is missing, or is malformed and the others are not.
fn defined(headers: &Headers) -> Outcome {
    match first(headers, SINGLE).map(defined_single) {
        None => defined_multi(headers),
        Some(None) => defined_multi(headers).filter(Option::is_some),
        Some(read) => read,
    }
}

/// Panics if reading or writing the header `b3` breaks its law for this value.
pub fn check_b3_single(data: &[u8]) {
    let value = text(data).into_owned();
    let expected = defined_single(&value);
    check(&vec![(SINGLE.to_owned(), value)], expected);
}

/// Panics if reading or writing B3 headers breaks their law for these headers, given as lines of
/// `name: value`.
pub fn check_b3_multi(data: &[u8]) {
    let headers = headers(data);
    let expected = defined(&headers);
    check(&headers, expected);
}

fn check(headers: &Headers, expected: Outcome) {
    let context = extracted(&B3Propagator::single(), headers);
    assert_eq!(context.is_some(), expected.is_some(), "{headers:?}");
    let (Some(context), Some(expected)) = (context, expected) else {
        return;
    };
    check_context(&context, expected.as_ref());
    let sent =
        [B3Propagator::single(), B3Propagator::multi()].map(|form| injected(&form, &context));
    for headers in &sent {
        assert_eq!(defined(headers), Some(expected.clone()), "{headers:?}");
        assert_eq!(headers.is_empty(), expected.is_none());
        if let Some(again) = extracted(&B3Propagator::multi(), headers) {
            check_context(&again, expected.as_ref());
        }
    }
}

fn check_context(context: &Context, expected: Option<&Span>) {
    let span = context.span_context();
    let trace_id = span.trace_id().map(|id| id.to_u128());
    assert_eq!(trace_id, expected.map(|span| span.trace_id));
    let span_id = span.span_id().map(|id| id.to_u64());
    assert_eq!(span_id, expected.map(|span| span.span_id));
    let sampled = expected.is_some_and(|span| matches!(span.state, Some('1' | 'd')));
    assert_eq!(span.trace_flags().bits(), u8::from(sampled));
    assert_eq!(span.is_remote(), expected.is_some());
}

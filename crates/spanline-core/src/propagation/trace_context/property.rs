//! The law of `traceparent` and `tracestate` together: the first decides, the second is dropped
//! alone, and what was read is sent on.
//!
//! Called by the fuzz target and the replay of its corpus, never by programs.

use super::super::property::{Headers, extracted, headers, injected};
use super::super::traceparent::property::defined as defined_parent;
use super::{TRACEPARENT, TRACESTATE, TraceContextPropagator};
use crate::trace_state::property::{canonical, defined as defined_list};

/// All lines of a header.
fn lines<'h>(headers: &'h Headers, name: &str) -> Vec<&'h str> {
    let named = headers
        .iter()
        .filter(|(header, _)| header.to_ascii_lowercase() == name);
    named.map(|(_, value)| value.as_str()).collect()
}

/// Panics if extraction or injection breaks the law for these headers, given as lines of
/// `name: value`.
///
/// W3C Trace Context Level 2, "Processing Model": one valid `traceparent` makes the remote parent,
/// two are none; a `tracestate` that cannot be parsed is discarded, the parent stays.
pub fn check_trace_context(data: &[u8]) {
    let headers = headers(data);
    let parents = lines(&headers, TRACEPARENT);
    let context = extracted(&TraceContextPropagator, &headers);
    let expected = match *parents.as_slice() {
        [] => {
            assert!(context.is_some_and(|context| !context.span_context().is_valid()));
            return;
        }
        [parent] => defined_parent(parent),
        _ => None,
    };
    assert_eq!(context.is_some(), expected.is_some(), "{parents:?}");
    let (Some(context), Some(expected)) = (context, expected) else {
        return;
    };
    let span = context.span_context();
    assert_eq!(
        span.trace_id().map(|id| id.to_u128()),
        Some(expected.trace_id)
    );
    assert_eq!(span.span_id().map(|id| id.to_u64()), Some(expected.span_id));
    let list = defined_list(&lines(&headers, TRACESTATE)).unwrap_or_default();
    assert_eq!(span.trace_state().as_str(), canonical(&list));

    let sent = injected(&TraceContextPropagator, &context);
    assert_eq!(sent.len(), 1 + usize::from(!list.is_empty()));
    let again = extracted(&TraceContextPropagator, &sent);
    assert_eq!(
        again.as_ref().map(|context| context.span_context()),
        Some(span)
    );
}

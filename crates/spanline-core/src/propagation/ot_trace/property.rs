//! The law of the OT headers: accepted exactly if the basic tracers' forms are kept to; what is
//! written is read as the same again, but for the half of the trace id that has no place in it.
//!
//! Called by the fuzz target and the replay of its corpus, never by programs.

use super::super::property::{Headers, any_hex, extracted, first, headers, injected, is_token};
use super::{BAGGAGE_PREFIX, OtTracePropagator, SAMPLED, SPAN_ID, TRACE_ID};
use crate::baggage::Baggage;
use crate::context::Context;

/// The limits of baggage, borrowed from W3C Baggage.
const BYTES: usize = 8192;
const MEMBERS: usize = 64;

#[derive(Debug, PartialEq)]
struct Span {
    trace_id: u128,
    span_id: u64,
    sampled: bool,
}

/// Ids of 1 to 32 and 1 to 16 digits of either case, not zero; `true`, `false`, `1`, `0` or nothing
/// for sampled. `Some(None)` is neither id, `None` a fault.
fn defined(headers: &Headers) -> Option<Option<Span>> {
    let (trace, span) = match (first(headers, TRACE_ID), first(headers, SPAN_ID)) {
        (None, None) => return Some(None),
        (trace, span) => (trace?, span?),
    };
    let sampled = first(headers, SAMPLED).unwrap_or("0").to_ascii_lowercase();
    let digits =
        |text: &str, most: usize| any_hex(text).filter(|id| text.len() <= most && *id != 0);
    Some(Some(Span {
        trace_id: digits(trace, 32)?,
        span_id: digits(span, 16)? as u64,
        sampled: match sampled.as_str() {
            "1" | "true" => true,
            "0" | "false" => false,
            _ => return None,
        },
    }))
}

/// The first 64 headers `ot-baggage-{name}`, as long as they fit 8,192 bytes together; of a header
/// that comes again the first line.
fn defined_baggage(headers: &Headers) -> Baggage {
    let (mut baggage, mut bytes) = (Baggage::new(), 0);
    let named = headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .filter(|(name, _)| name.starts_with(BAGGAGE_PREFIX));
    for (header, value) in named.take(MEMBERS) {
        let name = header.replacen(BAGGAGE_PREFIX, "", 1);
        if bytes + name.len() + value.len() <= BYTES {
            bytes += name.len() + value.len();
            if baggage.get(&name).is_none() {
                baggage = baggage.with(&name, value);
            }
        }
    }
    baggage
}

/// Panics if reading or writing the OT headers breaks their law for these headers, given as lines
/// of `name: value`.
pub fn check_ot_trace(data: &[u8]) {
    let headers = headers(data);
    let context = extracted(&OtTracePropagator, &headers);
    let expected = defined(&headers);
    assert_eq!(context.is_some(), expected.is_some(), "{headers:?}");
    let (Some(context), Some(expected)) = (context, expected) else {
        return;
    };
    let span = context.span_context();
    let read = span.trace_id().zip(span.span_id()).map(|(trace, id)| Span {
        trace_id: trace.to_u128(),
        span_id: id.to_u64(),
        sampled: span.is_sampled(),
    });
    assert_eq!(read, expected);
    let baggage = match expected {
        Some(_) => defined_baggage(&headers),
        None => Baggage::new(),
    };
    assert_eq!(*context.baggage(), baggage);
    if expected.is_some() {
        check_writing(&context);
    }
}

fn check_writing(context: &Context) {
    let sent = injected(&OtTracePropagator, context);
    let entries = || {
        sent.iter()
            .filter(|(name, _)| name.starts_with(BAGGAGE_PREFIX))
    };
    let size = |(name, value): &(String, String)| name.len() - BAGGAGE_PREFIX.len() + value.len();
    assert!(entries().count() <= MEMBERS && entries().map(size).sum::<usize>() <= BYTES);
    let (span, half) = (context.span_context(), context.span_context().trace_id());
    let again = extracted(&OtTracePropagator, &sent);
    let Some(half) = half.map(|id| id.low()).filter(|half| *half != 0) else {
        assert!(again.is_none(), "half a trace id of zeros is none");
        return;
    };
    let again = again.unwrap_or_default();
    let read = again.span_context();
    assert_eq!(read.trace_id().map(|id| id.to_u128()), Some(half.into()));
    assert_eq!(
        (read.span_id(), read.is_sampled()),
        (span.span_id(), span.is_sampled())
    );
    assert_eq!(again.baggage().len(), entries().count());
    for entry in again.baggage() {
        assert!(is_token(entry.name) && context.baggage().get(entry.name) == Some(entry.value));
    }
}

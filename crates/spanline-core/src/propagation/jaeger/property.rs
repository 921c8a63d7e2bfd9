//! The laws of Jaeger's headers: `uber-trace-id` is accepted exactly if Jaeger's clients accept it,
//! baggage is read within its budget, and what is written is read as the same again.
//!
//! Called by the fuzz targets and the replay of their corpora, never by programs.

use super::super::property::{
    Headers, any_hex, extracted, headers, injected, is_token, percent_decoded, text, without_space,
};
use super::{BAGGAGE, BAGGAGE_PREFIX, IDENTITY, JaegerPropagator};
use crate::baggage::Baggage;
use crate::context::Context;

/// The limits of baggage, borrowed from W3C Baggage.
const BYTES: usize = 8192;
const MEMBERS: usize = 64;

struct Identity {
    trace_id: u128,
    span_id: u64,
    /// As it is sent again.
    flags: u8,
}

/// "Trace/Span Identity" of the Jaeger documentation:
///
/// ```text
/// {trace-id}:{span-id}:{parent-span-id}:{flags}
/// ```
///
/// Ids of 1 to 32 and 1 to 16 digits, not zero; the parent is deprecated and not used; flags of one
/// byte, 1 sampled, 2 debug. A value without a colon is percent-encoded. Longer ones than 256 bytes
/// are refused, which is ours.
fn defined(value: &str) -> Option<Identity> {
    let value = without_space(value);
    if value.len() > 256 {
        return None;
    }
    let value = if value.contains(':') {
        value.to_owned()
    } else {
        percent_decoded(value, false)
    };
    let fields: Vec<&str> = value.split(':').collect();
    let [trace_id, span_id, _, flags] = *fields.as_slice() else {
        return None;
    };
    let digits = |text: &str, most: usize| any_hex(text).filter(|_| text.len() <= most);
    let flags = digits(flags, 2)?;
    Some(Identity {
        trace_id: digits(trace_id, 32).filter(|id| *id != 0)?,
        span_id: digits(span_id, 16).filter(|id| *id != 0)? as u64,
        flags: match flags % 4 {
            3 => 3,
            1 => 1,
            _ => 0, // debug without sampled means nothing
        },
    })
}

/// Panics if reading or writing `uber-trace-id` breaks its law for this value.
pub fn check_uber_trace_id(data: &[u8]) {
    let value = text(data).into_owned();
    let expected = defined(&value);
    let context = extracted(
        &JaegerPropagator,
        &vec![(IDENTITY.to_owned(), value.clone())],
    );
    assert_eq!(context.is_some(), expected.is_some(), "{value:?}");
    let (Some(context), Some(expected)) = (context, expected) else {
        return;
    };
    let span = context.span_context();
    assert!(span.is_remote());
    assert_eq!(span.trace_flags().bits(), expected.flags & 1);
    let Identity {
        trace_id,
        span_id,
        flags,
    } = expected;
    let sent = injected(&JaegerPropagator, &context);
    let canonical = format!("{trace_id:032x}:{span_id:016x}:0:{flags}");
    assert_eq!(sent, [(IDENTITY.to_owned(), canonical)]);
    let again = extracted(&JaegerPropagator, &sent);
    assert_eq!(again.as_ref().map(Context::span_context), Some(span));
}

/// "Baggage" of the Jaeger documentation: `jaeger-baggage: k1=v1, k2=v2` first, then a header
/// `uberctx-{name}` for each entry, percent-encoded.
///
/// The limits are ours: 64 pairs and headers are looked at, of the former none in a line that is
/// longer than what is left of 8,192 bytes, of the latter none that is. Of a header that comes again
/// the first line counts.
fn defined_baggage(headers: &Headers) -> Vec<(String, String)> {
    let (mut found, mut members, mut bytes) = (Vec::new(), MEMBERS, BYTES);
    let lower = |name: &str| name.to_ascii_lowercase();
    for (_, line) in headers.iter().filter(|(name, _)| lower(name) == BAGGAGE) {
        if line.len() > bytes {
            continue;
        }
        bytes -= line.len();
        let pairs = line.split(',').filter_map(|pair| pair.split_once('='));
        for (name, value) in pairs.take(members) {
            members -= 1;
            let (name, value) = (without_space(name), without_space(value));
            set(&mut found, name.to_owned(), value.to_owned());
        }
    }
    let named = headers
        .iter()
        .map(|(name, value)| (lower(name), value))
        .filter(|(name, _)| name.starts_with(BAGGAGE_PREFIX));
    let mut seen = Vec::new();
    for (header, value) in named.take(members) {
        let name = header.replacen(BAGGAGE_PREFIX, "", 1);
        if name.len() + value.len() <= bytes {
            bytes -= name.len() + value.len();
            if !seen.contains(&name) {
                seen.push(name.clone());
                set(&mut found, name, percent_decoded(value, true));
            }
        }
    }
    found
}

fn set(list: &mut Vec<(String, String)>, name: String, value: String) {
    match list.iter_mut().find(|known| known.0 == name) {
        Some(known) => known.1 = value,
        None if name.is_empty() => {}
        None => list.push((name, value)),
    }
}

fn entries(baggage: &Baggage) -> Vec<(String, String)> {
    let pairs = baggage
        .iter()
        .map(|entry| (entry.name.to_owned(), entry.value.to_owned()));
    pairs.collect()
}

/// Panics if reading or writing Jaeger's baggage breaks its law: for these headers, given as lines
/// of `name: value`, and for the baggage that has their names and values.
pub fn check_uberctx(data: &[u8]) {
    let mut headers = headers(data);
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case(IDENTITY));
    let context = extracted(&JaegerPropagator, &headers);
    let baggage = context
        .as_ref()
        .map(Context::baggage)
        .cloned()
        .unwrap_or_default();
    assert_eq!(entries(&baggage), defined_baggage(&headers));
    check_writing(&baggage);
    check_writing(&headers.into_iter().take(2 * MEMBERS).collect());
}

/// What is sent keeps to the limits, and reads back as entries that were there.
fn check_writing(baggage: &Baggage) {
    let context = Context::root().with_baggage(baggage.clone());
    let sent = injected(&JaegerPropagator, &context);
    let size = |(name, value): &(String, String)| name.len() - BAGGAGE_PREFIX.len() + value.len();
    assert!(sent.len() <= MEMBERS && sent.iter().map(size).sum::<usize>() <= BYTES);
    let again = extracted(&JaegerPropagator, &sent);
    let again = again
        .as_ref()
        .map(Context::baggage)
        .cloned()
        .unwrap_or_default();
    // Names lose their case on the way, so that two of them may become one.
    for (name, value) in entries(&again) {
        let same = |entry: &crate::baggage::BaggageEntry<'_>| {
            entry.name.eq_ignore_ascii_case(&name) && entry.value == value
        };
        assert!(
            is_token(&name) && baggage.iter().any(|entry| same(&entry)),
            "{name}={value}"
        );
    }
    assert_eq!(again.len(), sent.len());
}

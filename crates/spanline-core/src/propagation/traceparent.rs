//! The `traceparent` header: 55 characters that name a span.
//!
//! Reading and writing work on the stack, eight digits at a time. Source: W3C Trace Context
//! Level 2, "Traceparent Header".
//!
//! ```text
//! version   "-" trace-id "-" parent-id "-" trace-flags
//! 2 digits      32           16            2             lower-case hexadecimal
//! ```

use std::str;

use super::text::trim;
use super::{ExtractError, ExtractReason as Reason};
use crate::hex::{self, Hex};
use crate::span_context::SpanContext;
use crate::trace_flags::TraceFlags;
use crate::trace_state::TraceState;

/// The header's name, as it is sent.
pub(super) const TRACEPARENT: &str = "traceparent";

/// The length of version 00, and of what later versions begin with.
const LENGTH: usize = 55;

/// Reads a `traceparent` value into a remote span context without trace state.
///
/// Version 00 is read exactly. Of versions 01 to fe, which do not exist yet, the same fields are
/// read and whatever follows a further `-` is left alone. Spaces and tabs around the value are
/// allowed. Does not allocate.
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::propagation::parse_traceparent;
///
/// let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// let parent = parse_traceparent(header)?;
/// assert!(parent.is_sampled() && parent.is_remote());
/// # Ok::<(), spanline_core::propagation::ExtractError>(())
/// ```
///
/// # Errors
///
/// The first thing that is wrong, with its place in `header`.
#[inline]
pub fn parse_traceparent(header: &str) -> Result<SpanContext, ExtractError> {
    let mut ids = Ids::default();
    match ids.read(header) {
        Ok(()) => Ok(ids.with_state(TraceState::EMPTY)),
        Err((reason, at)) => Err(ExtractError::new(TRACEPARENT, reason, at)),
    }
}

/// What a header holds, in words.
#[derive(Clone, Copy, Default)]
pub(super) struct Ids {
    trace_high: u64,
    trace_low: u64,
    span_id: u64,
    flags: u8,
}

impl Ids {
    /// Reads a `traceparent` value, as [`parse_traceparent`] does. What is refused leaves no trace.
    #[inline(always)]
    pub(super) fn read(&mut self, header: &str) -> Result<(), Fault> {
        match parse_usual(header.as_bytes()) {
            Some(ids) => *self = ids,
            None => *self = parse_any(header)?,
        }
        Ok(())
    }

    /// The remote span context.
    #[inline]
    pub(super) const fn with_state(self, state: TraceState) -> SpanContext {
        let flags = TraceFlags::from_bits(self.flags);
        SpanContext::from_words(
            self.trace_high,
            self.trace_low,
            self.span_id,
            flags,
            true,
            state,
        )
    }
}

/// What is wrong, and where.
pub(super) type Fault = (Reason, usize);

/// Writes `context` as a `traceparent` value of version 00; `None` if it is not valid.
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::propagation::{format_traceparent, parse_traceparent};
///
/// let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// let context = parse_traceparent(header)?;
/// assert_eq!(format_traceparent(&context).unwrap(), header);
/// # Ok::<(), spanline_core::propagation::ExtractError>(())
/// ```
#[inline]
#[must_use]
pub fn format_traceparent(context: &SpanContext) -> Option<Hex<LENGTH>> {
    let text = *b"00-################################-################-##";
    context
        .is_valid()
        .then(|| Hex::from_ascii(filled(text, context)))
}

/// A header to be sent, with room behind it: that a text is ASCII takes half the time to see where
/// it begins and ends with a machine word.
#[repr(align(16))]
pub(super) struct Line([u8; 64]);

impl Line {
    /// As [`format_traceparent`].
    #[inline]
    pub(super) fn new(context: &SpanContext) -> Option<Self> {
        let text = *b"00-################################-################-##.........";
        context.is_valid().then(|| Self(filled(text, context)))
    }

    #[inline]
    pub(super) fn as_str(&self) -> &str {
        let text = str::from_utf8(&self.0).ok();
        text.and_then(|text| text.get(..LENGTH)).unwrap_or("")
    }
}

/// Puts the digits between the dashes.
#[inline(always)]
fn filled<const N: usize>(mut text: [u8; N], context: &SpanContext) -> [u8; N] {
    let (high, low, span) = context.words();
    write_at(&mut text, 3, &hex::encode_u64(high));
    write_at(&mut text, 19, &hex::encode_u64(low));
    write_at(&mut text, 36, &hex::encode_u64(span));
    write_at(&mut text, 53, &hex::encode_u8(context.trace_flags().bits()));
    text
}

/// Puts digits in their place. Both lengths are constants, so no check is left in the program.
#[inline(always)]
pub(super) fn write_at<const N: usize, const D: usize>(
    text: &mut [u8; N],
    at: usize,
    digits: &[u8; D],
) {
    if let Some(place) = text.get_mut(at..at + D) {
        place.copy_from_slice(digits);
    }
}

/// What nearly every header is: version 00, no flags but those that are known, nothing around it,
/// nothing wrong. `None` says only that this one has to be looked at again.
#[inline(always)]
fn parse_usual(text: &[u8]) -> Option<Ids> {
    let Usual { trace, span, flags } = Usual::of(text)?;
    let [b'0', flags @ b'0'..=b'3'] = *flags else {
        return None;
    };
    let (trace_high, trace_low, span_id) = hex::decode_words(trace, span)?;
    let ids = Ids {
        trace_high,
        trace_low,
        span_id,
        flags: flags - b'0',
    };
    ((trace_high | trace_low) != 0 && span_id != 0).then_some(ids)
}

/// The fields of a header of the usual shape, whatever their digits are.
struct Usual<'a> {
    trace: [&'a [u8; 16]; 2],
    span: &'a [u8; 16],
    flags: &'a [u8; 2],
}

impl<'a> Usual<'a> {
    #[inline(always)]
    fn of(text: &'a [u8]) -> Option<Self> {
        let text: &[u8; LENGTH] = text.try_into().ok()?;
        let (head, rest) = text.split_first_chunk::<3>()?;
        let (trace_high, rest) = rest.split_first_chunk::<16>()?;
        let (trace_low, rest) = rest.split_first_chunk::<16>()?;
        let (dash, rest) = rest.split_first_chunk::<1>()?;
        let (span, rest) = rest.split_first_chunk::<16>()?;
        let [b'-', flags @ ..] = rest else {
            return None;
        };
        let usual = Self {
            trace: [trace_high, trace_low],
            span,
            flags: flags.try_into().ok()?,
        };
        (head == b"00-" && dash == b"-").then_some(usual)
    }

    /// What is wrong, if it is a digit or an id of zeros: both are seen without reading a number.
    fn fault(&self) -> Option<Fault> {
        let [high, low] = self.trace;
        let fields: [(&[u8], _, _); 4] = [
            (high, Reason::TraceId, 3),
            (low, Reason::TraceId, 19),
            (self.span, Reason::SpanId, 36),
            (self.flags, Reason::Flags, 53),
        ];
        let bad = |(digits, reason, at)| Some((reason, at + hex::first_bad_lower(digits)?));
        let zero = |digits: &[u8; 16]| digits == b"0000000000000000";
        if let Some(fault) = fields.into_iter().find_map(bad) {
            Some(fault)
        } else if zero(high) && zero(low) {
            Some((Reason::ZeroTraceId, 3))
        } else {
            zero(self.span).then_some((Reason::ZeroSpanId, 36))
        }
    }
}

/// Any header, and why it is refused.
#[cold]
fn parse_any(header: &str) -> Result<Ids, Fault> {
    let text = header.as_bytes();
    if let Some(fault) = Usual::of(text).and_then(|usual| usual.fault()) {
        return Err(fault);
    }
    parse(trim(text)).map_err(|(reason, at)| {
        let before = text
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        (reason, before + at)
    })
}

fn parse(value: &[u8]) -> Result<Ids, Fault> {
    let Some((head, tail)) = value.split_first_chunk::<LENGTH>() else {
        return Err((Reason::TooShort, value.len()));
    };
    let mut fields = Fields { rest: head, at: 0 };
    let version = fields.byte(Reason::Version)?;
    if version == 0xff {
        return Err((Reason::Version, 0));
    }
    fields.dash()?;
    let high = fields.word(Reason::TraceId)?;
    let low = fields.word(Reason::TraceId)?;
    fields.dash()?;
    let span = fields.word(Reason::SpanId)?;
    fields.dash()?;
    let flags = fields.byte(Reason::Flags)?;
    match (version, tail.first()) {
        (_, None) | (1.., Some(b'-')) => {}
        _ => return Err((Reason::Trailing, LENGTH)),
    }
    if high | low == 0 {
        return Err((Reason::ZeroTraceId, 3));
    }
    if span == 0 {
        return Err((Reason::ZeroSpanId, 36));
    }
    Ok(Ids {
        trace_high: high,
        trace_low: low,
        span_id: span,
        flags,
    })
}

/// Takes fields of fixed length from the left.
struct Fields<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    #[inline(always)]
    fn byte(&mut self, reason: Reason) -> Result<u8, Fault> {
        let at = self.at;
        let digits = self.take::<2>()?;
        hex::decode_byte(*digits).ok_or_else(|| bad_digit(digits, reason, at))
    }

    #[inline(always)]
    fn word(&mut self, reason: Reason) -> Result<u64, Fault> {
        let at = self.at;
        let digits = self.take::<16>()?;
        hex::decode_lower(digits).ok_or_else(|| bad_digit(digits, reason, at))
    }

    #[inline(always)]
    fn take<const N: usize>(&mut self) -> Result<&'a [u8; N], Fault> {
        let Some((field, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err((Reason::TooShort, self.at));
        };
        self.rest = rest;
        self.at += N;
        Ok(field)
    }

    #[inline(always)]
    fn dash(&mut self) -> Result<(), Fault> {
        match self.rest {
            [b'-', rest @ ..] => {
                self.rest = rest;
                self.at += 1;
                Ok(())
            }
            _ => Err((Reason::Separator, self.at)),
        }
    }
}

#[cold]
fn bad_digit(digits: &[u8], reason: Reason, at: usize) -> Fault {
    (reason, at + hex::first_bad_lower(digits).unwrap_or(0))
}

pub(super) mod property;

#[cfg(test)]
mod tests;

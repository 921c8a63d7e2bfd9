//! The Jaeger propagator: `uber-trace-id`, and baggage in `uberctx-` headers.
//!
//! ```text
//! uber-trace-id: {trace id}:{span id}:{parent id}:{flags}
//! uberctx-{name}: {value}
//! jaeger-baggage: {name}={value}, {name}={value}
//! jaeger-debug-id: {text}
//! ```
//!
//! Source: "Client Libraries", "Propagation Format" of the Jaeger documentation. OpenTelemetry has
//! deprecated the format; it is here for systems that speak no other.

use super::baggage::merge;
use super::budget::Budget;
use super::debug::{JaegerDebugId, is_debugged, mark_debugged};
use super::text::{MAX_BAGGAGE_BYTES, Plus, decode_percent, encode_percent, is_token, trim_str};
use super::traceparent::write_at;
use super::{ExtractError, ExtractReason as Reason, Extractor, Injector, Propagator};
use crate::baggage::Baggage;
use crate::context::Context;
use crate::diagnostics::{self, DiagnosticKind};
use crate::hex::{self, Hex};
use crate::id::{SpanId, TraceId};
use crate::span_context::SpanContext;
use crate::trace_flags::TraceFlags;

const IDENTITY: &str = "uber-trace-id";
const BAGGAGE: &str = "jaeger-baggage";
const DEBUG_ID: &str = "jaeger-debug-id";
const BAGGAGE_PREFIX: &str = "uberctx-";

/// Longer than any identity, even one in which every character is percent-encoded.
const MAX_IDENTITY: usize = 256;

/// Bits of the flags field.
const SAMPLED: u64 = 0x01;
const DEBUG: u64 = 0x02;

/// Reads and writes `uber-trace-id` and the baggage headers of Jaeger's clients.
///
/// Reads what those clients accept: short ids, digits of either case, a percent-encoded value. The
/// parent's id is not used. A debug request is kept and passed on with every span of its trace.
/// At most 64 baggage entries and 8,192 bytes of them are looked at or written.
///
/// `jaeger-debug-id` in a request that belongs to no trace becomes a [`JaegerDebugId`] in the
/// context, where a sampler finds it (`JaegerDebug` in the runtime). Without one it does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct JaegerPropagator;

impl Propagator for JaegerPropagator {
    fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        let span = context.span_context();
        if span.is_valid() {
            let flags = match (is_debugged(context, span), span.is_sampled()) {
                (true, _) => b'3',
                (false, sampled) => b'0' + u8::from(sampled),
            };
            carrier.set(IDENTITY, &format_identity(span, flags));
        }
        inject_baggage(context.baggage(), carrier);
    }

    fn try_extract(
        &self,
        context: &Context,
        carrier: &dyn Extractor,
    ) -> Result<Context, ExtractError> {
        let mut context = context.clone();
        if let Some(value) = carrier.get(IDENTITY) {
            let identity = Identity::read(trim_str(value))
                .map_err(|(reason, at)| ExtractError::new(IDENTITY, reason, at))?;
            context = identity.store(context);
        }
        context = extract_debug_id(context, carrier);
        let received = extract_baggage(carrier);
        if received.is_empty() {
            return Ok(context);
        }
        let baggage = merge(context.baggage(), received);
        Ok(context.with_baggage(baggage))
    }

    fn fields(&self) -> Vec<&str> {
        vec![IDENTITY]
    }
}

fn format_identity(span: &SpanContext, flags: u8) -> Hex<53> {
    let (high, low, span_id) = span.words();
    let mut text = *b"################################:################:0:#";
    write_at(&mut text, 0, &hex::encode_u64(high));
    write_at(&mut text, 16, &hex::encode_u64(low));
    write_at(&mut text, 33, &hex::encode_u64(span_id));
    write_at(&mut text, 52, &[flags]);
    Hex::from_ascii(text)
}

struct Identity {
    trace_id: TraceId,
    span_id: SpanId,
    sampled: bool,
    debug: bool,
}

impl Identity {
    fn read(value: &str) -> Result<Self, (Reason, usize)> {
        if value.len() > MAX_IDENTITY {
            return Err((Reason::TooLong, MAX_IDENTITY));
        }
        let value = if value.contains(':') {
            value.into()
        } else {
            decode_percent(value, Plus::Plus)
        };
        let mut fields = value.as_bytes().split(|byte| *byte == b':');
        let (Some(trace_id), Some(span_id), Some(parent), Some(flags), None) = (
            fields.next(),
            fields.next(),
            fields.next(),
            fields.next(),
            fields.next(),
        ) else {
            return Err((Reason::Fields, 0));
        };
        let span_at = trace_id.len() + 1;
        let flags_at = span_at + span_id.len() + 1 + parent.len() + 1;
        let trace_id = read_trace_id(trace_id)?;
        let span_id = hex::decode_any(span_id).ok_or((Reason::SpanId, span_at))?;
        let span_id = SpanId::from_u64(span_id).ok_or((Reason::ZeroSpanId, span_at))?;
        let flags = Some(flags)
            .filter(|flags| flags.len() <= 2)
            .and_then(hex::decode_any);
        let flags = flags.ok_or((Reason::Flags, flags_at))?;
        Ok(Self {
            trace_id,
            span_id,
            sampled: flags & SAMPLED != 0,
            // Debug is meant to come with sampled, and means nothing without.
            debug: flags & (SAMPLED | DEBUG) == SAMPLED | DEBUG,
        })
    }

    fn store(&self, context: Context) -> Context {
        let flags = TraceFlags::NONE.with_sampled(self.sampled);
        let span = SpanContext::new(self.trace_id, self.span_id, flags).with_remote(true);
        let context = context.with_span_context(span);
        if self.debug {
            mark_debugged(context, self.trace_id)
        } else {
            context
        }
    }
}

/// 1 to 32 digits of either case.
pub(super) fn read_trace_id(digits: &[u8]) -> Result<TraceId, (Reason, usize)> {
    let (high, low) = digits.split_at(digits.len().saturating_sub(16));
    let high = if high.is_empty() {
        Some(0)
    } else {
        hex::decode_any(high)
    };
    let (Some(high), Some(low)) = (high, hex::decode_any(low)) else {
        return Err((Reason::TraceId, 0));
    };
    TraceId::from_halves(high, low).ok_or((Reason::ZeroTraceId, 0))
}

/// What a person put in by hand to find the trace that begins here; a trace that is under way is
/// left as it is.
fn extract_debug_id(context: Context, carrier: &dyn Extractor) -> Context {
    if context.span_context().is_valid() {
        return context;
    }
    match carrier.get(DEBUG_ID).and_then(JaegerDebugId::read) {
        Some(id) => context.with_value(id),
        None => context,
    }
}

/// One header per entry. A name that is no token cannot be part of a header's name.
fn inject_baggage(baggage: &Baggage, carrier: &mut dyn Injector) {
    let mut budget = Budget::new();
    let mut left_out = 0_usize;
    for entry in baggage {
        let mut value = String::new();
        if entry.value.len() <= MAX_BAGGAGE_BYTES {
            encode_percent(&mut value, entry.value, is_unreserved);
        }
        let sendable = is_token(entry.name.as_bytes()) && value.len() >= entry.value.len();
        if sendable && budget.take(entry.name.len() + value.len()) {
            carrier.set(&format!("{BAGGAGE_PREFIX}{}", entry.name), &value);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        diagnostics::report(
            DiagnosticKind::Propagation,
            BAGGAGE_PREFIX,
            format_args!(
                "entries not sent: {left_out}, over the limits or with names no header takes"
            ),
        );
    }
}

/// Characters that no URL encoder touches (RFC 3986, section 2.3).
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn extract_baggage(carrier: &dyn Extractor) -> Baggage {
    let mut budget = Budget::new();
    let mut baggage = Baggage::EMPTY;
    carrier.get_all(BAGGAGE, &mut |line| {
        if !budget.take_bytes(line.len()) {
            return;
        }
        for (name, value) in line.split(',').filter_map(pair) {
            if !budget.take_member() {
                return;
            }
            baggage = std::mem::take(&mut baggage).with(name, value);
        }
    });
    let entries = budget.take_entries(carrier, BAGGAGE_PREFIX, |value| {
        decode_percent(value, Plus::Space)
    });
    merge(&baggage, entries)
}

/// `name=value` with white space around both.
fn pair(text: &str) -> Option<(&str, &str)> {
    text.split_once('=')
        .map(|(name, value)| (trim_str(name), trim_str(value)))
}

pub(super) mod property;

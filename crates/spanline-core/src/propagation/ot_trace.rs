//! The OT propagator: the `ot-tracer-` headers of the basic OpenTracing tracers.
//!
//! Deprecated by OpenTelemetry like the API it comes from; here for systems that speak no other.
//! Source: OpenTelemetry specification, "Propagators Distribution", and the headers of the basic
//! tracers.

use super::baggage::merge;
use super::budget::Budget;
use super::jaeger::read_trace_id;
use super::text::{is_token, trim, trim_str};
use super::{ExtractError, ExtractReason as Reason, Extractor, Injector, Propagator};
use crate::baggage::Baggage;
use crate::context::Context;
use crate::diagnostics::{self, DiagnosticKind};
use crate::hex::{self, Hex};
use crate::id::SpanId;
use crate::span_context::SpanContext;
use crate::trace_flags::TraceFlags;

const TRACE_ID: &str = "ot-tracer-traceid";
const SPAN_ID: &str = "ot-tracer-spanid";
const SAMPLED: &str = "ot-tracer-sampled";
const BAGGAGE_PREFIX: &str = "ot-baggage-";

/// Reads and writes `ot-tracer-traceid`, `ot-tracer-spanid`, `ot-tracer-sampled` and `ot-baggage-`.
///
/// Only the right half of the trace id is sent. Baggage goes with a span or not at all, and is sent
/// as it is: entries that no header can hold are left out, as are those beyond 64 or 8,192 bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct OtTracePropagator;

impl Propagator for OtTracePropagator {
    fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        let span = context.span_context();
        let (Some(trace_id), Some(span_id)) = (span.trace_id(), span.span_id()) else {
            return;
        };
        carrier.set(TRACE_ID, &Hex::from_ascii(hex::encode_u64(trace_id.low())));
        carrier.set(SPAN_ID, &span_id.to_hex());
        carrier.set(SAMPLED, if span.is_sampled() { "true" } else { "false" });
        inject_baggage(context.baggage(), carrier);
    }

    fn try_extract(
        &self,
        context: &Context,
        carrier: &dyn Extractor,
    ) -> Result<Context, ExtractError> {
        let get = |header| carrier.get(header).map(|value| trim(value.as_bytes()));
        let fault = |header, reason, at| ExtractError::new(header, reason, at);
        let (trace_id, span_id) = match (get(TRACE_ID), get(SPAN_ID)) {
            (Some(trace_id), Some(span_id)) => (trace_id, span_id),
            (None, None) => return Ok(context.clone()),
            (Some(_), None) => return Err(fault(TRACE_ID, Reason::Incomplete, 0)),
            (None, Some(_)) => return Err(fault(SPAN_ID, Reason::Incomplete, 0)),
        };
        let trace_id =
            read_trace_id(trace_id).map_err(|(reason, at)| fault(TRACE_ID, reason, at))?;
        let span_id = hex::decode_any(span_id).ok_or_else(|| fault(SPAN_ID, Reason::SpanId, 0))?;
        let span_id =
            SpanId::from_u64(span_id).ok_or_else(|| fault(SPAN_ID, Reason::ZeroSpanId, 0))?;
        let sampled = match get(SAMPLED) {
            Some(b"1") => true,
            None | Some(b"0") => false,
            Some(word) if word.eq_ignore_ascii_case(b"true") => true,
            Some(word) if word.eq_ignore_ascii_case(b"false") => false,
            Some(_) => return Err(fault(SAMPLED, Reason::State, 0)),
        };
        let flags = TraceFlags::NONE.with_sampled(sampled);
        let span = SpanContext::new(trace_id, span_id, flags).with_remote(true);
        let context = context.with_parent(span);
        let received = Budget::new().take_entries(carrier, BAGGAGE_PREFIX, |value| value.into());
        let baggage = merge(context.baggage(), received);
        Ok(if baggage.is_empty() {
            context
        } else {
            context.with_baggage(baggage)
        })
    }

    fn fields(&self) -> Vec<&str> {
        vec![TRACE_ID, SPAN_ID, SAMPLED]
    }
}

fn inject_baggage(baggage: &Baggage, carrier: &mut dyn Injector) {
    let mut budget = Budget::new();
    let mut left_out = 0_usize;
    for entry in baggage {
        let sendable = is_token(entry.name.as_bytes()) && is_header_text(entry.value);
        if sendable && budget.take(entry.name.len().saturating_add(entry.value.len())) {
            carrier.set(&format!("{BAGGAGE_PREFIX}{}", entry.name), entry.value);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        diagnostics::report(
            DiagnosticKind::Propagation,
            BAGGAGE_PREFIX,
            format_args!("entries not sent: {left_out}, over the limits or not fit for a header"),
        );
    }
}

/// Visible ASCII, with spaces only between (RFC 9110, section 5.5).
fn is_header_text(value: &str) -> bool {
    trim_str(value) == value && value.bytes().all(|byte| matches!(byte, 0x20..=0x7e))
}

pub(super) mod property;

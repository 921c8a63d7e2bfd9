//! The B3 propagator: Zipkin's headers, in one line or in several.
//!
//! ```text
//! b3: {trace id}-{span id}[-{state}[-{parent}]]    or    b3: {state}
//! X-B3-TraceId, X-B3-SpanId, X-B3-ParentSpanId, X-B3-Sampled, X-B3-Flags
//! ```
//!
//! Both are read, whichever is written. Ids are lower-case hexadecimal, trace ids of 16 digits are
//! the right half of a longer one. Sources: the B3 propagation document of OpenZipkin;
//! OpenTelemetry specification, "B3 Requirements".

use super::debug::{is_debugged, is_deferred, mark_debugged, mark_deferred};
use super::text::trim;
use super::traceparent::write_at;
use super::{ExtractError, ExtractReason as Reason, Extractor, Injector, Propagator};
use crate::context::Context;
use crate::hex::{self, Hex};
use crate::id::{SpanId, TraceId};
use crate::span_context::SpanContext;
use crate::trace_flags::TraceFlags;

const SINGLE: &str = "b3";
const TRACE_ID: &str = "x-b3-traceid";
const SPAN_ID: &str = "x-b3-spanid";
const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";

/// Reads B3 headers of either form and writes one of them.
///
/// A debug request is kept and passed on with every span of its trace. A decision that the sender
/// left open counts as "not sampled" here, and is left open again if the span is passed on as it
/// came. The parent's id is neither used nor sent.
#[derive(Clone, Copy, Debug)]
pub struct B3Propagator {
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Single,
    Multi,
}

impl B3Propagator {
    /// Writes the one header `b3`.
    #[must_use]
    pub const fn single() -> Self {
        Self { form: Form::Single }
    }

    /// Writes one header for each part: `x-b3-traceid`, `x-b3-spanid`, and `x-b3-sampled` or
    /// `x-b3-flags`.
    #[must_use]
    pub const fn multi() -> Self {
        Self { form: Form::Multi }
    }
}

/// What a sender says about sampling.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing: the receiver decides.
    Deferred,
    Denied,
    Accepted,
    /// Accepted, and to be kept by everyone.
    Debug,
}

/// A span and what was said about it.
struct Received {
    trace_id: TraceId,
    span_id: SpanId,
    state: State,
}

type Fault = (Reason, usize);

impl Propagator for B3Propagator {
    fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        let span = context.span_context();
        if !span.is_valid() {
            return;
        }
        let state = if is_debugged(context, span) {
            State::Debug
        } else if is_deferred(context, span) {
            State::Deferred
        } else if span.is_sampled() {
            State::Accepted
        } else {
            State::Denied
        };
        match self.form {
            Form::Single => write_single(span, state, carrier),
            Form::Multi => write_multi(span, state, carrier),
        }
    }

    /// The single header first. Only if it is missing or malformed are the others looked at.
    fn try_extract(
        &self,
        context: &Context,
        carrier: &dyn Extractor,
    ) -> Result<Context, ExtractError> {
        let single = carrier
            .get(SINGLE)
            .map(|value| read_single(trim(value.as_bytes())));
        let received = match single {
            Some(Ok(received)) => received,
            Some(Err((reason, at))) => match read_multi(carrier) {
                Ok(Some(received)) => Some(received),
                _ => return Err(ExtractError::new(SINGLE, reason, at)),
            },
            None => read_multi(carrier)?,
        };
        Ok(received.map_or_else(|| context.clone(), |received| store(context, &received)))
    }

    fn fields(&self) -> Vec<&str> {
        match self.form {
            Form::Single => vec![SINGLE],
            Form::Multi => vec![TRACE_ID, SPAN_ID, SAMPLED, FLAGS],
        }
    }
}

fn store(context: &Context, received: &Received) -> Context {
    let &Received {
        trace_id,
        span_id,
        state,
    } = received;
    let sampled = matches!(state, State::Accepted | State::Debug);
    let flags = TraceFlags::NONE.with_sampled(sampled);
    let span = SpanContext::new(trace_id, span_id, flags).with_remote(true);
    let context = context.with_parent(span);
    match state {
        State::Debug => mark_debugged(context, trace_id),
        State::Deferred => mark_deferred(context, trace_id, span_id),
        State::Accepted | State::Denied => context,
    }
}

/// The single header; `None` if it holds a decision and no ids.
fn read_single(value: &[u8]) -> Result<Option<Received>, Fault> {
    let mut fields = value.split(|byte| *byte == b'-');
    let first = fields.next().unwrap_or(&[]);
    let Some(second) = fields.next() else {
        return read_state(first, 0).map(|_| None);
    };
    let trace_id = read_trace_id(first)?;
    let span_id = read_span_id(second, first.len() + 1)?;
    let at = first.len() + 1 + second.len() + 1;
    let state = fields
        .next()
        .map_or(Ok(State::Deferred), |state| read_state(state, at))?;
    // The parent may be anything; but a dash promises one, and after it the header ends.
    match (fields.next(), fields.next()) {
        (None, _) => {}
        (Some(parent), None) if !parent.is_empty() => {}
        _ => return Err((Reason::Fields, at + 2)),
    }
    Ok(Some(Received {
        trace_id,
        span_id,
        state,
    }))
}

/// The state of the single header: one character.
const fn read_state(state: &[u8], at: usize) -> Result<State, Fault> {
    match state {
        b"0" => Ok(State::Denied),
        b"1" => Ok(State::Accepted),
        b"d" => Ok(State::Debug),
        _ => Err((Reason::State, at)),
    }
}

/// The several headers; `None` if neither id is there.
fn read_multi(carrier: &dyn Extractor) -> Result<Option<Received>, ExtractError> {
    let get = |header| carrier.get(header).map(|value| trim(value.as_bytes()));
    let fault = |header| move |(reason, at): Fault| ExtractError::new(header, reason, at);
    let (trace_id, span_id) = match (get(TRACE_ID), get(SPAN_ID)) {
        (Some(trace_id), Some(span_id)) => (trace_id, span_id),
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(ExtractError::new(TRACE_ID, Reason::Incomplete, 0)),
        (None, Some(_)) => return Err(ExtractError::new(SPAN_ID, Reason::Incomplete, 0)),
    };
    let sampled = match get(SAMPLED) {
        None => State::Deferred,
        Some(b"1") | Some(b"true") => State::Accepted,
        Some(b"0") | Some(b"false") => State::Denied,
        Some(_) => return Err(ExtractError::new(SAMPLED, Reason::State, 0)),
    };
    Ok(Some(Received {
        trace_id: read_trace_id(trace_id).map_err(fault(TRACE_ID))?,
        span_id: read_span_id(span_id, 0).map_err(fault(SPAN_ID))?,
        state: if get(FLAGS) == Some(b"1") {
            State::Debug
        } else {
            sampled
        },
    }))
}

/// 16 or 32 lower-case digits.
fn read_trace_id(digits: &[u8]) -> Result<TraceId, Fault> {
    let (high, low) = match digits.len() {
        16 => (Some(0), hex::decode_lower(digits)),
        32 => {
            let (high, low) = digits.split_at(16);
            (hex::decode_lower(high), hex::decode_lower(low))
        }
        _ => return Err((Reason::TraceId, 0)),
    };
    let (Some(high), Some(low)) = (high, low) else {
        return Err((Reason::TraceId, hex::first_bad_lower(digits).unwrap_or(0)));
    };
    TraceId::from_halves(high, low).ok_or((Reason::ZeroTraceId, 0))
}

/// 16 lower-case digits.
fn read_span_id(digits: &[u8], at: usize) -> Result<SpanId, Fault> {
    if digits.len() != 16 {
        return Err((Reason::SpanId, at));
    }
    let Some(value) = hex::decode_lower(digits) else {
        return Err((
            Reason::SpanId,
            at + hex::first_bad_lower(digits).unwrap_or(0),
        ));
    };
    SpanId::from_u64(value).ok_or((Reason::ZeroSpanId, at))
}

fn write_single(span: &SpanContext, state: State, carrier: &mut dyn Injector) {
    let (high, low, span_id) = span.words();
    let mut text = *b"################################-################-#";
    write_at(&mut text, 0, &hex::encode_u64(high));
    write_at(&mut text, 16, &hex::encode_u64(low));
    write_at(&mut text, 33, &hex::encode_u64(span_id));
    let state = match state {
        State::Deferred => None,
        State::Denied => Some(b'0'),
        State::Accepted => Some(b'1'),
        State::Debug => Some(b'd'),
    };
    match state {
        Some(state) => {
            write_at(&mut text, 50, &[state]);
            carrier.set(SINGLE, &Hex::from_ascii(text));
        }
        None => {
            if let Some(short) = text.first_chunk::<49>() {
                carrier.set(SINGLE, &Hex::from_ascii(*short));
            }
        }
    }
}

fn write_multi(span: &SpanContext, state: State, carrier: &mut dyn Injector) {
    let (Some(trace_id), Some(span_id)) = (span.trace_id(), span.span_id()) else {
        return;
    };
    carrier.set(TRACE_ID, &trace_id.to_hex());
    carrier.set(SPAN_ID, &span_id.to_hex());
    match state {
        State::Deferred => {}
        State::Denied => carrier.set(SAMPLED, "0"),
        State::Accepted => carrier.set(SAMPLED, "1"),
        State::Debug => carrier.set(FLAGS, "1"), // says "sampled" by itself
    }
}

pub(super) mod property;

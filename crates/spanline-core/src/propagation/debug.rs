//! What B3 and Jaeger say beside ids and flags: that a trace is debugged, that a decision is open.
//!
//! A span context has no room for either, so they stand in the context as values of their own.
//! Each names the ids it was received with, so that it says nothing about another trace that
//! happens to be current later.

use crate::context::Context;
use crate::id::{SpanId, TraceId};
use crate::span_context::SpanContext;
use std::fmt;
use std::sync::OnceLock;

/// What somebody wrote into the header `jaeger-debug-id` of a request that belongs to no trace, to
/// find the trace that the request will begin.
///
/// [`JaegerPropagator`](super::JaegerPropagator) puts it into the context as a value
/// ([`Context::value`]); a sampler that honours it keeps the trace and puts the text onto its first
/// span. It is written to no header.
/// Source: "Client Libraries" of the Jaeger documentation, "Debug ID".
pub struct JaegerDebugId {
    text: Box<str>,
    /// The trace that was begun for it.
    begun: OnceLock<TraceId>,
}

/// How much of the header is looked at: the rest is cut off.
const MAX_DEBUG_ID: usize = 256;

impl JaegerDebugId {
    /// `None` if nothing printable is left.
    pub(super) fn read(value: &str) -> Option<Self> {
        let head = value.bytes().take(MAX_DEBUG_ID);
        let printable = head.filter(|byte| matches!(byte, b' '..=b'~'));
        let text: String = printable.map(char::from).collect();
        let text = text.trim_matches(' ');
        (!text.is_empty()).then(|| Self {
            text: text.into(),
            begun: OnceLock::new(),
        })
    }

    /// 1 to 256 characters of printable ASCII; of the header's first 256 bytes, all others are left
    /// out.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Says that `trace_id` was begun for it, so that whoever is called within learns that the
    /// trace is debugged. The first one counts. For samplers, which alone know that they kept it.
    pub fn begin(&self, trace_id: TraceId) {
        // Another trace may have been begun in the same context; it is kept like the first.
        let _ = self.begun.set(trace_id);
    }
}

impl fmt::Debug for JaegerDebugId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JaegerDebugId").field(&self.text).finish()
    }
}

/// The trace that somebody asked to debug: kept by all, and said again to all that are called.
struct Debugged(TraceId);

/// The span whose sender left the sampling decision to whoever comes next.
struct Deferred(TraceId, SpanId);

pub(super) fn mark_debugged(context: Context, trace_id: TraceId) -> Context {
    context.with_value(Debugged(trace_id))
}

/// Whether the trace of `span` is debugged.
pub(super) fn is_debugged(context: &Context, span: &SpanContext) -> bool {
    let received = context.value::<Debugged>().map(|mark| mark.0);
    let begun = || context.value::<JaegerDebugId>()?.begun.get().copied();
    let debugged = received.or_else(begun);
    debugged.is_some() && debugged == span.trace_id()
}

pub(super) fn mark_deferred(context: Context, trace_id: TraceId, span_id: SpanId) -> Context {
    context.with_value(Deferred(trace_id, span_id))
}

/// Whether `span` was received without a decision and is passed on as it came. A span of this
/// process has been decided on.
pub(super) fn is_deferred(context: &Context, span: &SpanContext) -> bool {
    !span.is_sampled()
        && context
            .value::<Deferred>()
            .is_some_and(|mark| (Some(mark.0), Some(mark.1)) == (span.trace_id(), span.span_id()))
}

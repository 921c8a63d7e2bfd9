//! What B3 and Jaeger say beside ids and flags: that a trace is debugged, that a decision is open.
//!
//! A span context has no room for either, so they stand in the context as values of their own.
//! Each names the ids it was received with, so that it says nothing about another trace that
//! happens to be current later.

use crate::context::Context;
use crate::id::{SpanId, TraceId};
use crate::span_context::SpanContext;

/// The trace that somebody asked to debug: kept by all, and said again to all that are called.
struct Debugged(TraceId);

/// The span whose sender left the sampling decision to whoever comes next.
struct Deferred(TraceId, SpanId);

pub(super) fn mark_debugged(context: Context, trace_id: TraceId) -> Context {
    context.with_value(Debugged(trace_id))
}

/// Whether the trace of `span` is debugged.
pub(super) fn is_debugged(context: &Context, span: &SpanContext) -> bool {
    context
        .value::<Debugged>()
        .is_some_and(|mark| Some(mark.0) == span.trace_id())
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

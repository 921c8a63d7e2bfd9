//! The W3C Trace Context propagator: `traceparent` and `tracestate`.
//!
//! The two belong together: without a valid `traceparent` the `tracestate` is not even looked at,
//! while a bad `tracestate` is dropped alone. Source: W3C Trace Context Level 2, "Processing
//! Model".

use super::traceparent::{TRACEPARENT, format_traceparent, parse_traceparent};
use super::{ExtractError, ExtractReason, Extractor, Injector, Propagator};
use crate::context::Context;
use crate::diagnostics::{self, DiagnosticKind};
use crate::span_context::SpanContext;
use crate::trace_state::{ListReader, TraceState};

const TRACESTATE: &str = "tracestate";

/// Reads and writes `traceparent` and `tracestate`.
///
/// Allocates only for a `tracestate`.
#[derive(Clone, Copy, Debug, Default)]
pub struct TraceContextPropagator;

impl Propagator for TraceContextPropagator {
    fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        let span = context.span_context();
        let Some(traceparent) = format_traceparent(span) else {
            return;
        };
        carrier.set(TRACEPARENT, &traceparent);
        if !span.trace_state().is_empty() {
            carrier.set(TRACESTATE, span.trace_state().as_str());
        }
    }

    fn try_extract(
        &self,
        context: &Context,
        carrier: &dyn Extractor,
    ) -> Result<Context, ExtractError> {
        let Some(parent) = read_parent(carrier)? else {
            return Ok(context.clone());
        };
        let parent = parent.with_trace_state(read_state(carrier));
        Ok(context.clone().with_span_context(parent))
    }

    fn fields(&self) -> Vec<&str> {
        vec![TRACEPARENT, TRACESTATE]
    }
}

/// The one `traceparent`; two of them are a fault, since either could be the right one.
fn read_parent(carrier: &dyn Extractor) -> Result<Option<SpanContext>, ExtractError> {
    let mut found = None;
    carrier.get_all(TRACEPARENT, &mut |line| {
        found = Some(match found {
            None => parse_traceparent(line),
            Some(_) => Err(ExtractError::new(TRACEPARENT, ExtractReason::Repeated, 0)),
        });
    });
    found.transpose()
}

/// All lines of `tracestate` as one list; an empty one if anything is wrong with it.
fn read_state(carrier: &dyn Extractor) -> TraceState {
    let mut list = ListReader::new();
    let mut fault = None;
    carrier.get_all(TRACESTATE, &mut |line| {
        if fault.is_none() {
            fault = list.push_line(line).err();
        }
    });
    let Some(fault) = fault else {
        return list.finish();
    };
    diagnostics::report(
        DiagnosticKind::Propagation,
        TRACESTATE,
        format_args!("header ignored: {} at byte {}", fault.kind(), fault.at()),
    );
    TraceState::EMPTY
}

pub(super) mod property;

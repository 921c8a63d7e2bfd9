//! The W3C Trace Context propagator: `traceparent` and `tracestate`.
//!
//! The two belong together: without a valid `traceparent` the `tracestate` is not even looked at,
//! while a bad `tracestate` is dropped alone. Source: W3C Trace Context Level 2, "Processing
//! Model".

use super::traceparent::{Fault, Ids, Line, TRACEPARENT};
use super::{ExtractError, ExtractReason, Extractor, Injector, Propagator, contained};
use crate::context::Context;
use crate::diagnostics::{self, DiagnosticKind};
use crate::span_context::SpanContext;
use crate::trace_state::{ListReader, TraceState, TraceStateError};

const TRACESTATE: &str = "tracestate";

/// Reads and writes `traceparent` and `tracestate`.
///
/// Allocates only for a `tracestate`.
#[derive(Clone, Copy, Debug, Default)]
pub struct TraceContextPropagator;

impl Propagator for TraceContextPropagator {
    fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        let span = context.span_context();
        let Some(line) = Line::new(span) else {
            return;
        };
        carrier.set(TRACEPARENT, line.as_str());
        if !span.trace_state().is_empty() {
            carrier.set(TRACESTATE, span.trace_state().as_str());
        }
    }

    fn try_extract(
        &self,
        context: &Context,
        carrier: &dyn Extractor,
    ) -> Result<Context, ExtractError> {
        let mut received = Received::default();
        received.read(carrier);
        match received.fault() {
            Some(fault) => Err(fault),
            None => Ok(received.on_top_of(context)),
        }
    }

    fn fields(&self) -> Vec<&str> {
        vec![TRACEPARENT, TRACESTATE]
    }

    fn extract(&self, context: &Context, carrier: &dyn Extractor) -> Context {
        let mut received = Received::default();
        received.read_contained(carrier);
        received.on_top_of(context)
    }

    fn extract_onto(&self, context: &mut Context, carrier: &dyn Extractor) {
        let mut received = Received::default();
        received.read_contained(carrier);
        if let Some(parent) = received.parent() {
            context.become_child_of(parent);
        }
    }
}

/// What a carrier holds.
///
/// The lines are read into this one place, word by word, and the new context is made of its words:
/// a span context that was just written in pieces is slow to move as a whole.
#[derive(Default)]
struct Received {
    /// How many lines of `traceparent` there are.
    lines: usize,
    /// What the first one says.
    ids: Ids,
    /// Or what is wrong with it.
    fault: Option<Fault>,
    state: TraceState,
}

impl Received {
    /// As [`Received::read`]. What is not readable, or panics, is told to diagnostics and reads as
    /// nothing.
    #[inline]
    fn read_contained(&mut self, carrier: &dyn Extractor) {
        if contained("extract", || self.read(carrier)).is_none() {
            *self = Self::default();
        }
        if let Some(fault) = self.fault() {
            fault.report();
        }
    }

    #[inline]
    fn read(&mut self, carrier: &dyn Extractor) {
        carrier.get_all(TRACEPARENT, &mut |line| {
            self.lines += 1;
            if self.lines > 1 {
                return; // a fault, whatever it says; and there may be thousands
            }
            if let Err(fault) = self.ids.read(line) {
                self.fault = Some(fault);
            }
        });
        if self.is_valid() {
            self.state = read_state(carrier);
        }
    }

    /// Whether there is one line, and nothing wrong with it.
    #[inline]
    fn is_valid(&self) -> bool {
        self.lines == 1 && self.fault.is_none()
    }

    /// What is wrong: two lines are, since either could be the right one.
    #[inline]
    fn fault(&self) -> Option<ExtractError> {
        if self.lines > 1 {
            return Some(ExtractError::new(TRACEPARENT, ExtractReason::Repeated, 0));
        }
        let (reason, at) = self.fault?;
        Some(ExtractError::new(TRACEPARENT, reason, at))
    }

    /// The span that was read, if any.
    #[inline]
    fn parent(self) -> Option<SpanContext> {
        self.is_valid().then(|| self.ids.with_state(self.state))
    }

    /// `context` with this as the parent, if there is one.
    #[inline]
    fn on_top_of(self, context: &Context) -> Context {
        match self.parent() {
            Some(parent) => context.with_parent(parent),
            None => context.clone(),
        }
    }
}

/// All lines of `tracestate` as one list; an empty one if anything is wrong with it.
#[inline]
fn read_state(carrier: &dyn Extractor) -> TraceState {
    let mut list = None;
    carrier.get_all(TRACESTATE, &mut |line| {
        let list = list.get_or_insert_with(|| Ok(ListReader::new()));
        if let Ok(reader) = list {
            if let Err(fault) = reader.push_line(line) {
                *list = Err(fault);
            }
        }
    });
    list.map_or(TraceState::EMPTY, finish_state)
}

fn finish_state(list: Result<ListReader, TraceStateError>) -> TraceState {
    match list {
        Ok(list) => list.finish(),
        Err(fault) => {
            diagnostics::report(
                DiagnosticKind::Propagation,
                TRACESTATE,
                format_args!("header ignored: {} at byte {}", fault.kind(), fault.at()),
            );
            TraceState::EMPTY
        }
    }
}

pub(super) mod property;

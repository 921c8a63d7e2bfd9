//! The W3C Trace Context propagator: `traceparent` and `tracestate`.
//!
//! The two belong together: without a valid `traceparent` the `tracestate` is not even looked at,
//! while a bad `tracestate` is dropped alone. Source: W3C Trace Context Level 2, "Processing
//! Model".

use super::traceparent::{Ids, Line, TRACEPARENT, parse_ids};
use super::{ExtractError, ExtractReason, Extractor, Injector, Propagator, contained};
use crate::context::Context;
use crate::diagnostics::{self, DiagnosticKind};
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
        let mut read = Received::default();
        read.from(carrier)?;
        let mut extracted = context.clone();
        read.store(&mut extracted);
        Ok(extracted)
    }

    fn fields(&self) -> Vec<&str> {
        vec![TRACEPARENT, TRACESTATE]
    }

    fn extract(&self, context: &Context, carrier: &dyn Extractor) -> Context {
        let mut extracted = context.clone();
        self.extract_onto(&mut extracted, carrier);
        extracted
    }

    fn extract_onto(&self, context: &mut Context, carrier: &dyn Extractor) {
        let mut read = Received::default();
        match contained("extract", || read.from(carrier)) {
            Some(Ok(())) => read.store(context),
            Some(Err(error)) => error.report(),
            None => {}
        }
    }
}

/// What was read, word by word: a span context that was just written is slow to move as a whole.
#[derive(Default)]
struct Received {
    ids: Ids,
    state: TraceState,
    /// How many lines of `traceparent` there are.
    lines: usize,
}

impl Received {
    #[inline]
    fn from(&mut self, carrier: &dyn Extractor) -> Result<(), ExtractError> {
        let Received { ids, state, lines } = self;
        let mut fault = None;
        carrier.get_all(TRACEPARENT, &mut |line| {
            *lines += 1;
            match parse_ids(line) {
                Ok(read) => *ids = read,
                Err(error) => fault = Some(error),
            }
        });
        // Two of them are a fault, since either could be the right one.
        if *lines > 1 {
            return Err(ExtractError::new(TRACEPARENT, ExtractReason::Repeated, 0));
        }
        if let Some(fault) = fault {
            return Err(fault);
        }
        if *lines == 1 {
            *state = read_state(carrier);
        }
        Ok(())
    }

    /// Makes the span that was read, if any, the parent.
    #[inline]
    fn store(self, context: &mut Context) {
        if self.lines == 1 {
            context.become_child_of(self.ids.with_state(self.state));
        }
    }
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

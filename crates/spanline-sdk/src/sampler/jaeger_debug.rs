//! Keeping the traces that somebody asked for by name.

use super::rule::{ParentKind, Rule};
use super::{Sampler, SamplingDecision, SamplingInput, SamplingResult};
use spanline_core::propagation::JaegerDebugId;
use std::borrow::Cow;

/// The name of Jaeger's clients, for the header and the attribute alike.
const DEBUG_ID: &str = "jaeger-debug-id";

/// Keeps the traces that begin with a request that has the header `jaeger-debug-id`, whatever
/// another sampler would say, and asks that one about all others.
///
/// The first span gets the attribute `jaeger-debug-id` with the header's text
/// ([`JaegerDebugId`]), and what is called within the trace is told that it is debugged. Of a
/// request that belongs to a trace the header means nothing.
///
/// It needs a [`JaegerPropagator`](spanline_core::propagation::JaegerPropagator) to read the header.
/// Whoever may send the header decides what is kept: at the edge, let a
/// [`TrustPropagator`](spanline_core::propagation::TrustPropagator) choose. Spans with a parent
/// cost nothing more; those without cost a call and a look into the context.
///
/// ```
/// # mod spanline { pub use spanline_sdk::sampler as sdk; }
/// use spanline::sdk::{JaegerDebug, ParentBased, TraceIdRatioBased};
///
/// // A tenth, and whatever somebody wants to see.
/// let sampler = JaegerDebug::new(ParentBased::new(TraceIdRatioBased::new(0.1)));
/// # let _ = sampler;
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct JaegerDebug<R> {
    root: R,
}

impl<R: Sampler> JaegerDebug<R> {
    /// Asks `root` about everything that nobody asked for.
    pub fn new(root: R) -> Self {
        Self { root }
    }
}

impl<R: Sampler> Sampler for JaegerDebug<R> {
    fn should_sample(&self, input: &SamplingInput<'_>) -> SamplingResult {
        if !input.parent().is_valid() {
            if let Some(id) = input.context().value::<JaegerDebugId>() {
                id.begin(input.trace_id());
                return SamplingResult::from(SamplingDecision::RecordAndSample)
                    .with_attribute(DEBUG_ID, id.as_str());
            }
        }
        self.root.should_sample(input)
    }

    fn description(&self) -> Cow<'_, str> {
        format!("JaegerDebug{{root:{}}}", self.root.description()).into()
    }

    /// Only where a trace begins there is something to ask.
    fn rule(&self) -> Rule {
        Rule::by_parent(|kind| match kind {
            ParentKind::None => Rule::ASK,
            _ => self.root.rule(),
        })
    }
}

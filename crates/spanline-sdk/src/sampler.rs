//! Keep or drop: the decision that is made once for each span, before it exists.
//!
//! A sampler is asked on the thread that starts the span, with what is known by then. What it
//! answers decides whether the span gathers data and whether exporters see it
//! (OpenTelemetry specification, "Tracing SDK", "Sampling").
//!
//! Samplers that ask a server for their rate, and those by threshold, are not here.

mod input;
mod parent_based;
mod always_record;
mod jaeger_debug;
mod trace_id_ratio;
mod always;
mod rule;

#[cfg(test)]
mod tests;

pub use always::{AlwaysOff, AlwaysOn};
pub use always_record::AlwaysRecord;
pub use input::SamplingInput;
pub use jaeger_debug::JaegerDebug;
pub use parent_based::ParentBased;
pub(crate) use rule::ParentKind;
#[doc(hidden)]
pub use rule::Rule;
pub use trace_id_ratio::TraceIdRatioBased;

use spanline_core::attribute::{Attribute, Value};
use spanline_core::backend::Extra;
use spanline_core::trace_state::TraceState;
use std::borrow::Cow;
use std::sync::Arc;

/// Decides which spans are recorded and which are exported.
///
/// Asked for every span by many threads at once, so it must be quick. If it panics, the span is
/// dropped. What it answers should follow from the trace id where that matters, so that all parts
/// of a trace meet the same fate.
///
/// ```
/// # mod spanline { pub use spanline_sdk::sampler as sdk; }
/// use spanline::sdk::{AlwaysOn, Sampler, SamplingDecision, SamplingInput, SamplingResult};
///
/// /// Everything but health checks.
/// struct SkipHealth;
///
/// impl Sampler for SkipHealth {
///     fn should_sample(&self, input: &SamplingInput<'_>) -> SamplingResult {
///         if input.name() == "/health" {
///             SamplingDecision::Drop.into()
///         } else {
///             AlwaysOn.should_sample(input)
///         }
///     }
///
///     fn description(&self) -> std::borrow::Cow<'_, str> {
///         "SkipHealth".into()
///     }
/// }
/// ```
pub trait Sampler: Send + Sync {
    /// Decides about a span that is about to start.
    fn should_sample(&self, input: &SamplingInput<'_>) -> SamplingResult;

    /// Name and settings, for people: `TraceIDRatioBased{0.1}`. May change while a program runs.
    fn description(&self) -> Cow<'_, str>;

    /// What the sampler amounts to, if all of it is ours. Asked once, when a provider is built.
    #[doc(hidden)]
    fn rule(&self) -> Rule {
        Rule::ASK
    }
}

impl<S: Sampler + ?Sized> Sampler for Box<S> {
    #[inline]
    fn should_sample(&self, input: &SamplingInput<'_>) -> SamplingResult {
        (**self).should_sample(input)
    }

    fn description(&self) -> Cow<'_, str> {
        (**self).description()
    }

    fn rule(&self) -> Rule {
        (**self).rule()
    }
}

impl<S: Sampler + ?Sized> Sampler for Arc<S> {
    #[inline]
    fn should_sample(&self, input: &SamplingInput<'_>) -> SamplingResult {
        (**self).should_sample(input)
    }

    fn description(&self) -> Cow<'_, str> {
        (**self).description()
    }

    fn rule(&self) -> Rule {
        (**self).rule()
    }
}

/// What becomes of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SamplingDecision {
    /// It gathers no data; nobody sees it. Its ids still travel.
    Drop,
    /// It gathers data for processors, but is not exported and does not say that it is sampled.
    RecordOnly,
    /// It gathers data, is exported, and tells other services so.
    RecordAndSample,
}

impl SamplingDecision {
    /// The decision that loses no span: what is to be dropped is recorded.
    fn or_record(self) -> Self {
        match self {
            Self::Drop => Self::RecordOnly,
            kept => kept,
        }
    }
}

/// A decision, and what goes onto the span with it.
///
/// A decision alone becomes one by `into()`, without allocating.
#[derive(Debug)]
#[must_use]
pub struct SamplingResult {
    decision: SamplingDecision,
    /// `None` for nearly every span.
    extra: Option<Box<Extra>>,
}

impl SamplingResult {
    /// What becomes of the span.
    #[inline]
    pub fn decision(&self) -> SamplingDecision {
        self.decision
    }

    /// Puts an attribute onto the span, after those that were given at its start: with the same
    /// key, this one wins. Limits apply.
    pub fn with_attribute<'v>(mut self, key: &str, value: impl Into<Value<'v>>) -> Self {
        let attribute = Attribute::new(key, value.into()).into_owned();
        self.extra
            .get_or_insert_default()
            .attributes
            .push(attribute);
        self
    }

    /// Gives the span this trace state. Without it the span has its parent's;
    /// [`TraceState::EMPTY`] leaves it with none.
    pub fn with_trace_state(mut self, trace_state: TraceState) -> Self {
        self.extra.get_or_insert_default().trace_state = Some(trace_state);
        self
    }

    /// The same additions with another decision.
    #[inline]
    fn with_decision(self, decision: SamplingDecision) -> Self {
        Self { decision, ..self }
    }

    /// What goes onto the span, if anything does.
    #[inline]
    pub(crate) fn into_extra(self) -> Option<Box<Extra>> {
        self.extra
    }
}

impl From<SamplingDecision> for SamplingResult {
    #[inline]
    fn from(decision: SamplingDecision) -> Self {
        let extra = None;
        Self { decision, extra }
    }
}

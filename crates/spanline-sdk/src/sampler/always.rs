//! The two samplers that look at nothing.

use super::{Rule, Sampler, SamplingDecision, SamplingInput, SamplingResult};
use std::borrow::Cow;

/// Keeps every span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlwaysOn;

impl Sampler for AlwaysOn {
    #[inline]
    fn should_sample(&self, _: &SamplingInput<'_>) -> SamplingResult {
        SamplingDecision::RecordAndSample.into()
    }

    /// The OpenTelemetry specification prescribes this text ("AlwaysOn").
    fn description(&self) -> Cow<'_, str> {
        "AlwaysOnSampler".into()
    }

    fn rule(&self) -> Rule {
        const { Rule::always(SamplingDecision::RecordAndSample) }
    }
}

/// Drops every span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlwaysOff;

impl Sampler for AlwaysOff {
    #[inline]
    fn should_sample(&self, _: &SamplingInput<'_>) -> SamplingResult {
        SamplingDecision::Drop.into()
    }

    /// The OpenTelemetry specification prescribes this text ("AlwaysOff").
    fn description(&self) -> Cow<'_, str> {
        "AlwaysOffSampler".into()
    }

    fn rule(&self) -> Rule {
        const { Rule::always(SamplingDecision::Drop) }
    }
}

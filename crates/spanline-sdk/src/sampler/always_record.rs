//! Recording what is not exported.

use super::{Rule, Sampler, SamplingInput, SamplingResult};
use std::borrow::Cow;

/// Lets processors see the spans that another sampler would drop; what it keeps, it keeps
/// (OpenTelemetry specification, "AlwaysRecord").
///
/// For processors that make numbers of spans, such as request rates, while only a share of the
/// spans is exported. Every span then pays the price of recording.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlwaysRecord<R> {
    root: R,
}

impl<R: Sampler> AlwaysRecord<R> {
    /// Records whatever `root` decides.
    pub fn new(root: R) -> Self {
        Self { root }
    }
}

impl<R: Sampler> Sampler for AlwaysRecord<R> {
    #[inline]
    fn should_sample(&self, input: &SamplingInput<'_>) -> SamplingResult {
        let result = self.root.should_sample(input);
        let decision = result.decision().or_record();
        result.with_decision(decision)
    }

    fn description(&self) -> Cow<'_, str> {
        format!("AlwaysRecord{{root:{}}}", self.root.description()).into()
    }

    fn rule(&self) -> Rule {
        self.root.rule().recording()
    }
}

//! A share of all traces, chosen by their ids.

use super::{Rule, Sampler, SamplingDecision, SamplingInput, SamplingResult};
use spanline_core::diagnostics::{self, DiagnosticKind};
use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

/// Keeps a fraction of all traces; which ones, the trace id alone says, so that every service with
/// the same fraction keeps the same traces, and one with a higher fraction keeps those and more.
///
/// The right-most eight bytes of the id, the half that is random even where ids once had 64 bits,
/// are read as a big-endian number and halved; the trace is kept if that is below the fraction of
/// 2^63. A fraction of 1 or more keeps everything; 0, less, or NaN keeps nothing. The parent's
/// decision does not count: wrap the sampler in [`ParentBased`](super::ParentBased) to follow it.
///
/// ```
/// # mod spanline { pub use spanline_sdk::sampler as sdk; }
/// use spanline::sdk::{Sampler, TraceIdRatioBased};
///
/// assert_eq!(TraceIdRatioBased::new(0.1).description(), "TraceIDRatioBased{0.1}");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TraceIdRatioBased {
    /// Between 0 and 1, both included.
    fraction: f64,
    /// Halved ids below this are kept; 2^63, which none reaches, keeps all.
    bound: u64,
}

impl TraceIdRatioBased {
    /// Keeps this fraction of all traces. Nothing is refused: more than 1 counts as 1, less than 0
    /// and NaN count as 0.
    #[must_use]
    pub fn new(fraction: f64) -> Self {
        const WHOLE: f64 = (1_u64 << 63) as f64;
        // Not `clamp`, which keeps NaN and the sign of zero.
        let fraction = if fraction > 0.0 {
            fraction.min(1.0)
        } else {
            0.0
        };
        // Exact: the factor is a power of two, and the cast cuts the rest off.
        let bound = (fraction * WHOLE) as u64;
        Self { fraction, bound }
    }

    #[inline]
    pub(super) fn decide(
        &self,
        has_parent: bool,
        trace_low: u64,
        otherwise: SamplingDecision,
    ) -> SamplingDecision {
        if has_parent {
            warn_of_parents();
        }
        if self.keeps(trace_low) {
            SamplingDecision::RecordAndSample
        } else {
            otherwise
        }
    }

    #[inline]
    fn keeps(&self, trace_low: u64) -> bool {
        trace_low >> 1 < self.bound
    }
}

impl Sampler for TraceIdRatioBased {
    #[inline]
    fn should_sample(&self, input: &SamplingInput<'_>) -> SamplingResult {
        let has_parent = input.parent().is_valid();
        self.decide(has_parent, input.trace_low(), SamplingDecision::Drop)
            .into()
    }

    fn description(&self) -> Cow<'_, str> {
        format!("TraceIDRatioBased{{{}}}", shortest(self.fraction)).into()
    }

    fn rule(&self) -> Rule {
        Rule::share(*self)
    }
}

/// Said once: a trace may come out in pieces if its parts are judged by different rules
/// (OpenTelemetry specification, "TraceIdRatioBased").
#[inline]
fn warn_of_parents() {
    static SAID: AtomicBool = AtomicBool::new(false);
    // Relaxed, here and below: nothing but the word itself hangs on it.
    if !SAID.load(Ordering::Relaxed) && !SAID.swap(true, Ordering::Relaxed) {
        diagnostics::report(
            DiagnosticKind::Config,
            "trace_id_ratio_based_sampler",
            format_args!(
                "decides about spans with a parent: traces may be cut into pieces \
                 unless all services use this rule; ParentBased avoids that"
            ),
        );
    }
}

/// The fewest digits that mean this number, with an exponent of at least two digits where plain
/// notation would begin with more than four zeros: the form `%g` of other languages.
fn shortest(fraction: f64) -> String {
    if fraction == 0.0 || fraction >= 1e-4 {
        return fraction.to_string();
    }
    let text = format!("{fraction:e}");
    match text.split_once("e-") {
        Some((digits, exponent)) => format!("{digits}e-{exponent:0>2}"),
        None => text,
    }
}

#[cfg(test)]
mod tests;

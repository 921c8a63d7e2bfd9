//! `sample`: is the trace with this id among the sampled fraction?
//!
//! The sampler is asked in the one way that programs have: by starting a root span whose id the
//! program's own generator gives. A ratio outside 0 to 1 goes to the sampler as it is.

use crate::args::Args;
use crate::failure::Failure;
use crate::rows::{self, Double, Text};
use serde::{Deserialize, Serialize};
use spanline::sdk::{
    IdGenerator, RandomIdGenerator, Sampler, SamplingInput, SamplingResult, TraceIdRatioBased,
    TracerProviderBuilder,
};
use spanline::{SpanId, TraceId};
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Deserialize)]
struct Question {
    trace_id: Text<TraceId>,
    ratio: serde_json::Value,
}

#[derive(Serialize)]
struct Answer {
    trace_id: String,
    /// As it was asked.
    ratio: serde_json::Value,
    sampled: bool,
    description: String,
}

pub(crate) fn run(words: impl Iterator<Item = String>) -> Result<(), Failure> {
    Args::parse(words, &[], &[])?;
    let asked = Asked::default();
    let provider = TracerProviderBuilder::new()
        .sampler(asked.clone())
        .id_generator(asked.clone())
        .build()
        .map_err(Failure::failed)?;
    let tracer = provider.tracer("spanline-conformance");
    rows::each(|question: Question, _| {
        let ratio = Double::deserialize(&question.ratio)
            .map_err(|_| Failure::unusable("`ratio` is no number"))?;
        let sampler = TraceIdRatioBased::new(ratio.get());
        asked.set(question.trace_id.0, sampler);
        let span = tracer.span("asked").root().start();
        rows::answer(&Answer {
            trace_id: question.trace_id.0.to_string(),
            ratio: question.ratio,
            sampled: span.span_context().is_sampled(),
            description: sampler.description().into_owned(),
        })
    })
}

/// The row in hand: what the next root span is called, and who decides about it.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Option<(TraceId, TraceIdRatioBased)>>>);

impl Asked {
    fn set(&self, trace_id: TraceId, sampler: TraceIdRatioBased) {
        let mut row = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *row = Some((trace_id, sampler));
    }

    fn row(&self) -> Option<(TraceId, TraceIdRatioBased)> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IdGenerator for Asked {
    fn new_trace_id(&self) -> TraceId {
        self.row().map_or(TraceId::MIN, |(trace_id, _)| trace_id)
    }

    fn new_span_id(&self) -> SpanId {
        RandomIdGenerator.new_span_id()
    }
}

impl Sampler for Asked {
    fn should_sample(&self, input: &SamplingInput<'_>) -> SamplingResult {
        let sampler = self.row().map(|(_, sampler)| sampler);
        sampler
            .unwrap_or(TraceIdRatioBased::new(0.0))
            .should_sample(input)
    }

    fn description(&self) -> Cow<'_, str> {
        "AskedByRow".into()
    }
}

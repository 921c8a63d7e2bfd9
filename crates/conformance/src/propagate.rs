//! `propagate`: what do these headers say, and what is passed on?
//!
//! Extracts onto an empty context and injects what came out, without a span in between. Each group
//! of rows is one header format; B3 writes both its forms. Header lines are given as pairs, so a
//! name may occur more than once.

use crate::args::Args;
use crate::failure::Failure;
use crate::rows;
use serde::{Deserialize, Serialize, Serializer};
use spanline::propagation::{
    B3Propagator, BaggagePropagator, JaegerPropagator, Propagator, TraceContextPropagator,
};
use spanline::{Baggage, Context, SpanContext, diagnostics};

type Headers = Vec<(String, String)>;

#[derive(Deserialize)]
struct Question {
    /// Whatever the driver calls it.
    #[serde(default)]
    case: serde_json::Value,
    group: Group,
    input: Headers,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Group {
    W3c,
    Baggage,
    B3,
    Uber,
}

impl Group {
    fn propagator(self) -> Box<dyn Propagator> {
        match self {
            Group::W3c => Box::new(TraceContextPropagator),
            Group::Baggage => Box::new(BaggagePropagator),
            Group::B3 => Box::new(B3Propagator::multi()),
            Group::Uber => Box::new(JaegerPropagator),
        }
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    case: serde_json::Value,
    group: Group,
    extracted: Option<Extracted<'a>>,
    /// Why something that was there could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(serialize_with = "by_name")]
    baggage: &'a Baggage,
    reinjected: Headers,
    #[serde(skip_serializing_if = "Option::is_none")]
    reinjected_single: Option<Headers>,
}

#[derive(Serialize)]
struct Extracted<'a> {
    trace_id: String,
    span_id: String,
    trace_flags: u8,
    is_remote: bool,
    trace_state: Vec<(&'a str, &'a str)>,
}

pub(crate) fn run(words: impl Iterator<Item = String>) -> Result<(), Failure> {
    Args::parse(words, &[], &[])?;
    // What is wrong with a row is in its answer.
    diagnostics::set_handler(|_: &diagnostics::Diagnostic<'_>| ());
    rows::each(|question: Question, _| {
        let propagator = question.group.propagator();
        let root = Context::root();
        let refusal = propagator.try_extract(&root, &question.input).err();
        let context = propagator.extract(&root, &question.input);
        let single = question.group == Group::B3;
        rows::answer(&Answer {
            case: question.case,
            group: question.group,
            extracted: extracted(context.span_context()),
            reason: refusal.map(|error| error.to_string()),
            baggage: context.baggage(),
            reinjected: injected(&propagator, &context),
            reinjected_single: single.then(|| injected(&B3Propagator::single(), &context)),
        })
    })
}

fn extracted(span: &SpanContext) -> Option<Extracted<'_>> {
    Some(Extracted {
        trace_id: span.trace_id()?.to_string(),
        span_id: span.span_id()?.to_string(),
        trace_flags: span.trace_flags().bits(),
        is_remote: span.is_remote(),
        trace_state: span.trace_state().iter().collect(),
    })
}

fn injected(propagator: &dyn Propagator, context: &Context) -> Headers {
    let mut headers = Headers::new();
    propagator.inject(context, &mut headers);
    headers
}

#[derive(Serialize)]
struct Entry<'a> {
    value: &'a str,
    metadata: Option<&'a str>,
}

fn by_name<S: Serializer>(baggage: &Baggage, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(baggage.iter().map(|entry| {
        let metadata = Some(entry.metadata).filter(|text| !text.is_empty());
        let value = entry.value;
        (entry.name, Entry { value, metadata })
    }))
}

//! Makes the span that a row describes, with the means that any program has.
//!
//! Ids come from an id generator, trace state and the sampled flag from a sampler, the parent from a
//! context: each asks for the row in hand. One thread makes all spans, one after the other.

use super::row::{EventRow, SpanRow};
use crate::failure::Failure;
use spanline::sdk::{
    IdGenerator, Sampler, SamplingDecision, SamplingInput, SamplingResult, SpanLimits,
    SpanProcessor, TracerProviderBuilder,
};
use spanline::{
    Attribute, Context, Resource, Scope, Span, SpanId, Timestamp, TraceFlags, TraceId, TraceState,
    Tracer, TracerProvider,
};
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

/// A provider whose spans are told what to be.
pub(super) struct Rebuilder {
    provider: TracerProvider,
    next: Next,
}

impl Rebuilder {
    /// Spans of this resource go to `processor`.
    pub(super) fn new(
        resource: Resource,
        processor: impl SpanProcessor + 'static,
    ) -> Result<Rebuilder, Failure> {
        let next = Next::default();
        let provider = TracerProviderBuilder::new()
            .resource(resource)
            .id_generator(next.clone())
            .sampler(next.clone())
            .limits(without_limits())
            .processor(processor)
            .build()
            .map_err(Failure::failed)?;
        Ok(Rebuilder { provider, next })
    }

    pub(super) fn provider(&self) -> &TracerProvider {
        &self.provider
    }

    /// Starts and ends the span of this row.
    pub(super) fn send(&self, row: &SpanRow) {
        self.next.set(row);
        let mut span = start(&self.tracer(row), row);
        for event in &row.events {
            add_event(&mut span, event);
        }
        span.set_status(row.status());
        span.end_at(Timestamp::from_unix_nanos(row.end_ns()));
    }

    fn tracer(&self, row: &SpanRow) -> Tracer {
        let Some(given) = &row.scope else {
            return self.provider.tracer("");
        };
        let attributes: Vec<Attribute<'_>> = given.attributes.attributes().collect();
        let mut scope = Scope::new(&given.name).with_attributes(&attributes);
        if !given.version.is_empty() {
            scope = scope.with_version(&given.version);
        }
        if let Some(url) = row.scope_schema_url() {
            scope = scope.with_schema_url(url);
        }
        self.provider.tracer(scope)
    }
}

fn start(tracer: &Tracer, row: &SpanRow) -> Span {
    let parent = match row.parent() {
        None => Context::root(),
        Some(parent) => Context::root().with_span_context(parent),
    };
    let mut builder = tracer
        .span(row.name())
        .kind(row.kind())
        .parent(&parent)
        .attributes(row.attributes.attributes())
        .start_time(Timestamp::from_unix_nanos(row.start_ns));
    for link in &row.links {
        builder = builder.link_with(link.span_context(), link.attributes.attributes());
    }
    builder.start()
}

fn add_event(span: &mut Span, event: &EventRow) {
    span.add_event(&event.name)
        .attributes(event.attributes.attributes())
        .at(Timestamp::from_unix_nanos(event.time_ns));
}

/// Rows are taken whole.
fn without_limits() -> SpanLimits {
    SpanLimits::default()
        .attribute_count_limit(usize::MAX)
        .event_count_limit(usize::MAX)
        .link_count_limit(usize::MAX)
        .attribute_per_event_count_limit(usize::MAX)
        .attribute_per_link_count_limit(usize::MAX)
        .attribute_value_depth_limit(usize::MAX)
        .span_byte_limit(usize::MAX)
}

/// What the next span is.
#[derive(Clone, Default)]
struct Next(Arc<Mutex<Identity>>);

#[derive(Clone)]
struct Identity {
    trace_id: TraceId,
    span_id: SpanId,
    flags: TraceFlags,
    trace_state: TraceState,
}

/// What no span is: a row is set before any is started.
impl Default for Identity {
    fn default() -> Identity {
        Identity {
            trace_id: TraceId::MIN,
            span_id: SpanId::MIN,
            flags: TraceFlags::NONE,
            trace_state: TraceState::EMPTY,
        }
    }
}

impl Next {
    fn set(&self, row: &SpanRow) {
        let identity = Identity {
            trace_id: row.trace_id.0,
            span_id: row.span_id.0,
            flags: row.flags(),
            trace_state: row.trace_state(),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = identity;
    }

    fn identity(&self) -> Identity {
        let identity = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        identity.clone()
    }
}

impl IdGenerator for Next {
    fn new_trace_id(&self) -> TraceId {
        self.identity().trace_id
    }

    fn new_span_id(&self) -> SpanId {
        self.identity().span_id
    }

    fn is_random(&self) -> bool {
        self.identity().flags.is_random()
    }
}

impl Sampler for Next {
    /// A span that is not sampled is recorded and, as in any program, not exported.
    fn should_sample(&self, _: &SamplingInput<'_>) -> SamplingResult {
        let Identity {
            flags, trace_state, ..
        } = self.identity();
        let decision = match flags.is_sampled() {
            true => SamplingDecision::RecordAndSample,
            false => SamplingDecision::RecordOnly,
        };
        SamplingResult::from(decision).with_trace_state(trace_state)
    }

    fn description(&self) -> Cow<'_, str> {
        "AsTheRowSays".into()
    }
}

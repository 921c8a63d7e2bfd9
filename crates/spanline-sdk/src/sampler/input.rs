//! What a sampler may look at.

use spanline_core::backend::Question;
use spanline_core::context::Context;
use spanline_core::id::TraceId;
use spanline_core::kind::SpanKind;
use spanline_core::resource::Resource;
use spanline_core::span_context::SpanContext;
use spanline_core::view::{Attributes, Links, SpanView, Timeline};
use std::fmt;

/// A span that is about to start. Everything is borrowed; what costs something says so.
#[derive(Clone, Copy)]
pub struct SamplingInput<'a> {
    question: &'a Question<'a>,
    /// Upper and lower half of the trace id.
    trace: (u64, u64),
}

impl<'a> SamplingInput<'a> {
    #[inline]
    pub(crate) fn new(question: &'a Question<'a>, trace: (u64, u64)) -> Self {
        Self { question, trace }
    }

    /// The parent's context; invalid if the span begins a trace.
    #[inline]
    pub fn parent(&self) -> &'a SpanContext {
        self.question.parent
    }

    /// The whole parent context, with baggage and values. Asking for it captures what is current,
    /// which may cost an allocation: leave it alone unless it is needed.
    pub fn context(&self) -> Context {
        self.question.context.context()
    }

    /// The trace that the span will belong to: the parent's if there is one.
    #[inline]
    pub fn trace_id(&self) -> TraceId {
        let (high, low) = self.trace;
        TraceId::from_u128(u128::from(high) << 64 | u128::from(low)).unwrap_or(TraceId::MIN)
    }

    /// The right-most eight bytes of the trace id.
    #[inline]
    pub(super) fn trace_low(&self) -> u64 {
        self.trace.1
    }

    /// The span's name.
    #[inline]
    pub fn name(&self) -> &'a str {
        self.question.name
    }

    /// The span's kind.
    #[inline]
    pub fn kind(&self) -> SpanKind {
        self.question.kind
    }

    /// The attributes given at the start; those set later cannot be seen here.
    pub fn attributes(&self) -> Attributes<'a> {
        self.given().attributes()
    }

    /// The links given at the start.
    pub fn links(&self) -> Links<'a> {
        self.given().links()
    }

    fn given(&self) -> SpanView<'a> {
        static NOBODY: Resource = Resource::empty();
        let record = self.question.given.unwrap_or_default();
        SpanView::of(record, &Timeline::UNIX, &NOBODY)
    }
}

impl fmt::Debug for SamplingInput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SamplingInput")
            .field("parent", self.parent())
            .field("trace_id", &self.trace_id())
            .field("name", &self.name())
            .field("kind", &self.kind())
            .field("attributes", &self.attributes())
            .field("links", &self.links())
            .finish_non_exhaustive()
    }
}

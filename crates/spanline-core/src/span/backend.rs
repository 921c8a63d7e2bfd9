//! The seam between the vocabulary and the machinery: what a runtime does for spans.
//!
//! Programs never see it; `spanline-sdk` implements it, and [`crate::provider::TracerProvider`]
//! wraps it. A call through it costs about a nanosecond.

use super::context::Context;
use super::writing::SpanMut;
use crate::attribute::Attribute;
use crate::deadline::Deadline;
use crate::kind::SpanKind;
use crate::record::{RawRecord, SpanLimits};
use crate::resource::Resource;
use crate::span_context::SpanContext;
use crate::stats::{FlushError, LossReport, ShutdownError, Stats};
use crate::trace_flags::TraceFlags;
use crate::trace_state::TraceState;
use crate::view::Times;
use std::pin::Pin;

/// What a future of this seam returns.
pub type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A runtime: samples, stamps, and takes finished spans away.
///
/// Everything may be called from any thread at any time, in thread teardown and while unwinding
/// too, and nothing may panic.
pub trait Backend: Send + Sync {
    /// What stays the same for this backend's whole life; read once per recycled box.
    fn profile(&self) -> Profile;

    /// Whether a span started now could be recorded.
    fn is_enabled(&self) -> bool;

    /// Decides about a new span and names it. Counts it as started.
    fn begin(&self, question: &Question<'_>) -> Verdict;

    /// Clock ticks of this moment. Asked while a span is borrowed, so it must not use spans
    /// itself; unless [`Profile::foreign_clock`] says that it might.
    fn ticks(&self) -> u64;

    /// Lets processors see a span that has just started. Called if [`Profile::watches_start`].
    fn started(&self, span: &mut SpanMut<'_>, parent: &Context);

    /// Lets processors see a span whose end time is set. Called if [`Profile::watches_ending`].
    fn ending(&self, span: &mut SpanMut<'_>);

    /// Takes a finished span: a sealed record.
    fn ended(&self, record: &[u8]);

    /// Counts a recording span that is thrown away instead of ended.
    fn discarded(&self, flags: TraceFlags);

    /// What turns this backend's ticks into Unix time.
    fn times(&self) -> &dyn Times;

    /// Who sends this backend's spans.
    fn resource(&self) -> &Resource;

    /// The counts of this moment.
    fn stats(&self) -> Stats;

    /// Hands over every span ended before the call.
    ///
    /// # Errors
    /// When the deadline passes first, after shutdown, or when an exporter refuses.
    fn force_flush(&self, deadline: Deadline) -> Result<LossReport, FlushError>;

    /// Ends everything, once.
    ///
    /// # Errors
    /// When the deadline passes first, when it was done before, or when an exporter refuses.
    fn shutdown(&self, deadline: Deadline) -> Result<LossReport, ShutdownError>;

    /// [`Backend::force_flush`] as a future that needs no particular executor.
    fn force_flush_async(&self, deadline: Deadline) -> Later<Result<LossReport, FlushError>>;

    /// [`Backend::shutdown`] as a future that needs no particular executor.
    fn shutdown_async(&self, deadline: Deadline) -> Later<Result<LossReport, ShutdownError>>;
}

/// What stays the same for a backend's whole life.
#[derive(Clone, Copy, Debug, Default)]
pub struct Profile {
    /// Limits of every span.
    pub limits: SpanLimits,
    /// A processor wants to see spans start.
    pub watches_start: bool,
    /// A processor wants to see spans that are about to end.
    pub watches_ending: bool,
    /// The clock is the user's own code: it is asked when nothing of ours is borrowed or locked,
    /// which costs a reference count per event.
    pub foreign_clock: bool,
}

/// What the runtime is asked when a span is to start.
pub struct Question<'a> {
    /// The parent's context; invalid for a root.
    pub parent: &'a SpanContext,
    /// The span's name.
    pub name: &'a str,
    /// The span's kind.
    pub kind: SpanKind,
    /// Attributes and links given at creation, if any were.
    pub given: Option<RawRecord<'a>>,
    /// The whole parent context, for those who look beyond the parent span.
    pub context: &'a dyn ContextSource,
}

/// Gives the parent context when somebody asks for it: making it may cost an allocation.
pub trait ContextSource {
    /// The context that the new span hangs under.
    fn context(&self) -> Context;
}

/// The runtime's answer: who the span is.
#[derive(Debug)]
pub struct Verdict {
    /// Upper half of the trace id: the parent's, or a new one.
    pub trace_high: u64,
    /// Lower half of the trace id.
    pub trace_low: u64,
    /// The new span's id, fresh whatever the decision.
    pub span_id: u64,
    /// The new span's flags.
    pub flags: TraceFlags,
    /// Whether the span gathers data.
    pub recording: bool,
    /// Clock ticks of the start; 0 unless recording.
    pub ticks: u64,
    /// What the sampler added, if anything.
    pub extra: Option<Box<Extra>>,
}

/// What a sampler adds to a span.
#[derive(Debug, Default)]
pub struct Extra {
    /// Attributes, set after the caller's.
    pub attributes: Vec<Attribute<'static>>,
    /// A trace state in place of the parent's; the empty one clears it.
    pub trace_state: Option<TraceState>,
}

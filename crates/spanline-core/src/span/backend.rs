//! The seam between the vocabulary and the machinery: what a runtime does for spans.
//!
//! Programs never see it; `spanline-sdk` implements it, and [`crate::provider::TracerProvider`]
//! wraps it. A call through it costs about a nanosecond.

use super::birth;
use super::context::Context;
use super::owned::Span;
use super::writing::SpanMut;
use crate::attribute::Attribute;
use crate::deadline::Deadline;
use crate::id::{SpanId, TraceId};
use crate::kind::SpanKind;
use crate::record::{RawRecord, Record, SpanLimits};
use crate::resource::Resource;
use crate::scope::ScopeId;
use crate::span_context::{Marks, SpanContext};
use crate::stats::{FlushError, LossReport, ShutdownError, Stats};
use crate::trace_flags::TraceFlags;
use crate::trace_state::TraceState;
use crate::view::Times;
use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;

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

    /// Starts a span under what is current; `this` is the backend itself, as it is shared.
    ///
    /// Provided here, so that the whole path is compiled for the backend's own type and one call
    /// through a pointer remains of it. There is no reason to write another one.
    #[doc(hidden)]
    fn start(&self, name: &str, scope: ScopeId, this: &SharedBackend) -> Span {
        birth::start(self, name, scope, this)
    }

    /// What becomes of a span under such a parent, or without one, if nothing else matters: neither its
    /// name nor its trace nor what anybody says. Asked first, because for most spans that is the whole
    /// story. Open for an invalid parent, and for one with a trace state. Asked while the thread's
    /// state is borrowed, so it must not use spans.
    #[doc(hidden)]
    #[inline]
    fn outlook(&self, parent: Option<Marks>) -> Outlook {
        let _ = parent;
        Outlook::OPEN
    }

    /// Names a span whose outlook is not open, and counts it as started. `None`: something has to be
    /// done first, such as seeding the generator of ids, and nothing was; [`Backend::begin`] does it.
    #[doc(hidden)]
    #[inline]
    fn name(&self, parent: Option<Marks>, sampled: bool) -> Option<Identity> {
        let _ = (parent, sampled);
        None
    }

    /// Decides about a new span and names it. Counts it as started. `None`: nothing starts here any
    /// more, and the parent's context is passed on.
    fn begin(&self, question: Question<'_>) -> Option<Verdict>;

    /// Clock ticks of this moment. Asked while a span is borrowed, so it must not use spans
    /// itself; unless [`Profile::foreign_clock`] says that it might.
    fn ticks(&self) -> u64;

    /// Lets processors see a span that has just started. Called if [`Profile::watches_start`].
    fn started(&self, span: &mut SpanMut<'_>, parent: &Context);

    /// Lets processors see a span whose end time is set. Called if [`Profile::watches_ending`].
    fn ending(&self, span: &mut SpanMut<'_>);

    /// Takes a span that is over, and stamps its end unless that was done.
    fn ended(&self, record: &mut Record);

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

    /// The last handle is gone: a [`Backend::shutdown`] whose outcome has nobody to go to, and that
    /// need not happen here. `this` is the backend itself, for a thread that outlives this call.
    fn let_go(&self, deadline: Deadline, this: &SharedBackend) {
        let _ = this;
        let _ = self.shutdown(deadline);
    }

    /// [`Backend::force_flush`] as a future that needs no particular executor. `this` is the backend
    /// itself, for a future that outlives this call.
    fn force_flush_async(
        &self,
        deadline: Deadline,
        this: &SharedBackend,
    ) -> Later<Result<LossReport, FlushError>>;

    /// [`Backend::shutdown`] as a future that needs no particular executor. `this` as above.
    fn shutdown_async(
        &self,
        deadline: Deadline,
        this: &SharedBackend,
    ) -> Later<Result<LossReport, ShutdownError>>;
}

/// A backend as tracers, boxes and providers share it.
///
/// One pointer, with the backend's own behind it. To find a backend that lies in the `Arc` itself takes
/// five instructions, because its alignment has to be looked up, and a span would do that twice.
#[derive(Clone)]
pub struct SharedBackend(Arc<Box<dyn Backend>>);

impl SharedBackend {
    /// Shares a backend.
    pub fn new(backend: impl Backend + 'static) -> Self {
        SharedBackend(Arc::new(Box::new(backend)))
    }

    /// Whether both are the same backend.
    #[inline(always)]
    #[must_use]
    pub fn is(&self, other: &SharedBackend) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for SharedBackend {
    type Target = dyn Backend;

    #[inline(always)]
    fn deref(&self) -> &Self::Target {
        self.0.as_ref().as_ref()
    }
}

impl fmt::Debug for SharedBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedBackend").finish_non_exhaustive()
    }
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
#[derive(Clone, Copy)]
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

/// What is known about a span before it is looked at.
///
/// One byte, as it lies in a table: three constants and no enum, which would have to be put together
/// from the byte and taken apart again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlook(u8);

impl Outlook {
    /// It has to be asked about: [`Backend::begin`].
    pub const OPEN: Outlook = Outlook(0);
    /// It will not be recorded.
    pub const DROP: Outlook = Outlook(1);
    /// It will be recorded and sampled.
    pub const KEEP: Outlook = Outlook(2);

    /// The byte.
    #[inline]
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        self.0
    }

    /// The outlook whose byte this is. Of another byte it is one that equals none of the three.
    #[inline]
    #[must_use]
    pub const fn from_u8(byte: u8) -> Outlook {
        Outlook(byte)
    }
}

/// Who a span is.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    /// The id of the trace that the span begins; without, it belongs to its parent's.
    pub new_trace: Option<TraceId>,
    /// The span's id, fresh whatever the decision.
    pub span_id: SpanId,
    /// The span's flags.
    pub flags: TraceFlags,
}

/// The runtime's answer: who the span is, and what becomes of it.
#[derive(Debug)]
pub struct Verdict {
    /// Who the span is.
    pub identity: Identity,
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

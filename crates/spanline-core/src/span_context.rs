//! The span context: the part of a span that leaves the process.
//!
//! Trace id, span id, flags and trace state, and whether they came from elsewhere. Propagators read
//! and write it, samplers judge by it, every record carries it. It is immutable: a changed one is a
//! new one.
//!
//! What is current, and the baggage beside it, belong to the context, not to the span context.

mod marks;

pub use marks::Marks;

use std::fmt;

use crate::id::{SpanId, TraceId};
use crate::trace_flags::TraceFlags;
use crate::trace_state::TraceState;

/// Which span of which trace, and what the next one has to know about it.
///
/// 40 bytes. Copying one costs a few moves and, where a trace state is present, one reference
/// count. Only a *valid* one, with both ids, can be a parent; [`SpanContext::INVALID`] stands for
/// "no span".
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::{SpanContext, SpanId, TraceFlags, TraceId};
///
/// let trace_id: TraceId = "4bf92f3577b34da6a3ce929d0e0e4736".parse()?;
/// let span_id: SpanId = "00f067aa0ba902b7".parse()?;
/// let context = SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED);
/// assert!(context.is_valid() && context.is_sampled() && !context.is_remote());
/// # Ok::<(), spanline_core::ParseIdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SpanContext {
    /// The halves of the trace id, high and low, so that nothing needs 16-byte alignment; both zero:
    /// none. Side by side, so that a child's are copied in one go and can be read in one go at once:
    /// two halves that were written one by one are not together for some ten nanoseconds.
    trace: [u64; 2],
    /// Zero: none.
    span_id: u64,
    trace_state: TraceState,
    /// Flags, whether it is remote, whether the ids are there, and whether the trace state is.
    marks: Marks,
}

impl SpanContext {
    /// The context of no span: no ids, no flags, no state.
    pub const INVALID: Self = Self {
        trace: [0; 2],
        span_id: 0,
        trace_state: TraceState::EMPTY,
        marks: Marks::INVALID,
    };

    /// A local context without trace state.
    #[inline]
    #[must_use]
    pub const fn new(trace_id: TraceId, span_id: SpanId, flags: TraceFlags) -> Self {
        Self {
            trace: [trace_id.high(), trace_id.low()],
            span_id: span_id.to_u64(),
            trace_state: TraceState::EMPTY,
            marks: Marks::local(flags),
        }
    }

    /// This context with another trace state.
    #[inline]
    #[must_use]
    pub fn with_trace_state(self, trace_state: TraceState) -> Self {
        let marks = self.marks.with_state(!trace_state.is_empty());
        Self {
            trace_state,
            marks,
            ..self
        }
    }

    /// This context marked as received from another process, or not.
    #[inline]
    #[must_use]
    pub fn with_remote(self, remote: bool) -> Self {
        let marks = self.marks.with_remote(remote);
        Self { marks, ..self }
    }

    /// The trace id, if there is one.
    #[inline]
    #[must_use]
    pub const fn trace_id(&self) -> Option<TraceId> {
        TraceId::from_halves(self.trace[0], self.trace[1])
    }

    /// The span id, if there is one.
    #[inline]
    #[must_use]
    pub const fn span_id(&self) -> Option<SpanId> {
        SpanId::from_u64(self.span_id)
    }

    /// The flags.
    #[inline]
    #[must_use]
    pub const fn trace_flags(&self) -> TraceFlags {
        self.marks.flags()
    }

    /// The trace state; empty if none was set.
    #[inline]
    #[must_use]
    pub const fn trace_state(&self) -> &TraceState {
        &self.trace_state
    }

    /// Whether both ids are there.
    #[inline]
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        self.marks.is_valid()
    }

    /// Whether a propagator extracted it; false for every span made in this process.
    #[inline]
    #[must_use]
    pub const fn is_remote(&self) -> bool {
        self.marks.is_remote()
    }

    /// Whether the sampled flag is set.
    #[inline]
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.marks.flags().is_sampled()
    }

    /// All that it says besides the ids and the text of the trace state, in one byte. For runtimes,
    /// which look up what they do by it.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub const fn marks(&self) -> Marks {
        self.marks
    }

    /// From the words that spans and records hold; zero ids make an invalid context.
    #[inline]
    pub(crate) const fn from_words(
        trace_high: u64,
        trace_low: u64,
        span_id: u64,
        flags: TraceFlags,
        remote: bool,
        trace_state: TraceState,
    ) -> Self {
        let valid = (trace_high | trace_low) != 0 && span_id != 0;
        let marks = if valid {
            Marks::local(flags)
        } else {
            Marks::INVALID.with_flags(flags)
        };
        let marks = marks
            .with_remote(remote)
            .with_state(!trace_state.is_empty());
        Self {
            trace: [trace_high, trace_low],
            span_id,
            trace_state,
            marks,
        }
    }

    /// Trace id high, trace id low, span id; zero where there is none. For runtimes, which put ids
    /// into records as words.
    #[doc(hidden)]
    #[inline]
    pub const fn words(&self) -> (u64, u64, u64) {
        (self.trace[0], self.trace[1], self.span_id)
    }

    /// Becomes the context of a local span with this id and these flags: in the trace that it names
    /// already, or in a new one. Neither has a trace state.
    #[inline]
    pub(crate) fn descend(
        &mut self,
        new_trace: Option<TraceId>,
        span_id: SpanId,
        flags: TraceFlags,
    ) {
        debug_assert!(self.trace_state.is_empty());
        if let Some(trace_id) = new_trace {
            self.trace = [trace_id.high(), trace_id.low()];
        }
        debug_assert!(
            self.trace_id().is_some(),
            "a child of nobody begins a trace"
        );
        self.span_id = span_id.to_u64();
        self.marks = Marks::local(flags);
    }

    /// Gives its trace state away and has none any more.
    #[inline]
    pub(crate) fn take_trace_state(&mut self) -> TraceState {
        self.marks = self.marks.with_state(false);
        std::mem::take(&mut self.trace_state)
    }

    /// Takes another trace state.
    pub(crate) fn set_trace_state(&mut self, trace_state: TraceState) {
        self.marks = self.marks.with_state(!trace_state.is_empty());
        self.trace_state = trace_state;
    }

    /// Becomes a copy of `other`; this one must have no trace state of its own. Eight instructions if
    /// the other has none either.
    #[inline]
    pub(crate) fn take_after(&mut self, other: &Self) {
        self.join_trace(other);
        self.become_span(other.span_id, other.marks);
        if other.marks.has_state() {
            self.copy_state(&other.trace_state);
        }
    }

    /// Becomes `other`, as [`SpanContext::take_after`] does, whose trace state comes along.
    #[inline]
    pub(crate) fn take_over(&mut self, other: Self) {
        self.join_trace(&other);
        self.become_span(other.span_id, other.marks);
        let none = if other.marks.has_state() {
            std::mem::replace(&mut self.trace_state, other.trace_state)
        } else {
            other.trace_state
        };
        // Neither this one nor a context without the mark has a state, so nothing has to be dropped.
        std::mem::forget(none);
    }

    /// The first half of [`SpanContext::take_after`]: the trace.
    #[inline]
    pub(crate) fn join_trace(&mut self, other: &Self) {
        debug_assert!(self.trace_state.is_empty());
        self.trace = other.trace;
    }

    /// The second half, except for the trace state: the span.
    #[inline]
    pub(crate) fn become_span(&mut self, span_id: u64, marks: Marks) {
        self.span_id = span_id;
        self.marks = marks;
    }

    #[cold]
    fn copy_state(&mut self, state: &TraceState) {
        self.trace_state = state.clone();
    }
}

impl Default for SpanContext {
    /// [`SpanContext::INVALID`].
    fn default() -> Self {
        Self::INVALID
    }
}

impl fmt::Debug for SpanContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanContext")
            .field("trace_id", &self.trace_id())
            .field("span_id", &self.span_id())
            .field("flags", &self.trace_flags())
            .field("trace_state", &self.trace_state.as_str())
            .field("remote", &self.is_remote())
            .finish()
    }
}

#[cfg(test)]
mod tests;

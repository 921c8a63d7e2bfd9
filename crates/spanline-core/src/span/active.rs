//! A span that is current on this thread, and the guard that keeps it so.

use super::borrowed::SpanRef;
use super::live::Live;
use super::owned::Span;
use super::stack;
use crate::timestamp::Timestamp;
use std::fmt;
use std::ops::Deref;

/// A span that is current on this thread until it is ended or dropped.
///
/// It is written like any span, through `&self`: the thread's stack owns it. Children started
/// meanwhile hang under it, and code below reaches it through [`crate::current_span`]. Guards may
/// be dropped in any order.
///
/// **Not across an `.await`.** A guard is not [`Send`], so a future that holds one cannot be given
/// to an executor of several threads. An executor of one thread takes it, and then whatever else
/// runs during the wait gets this span as its parent. In async code use
/// [`crate::FutureExt::in_span`], which makes the span current during each poll and at no other
/// time. Clippy finds the mistake with this line in its configuration:
///
/// ```toml
/// await-holding-invalid-types = ["spanline::ActiveSpan", "spanline::ContextGuard"]
/// ```
#[must_use = "the span is current until the guard is dropped; bind it to a name"]
pub struct ActiveSpan {
    span: SpanRef<'static>,
    /// The number of the span's place on the stack; 0 for a span that is nothing.
    key: u64,
}

impl ActiveSpan {
    #[inline]
    pub(super) fn new(mut span: Span) -> ActiveSpan {
        let key = match span.take_live() {
            Some(live) => push(live),
            None => 0,
        };
        ActiveSpan {
            span: SpanRef::to_place(key),
            key,
        }
    }

    /// Ends the span now and makes its surroundings current again.
    #[inline]
    pub fn end(self) {}

    /// Ends the span at a time of the caller's and makes its surroundings current again. A time before
    /// its start counts as its start.
    pub fn end_at(mut self, time: impl Into<Timestamp>) {
        let key = std::mem::take(&mut self.key);
        stack::take_off_and_end(key, Some(time.into()));
    }

    /// Throws the span away: it is not exported, and counted as discarded.
    pub fn discard(self) {
        self.detach().discard();
    }

    /// Makes the surroundings current again and gives the span back, still running.
    pub fn detach(mut self) -> Span {
        let key = std::mem::take(&mut self.key);
        match stack::take_off(key) {
            Some(live) => Span::from_live(live),
            None => Span::none(),
        }
    }
}

#[inline]
fn push(live: Box<Live>) -> u64 {
    stack::with(|thread| thread.push(live)).unwrap_or_else(|live| {
        // The thread's end: there is no stack to be current on, so the span ends here.
        stack::close(live);
        0
    })
}

impl Deref for ActiveSpan {
    type Target = SpanRef<'static>;

    #[inline]
    fn deref(&self) -> &SpanRef<'static> {
        &self.span
    }
}

impl Drop for ActiveSpan {
    #[inline]
    fn drop(&mut self) {
        if self.key != 0 {
            stack::take_off_and_end(self.key, None);
        }
    }
}

impl fmt::Debug for ActiveSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ActiveSpan").field(&self.span).finish()
    }
}

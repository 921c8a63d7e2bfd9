//! Futures that carry a span or a context, current during each poll and at no other time.

use super::context::Context;
use super::live::Live;
use super::owned::Span;
use super::stack;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{self, Poll};

/// Adds a span or a context to any future, whatever runs it.
pub trait FutureExt: Future + Sized {
    /// Runs the future with this span current during each poll; the span ends with the future.
    /// Costs about 4 ns a poll.
    ///
    /// Code inside finds the span with [`crate::current_span`]. This is what async code uses where
    /// other code holds a [`crate::ActiveSpan`], which must not be kept across an `.await`.
    ///
    /// ```
    /// # use spanline_core::{FutureExt, current_span, tracer};
    /// # async fn send() {}
    /// # async fn charge() {
    /// let charged = async {
    ///     send().await; // spans started in there are children
    ///     current_span().add_event("card accepted");
    /// };
    /// charged.in_span(tracer("shop").start("charge card")).await;
    /// # }
    /// ```
    fn in_span(self, span: Span) -> InSpan<Self> {
        InSpan {
            future: Some(self),
            carried: Carried(Some(span).and_then(|mut s| s.take_live())),
        }
    }

    /// Runs the future with this context current during each poll: the context of a request's
    /// headers, or [`Context::current`] for a task of its own.
    fn with_context(self, context: Context) -> WithContext<Self> {
        let mut live = stack::fresh();
        live.enter(context);
        WithContext {
            inner: InSpan {
                future: Some(self),
                carried: Carried(Some(live)),
            },
        }
    }
}

impl<F: Future> FutureExt for F {}

pin_project! {
    /// A future with a span; see [`FutureExt::in_span`].
    #[must_use = "futures do nothing unless they are polled"]
    #[project = InSpanProjection]
    pub struct InSpan<F> {
        // Emptied when it is ready, so that it is dropped while its span is current.
        #[pin]
        future: Option<F>,
        carried: Carried,
    }

    impl<F> PinnedDrop for InSpan<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _current = this.carried.enter();
            this.future.set(None);
        }
    }
}

/// A place on the stack that waits for its next poll.
struct Carried(Option<Box<Live>>);

/// Puts the place back where it waits, also when a poll panics.
struct Entered<'a> {
    home: &'a mut Carried,
    key: u64,
}

impl Carried {
    fn enter(&mut self) -> Entered<'_> {
        let pushed = self
            .0
            .take()
            .map(|live| stack::with(|thread| thread.push(live)));
        let key = match pushed {
            Some(Ok(key)) => key,
            Some(Err(live)) => {
                // The thread's end: the future runs, but nothing is current any more.
                self.0 = Some(live);
                0
            }
            None => 0,
        };
        Entered { home: self, key }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if self.key != 0 {
            self.home.0 = stack::take_off(self.key);
        }
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        if let Some(live) = self.0.take() {
            stack::close(live);
        }
    }
}

impl<F: Future> Future for InSpan<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut task::Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let entered = this.carried.enter();
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            // Polled again after it was ready: like a fused future, it stays pending.
            return Poll::Pending;
        };
        let poll = future.poll(task);
        if poll.is_ready() {
            this.future.set(None);
            drop(entered);
            // The span ends with the future, not with whoever holds on to it.
            drop(Carried(this.carried.0.take()));
        }
        poll
    }
}

impl<F> fmt::Debug for InSpan<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InSpan").finish_non_exhaustive()
    }
}

pin_project! {
    /// A future with a context; see [`FutureExt::with_context`].
    #[must_use = "futures do nothing unless they are polled"]
    pub struct WithContext<F> {
        #[pin]
        inner: InSpan<F>,
    }
}

impl<F: Future> Future for WithContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut task::Context<'_>) -> Poll<F::Output> {
        self.project().inner.poll(task)
    }
}

impl<F> fmt::Debug for WithContext<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithContext").finish_non_exhaustive()
    }
}

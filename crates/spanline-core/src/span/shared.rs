//! A span that somebody captured: the box behind a lock.
//!
//! Made only when a [`super::Context`] of an active or owned span is taken for another thread, task
//! or struct. Whoever never captures never pays.

use super::live::Live;
use super::owned::Span;
use crate::span_context::SpanContext;
use std::sync::{Mutex, PoisonError};

/// A captured span. It ends with the guard or handle that started it; if it was given to a
/// context for good ([`super::Context::with_span`]), it ends with the last of these contexts,
/// because the `Span` inside ends when it is dropped.
pub(crate) struct SharedSpan {
    context: SpanContext,
    span: Mutex<Span>,
}

impl SharedSpan {
    pub(super) fn new(span: Span) -> Self {
        SharedSpan {
            context: span.span_context().clone(),
            span: Mutex::new(span),
        }
    }

    pub(super) fn context(&self) -> &SpanContext {
        &self.context
    }

    pub(super) fn is_recording(&self) -> bool {
        self.with(|live| live.is_recording()).unwrap_or(false)
    }

    /// Works on the span under the lock; `None` once it has ended. `work` runs no user code, so
    /// the lock is held for nanoseconds and cannot be asked for twice by one thread.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut Live) -> R) -> Option<R> {
        let mut span = self.span.lock().unwrap_or_else(PoisonError::into_inner);
        span.live_mut().map(work)
    }

    /// Takes the span out, to end it: the first one gets it.
    pub(super) fn take(&self) -> Option<Box<Live>> {
        let mut span = self.span.lock().unwrap_or_else(PoisonError::into_inner);
        span.take_live()
    }
}

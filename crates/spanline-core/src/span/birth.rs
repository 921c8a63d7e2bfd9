//! How a span comes into being: parent, verdict, box.

use super::backend::{Backend, ContextSource, Question};
use super::context::Context;
use super::live::{Birth, Live};
use super::owned::Span;
use super::stack;
use crate::kind::SpanKind;
use crate::scope::ScopeId;
use crate::span_context::SpanContext;
use std::sync::Arc;

/// The parent context is whatever is current; captured only if somebody asks.
struct Current;

impl ContextSource for Current {
    fn context(&self) -> Context {
        Context::current()
    }
}

/// The parent context was given.
pub(crate) struct Given(pub(crate) Context);

impl ContextSource for Given {
    fn context(&self) -> Context {
        self.0.clone()
    }
}

/// Starts a span under what is current, with nothing but a name: the path that most spans take.
/// `this` is the same backend as it is shared.
#[inline]
pub(super) fn start<B: Backend + ?Sized>(
    backend: &B,
    this: &Arc<dyn Backend>,
    scope: ScopeId,
    name: &str,
) -> Span {
    let mut live = stack::child();
    if live.suppressed {
        return passing_on(live);
    }
    live.adopt(this);
    let verdict = backend.begin(Question {
        parent: &live.context,
        name,
        kind: SpanKind::Internal,
        given: None,
        context: &Current,
    });
    let Some(verdict) = verdict else {
        return passing_on(live);
    };
    let birth = Birth {
        scope,
        kind: SpanKind::Internal,
        start_time: None,
    };
    live.settle(verdict, Some(name), birth);
    if live.watches_start() {
        live.show_started(&Context::current());
    }
    Span::from_live(live)
}

/// Starts a span from a draft that already holds its name, attributes and links.
pub(crate) fn start_draft(
    backend: &Arc<dyn Backend>,
    mut live: Box<Live>,
    birth: &Birth,
    given: Option<Context>,
) -> Span {
    let (current, suppressed) = current();
    let given = given.map(Given);
    live.suppressed = suppressed;
    match &given {
        None => live.context = current,
        Some(Given(context)) => {
            live.context = context.span_context().clone();
            live.suppressed |= context.is_suppressed();
        }
    }
    if live.suppressed {
        return passing_on(live);
    }
    let source: &dyn ContextSource = match &given {
        None => &Current,
        Some(given) => given,
    };
    let (parent, draft) = live.drafted_under();
    let name = draft.map_or(&[][..], |draft| draft.name());
    let verdict = backend.begin(Question {
        parent,
        name: std::str::from_utf8(name).unwrap_or_default(),
        kind: birth.kind,
        given: draft,
        context: source,
    });
    let Some(verdict) = verdict else {
        return passing_on(live);
    };
    live.settle(verdict, None, *birth);
    if live.watches_start() {
        live.show_started(&source.context());
    }
    Span::from_live(live)
}

/// A span where no runtime is installed: it passes its parent's context on, and nothing else
/// (OpenTelemetry "Behavior of the API in the absence of an installed SDK").
#[inline]
pub(crate) fn unborn(given: Option<&Context>) -> Span {
    let context = match given {
        Some(context) => context.span_context().clone(),
        None => current().0,
    };
    if context.is_valid() {
        Span::non_recording(context)
    } else {
        Span::none()
    }
}

/// A span that is not to record: it keeps the parent's context that its box already holds.
#[cold]
fn passing_on(live: Box<Live>) -> Span {
    if live.context.is_valid() {
        return Span::from_live(live);
    }
    stack::recycle(live);
    Span::none()
}

#[inline]
fn current() -> (SpanContext, bool) {
    stack::with(|thread| thread.current()).unwrap_or((SpanContext::INVALID, false))
}

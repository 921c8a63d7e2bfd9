//! How a span comes into being: parent, verdict, box.

use super::backend::{Backend, ContextSource, Outlook, Question};
use super::context::Context;
use super::live::{Birth, Live};
use super::owned::Span;
use super::stack::{self, NotPlain};
use crate::kind::SpanKind;
use crate::scope::ScopeId;
use crate::span_context::{Marks, SpanContext};
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
    name: &str,
    scope: ScopeId,
    this: &Arc<dyn Backend>,
) -> Span {
    match stack::plain_child() {
        Ok((live, parent)) => follow(backend, name, scope, this, live, parent),
        Err(NotPlain::Nothing) => start_root(backend, name, scope, this),
        Err(NotPlain::Something) => start_otherwise(backend, name, scope, this),
    }
}

/// A span where nothing is current.
#[inline(never)]
fn start_root<B: Backend + ?Sized>(
    backend: &B,
    name: &str,
    scope: ScopeId,
    this: &Arc<dyn Backend>,
) -> Span {
    match stack::plain_root() {
        Some(live) => follow(backend, name, scope, this, live, Marks::INVALID),
        None => start_otherwise(backend, name, scope, this),
    }
}

/// A span where something is out of the ordinary: a context without a span, a trace state,
/// suppression, or no free box.
#[inline(never)]
fn start_otherwise<B: Backend + ?Sized>(
    backend: &B,
    name: &str,
    scope: ScopeId,
    this: &Arc<dyn Backend>,
) -> Span {
    let (live, suppressed) = stack::child();
    if suppressed {
        return passing_on(live);
    }
    let parent = live.context.marks();
    if live.is_plain() {
        return follow(backend, name, scope, this, live, parent);
    }
    ask(name, scope, this, live)
}

/// Goes on by what is known already. The box holds the parent's context, which has no trace state.
/// `parent` are its marks: handed on, so that who calls for children only is compiled for these.
#[inline(always)]
fn follow<B: Backend + ?Sized>(
    backend: &B,
    name: &str,
    scope: ScopeId,
    this: &Arc<dyn Backend>,
    mut live: Box<Live>,
    parent: Marks,
) -> Span {
    let outlook = backend.outlook(parent);
    // Most spans that are not sampled: a box with its ids and nothing else. Nobody is called on
    // this way, so that hardly a register has to be saved.
    if outlook == Outlook::DROP {
        if let Some(identity) = backend.name(parent, false) {
            live.take_identity(identity);
            return Span::from_live(live);
        }
    }
    if outlook == Outlook::KEEP && live.has_adopted(this) {
        return match parent.is_valid() {
            true => keep_child(backend, name, scope, live),
            false => keep_root(backend, name, scope, live),
        };
    }
    ask(name, scope, this, live)
}

/// A child that is recorded and sampled whatever it is called. The box knows the backend already.
#[inline(never)]
fn keep_child<B: Backend + ?Sized>(
    backend: &B,
    name: &str,
    scope: ScopeId,
    live: Box<Live>,
) -> Span {
    let parent = live.context.marks();
    keep(backend, name, scope, live, parent)
}

/// A root of the same kind: three ids to draw instead of one, and no parent to write down.
#[inline(never)]
fn keep_root<B: Backend + ?Sized>(
    backend: &B,
    name: &str,
    scope: ScopeId,
    live: Box<Live>,
) -> Span {
    keep(backend, name, scope, live, Marks::INVALID)
}

#[inline(always)]
fn keep<B: Backend + ?Sized>(
    backend: &B,
    name: &str,
    scope: ScopeId,
    mut live: Box<Live>,
    parent: Marks,
) -> Span {
    let ticks = backend.ticks();
    match backend.name(parent, true) {
        Some(identity) => {
            live.begin(identity, name, scope, ticks);
            show_started(live)
        }
        None => decide(backend, name, scope, live),
    }
}

/// A span that somebody has to decide about.
#[inline(never)]
fn ask(name: &str, scope: ScopeId, backend: &Arc<dyn Backend>, mut live: Box<Live>) -> Span {
    live.adopt(backend);
    decide(backend.as_ref(), name, scope, live)
}

/// Goes on with a span that somebody has to decide about. The box knows the backend already.
#[inline(never)]
fn decide<B: Backend + ?Sized>(
    backend: &B,
    name: &str,
    scope: ScopeId,
    mut live: Box<Live>,
) -> Span {
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
    let recording = verdict.recording;
    live.settle(verdict, Some(name), birth);
    if recording {
        show_started(live)
    } else {
        Span::from_live(live)
    }
}

#[inline(always)]
fn show_started(mut live: Box<Live>) -> Span {
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
    let (current, mut suppressed) = current();
    let given = given.map(Given);
    match &given {
        None => live.context = current,
        Some(Given(context)) => {
            live.context = context.span_context().clone();
            suppressed |= context.is_suppressed();
        }
    }
    if suppressed {
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
    let recording = verdict.recording;
    live.settle(verdict, None, *birth);
    live.forget_draft();
    if recording && live.watches_start() {
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
fn passing_on(mut live: Box<Live>) -> Span {
    live.forget_draft();
    if live.context.is_valid() {
        return Span::from_live(live);
    }
    stack::recycle(live);
    Span::none()
}

#[inline]
fn current() -> (SpanContext, bool) {
    stack::with(|thread| thread.current())
}

//! How a span comes into being: parent, verdict, box.

use super::backend::{Backend, ContextSource, Identity, Outlook, Question, SharedBackend};
use super::context::Context;
use super::live::{Birth, Live};
use super::owned::Span;
use super::stack::{self, NotPlain};
use crate::kind::SpanKind;
use crate::record::Parent;
use crate::scope::ScopeId;
use crate::span_context::SpanContext;

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
///
/// A span that is dropped is finished right here: a box with its ids and nothing else. Nobody is
/// called on this way, so that hardly a register has to be saved.
#[inline]
pub(super) fn start<B: Backend + ?Sized>(
    backend: &B,
    name: &str,
    scope: ScopeId,
    this: &SharedBackend,
) -> Span {
    match stack::plain_child(|parent| backend.outlook(parent)) {
        Ok(child) => {
            if child.outlook == Outlook::DROP {
                if let Some(identity) = backend.name(Some(child.parent), false) {
                    return drop_as(child.in_trace(), identity);
                }
            }
            start_under(backend, name, scope, this, child.under_parent())
        }
        Err(NotPlain::Nothing) => match backend.outlook(None) {
            Outlook::DROP => drop_root(backend, name, scope, this),
            _ => start_root(backend, name, scope, this),
        },
        Err(NotPlain::Something) => start_otherwise(backend, name, scope, this),
    }
}

/// A span that is not recorded, where nothing is current.
#[inline(never)]
fn drop_root<B: Backend + ?Sized>(
    backend: &B,
    name: &str,
    scope: ScopeId,
    this: &SharedBackend,
) -> Span {
    let Some(live) = stack::used() else {
        return start_otherwise(backend, name, scope, this);
    };
    match backend.name(None, false) {
        Some(identity) => drop_as(live, identity),
        None => ask(name, scope, this, live.without_parent()),
    }
}

#[inline(always)]
fn drop_as(mut live: Box<Live>, identity: Identity) -> Span {
    live.take_identity(identity);
    Span::from_live(live)
}

/// Any other span where nothing is current: two ids, which one step of the generator gives, and no
/// parent to write down.
#[inline(never)]
fn start_root<B: Backend + ?Sized>(
    backend: &B,
    name: &str,
    scope: ScopeId,
    this: &SharedBackend,
) -> Span {
    let Some(live) = stack::used() else {
        return start_otherwise(backend, name, scope, this);
    };
    if backend.outlook(None) == Outlook::KEEP && live.has_adopted(this) {
        let ticks = backend.ticks();
        if let Some(identity) = backend.name(None, true) {
            return keep_as(live, identity, Parent::NONE, name, scope, ticks);
        }
    }
    ask(name, scope, this, live.without_parent())
}

/// A span where something is out of the ordinary: a context without a span, a trace state,
/// suppression, or no free box.
#[inline(never)]
fn start_otherwise<B: Backend + ?Sized>(
    backend: &B,
    name: &str,
    scope: ScopeId,
    this: &SharedBackend,
) -> Span {
    let (live, suppressed) = stack::child();
    if suppressed {
        return passing_on(live);
    }
    start_under(backend, name, scope, this, live)
}

/// A span under the parent whose context the box holds, whatever that is.
#[inline(never)]
fn start_under<B: Backend + ?Sized>(
    backend: &B,
    name: &str,
    scope: ScopeId,
    this: &SharedBackend,
    live: Box<Live>,
) -> Span {
    let parent = live.context.marks();
    if backend.outlook(Some(parent)) == Outlook::KEEP && live.has_adopted(this) {
        let ticks = backend.ticks();
        if let Some(identity) = backend.name(Some(parent), true) {
            let parent = Parent::of(&live.context);
            return keep_as(live, identity, parent, name, scope, ticks);
        }
    }
    ask(name, scope, this, live)
}

/// A span that is recorded and sampled whatever it is called. The box knows the backend already.
#[inline(always)]
fn keep_as(
    mut live: Box<Live>,
    identity: Identity,
    parent: Parent,
    name: &str,
    scope: ScopeId,
    ticks: u64,
) -> Span {
    live.begin(identity, parent, name, scope, ticks);
    show_started(live)
}

/// A span that somebody has to decide about, under the parent whose context the box holds.
#[inline(never)]
fn ask(name: &str, scope: ScopeId, backend: &SharedBackend, mut live: Box<Live>) -> Span {
    live.adopt(backend);
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
fn show_started(live: Box<Live>) -> Span {
    if live.watches_start() {
        return show(live);
    }
    Span::from_live(live)
}

#[cold]
fn show(mut live: Box<Live>) -> Span {
    live.show_started(&Context::current());
    Span::from_live(live)
}

/// Starts a span from a draft that already holds its name, attributes and links.
pub(crate) fn start_draft(
    backend: &SharedBackend,
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
    live.dress();
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

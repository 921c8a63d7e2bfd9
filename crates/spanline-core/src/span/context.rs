//! What is current: a span, baggage, and whatever else travels with the work.

use super::backend::SharedBackend;
use super::borrowed::SpanRef;
use super::guard::ContextGuard;
use super::live::{Live, Role};
use super::owned::Span;
use super::shared::SharedSpan;
use super::stack;
use crate::baggage::Baggage;
use crate::span_context::SpanContext;
use crate::trace_state::TraceState;
use std::any::Any;
use std::fmt;
use std::sync::Arc;

static NO_BAGGAGE: Baggage = Baggage::EMPTY;

/// An immutable set of what travels with the work: the current span, baggage, values of the
/// user's. Seven words, the ids of the span among them, so that a context with a span of another
/// process and nothing else costs no allocation. A clone counts one reference for each of these
/// that is there: a span that can be written, a trace state, and all the rest together.
///
/// Every `with_*` makes a new context. What is current on a thread is seen by [`Context::current`]
/// and changed by [`Context::attach`] for as long as the guard lives.
///
/// ```
/// # use spanline_core::Context;
/// let context = Context::current(); // captures: may go to any thread
/// std::thread::spawn(context.wrap(|| { /* children started here find their parent */ })).join();
/// ```
#[derive(Clone, Default)]
pub struct Context {
    /// Of the current span; invalid if there is none.
    span: SpanContext,
    /// The current span itself, if it can be written through this context. Its context is `span`.
    shared: Option<Arc<SharedSpan>>,
    surroundings: Surroundings,
}

/// What surrounds a span: baggage, values, all that is not the span. Empty if there is nothing of
/// the kind.
#[derive(Clone, Default)]
pub(super) struct Surroundings(Option<Arc<Around>>);

#[derive(Clone, Default)]
struct Around {
    baggage: Baggage,
    values: Option<Arc<ValueNode<AnyValue>>>,
    suppressed: bool,
    /// Where the spans of this context go instead of to the installed provider: tests only.
    capture: Option<SharedBackend>,
}

type AnyValue = dyn Any + Send + Sync;

/// One value; the next one hides it if it has the same type.
struct ValueNode<V: ?Sized> {
    next: Option<Arc<ValueNode<AnyValue>>>,
    value: V,
}

impl Context {
    /// The context in which nothing is current.
    #[inline]
    pub const fn root() -> Context {
        Context {
            span: SpanContext::INVALID,
            shared: None,
            surroundings: Surroundings::NONE,
        }
    }

    /// The current context, to be kept or sent elsewhere. Captures the current span: one allocation per
    /// active span, the first time, and from then on it is written under a lock. Its guard still ends
    /// it.
    #[must_use = "capturing the current span costs an allocation"]
    pub fn current() -> Context {
        let mut current = Context::root();
        // Written where it is wanted: a result would be moved twice more, in pieces that are not
        // together yet.
        stack::with(|thread| thread.capture(&mut current));
        current
    }

    /// Makes this context current on this thread until the guard is dropped.
    #[inline]
    pub fn attach(self) -> ContextGuard {
        ContextGuard::new(self)
    }

    /// The same closure, run with this context current: for threads and blocking tasks.
    pub fn wrap<R>(self, work: impl FnOnce() -> R) -> impl FnOnce() -> R {
        move || {
            let _attached = self.attach();
            work()
        }
    }

    /// The span of this context, to be written to from here.
    pub fn span(&self) -> SpanRef<'_> {
        match &self.shared {
            Some(span) => SpanRef::to_shared(Arc::clone(span)),
            None => SpanRef::to_context(self.span.clone()),
        }
    }

    /// The context of this context's span; invalid if it has none.
    #[inline]
    pub fn span_context(&self) -> &SpanContext {
        &self.span
    }

    /// This context with another span, which ends when the last context that holds it is gone.
    #[must_use]
    pub fn with_span(self, mut span: Span) -> Context {
        if let Some(shared) = span.give_up() {
            return self.surroundings.around_shared(shared);
        }
        let context = span.span_context().clone();
        self.with_span_context(context)
    }

    /// This context with a parent from elsewhere, such as a request's headers. Allocates nothing.
    #[inline]
    #[must_use]
    pub fn with_span_context(self, context: SpanContext) -> Context {
        self.surroundings.around_context(context)
    }

    /// As [`Context::with_span_context`], of a context that stays.
    #[inline]
    pub(crate) fn with_parent(&self, parent: SpanContext) -> Context {
        self.surroundings.clone().around_context(parent)
    }

    /// As [`Context::with_span_context`], in place.
    #[inline]
    pub(crate) fn become_child_of(&mut self, parent: SpanContext) {
        self.span = parent;
        self.shared = None;
    }

    /// The baggage of this context.
    pub fn baggage(&self) -> &Baggage {
        self.surroundings.baggage()
    }

    /// This context with other baggage; [`Baggage::EMPTY`] clears it.
    #[must_use]
    pub fn with_baggage(self, baggage: Baggage) -> Context {
        if baggage.is_empty() && self.baggage().is_empty() {
            return self;
        }
        self.with(|around| around.baggage = baggage)
    }

    /// The value of this type, if one was put in. The type is the key.
    pub fn value<T: Send + Sync + 'static>(&self) -> Option<&T> {
        let mut next = self.around()?.values.as_ref();
        while let Some(node) = next {
            if let Some(value) = node.value.downcast_ref() {
                return Some(value);
            }
            next = node.next.as_ref();
        }
        None
    }

    /// This context with a value; it hides an earlier one of the same type.
    #[must_use]
    pub fn with_value<T: Send + Sync + 'static>(self, value: T) -> Context {
        self.with(|around| {
            let next = around.values.take();
            around.values = Some(Arc::new(ValueNode { next, value }));
        })
    }

    /// This context, with spans started in it not recording. Exporters run so, because their own
    /// requests must not be traced into what they export.
    #[must_use]
    pub fn suppressed(self) -> Context {
        self.with(|around| around.suppressed = true)
    }

    /// Whether spans started in this context do not record.
    pub fn is_suppressed(&self) -> bool {
        self.around().is_some_and(|around| around.suppressed)
    }

    /// This context with the spans of global tracers going to `backend`.
    pub(crate) fn with_capture(self, backend: SharedBackend) -> Context {
        self.with(|around| around.capture = Some(backend))
    }

    /// Where the spans of this thread's global tracers go, if not to the installed provider.
    pub(crate) fn captured_by() -> Option<SharedBackend> {
        let surroundings = stack::with(|thread| thread.surroundings());
        surroundings.0.as_deref()?.capture.clone()
    }

    /// The current context with the span's ids only: enough for headers, and nothing is captured.
    pub(crate) fn passing() -> Context {
        stack::with(|thread| thread.passing())
    }

    /// Whether nothing in it would have to be dropped. For assertions.
    pub(super) fn holds_nothing(&self) -> bool {
        self.shared.is_none() && self.around().is_none() && !self.span.marks().has_state()
    }

    fn around(&self) -> Option<&Around> {
        self.surroundings.0.as_deref()
    }

    /// A changed copy, or the same one changed if nobody else has it.
    fn with(mut self, change: impl FnOnce(&mut Around)) -> Context {
        let around = self.surroundings.0.get_or_insert_default();
        change(Arc::make_mut(around));
        self
    }
}

impl Surroundings {
    pub(super) const NONE: Surroundings = Surroundings(None);

    #[inline]
    pub(super) fn baggage(&self) -> &Baggage {
        self.0
            .as_ref()
            .map_or(&NO_BAGGAGE, |around| &around.baggage)
    }

    /// The context of a span that is known by its ids only, in these surroundings.
    #[inline]
    pub(super) fn around_context(self, span: SpanContext) -> Context {
        Context {
            span,
            shared: None,
            surroundings: self,
        }
    }

    /// The context of a captured span in these surroundings.
    pub(super) fn around_shared(self, span: Arc<SharedSpan>) -> Context {
        Context {
            span: span.context().clone(),
            shared: Some(span),
            surroundings: self,
        }
    }
}

impl Live {
    /// Becomes a place for an attached context.
    #[inline]
    pub(super) fn enter(&mut self, context: Context) {
        debug_assert!(self.is_blank());
        self.suppressed = context.is_suppressed();
        self.context.take_over(context.span);
        self.role = Role::Attached;
        // A blank box has neither of these, so nothing has to be dropped.
        std::mem::forget(std::mem::replace(&mut self.shared, context.shared));
        std::mem::forget(self.surroundings.replace(context.surroundings));
    }

    /// Whether the attached context has more than ids.
    #[inline]
    pub(super) fn holds_something(&self) -> bool {
        let around = self.surroundings.as_ref().and_then(|s| s.0.as_ref());
        self.shared.is_some() || around.is_some() || self.context.marks().has_state()
    }

    /// Is a place for an attached context no longer: there is no record to forget.
    pub(super) fn vacate(&mut self) {
        self.shared = None;
        self.surroundings = None;
        self.context.set_trace_state(TraceState::EMPTY);
        self.role = Role::Bare;
    }

    /// As [`Live::vacate`], for a context that had ids only.
    #[inline]
    pub(super) fn vacate_ids(&mut self) {
        debug_assert!(!self.holds_something());
        // Nothing is in there, so nothing has to be dropped.
        std::mem::forget(self.surroundings.take());
        self.role = Role::Bare;
    }

    /// Becomes the stand-in for the span of this context, which was captured out of this box.
    pub(super) fn stand_in_for(&mut self, captured: &Context) {
        self.context = captured.span.clone();
        self.role = Role::StandIn;
        self.shared = captured.shared.clone();
        self.surroundings = Some(captured.surroundings.clone());
    }

    /// Writes the context that was attached here, or that of the captured span which this box stands
    /// for, into one that holds nothing.
    #[inline]
    pub(super) fn write_context(&self, into: &mut Context) {
        into.span = self.context.clone();
        into.shared = self.shared.clone();
        into.surroundings = self.surroundings.clone().unwrap_or_default();
    }
}

impl<V: ?Sized> Drop for ValueNode<V> {
    /// One by one: a long chain of values must not recurse.
    fn drop(&mut self) {
        let mut next = self.next.take();
        while let Some(mut node) = next {
            // If others hold it, the last one of them goes on from there.
            next = Arc::get_mut(&mut node).and_then(|node| node.next.take());
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("span", self.span_context())
            .field("baggage", self.baggage())
            .field("suppressed", &self.is_suppressed())
            .finish_non_exhaustive()
    }
}

/// The current baggage.
pub fn baggage() -> Baggage {
    stack::with(|thread| thread.baggage())
}

/// Spans started on this thread do not record until the guard is dropped, and below what was made
/// current meanwhile not until that goes too. In the destructors of thread-locals, where nothing is
/// current any more, it has no effect.
pub fn suppress() -> ContextGuard {
    Context::current().suppressed().attach()
}

//! What is current: a span, baggage, and whatever else travels with the work.

use super::backend::Backend;
use super::borrowed::SpanRef;
use super::guard::ContextGuard;
use super::live::{Live, Role};
use super::owned::Span;
use super::shared::SharedSpan;
use super::stack;
use crate::baggage::Baggage;
use crate::span_context::SpanContext;
use std::any::Any;
use std::fmt;
use std::sync::Arc;

static NO_SPAN: SpanContext = SpanContext::INVALID;
static NO_BAGGAGE: Baggage = Baggage::EMPTY;

/// An immutable set of what travels with the work: the current span, baggage, values of the
/// user's. One pointer; a clone counts one reference (12 ns), the root is free.
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
pub struct Context(Option<Arc<Inner>>);

#[derive(Clone, Default)]
struct Inner {
    span: SpanSlot,
    baggage: Baggage,
    values: Option<Arc<ValueNode>>,
    suppressed: bool,
    /// Where the spans of this context go instead of to the installed provider: tests only.
    capture: Option<Arc<dyn Backend>>,
}

#[derive(Clone, Default)]
enum SpanSlot {
    #[default]
    None,
    /// A span of another process or one that does not record.
    Context(SpanContext),
    /// A span that can be written through this context.
    Shared(Arc<SharedSpan>),
}

/// One value; the next one hides it if it has the same type.
struct ValueNode {
    value: Box<dyn Any + Send + Sync>,
    next: Option<Arc<ValueNode>>,
}

impl Context {
    /// The context in which nothing is current.
    #[inline]
    pub const fn root() -> Context {
        Context(None)
    }

    /// The current context, to be kept or sent elsewhere. Captures the current span: two
    /// small allocations per active span, the first time, and from then on it is written under a
    /// lock. Its guard still ends it.
    pub fn current() -> Context {
        stack::with(|thread| thread.capture()).unwrap_or_default()
    }

    /// Makes this context current on this thread until the guard is dropped.
    pub fn attach(self) -> ContextGuard {
        let mut live = stack::fresh();
        live.enter(self);
        ContextGuard::new(live)
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
        match self.slot() {
            Some(SpanSlot::Shared(span)) => SpanRef::to_shared(Arc::clone(span)),
            Some(SpanSlot::Context(context)) => SpanRef::to_context(context.clone()),
            _ => SpanRef::to_context(SpanContext::INVALID),
        }
    }

    /// The context of this context's span; invalid if it has none.
    pub fn span_context(&self) -> &SpanContext {
        match self.slot() {
            Some(SpanSlot::Shared(span)) => span.context(),
            Some(SpanSlot::Context(context)) => context,
            _ => &NO_SPAN,
        }
    }

    /// This context with another span, which ends when the last context that holds it is gone.
    #[must_use]
    pub fn with_span(self, mut span: Span) -> Context {
        if let Some(shared) = span.give_up() {
            return self.with_shared(shared);
        }
        let context = span.span_context().clone();
        self.with_span_context(context)
    }

    /// This context with a parent from elsewhere, such as a request's headers.
    #[must_use]
    pub fn with_span_context(self, context: SpanContext) -> Context {
        self.with(|inner| inner.span = SpanSlot::Context(context))
    }

    /// The baggage of this context.
    pub fn baggage(&self) -> &Baggage {
        self.0.as_ref().map_or(&NO_BAGGAGE, |inner| &inner.baggage)
    }

    /// This context with other baggage; [`Baggage::EMPTY`] clears it.
    #[must_use]
    pub fn with_baggage(self, baggage: Baggage) -> Context {
        self.with(|inner| inner.baggage = baggage)
    }

    /// The value of this type, if one was put in. The type is the key.
    pub fn value<T: Send + Sync + 'static>(&self) -> Option<&T> {
        let mut next = self.0.as_ref()?.values.as_ref();
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
        self.with(|inner| {
            let next = inner.values.take();
            inner.values = Some(Arc::new(ValueNode {
                value: Box::new(value),
                next,
            }));
        })
    }

    /// This context, with spans started in it not recording. Exporters run so, because their own
    /// requests must not be traced into what they export.
    #[must_use]
    pub fn suppressed(self) -> Context {
        self.with(|inner| inner.suppressed = true)
    }

    /// Whether spans started in this context do not record.
    pub fn is_suppressed(&self) -> bool {
        self.0.as_ref().is_some_and(|inner| inner.suppressed)
    }

    /// This context with the spans of global tracers going to `backend`.
    pub(crate) fn with_capture(self, backend: Arc<dyn Backend>) -> Context {
        self.with(|inner| inner.capture = Some(backend))
    }

    /// Where the spans of global tracers go, if not to the installed provider.
    pub(crate) fn captured_by(&self) -> Option<Arc<dyn Backend>> {
        self.0.as_ref()?.capture.clone()
    }

    /// The current context with the span's ids only: enough for headers, and nothing is captured.
    pub(crate) fn passing() -> Context {
        match stack::with(|thread| thread.current()) {
            Some((context, _)) if context.is_valid() => {
                Context::ambient().with_span_context(context)
            }
            _ => Context::ambient(),
        }
    }

    /// What surrounds the current span, without capturing the span.
    pub(crate) fn ambient() -> Context {
        stack::with(|thread| thread.scene()).unwrap_or_default()
    }

    pub(super) fn with_shared(self, span: Arc<SharedSpan>) -> Context {
        self.with(|inner| inner.span = SpanSlot::Shared(span))
    }

    #[inline]
    pub(super) fn shared(&self) -> Option<&Arc<SharedSpan>> {
        match self.slot() {
            Some(SpanSlot::Shared(span)) => Some(span),
            _ => None,
        }
    }

    /// Whether everything but the span is the same here and there.
    fn surrounds_like(&self, other: &Context) -> bool {
        let (Some(one), Some(other)) = (&self.0, &other.0) else {
            return self.is_bare() && other.is_bare();
        };
        let values = match (&one.values, &other.values) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        let capture = match (&one.capture, &other.capture) {
            (Some(one), Some(other)) => std::ptr::addr_eq(Arc::as_ptr(one), Arc::as_ptr(other)),
            (one, other) => one.is_none() && other.is_none(),
        };
        values && capture && one.suppressed == other.suppressed && one.baggage == other.baggage
    }

    /// Whether there is nothing but a span, or not even that.
    fn is_bare(&self) -> bool {
        self.0.as_ref().is_none_or(|inner| {
            inner.values.is_none()
                && inner.capture.is_none()
                && !inner.suppressed
                && inner.baggage.is_empty()
        })
    }

    #[inline]
    fn slot(&self) -> Option<&SpanSlot> {
        self.0.as_ref().map(|inner| &inner.span)
    }

    /// A changed copy, or the same one changed if nobody else has it.
    fn with(self, change: impl FnOnce(&mut Inner)) -> Context {
        let mut inner = self.0.unwrap_or_default();
        change(Arc::make_mut(&mut inner));
        Context(Some(inner))
    }
}

impl Live {
    /// The context of a captured span in these surroundings: the one it was captured in, if they
    /// are the same, because making another one allocates. Nothing if it is no captured span.
    pub(super) fn captured_in(&self, surroundings: Context) -> Option<Context> {
        let captured = self.scene.as_ref().filter(|_| self.role == Role::StandIn)?;
        if captured.surrounds_like(&surroundings) {
            return Some(captured.clone());
        }
        Some(surroundings.with_shared(Arc::clone(captured.shared()?)))
    }

    /// Becomes a place for an attached context.
    pub(super) fn enter(&mut self, context: Context) {
        self.pass_on(context.span_context().clone());
        self.role = Role::Attached;
        self.suppressed = context.is_suppressed();
        self.scene = Some(context);
    }
}

impl Drop for ValueNode {
    /// One by one: a long chain of values must not recurse.
    fn drop(&mut self) {
        let mut next = self.next.take();
        while let Some(mut node) = next.and_then(Arc::into_inner) {
            next = node.next.take();
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
    Context::ambient().baggage().clone()
}

/// Spans started on this thread do not record until the guard is dropped.
pub fn suppress() -> ContextGuard {
    Context::current().suppressed().attach()
}

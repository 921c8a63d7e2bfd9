//! A span seen from elsewhere: the current one, the one of a context, or one lent by its owner.

use super::live::{Live, Role};
use super::shared::SharedSpan;
use super::stack;
use super::writing::{EventMut, LinkMut, error_event};
use crate::attribute::{Attribute, Value};
use crate::id::{SpanId, TraceId};
use crate::span_context::SpanContext;
use crate::status::Status;
use crate::timestamp::Timestamp;
use std::cell::{Cell, OnceCell};
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// The span that is current on this thread; nothing, if none is. Costs one thread-local read.
///
/// ```
/// # use spanline_core::current_span;
/// current_span().add_event("cache miss").attribute("depth", 2);
/// ```
#[inline]
pub fn current_span() -> SpanRef<'static> {
    match stack::with(|thread| thread.top()) {
        // The context is copied now: it must be known after the span's end, wherever that happens.
        Some((key, context)) => SpanRef {
            context: OnceCell::from(context),
            ..SpanRef::to_place(key)
        },
        None => SpanRef::to_context(SpanContext::INVALID),
    }
}

/// A span that somebody else ends.
///
/// Every method takes `&self`, so it works on the current span from anywhere, re-entrantly too:
/// user code never runs while the span is borrowed. Once the span has ended, or is no longer on
/// this thread, writing has no effect.
pub struct SpanRef<'a> {
    target: Target<'a>,
    /// Filled when asked for; a span's context never changes.
    context: OnceCell<SpanContext>,
    /// Places belong to one thread.
    not_send: PhantomData<*const ()>,
}

enum Target<'a> {
    /// A place on this thread's stack.
    Place(u64),
    /// A span that its owner lends.
    Owned(&'a Cell<Option<Box<Live>>>),
    /// A span that a context holds.
    Shared(Arc<SharedSpan>),
}

impl<'a> SpanRef<'a> {
    #[inline]
    pub(super) fn to_place(key: u64) -> Self {
        Self::new(Target::Place(key))
    }

    #[inline]
    pub(super) fn to_owned_span(span: &'a Cell<Option<Box<Live>>>) -> Self {
        Self::new(Target::Owned(span))
    }

    pub(super) fn to_shared(span: Arc<SharedSpan>) -> Self {
        Self::new(Target::Shared(span))
    }

    #[inline]
    pub(super) fn to_context(context: SpanContext) -> Self {
        let nothing = Self::to_place(0);
        SpanRef {
            context: OnceCell::from(context),
            ..nothing
        }
    }

    #[inline]
    fn new(target: Target<'a>) -> Self {
        SpanRef {
            target,
            context: OnceCell::new(),
            not_send: PhantomData,
        }
    }

    /// Works on the box; `None` if the span is not there any more. `work` runs no user code.
    #[inline]
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut Live) -> R) -> Option<R> {
        match &self.target {
            Target::Place(0) => None,
            Target::Place(key) => stack::with(|thread| thread.at(*key, work)),
            Target::Owned(span) => {
                let mut live = span.take();
                let result = live.as_deref_mut().map(work);
                span.set(live);
                result
            }
            Target::Shared(span) => span.with(work),
        }
    }

    /// Clock ticks for an event of this span; a user's clock is read while nothing is borrowed.
    pub(super) fn ticks(&self) -> Option<u64> {
        Some(self.with(|live| live.clock())??.ticks())
    }

    /// The span's context: the same for its whole life, usable after its end.
    pub fn span_context(&self) -> &SpanContext {
        self.context.get_or_init(|| match &self.target {
            Target::Shared(span) => span.context().clone(),
            _ => self
                .with(|live| live.context.clone())
                .unwrap_or(SpanContext::INVALID),
        })
    }

    /// The trace that the span belongs to.
    pub fn trace_id(&self) -> Option<TraceId> {
        self.span_context().trace_id()
    }

    /// The span's id.
    pub fn span_id(&self) -> Option<SpanId> {
        self.span_context().span_id()
    }

    /// Whether data given to the span is gathered. Ask before work that only serves the span.
    #[inline]
    pub fn is_recording(&self) -> bool {
        self.with(|live| live.is_recording()).unwrap_or(false)
    }

    /// Sets an attribute; the last value of a key wins. An `Option` is no value: use `if let`, as at
    /// [`crate::Span::set_attribute`].
    #[inline]
    pub fn set_attribute<'v>(&self, key: &str, value: impl Into<Value<'v>>) {
        self.set_attribute_with(key, || value);
    }

    /// Sets several attributes: pairs of a key and a value of one type, or [`Attribute`]s of any.
    pub fn set_attributes<'v, A: Into<Attribute<'v>>>(
        &self,
        attributes: impl IntoIterator<Item = A>,
    ) {
        if !self.is_recording() {
            return;
        }
        for attribute in attributes {
            let attribute = attribute.into();
            self.with(|live| live.set(&attribute.key, &attribute.value));
        }
    }

    /// Sets an attribute whose value is worth making only if the span records.
    #[inline]
    pub fn set_attribute_with<'v, V: Into<Value<'v>>>(&self, key: &str, value: impl FnOnce() -> V) {
        if self.is_recording() {
            let value = value().into();
            self.with(|live| live.set(key, &value));
        }
    }

    /// Replaces the name. Samplers have decided by the first one.
    pub fn update_name(&self, name: &str) {
        self.with(|live| live.rename(name));
    }

    /// Sets the status. `Ok` is final, `Unset` changes nothing, an error replaces an error.
    pub fn set_status(&self, status: Status<'_>) {
        self.with(|live| live.set_status(&status));
    }

    /// Records a timed note, now; attributes and another time can be chained.
    pub fn add_event(&self, name: &str) -> EventMut<'_> {
        EventMut::on_ref(self, name)
    }

    /// Records a relation to another span; attributes can be chained.
    pub fn add_link(&self, context: SpanContext) -> LinkMut<'_> {
        LinkMut::on_ref(self, context)
    }

    /// Records an error as an event named `exception`; the status stays as it is. See
    /// [`crate::Span::record_error`], and [`SpanRef::fail`] for an error that the work ends with.
    pub fn record_error<E: Error + ?Sized>(&self, error: &E) -> EventMut<'_> {
        if !self.is_recording() {
            return EventMut::on_span(None, "");
        }
        error_event(error, |name| self.add_event(name))
    }

    /// Records an error and sets the status to `Error` with its message; see [`crate::Span::fail`].
    /// For a `Box<dyn Error>` pass `&*error`.
    pub fn fail<E: Error + ?Sized>(&self, error: &E) {
        if self.is_recording() {
            self.record_error(error);
            self.set_status(Status::error(error.to_string()));
        }
    }

    /// Ends the span now, if nobody has yet. It stays where it is current, as a parent.
    pub fn end(&self) {
        self.finish(None);
    }

    /// Ends the span at a time of the caller's, if nobody has ended it yet. A time before its start
    /// counts as its start.
    pub fn end_at(&self, time: impl Into<Timestamp>) {
        self.finish(Some(time.into()));
    }

    fn finish(&self, at: Option<Timestamp>) {
        // Whoever asks later finds the context here, because the span itself is gone.
        self.span_context();
        let span = match &self.target {
            Target::Place(0) => None,
            Target::Place(key) => match self.with(|live| live.shared.clone()).flatten() {
                Some(shared) => shared.take(),
                None => stack::with(|thread| thread.take_own(*key)),
            },
            Target::Owned(span) => take_owned(span),
            Target::Shared(span) => span.take(),
        };
        if let Some(live) = span {
            stack::close_at(live, at);
        }
    }
}

/// Takes a lent span out and leaves one that only passes its context on.
fn take_owned(span: &Cell<Option<Box<Live>>>) -> Option<Box<Live>> {
    let live = span.take()?;
    if live.role == Role::StandIn {
        let shared = live.shared.clone();
        span.set(Some(live));
        return shared?.take();
    }
    let mut rest = stack::fresh();
    rest.pass_on(live.context.clone());
    span.set(Some(rest));
    Some(live)
}

impl fmt::Debug for SpanRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanRef")
            .field("context", self.span_context())
            .field("recording", &self.is_recording())
            .finish()
    }
}

//! A span that its holder owns: one pointer, no lock, ends when dropped.

use super::active::ActiveSpan;
use super::borrowed::SpanRef;
use super::context::Context;
use super::live::{Live, Role};
use super::shared::SharedSpan;
use super::stack;
use super::writing::{EventMut, LinkMut, error_event};
use crate::attribute::{Attribute, Value};
use crate::id::{SpanId, TraceId};
use crate::span_context::SpanContext;
use crate::status::Status;
use crate::timestamp::Timestamp;
use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::mem::ManuallyDrop;
use std::sync::Arc;

static INVALID: SpanContext = SpanContext::INVALID;

/// A span: one unit of work, from its start to its end.
///
/// Owned, so it is written without a lock, may move to another thread, and ends when it is
/// dropped: `?` is safe anywhere. Writing to a span that does not record costs a branch. Names and
/// keys are copied at once, values as well; nothing is allocated but what the caller allocates.
///
/// ```
/// # use spanline_core::{Tracer, tracer};
/// static TRACER: Tracer = tracer("shop");
/// let mut span = TRACER.start("charge card");
/// span.set_attribute("order.id", 42);
/// span.add_event("retry_attempt").attribute("attempt", 1);
/// span.end(); // or drop it
/// ```
///
/// When code further down should find the span as its parent, make it active:
/// [`crate::Tracer::start_active`] or [`Span::attach`].
#[must_use = "a span ends when it is dropped; bind it to a name to keep it open"]
#[derive(Default)]
pub struct Span(
    /// Empty for a span without any context, and in thread teardown. Taken out by whoever ends the
    /// span, the drop included, so that no caller of it carries code that drops it once more.
    ManuallyDrop<Option<Box<Live>>>,
);

impl Span {
    /// A span that is nothing: no context, no effect.
    #[inline]
    pub const fn none() -> Span {
        Span(ManuallyDrop::new(None))
    }

    /// A span that passes a context on and does not record (OpenTelemetry "Wrapping a SpanContext
    /// in a Span").
    pub fn non_recording(context: SpanContext) -> Span {
        let mut live = stack::fresh();
        live.pass_on(context);
        Span::from_live(live)
    }

    #[inline]
    pub(crate) fn from_live(live: Box<Live>) -> Span {
        Span(ManuallyDrop::new(Some(live)))
    }

    #[inline]
    pub(crate) fn take_live(&mut self) -> Option<Box<Live>> {
        self.0.take()
    }

    #[inline]
    pub(crate) fn live_mut(&mut self) -> Option<&mut Live> {
        self.0.as_deref_mut()
    }

    /// The box, if writing to it has any effect.
    #[inline]
    fn recording(&mut self) -> Option<&mut Live> {
        self.0.as_deref_mut().filter(|live| live.is_recording())
    }

    /// The span's context: the same for its whole life, usable after its end.
    #[inline]
    pub fn span_context(&self) -> &SpanContext {
        self.0.as_ref().map_or(&INVALID, |live| &live.context)
    }

    /// The trace that the span belongs to.
    #[inline]
    pub fn trace_id(&self) -> Option<TraceId> {
        self.span_context().trace_id()
    }

    /// The span's id.
    #[inline]
    pub fn span_id(&self) -> Option<SpanId> {
        self.span_context().span_id()
    }

    /// Whether data given to the span is gathered. Ask before work that only serves the span.
    #[inline]
    pub fn is_recording(&self) -> bool {
        self.0.as_ref().is_some_and(|live| live.is_recording())
    }

    /// Sets an attribute; the last value of a key wins.
    ///
    /// Attributes that samplers should see are given before the start:
    /// [`crate::tracer::SpanBuilder::attribute`]. An `Option` is no value, because "absent" can mean
    /// two things; say which:
    ///
    /// ```
    /// # let mut span = spanline_core::Span::none();
    /// # let coupon = Some("SPRING");
    /// if let Some(coupon) = coupon {
    ///     span.set_attribute("order.coupon", coupon);
    /// }
    /// ```
    #[inline(always)]
    pub fn set_attribute<'v>(&mut self, key: &str, value: impl Into<Value<'v>>) {
        if let Some(live) = self.recording() {
            live.set_value(key, value.into());
        }
    }

    /// Sets several attributes.
    pub fn set_attributes<'v, A: Into<Attribute<'v>>>(
        &mut self,
        attributes: impl IntoIterator<Item = A>,
    ) {
        let Some(live) = self.recording() else { return };
        for attribute in attributes {
            let attribute = attribute.into();
            live.set(&attribute.key, &attribute.value);
        }
    }

    /// Sets an attribute whose value is worth making only if the span records.
    #[inline]
    pub fn set_attribute_with<'v, V: Into<Value<'v>>>(
        &mut self,
        key: &str,
        value: impl FnOnce() -> V,
    ) {
        if let Some(live) = self.recording() {
            live.set_value(key, value().into());
        }
    }

    /// Replaces the name. Samplers have decided by the first one.
    pub fn update_name(&mut self, name: &str) {
        if let Some(live) = &mut *self.0 {
            live.rename(name);
        }
    }

    /// Sets the status. `Ok` is final, `Unset` changes nothing, an error replaces an error.
    pub fn set_status(&mut self, status: Status<'_>) {
        if let Some(live) = &mut *self.0 {
            live.set_status(&status);
        }
    }

    /// Records a timed note, now; attributes and another time can be chained.
    #[inline]
    pub fn add_event(&mut self, name: &str) -> EventMut<'_> {
        EventMut::on_span(self.0.as_deref_mut(), name)
    }

    /// Records a relation to another span; attributes can be chained.
    pub fn add_link(&mut self, context: SpanContext) -> LinkMut<'_> {
        LinkMut::on_span(self.0.as_deref_mut(), context)
    }

    /// Records an error as an event named `exception` with its type, message and sources, by the
    /// semantic conventions for exceptions. Attributes chained on win over these. The status stays
    /// the caller's choice; to set it as well there is [`Span::fail`].
    ///
    /// For an error that the work recovers from:
    ///
    /// ```
    /// # let mut span = spanline_core::Span::none();
    /// # let text = "many";
    /// let count: u32 = text.parse().unwrap_or_else(|error| {
    ///     span.record_error(&error).attribute("used.instead", 1);
    ///     1
    /// });
    /// ```
    pub fn record_error<E: Error + ?Sized>(&mut self, error: &E) -> EventMut<'_> {
        if !self.is_recording() {
            return EventMut::on_span(None, "");
        }
        error_event(error, |name| self.add_event(name))
    }

    /// Records an error, as [`Span::record_error`] does, and sets the status to `Error` with its
    /// message: for an error that the work ends with.
    ///
    /// A `Box<dyn Error>` is no `Error` itself; what it holds is, hence `&*`:
    ///
    /// ```
    /// # use std::error::Error;
    /// # let mut span = spanline_core::Span::none();
    /// # fn charge() -> Result<(), Box<dyn Error>> { Err("declined".into()) }
    /// if let Err(error) = charge() {
    ///     span.fail(&*error);
    /// }
    /// ```
    pub fn fail<E: Error + ?Sized>(&mut self, error: &E) {
        if self.is_recording() {
            self.record_error(error);
            self.set_status(Status::error(error.to_string()));
        }
    }

    /// The span for code that takes either kind of handle.
    pub fn by_ref(&mut self) -> SpanRef<'_> {
        SpanRef::to_owned_span(Cell::from_mut(&mut *self.0))
    }

    /// Makes the span current on this thread until the guard is dropped.
    #[inline]
    pub fn attach(self) -> ActiveSpan {
        ActiveSpan::new(self)
    }

    /// A context with this span in it, on top of what is current here, for other threads and
    /// tasks. From now on the span is written under a lock, about 6 ns a call; it still ends with
    /// this handle.
    pub fn to_context(&mut self) -> Context {
        let surroundings = stack::with(|thread| thread.surroundings());
        let Some(live) = &mut *self.0 else {
            return surroundings.around_context(SpanContext::INVALID);
        };
        if !live.is_recording() {
            return surroundings.around_context(live.context.clone());
        }
        if let Some(shared) = &live.shared {
            return surroundings.around_shared(Arc::clone(shared));
        }
        let live = std::mem::replace(live, stack::fresh());
        let shared = Arc::new(SharedSpan::new(Span::from_live(live)));
        let context = surroundings.around_shared(shared);
        if let Some(stand_in) = &mut *self.0 {
            stand_in.stand_in_for(&context);
        }
        context
    }

    /// Hands a recording span over to those who hold it in a context; nobody else ends it then.
    pub(super) fn give_up(&mut self) -> Option<Arc<SharedSpan>> {
        if !self.is_recording() {
            return None;
        }
        let live = self.0.take()?;
        if live.role != Role::StandIn {
            return Some(Arc::new(SharedSpan::new(Span::from_live(live))));
        }
        let shared = live.shared.clone();
        stack::recycle(live);
        shared
    }

    /// Ends the span now.
    #[inline]
    pub fn end(self) {}

    /// Ends the span at a time of the caller's. A time before its start
    /// counts as its start.
    pub fn end_at(mut self, time: impl Into<Timestamp>) {
        if let Some(live) = self.0.take() {
            stack::close_at(live, Some(time.into()));
        }
    }

    /// Throws the span away: it is not exported, and counted as discarded.
    pub fn discard(mut self) {
        if let Some(mut live) = self.0.take() {
            live.discard();
            stack::recycle(live);
        }
    }
}

impl Drop for Span {
    #[inline]
    fn drop(&mut self) {
        if let Some(live) = self.0.take() {
            stack::close(live);
        }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Span")
            .field("context", self.span_context())
            .field("recording", &self.is_recording())
            .finish()
    }
}

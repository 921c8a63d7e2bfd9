//! Writing beyond single attributes: events and links that attributes are chained onto, and the
//! view that processors get of a span they may change.

use super::borrowed::SpanRef;
use super::live::Live;
use crate::attribute::{Attribute, Value};
use crate::record::Place;
use crate::span_context::SpanContext;
use crate::status::Status;
use crate::timestamp::Timestamp;
use crate::view::SpanView;
use std::error::Error;
use std::fmt;

/// Whose record an event or a link is in.
enum Holder<'a> {
    Nobody,
    Owner(&'a mut Live),
    Reference(&'a SpanRef<'a>),
}

impl Holder<'_> {
    #[inline]
    fn with<R>(&mut self, work: impl FnOnce(&mut Live) -> R) -> Option<R> {
        match self {
            Holder::Nobody => None,
            Holder::Owner(live) => Some(work(live)),
            Holder::Reference(span) => span.with(work),
        }
    }

    fn ticks(&mut self) -> Option<u64> {
        match self {
            Holder::Nobody => None,
            Holder::Owner(live) => Some(live.clock()?.ticks()),
            Holder::Reference(span) => span.ticks(),
        }
    }
}

/// An event that was just recorded: chain attributes or another time onto it, or leave it.
pub struct EventMut<'a> {
    holder: Holder<'a>,
    /// Where the event is; nothing if it was not recorded.
    place: Option<Place>,
}

impl<'a> EventMut<'a> {
    #[inline]
    pub(super) fn on_span(live: Option<&'a mut Live>, name: &str) -> Self {
        Self::new(live.map_or(Holder::Nobody, Holder::Owner), name)
    }

    pub(super) fn on_ref(span: &'a SpanRef<'a>, name: &str) -> Self {
        Self::new(Holder::Reference(span), name)
    }

    #[inline]
    fn new(mut holder: Holder<'a>, name: &str) -> Self {
        // The clock is asked first: a user's clock must not run while the span is borrowed.
        let ticks = holder.ticks();
        let place = ticks.and_then(|ticks| holder.with(|live| live.event(name, ticks)).flatten());
        EventMut { holder, place }
    }

    /// Sets an attribute of the event; the last value of a key wins.
    #[inline]
    pub fn attribute<'v>(mut self, key: &str, value: impl Into<Value<'v>>) -> Self {
        if let Some(place) = self.place {
            let value = value.into();
            self.holder.with(|live| live.set_nested(place, key, &value));
        }
        self
    }

    /// Sets several attributes of the event.
    pub fn attributes<'v, A: Into<Attribute<'v>>>(
        mut self,
        attributes: impl IntoIterator<Item = A>,
    ) -> Self {
        let Some(place) = self.place else { return self };
        for attribute in attributes {
            let attribute = attribute.into();
            self.holder
                .with(|live| live.set_nested(place, &attribute.key, &attribute.value));
        }
        self
    }

    /// Gives the event a time of the caller's, which may lie outside the span.
    pub fn at(mut self, time: impl Into<Timestamp>) -> Self {
        if let Some(place) = self.place {
            let time = time.into();
            self.holder.with(|live| live.set_event_time(place, time));
        }
        self
    }
}

impl fmt::Debug for EventMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventMut")
            .field("recorded", &self.place.is_some())
            .finish()
    }
}

/// A link that was just recorded: chain attributes onto it, or leave it.
///
/// A link without ids is recorded once it carries something: a trace state or an attribute.
pub struct LinkMut<'a> {
    holder: Holder<'a>,
    place: Option<Place>,
    /// A link that so far has nothing to say.
    pending: Option<SpanContext>,
}

impl<'a> LinkMut<'a> {
    pub(super) fn on_span(live: Option<&'a mut Live>, context: SpanContext) -> Self {
        Self::new(live.map_or(Holder::Nobody, Holder::Owner), context)
    }

    pub(super) fn on_ref(span: &'a SpanRef<'a>, context: SpanContext) -> Self {
        Self::new(Holder::Reference(span), context)
    }

    fn new(mut holder: Holder<'a>, context: SpanContext) -> Self {
        if !context.is_valid() && context.trace_state().is_empty() {
            return LinkMut {
                holder,
                place: None,
                pending: Some(context),
            };
        }
        let place = holder.with(|live| live.link(&context)).flatten();
        LinkMut {
            holder,
            place,
            pending: None,
        }
    }

    /// Sets an attribute of the link; the last value of a key wins.
    pub fn attribute<'v>(mut self, key: &str, value: impl Into<Value<'v>>) -> Self {
        let value = value.into();
        self.set(key, &value);
        self
    }

    /// Sets several attributes of the link.
    pub fn attributes<'v, A: Into<Attribute<'v>>>(
        mut self,
        attributes: impl IntoIterator<Item = A>,
    ) -> Self {
        for attribute in attributes {
            let attribute = attribute.into();
            self.set(&attribute.key, &attribute.value);
        }
        self
    }

    fn set(&mut self, key: &str, value: &Value<'_>) {
        if let Some(context) = self.pending.take() {
            self.place = self.holder.with(|live| live.link(&context)).flatten();
        }
        if let Some(place) = self.place {
            self.holder.with(|live| live.set_nested(place, key, value));
        }
    }
}

impl fmt::Debug for LinkMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkMut")
            .field("recorded", &self.place.is_some())
            .finish()
    }
}

/// A recording span in the hands of a processor, between its start and its end.
pub struct SpanMut<'a> {
    live: &'a mut Live,
}

impl<'a> SpanMut<'a> {
    pub(super) fn new(live: &'a mut Live) -> Self {
        SpanMut { live }
    }

    /// The span's own context.
    pub fn span_context(&self) -> &SpanContext {
        &self.live.context
    }

    /// The span as it is now.
    pub fn view(&mut self) -> Option<SpanView<'_>> {
        self.live.view()
    }

    /// Sets an attribute; the last value of a key wins.
    pub fn set_attribute<'v>(&mut self, key: &str, value: impl Into<Value<'v>>) {
        let value = value.into();
        self.live.set(key, &value);
    }

    /// Sets several attributes.
    pub fn set_attributes<'v, A: Into<Attribute<'v>>>(
        &mut self,
        attributes: impl IntoIterator<Item = A>,
    ) {
        for attribute in attributes {
            let attribute = attribute.into();
            self.live.set(&attribute.key, &attribute.value);
        }
    }

    /// Sets an attribute whose value is made here: the span records.
    pub fn set_attribute_with<'v, V: Into<Value<'v>>>(
        &mut self,
        key: &str,
        value: impl FnOnce() -> V,
    ) {
        self.set_attribute(key, value());
    }

    /// Replaces the name.
    pub fn update_name(&mut self, name: &str) {
        self.live.rename(name);
    }

    /// Sets the status. `Ok` is final, `Unset` changes nothing, an error replaces an error.
    pub fn set_status(&mut self, status: Status<'_>) {
        self.live.set_status(&status);
    }

    /// Records a timed note, now.
    pub fn add_event(&mut self, name: &str) -> EventMut<'_> {
        EventMut::on_span(Some(self.live), name)
    }

    /// Records a relation to another span.
    pub fn add_link(&mut self, context: SpanContext) -> LinkMut<'_> {
        LinkMut::on_span(Some(self.live), context)
    }

    /// Records an error as an event named `exception`; see [`crate::Span::record_error`].
    pub fn record_error<E: Error + ?Sized>(&mut self, error: &E) -> EventMut<'_> {
        error_event(error, |name| self.add_event(name))
    }

    /// Records an error and sets the status to `Error` with its message.
    pub fn fail<E: Error + ?Sized>(&mut self, error: &E) {
        self.record_error(error);
        self.set_status(Status::error(error.to_string()));
    }
}

impl fmt::Debug for SpanMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SpanMut").field(self.span_context()).finish()
    }
}

/// The event of an error (OpenTelemetry semantic conventions, "Exceptions in spans"). The error's
/// own code runs before the span is touched.
pub(super) fn error_event<'e, E: Error + ?Sized>(
    error: &E,
    add: impl FnOnce(&str) -> EventMut<'e>,
) -> EventMut<'e> {
    let message = error.to_string();
    let sources = sources(error.source());
    let kind = std::any::type_name::<E>();
    let mut event = add("exception");
    // The type of `dyn Error` says nothing.
    if !kind.starts_with("dyn ") {
        event = event.attribute("exception.type", kind);
    }
    event = event.attribute("exception.message", message);
    match sources {
        None => event,
        Some(sources) => event.attribute("exception.stacktrace", sources),
    }
}

/// The chain of causes, one a line. A chain that does not end is cut.
fn sources(mut source: Option<&(dyn Error + 'static)>) -> Option<String> {
    const LONGEST: usize = 16;
    let mut lines: Option<String> = None;
    for _ in 0..LONGEST {
        let Some(error) = source else { break };
        let text = lines.get_or_insert_default();
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str("caused by: ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    lines
}

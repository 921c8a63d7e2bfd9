//! The box that a span lives in, and everything that can be done to it.
//!
//! A span handle is one pointer to it. It is recycled: a thread keeps a few, and each keeps the
//! backend of its last use, so that starting a span counts no references and allocates nothing.
//! The same box serves as a place on the stack for spans without a record, for attached contexts,
//! and for the stand-in of a captured span.

use super::backend::{Extra, Identity, Profile, SharedBackend, Verdict};
use super::context::{Context, Surroundings};
use super::shared::SharedSpan;
use super::writing::SpanMut;
use crate::attribute::Value;
use crate::diagnostics::{self, DiagnosticKind};
use crate::kind::SpanKind;
use crate::record::{self, Parent, Place, Record, SpanLimits};
use crate::scope::ScopeId;
use crate::span_context::SpanContext;
use crate::status::{Status, StatusCode};
use crate::timestamp::Timestamp;
use crate::trace_state::TraceState;
use crate::view::SpanView;
use std::sync::Arc;

/// What a box stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Role {
    /// A span of its own that gathers nothing, or a free box: no `surroundings`, and no trace state in
    /// the context.
    #[default]
    Bare,
    /// A span of its own that gathers nothing. `surroundings`, if any, were left to it by a place that
    /// was below it and went first.
    Dressed,
    /// A span of its own whose data is gathered in `record`. `surroundings` as above.
    Recording,
    /// A span that others have captured; the span itself is `shared`. Whoever has this box ends it.
    StandIn,
    /// A context that somebody attached: `context`, `shared` and `surroundings` are its parts.
    Attached,
}

/// See the module. The record is at the very start, where its address is that of the box. On whole
/// cache lines, so that which box a span gets makes no difference and no trace id lies across two.
#[repr(C, align(64))]
pub(crate) struct Live {
    record: Record,
    profile: Profile,
    pub(super) role: Role,
    /// Spans below this place do not record.
    pub(super) suppressed: bool,
    /// The backend of the last use; only meaningful while recording.
    core: Option<SharedBackend>,
    /// The span's own context, copied out by every child.
    pub(super) context: SpanContext,
    /// The next place below on the stack, or the next free box.
    pub(super) below: Option<Box<Live>>,
    /// The place's number while it is on a stack; unique in its thread, never 0.
    pub(super) key: u64,
    /// What surrounds this place. `None`: the same as below it. In front of `shared`, and not behind it
    /// as in a `Context`, so that nobody finds a pair to move as one.
    pub(super) surroundings: Option<Surroundings>,
    /// The captured span that this box stands for, or that its context holds.
    pub(super) shared: Option<Arc<SharedSpan>>,
}

// There is no word to spare. Where words are shorter the fields lie otherwise, and work as well.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(
    std::mem::offset_of!(Live, context) % 64 <= 64 - size_of::<SpanContext>(),
    "a context lies on one cache line"
);

impl Default for Live {
    fn default() -> Self {
        Live {
            context: SpanContext::INVALID,
            core: None,
            profile: Profile::default(),
            role: Role::Bare,
            suppressed: false,
            key: 0,
            shared: None,
            surroundings: None,
            below: None,
            record: Record::default(),
        }
    }
}

impl Live {
    /// Whether this was the backend of the box's last span that asked for one.
    #[inline(always)]
    pub(super) fn has_adopted(&self, backend: &SharedBackend) -> bool {
        match &self.core {
            Some(core) => core.is(backend),
            None => false,
        }
    }

    /// Takes this backend for the box's next span. Free if it was the backend of the last one.
    #[inline]
    pub(crate) fn adopt(&mut self, backend: &SharedBackend) {
        if !self.has_adopted(backend) {
            self.adopt_new(backend);
        }
    }

    #[cold]
    fn adopt_new(&mut self, backend: &SharedBackend) {
        self.profile = backend.profile();
        self.core = Some(backend.clone());
    }

    /// Begins a record before the verdict, so that attributes and links given at creation have
    /// a place that the sampler can look into.
    pub(crate) fn draft(&mut self, name: &str) -> (&mut Record, &SpanLimits) {
        self.record.begin(name, &self.profile.limits);
        (&mut self.record, &self.profile.limits)
    }

    /// The draft's record and limits.
    pub(crate) fn drafted(&mut self) -> (&mut Record, &SpanLimits) {
        (&mut self.record, &self.profile.limits)
    }

    /// The parent's context, which the box holds until it is settled, and the draft as the sampler
    /// sees it.
    pub(crate) fn drafted_under(&mut self) -> (&SpanContext, Option<record::RawRecord<'_>>) {
        (&self.context, record::RawRecord::new(self.record.seal()))
    }

    /// Becomes the span that is called so, under the parent whose context the box holds until now,
    /// unless it begins a trace. That is all there is to a span that gathers nothing.
    #[inline(always)]
    pub(super) fn take_identity(&mut self, identity: Identity) {
        let Identity {
            new_trace,
            span_id,
            flags,
        } = identity;
        self.context.descend(new_trace, span_id, flags);
    }

    /// The same box for a span that has no parent.
    #[inline]
    pub(super) fn without_parent(mut self: Box<Self>) -> Box<Self> {
        self.context.take_after(&SpanContext::INVALID);
        self
    }

    /// Becomes a span that is called so and recorded, under a parent without a trace state: an
    /// internal span that began just now. The box holds the parent's context, unless the span
    /// begins a trace.
    #[inline(always)]
    pub(super) fn begin(
        &mut self,
        identity: Identity,
        parent: Parent,
        name: &str,
        scope: ScopeId,
        ticks: u64,
    ) {
        debug_assert!(self.context.trace_state().is_empty());
        self.take_identity(identity);
        self.role = Role::Recording;
        let start = record::Start {
            context: &self.context,
            parent,
            scope,
            kind: SpanKind::Internal,
            ticks,
            explicit: None,
        };
        self.record.start(name, start, &self.profile.limits);
    }

    /// Becomes the span that the verdict describes, under the parent whose context the box holds
    /// until now. `name`: begin the record with it; without one the draft becomes the record.
    pub(crate) fn settle(&mut self, verdict: Verdict, name: Option<&str>, birth: Birth) {
        let parent = Parent::of(&self.context);
        let mut state = self.context.take_trace_state();
        if verdict.identity.new_trace.is_some() {
            // An invalid parent hands nothing on.
            state = TraceState::EMPTY;
        }
        self.take_identity(verdict.identity);
        if verdict.recording {
            self.role = Role::Recording;
            let start = record::Start {
                context: &self.context,
                parent,
                scope: birth.scope,
                kind: birth.kind,
                ticks: verdict.ticks,
                explicit: birth.start_time,
            };
            match name {
                Some(name) => self.record.start(name, start, &self.profile.limits),
                None => self.record.identify(start),
            }
        }
        if verdict.extra.is_some() || !state.is_empty() {
            self.settle_rest(verdict.extra, state);
        }
    }

    /// What only some spans have: a trace state, and what the sampler added.
    #[cold]
    #[inline(never)]
    fn settle_rest(&mut self, extra: Option<Box<Extra>>, parent: TraceState) {
        let extra = extra.map(|extra| *extra).unwrap_or_default();
        let own = extra.trace_state.unwrap_or_else(|| parent.clone());
        self.context.set_trace_state(own);
        if self.is_recording_here() {
            self.record
                .set_trace_states(self.context.trace_state(), &parent);
            for attribute in &extra.attributes {
                self.record
                    .set(&attribute.key, &attribute.value, &self.profile.limits);
            }
        }
        self.dress();
    }

    /// Becomes a span that only passes a context on.
    #[inline]
    pub(crate) fn pass_on(&mut self, context: SpanContext) {
        self.context = context;
        self.dress();
    }

    /// Whether the backend wants to see its spans start.
    #[inline]
    pub(crate) fn watches_start(&self) -> bool {
        self.profile.watches_start
    }

    /// Shows the new span to processors.
    #[cold]
    pub(crate) fn show_started(&mut self, parent: &Context) {
        if let Some(core) = self.core.clone() {
            core.started(&mut SpanMut::new(self), parent);
        }
    }

    /// Whether data given to this span is gathered, here or behind the stand-in.
    #[inline]
    pub(crate) fn is_recording(&self) -> bool {
        self.is_recording_here()
            || self
                .shared
                .as_ref()
                .is_some_and(|shared| shared.is_recording())
    }

    /// Whether data is gathered in this very box.
    #[inline]
    pub(super) fn is_recording_here(&self) -> bool {
        self.role == Role::Recording
    }

    /// Whether the span itself is in this box, recording or not.
    #[inline]
    pub(super) fn is_own(&self) -> bool {
        matches!(self.role, Role::Bare | Role::Dressed | Role::Recording)
    }

    /// Changes the record, here or behind the stand-in. `change` is ours: it runs no user code.
    #[inline]
    fn write<R>(&mut self, change: impl FnOnce(&mut Record, &SpanLimits) -> R) -> Option<R> {
        if self.is_recording_here() {
            return Some(change(&mut self.record, &self.profile.limits));
        }
        self.shared.as_ref()?.with(|live| live.write_here(change))?
    }

    #[inline]
    fn write_here<R>(&mut self, change: impl FnOnce(&mut Record, &SpanLimits) -> R) -> Option<R> {
        self.is_recording_here()
            .then(|| change(&mut self.record, &self.profile.limits))
    }

    /// The recording backend's clock.
    #[inline]
    pub(crate) fn clock(&self) -> Option<Clock> {
        if self.is_recording_here() {
            return self.clock_here();
        }
        self.shared.as_ref()?.with(|live| live.clock_here())?
    }

    #[inline]
    fn clock_here(&self) -> Option<Clock> {
        let core = self.core.as_ref().filter(|_| self.is_recording_here())?;
        if self.profile.foreign_clock {
            return Some(Clock::Foreign(core.clone()));
        }
        Some(Clock::Read(core.ticks()))
    }

    pub(crate) fn set(&mut self, key: &str, value: &Value<'_>) {
        self.write(|record, limits| record.set(key, value, limits));
    }

    /// [`Live::set`] where the value is made.
    #[inline(always)]
    pub(crate) fn set_value(&mut self, key: &str, value: Value<'_>) {
        if self.is_recording_here() {
            self.record.set_value(key, value, &self.profile.limits);
        } else {
            self.set_shared(key, value);
        }
    }

    #[cold]
    fn set_shared(&mut self, key: &str, value: Value<'_>) {
        self.set(key, &value);
    }

    pub(crate) fn rename(&mut self, name: &str) {
        self.write(|record, limits| record.rename(name, limits));
    }

    pub(crate) fn set_status(&mut self, status: &Status<'_>) {
        let (code, text) = match status {
            Status::Unset => (StatusCode::Unset, ""),
            Status::Ok => (StatusCode::Ok, ""),
            Status::Error(text) => (StatusCode::Error, text.as_ref()),
        };
        self.write(|record, limits| record.set_status(code, text, limits));
    }

    /// Adds an event; `ticks` was read by the caller, before any lock.
    #[inline]
    pub(crate) fn event(&mut self, name: &str, ticks: u64) -> Option<Place> {
        self.write(|record, limits| record.event(name, ticks, limits))?
    }

    pub(crate) fn set_event_time(&mut self, place: Place, time: Timestamp) {
        self.write(|record, _| record.set_event_time(place, time));
    }

    pub(crate) fn link(&mut self, context: &SpanContext) -> Option<Place> {
        self.write(|record, limits| record.link(context, limits))?
    }

    #[inline]
    pub(crate) fn set_nested(&mut self, place: Place, key: &str, value: &Value<'_>) {
        self.write(|record, limits| record.set_nested(place, key, value, limits));
    }

    /// The span as processors see it. Only where it is recorded, not through a stand-in.
    pub(crate) fn view(&mut self) -> Option<SpanView<'_>> {
        let core = self.core.as_ref()?;
        SpanView::new(self.record.seal(), core.times(), core.resource())
    }

    /// Ends the span that this box holds or stands for. Runs processors: the caller has nothing
    /// borrowed, taken or locked.
    pub(crate) fn finish(&mut self, at: Option<Timestamp>) {
        match self.role {
            Role::Recording => self.finish_here(at),
            Role::StandIn => self.finish_shared(at),
            Role::Bare | Role::Dressed | Role::Attached => {}
        }
    }

    #[cold]
    fn finish_shared(&mut self, at: Option<Timestamp>) {
        if let Some(mut span) = self.shared.as_ref().and_then(|shared| shared.take()) {
            if span.is_recording_here() {
                span.finish_here(at);
            }
            super::stack::recycle(span);
        }
    }

    /// Ends the recording span in this box.
    #[inline(always)]
    pub(super) fn finish_here(&mut self, at: Option<Timestamp>) {
        if let Some(time) = at {
            self.record.end_at(time);
        }
        if self.profile.watches_ending {
            self.show_ending();
        }
        self.role = Role::Dressed;
        if let Some(core) = &self.core {
            core.ended(&mut self.record);
        }
        if self.record.wants_care() {
            self.care();
        }
    }

    /// What the end of a span that hit a limit or grew large has to see to.
    #[cold]
    fn care(&mut self) {
        self.tell_losses();
        self.record.recycle();
    }

    /// Shows the span, its end stamped, to processors.
    #[cold]
    fn show_ending(&mut self) {
        if let Some(core) = self.core.clone() {
            if !self.record.has_ended() {
                self.record.end(core.ticks());
            }
            core.ending(&mut SpanMut::new(self));
        }
    }

    /// What the span dropped, if anything: one line per span at most, as "Span Limits" asks; the
    /// diagnostics throttle what is left.
    fn tell_losses(&mut self) {
        let Some(view) = self.view() else { return };
        let (events, links) = (view.events(), view.links());
        let of_events = events.iter().map(|event| event.attributes().dropped());
        let of_links = links.iter().map(|link| link.attributes().dropped());
        let dropped = [
            (view.attributes().dropped(), "attributes"),
            (events.dropped(), "events"),
            (links.dropped(), "links"),
            (of_events.sum(), "attributes of events"),
            (of_links.sum(), "attributes of links"),
        ];
        let some = dropped.iter().filter(|(count, _)| *count > 0);
        let some: Vec<_> = some
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if !some.is_empty() {
            let text = format_args!(
                "span {:?} is without {}: beyond its limits in number or bytes, or nameless",
                view.name(),
                some.join(", "),
            );
            diagnostics::report(DiagnosticKind::Limit, "span", text);
        }
    }

    /// Throws the span away, counted.
    pub(crate) fn discard(&mut self) {
        if self.is_recording_here() {
            self.role = Role::Dressed;
            if let Some(core) = &self.core {
                core.discarded(self.context.trace_flags());
            }
            self.record.recycle();
        } else if self.role == Role::StandIn {
            if let Some(mut span) = self.shared.as_ref().and_then(|shared| shared.take()) {
                span.discard();
                super::stack::recycle(span);
            }
        }
    }

    /// Throws a draft away that did not become a record.
    pub(crate) fn forget_draft(&mut self) {
        if !self.is_recording_here() {
            self.record.recycle();
        }
    }

    /// Whether nothing is left of its last use but the backend and the buffer.
    #[inline]
    pub(super) fn is_bare(&self) -> bool {
        self.role == Role::Bare
    }

    /// Whether nothing in it would have to be dropped to make it something else. For assertions.
    pub(super) fn is_blank(&self) -> bool {
        self.is_bare() && !self.has_something_on() && self.shared.is_none()
    }

    /// Notes what a span of its own has on that gathers nothing.
    #[inline]
    pub(super) fn dress(&mut self) {
        if self.role == Role::Bare && self.has_something_on() {
            self.role = Role::Dressed;
        }
    }

    #[inline(always)]
    pub(super) fn has_something_on(&self) -> bool {
        self.surroundings.is_some() || self.context.marks().has_state()
    }

    /// Forgets its last use, except for the backend and the buffer. Runs destructors of values that
    /// surrounded it: the box is on no list meanwhile.
    pub(super) fn strip(&mut self) {
        debug_assert!(!self.is_recording_here(), "a box is recycled after the end");
        self.context.set_trace_state(TraceState::EMPTY);
        self.role = Role::Bare;
        self.shared = None;
        self.surroundings = None;
    }
}

/// A clock, read at once or to be read when nothing is borrowed.
pub(crate) enum Clock {
    Read(u64),
    Foreign(SharedBackend),
}

impl Clock {
    /// Clock ticks. The caller has nothing borrowed, taken or locked.
    #[inline]
    pub(crate) fn ticks(self) -> u64 {
        match self {
            Clock::Read(ticks) => ticks,
            Clock::Foreign(backend) => backend.ticks(),
        }
    }
}

/// What a new span is besides its name, its parent and the verdict.
#[derive(Clone, Copy)]
pub(crate) struct Birth {
    pub(crate) scope: ScopeId,
    pub(crate) kind: SpanKind,
    pub(crate) start_time: Option<Timestamp>,
}

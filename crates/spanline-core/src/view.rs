//! What processors and exporters read: a span, finished or not, borrowed from its record.
//!
//! Everything here is a view: nothing is copied, nothing can be changed, and reading a part costs
//! only that part. Texts are checked to be UTF-8 on the way out; an exporter that writes bytes
//! takes [`SpanView::raw`] and skips that.

mod attributes;
mod events;
mod links;
mod value;

#[cfg(test)]
mod tests;

pub use attributes::{AttributeView, Attributes};
pub use events::{EventView, Events};
pub use links::{LinkView, Links};
pub use value::{Bools, F64s, I64s, ValueView, Values};

use crate::id::{SpanId, TraceId};
use crate::kind::SpanKind;
use crate::record::{RawRecord, Tag};
use crate::resource::Resource;
use crate::scope::{Scope, ScopeId};
use crate::span_context::SpanContext;
use crate::status::{Status, StatusCode};
use crate::timestamp::Timestamp;
use crate::trace_flags::TraceFlags;
use crate::trace_state::TraceState;
use std::borrow::Cow;
use std::fmt;

/// Turns a record's clock ticks into Unix time. Records hold ticks because reading a cycle counter
/// is three times cheaper than asking for the wall time.
pub trait Times: Send + Sync {
    /// Nanoseconds since the Unix epoch at these ticks.
    fn unix_nanos(&self, ticks: u64) -> u64;
}

/// A straight line from ticks to Unix nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeline {
    ticks: u64,
    unix_nanos: u64,
    /// Nanoseconds per tick, as a fraction of 2^32.
    rate: u64,
}

impl Timeline {
    /// Ticks that are Unix nanoseconds already.
    pub const UNIX: Timeline = Timeline {
        ticks: 0,
        unix_nanos: 0,
        rate: 1 << 32,
    };

    /// The line through one point: at `ticks` it was `unix_nanos`, and a tick takes
    /// `nanos_per_tick`.
    pub fn through(ticks: u64, unix_nanos: u64, nanos_per_tick: f64) -> Timeline {
        let rate = (nanos_per_tick * (1u64 << 32) as f64) as u64;
        Timeline {
            ticks,
            unix_nanos,
            rate,
        }
    }
}

impl Times for Timeline {
    #[inline]
    fn unix_nanos(&self, ticks: u64) -> u64 {
        // Each way by itself, so that one multiplication of two words is all there is. Rounded down
        // either way: into the past that is away from the known point.
        if let Some(since) = ticks.checked_sub(self.ticks) {
            let nanos = (u128::from(since) * u128::from(self.rate)) >> 32;
            return self.unix_nanos.saturating_add(clamped(nanos));
        }
        let until = u128::from(self.ticks - ticks) * u128::from(self.rate);
        let nanos = (until + u128::from(u32::MAX)) >> 32;
        self.unix_nanos.saturating_sub(clamped(nanos))
    }
}

#[inline]
fn clamped(nanos: u128) -> u64 {
    u64::try_from(nanos).unwrap_or(u64::MAX)
}

/// A span as processors and exporters see it.
#[derive(Clone, Copy)]
pub struct SpanView<'a> {
    record: RawRecord<'a>,
    times: &'a dyn Times,
    resource: &'a Resource,
}

impl<'a> SpanView<'a> {
    /// Views a sealed record; `None` if the bytes are none.
    #[inline]
    pub fn new(record: &'a [u8], times: &'a dyn Times, resource: &'a Resource) -> Option<Self> {
        Some(Self::of(RawRecord::new(record)?, times, resource))
    }

    /// Views a record that was looked at before.
    #[inline]
    pub fn of(record: RawRecord<'a>, times: &'a dyn Times, resource: &'a Resource) -> Self {
        SpanView {
            record,
            times,
            resource,
        }
    }

    /// The record behind the view, for those who write bytes.
    #[inline]
    pub fn raw(&self) -> RawRecord<'a> {
        self.record
    }

    /// What turns the record's ticks into Unix time.
    #[inline]
    pub fn times(&self) -> &'a dyn Times {
        self.times
    }

    /// The span's name.
    pub fn name(&self) -> &'a str {
        text(self.record.name())
    }

    /// The trace that the span belongs to. An exported span always has one; a span made by a
    /// faulty id generator might not, and then this is the smallest id there is.
    pub fn trace_id(&self) -> TraceId {
        let header = self.record.header();
        let number = u128::from(header.trace_high) << 64 | u128::from(header.trace_low);
        TraceId::from_u128(number).unwrap_or(TraceId::MIN)
    }

    /// The span's id; see [`SpanView::trace_id`] for faulty generators.
    pub fn span_id(&self) -> SpanId {
        SpanId::from_u64(self.record.header().span_id).unwrap_or(SpanId::MIN)
    }

    /// The span's trace flags.
    #[inline]
    pub fn trace_flags(&self) -> TraceFlags {
        self.record.header().flags.trace_flags()
    }

    /// The span's trace state as W3C header text, empty if there is none.
    pub fn trace_state(&self) -> &'a str {
        text(self.record.find(Tag::TraceState).unwrap_or_default())
    }

    /// The span's own context. Parses the trace state if there is one.
    pub fn span_context(&self) -> SpanContext {
        let header = self.record.header();
        let state = state(self.trace_state());
        let words = (header.trace_high, header.trace_low, header.span_id);
        SpanContext::from_words(words.0, words.1, words.2, self.trace_flags(), false, state)
    }

    /// The parent's span id; `None` for a root.
    #[inline]
    pub fn parent_span_id(&self) -> Option<SpanId> {
        SpanId::from_u64(self.record.header().parent_id)
    }

    /// The parent's whole context; invalid for a root. Parses the trace state if there is one.
    pub fn parent_span_context(&self) -> SpanContext {
        let header = self.record.header();
        if header.parent_id == 0 {
            return SpanContext::INVALID;
        }
        let state = match self.record.find(Tag::ParentTraceState) {
            Some(own) => state(text(own)),
            None => state(self.trace_state()),
        };
        let parent = header.kind_status;
        SpanContext::from_words(
            header.trace_high,
            header.trace_low,
            header.parent_id,
            parent.parent_flags(),
            parent.parent_is_remote(),
            state,
        )
    }

    /// What part the span plays between client and server.
    #[inline]
    pub fn kind(&self) -> SpanKind {
        self.record.header().kind_status.kind()
    }

    /// When the span started.
    pub fn start_time(&self) -> Timestamp {
        Timestamp::from_unix_nanos(self.start_unix_nanos())
    }

    /// When the span ended; its start while it has not.
    pub fn end_time(&self) -> Timestamp {
        Timestamp::from_unix_nanos(self.end_unix_nanos())
    }

    /// The start, in nanoseconds since the Unix epoch.
    #[inline]
    pub fn start_unix_nanos(&self) -> u64 {
        let header = self.record.header();
        self.time(header.start, header.flags.start_is_unix())
    }

    /// The end, in nanoseconds since the Unix epoch; the start while the span has not ended.
    ///
    /// A span that was timed by the runtime never ends before it starts. Times given by the caller
    /// are passed on as they are.
    #[inline]
    pub fn end_unix_nanos(&self) -> u64 {
        self.times_unix_nanos().1
    }

    /// Start and end, in nanoseconds since the Unix epoch, for those who need both.
    #[inline]
    pub fn times_unix_nanos(&self) -> (u64, u64) {
        let header = self.record.header();
        let flags = header.flags;
        let start = self.start_unix_nanos();
        if !flags.has_ended() {
            return (start, start);
        }
        let end = self.time(header.end, flags.end_is_unix());
        if flags.start_is_unix() || flags.end_is_unix() {
            return (start, end);
        }
        (start, end.max(start))
    }

    #[inline]
    fn time(&self, time: u64, is_unix: bool) -> u64 {
        if is_unix {
            time
        } else {
            self.times.unix_nanos(time)
        }
    }

    /// Whether the span has ended. False only for processors that watch starts.
    #[inline]
    pub fn has_ended(&self) -> bool {
        self.record.header().flags.has_ended()
    }

    /// The span's attributes, in the order in which they were last set.
    pub fn attributes(&self) -> Attributes<'a> {
        let header = self.record.header();
        Attributes::new(
            self.record.items(),
            header.attributes,
            header.dropped_attributes,
        )
    }

    /// The span's events, in the order of recording.
    pub fn events(&self) -> Events<'a> {
        Events::new(self.record, self.times)
    }

    /// The span's links, in the order of recording.
    pub fn links(&self) -> Links<'a> {
        Links::new(self.record)
    }

    /// The span's status.
    pub fn status(&self) -> Status<'a> {
        match self.record.header().kind_status.status() {
            StatusCode::Unset => Status::Unset,
            StatusCode::Ok => Status::Ok,
            StatusCode::Error => {
                let description = self.record.find(Tag::StatusText).unwrap_or_default();
                Status::Error(Cow::Borrowed(text(description)))
            }
        }
    }

    /// Which library made the span.
    #[inline]
    pub fn scope(&self) -> Scope<'static> {
        ScopeId::from_u16(self.record.header().scope).get()
    }

    /// Who sends the span.
    #[inline]
    pub fn resource(&self) -> &'a Resource {
        self.resource
    }
}

impl fmt::Debug for SpanView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanView")
            .field("name", &self.name())
            .field("trace_id", &self.trace_id())
            .field("span_id", &self.span_id())
            .field("parent_span_id", &self.parent_span_id())
            .field("kind", &self.kind())
            .field("status", &self.status())
            .field("attributes", &self.attributes())
            .finish_non_exhaustive()
    }
}

/// Bytes that were text when they were written.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// A trace state from its own text.
fn state(text: &str) -> TraceState {
    if text.is_empty() {
        TraceState::EMPTY
    } else {
        text.parse().unwrap_or(TraceState::EMPTY)
    }
}

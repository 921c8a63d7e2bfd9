//! The writing side: a live span's growing record.
//!
//! Limits are applied here, at insertion; the caller has turned user values into bytes before,
//! so nothing here runs user code, and the only slow case is growing the buffer. Events and links
//! are in `writer/nested.rs`, how items are moved about in `writer/room.rs`.

mod nested;
mod room;

pub use nested::Place;

use super::bytes::{cut_bytes, cut_chars};
use super::header::{Header, HeaderFlags, KindStatus};
use super::item::{ITEM_HEAD, Items, Tag};
use super::limits::SpanLimits;
use super::{HEADER_BYTES, values};
use crate::attribute::Value;
use crate::kind::SpanKind;
use crate::scope::ScopeId;
use crate::span_context::SpanContext;
use crate::status::StatusCode;
use crate::timestamp::Timestamp;

/// What a fresh buffer holds: a span with a few attributes fits without growing.
const FIRST_BYTES: usize = 1024;

/// A buffer above this is given back when its span has ended, so that one large span does not
/// stay in memory for the life of its thread.
const KEPT_BYTES: usize = 4096;

/// Kept free below the limit of the whole span: the count of dropped links comes when it is full.
const RESERVED_BYTES: usize = ITEM_HEAD + 4;

/// Fixed bytes of an event's value: time `u64`, dropped `u16`, count `u16`, spare `u32`.
pub(super) const EVENT_HEAD: usize = 16;

/// Fixed bytes of a link's value: trace high, trace low, span id, then flags `u8`, remote `u8`,
/// dropped `u16`, count `u16`, bytes of trace state `u16`.
pub(super) const LINK_HEAD: usize = 32;

/// A live span's data. Recycled: [`Record::begin`] makes it new again without giving memory back.
#[derive(Debug, Default)]
pub struct Record {
    /// Initialised over its whole length, so that growing is the only slow case.
    data: Vec<u8>,
    /// Bytes in use; 0 until `begin`, at least `HEADER_BYTES` afterwards.
    len: usize,
    /// One bit per six-bit key hash: a clear bit proves that a key is new.
    seen: u64,
    header: Header,
    links: u16,
    /// How often items moved, so that a [`Place`] knows whether its offset still holds.
    moves: u32,
    /// Where compound values are put together before they are appended.
    scratch: Vec<u8>,
}

/// Who the span is, once sampler and id generator have spoken.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The span's own context.
    pub context: &'a SpanContext,
    /// The context it hangs under; invalid for a root.
    pub parent: &'a SpanContext,
    /// The instrumentation scope.
    pub scope: ScopeId,
    /// The span's kind.
    pub kind: SpanKind,
    /// Clock ticks of the start.
    pub ticks: u64,
    /// The start the caller gave, which then counts instead of the ticks.
    pub explicit: Option<Timestamp>,
}

impl Record {
    /// Begins a new span: nothing but its name.
    #[inline]
    pub fn begin(&mut self, name: &str, limits: &SpanLimits) {
        if self.data.len() < HEADER_BYTES {
            self.grow(HEADER_BYTES);
        }
        self.len = HEADER_BYTES;
        self.seen = 0;
        self.links = 0;
        self.moves = 0;
        self.header = Header::default();
        let name = cut_bytes(name.as_bytes(), limits.span_bytes() / 2);
        self.append(Tag::Name, &[], name);
    }

    /// Writes who the span is.
    #[inline]
    pub fn identify(&mut self, start: &Start<'_>) {
        let (high, low, span) = start.context.words();
        let (_, _, parent) = start.parent.words();
        let header = &mut self.header;
        header.trace_high = high;
        header.trace_low = low;
        header.span_id = span;
        header.parent_id = parent;
        header.scope = start.scope.to_u16();
        header.kind_status = KindStatus::new(
            start.kind,
            start.parent.trace_flags(),
            start.parent.is_remote(),
        );
        let links = header.flags.has_links();
        header.flags = HeaderFlags::new(start.context.trace_flags());
        if links {
            header.flags.set_has_links();
        }
        header.start = start.ticks;
        if let Some(explicit) = start.explicit {
            header.start = explicit.unix_nanos();
            header.flags.set_start_is_unix();
        }
        self.identify_states(start.context.trace_state(), start.parent.trace_state());
    }

    #[inline]
    fn identify_states(
        &mut self,
        own: &crate::trace_state::TraceState,
        parent: &crate::trace_state::TraceState,
    ) {
        if own.is_empty() && parent.is_empty() {
            return;
        }
        self.append_states(own.as_str(), parent.as_str());
    }

    #[cold]
    fn append_states(&mut self, own: &str, parent: &str) {
        if !own.is_empty() {
            self.append(Tag::TraceState, &[], own.as_bytes());
        }
        if own != parent {
            self.append(Tag::ParentTraceState, &[], parent.as_bytes());
        }
    }

    /// Replaces the name.
    pub fn rename(&mut self, name: &str, limits: &SpanLimits) {
        let Some(old) = self.items().next().map(|first| first.size()) else {
            return;
        };
        self.remove(HEADER_BYTES, old);
        let room = self.room(limits).min(limits.span_bytes() / 2);
        let name = cut_bytes(name.as_bytes(), room);
        self.insert(HEADER_BYTES, Tag::Name, &[], name);
    }

    /// Sets an attribute; the last value of a key wins.
    pub fn set(&mut self, key: &str, value: &Value<'_>, limits: &SpanLimits) {
        match value {
            Value::Bool(value) => self.set_bytes(Tag::Bool, key, &[u8::from(*value)], limits),
            Value::I64(value) => self.set_bytes(Tag::I64, key, &value.to_le_bytes(), limits),
            Value::F64(value) => self.set_bytes(Tag::F64, key, &value.to_le_bytes(), limits),
            Value::String(value) => self.set_bytes(Tag::String, key, value.as_bytes(), limits),
            other => self.with_encoded(other, limits, |record, tag, bytes| {
                record.set_bytes(tag, key, bytes, limits);
            }),
        }
    }

    /// Sets an attribute whose value already has the form that the tag names.
    pub fn set_bytes(&mut self, tag: Tag, key: &str, value: &[u8], limits: &SpanLimits) {
        let key = key.as_bytes();
        if key.is_empty() || usize::from(u16::MAX) < key.len() {
            return self.drop_attribute();
        }
        let bit = 1 << hash6(key);
        if self.seen & bit != 0 {
            self.take_out(key);
        }
        let value = cut_value(tag, value, limits);
        if usize::from(self.header.attributes) >= limits.attribute_count()
            || !self.fits(key.len() + value.len(), limits)
        {
            return self.drop_attribute();
        }
        self.append(tag, key, value);
        self.seen |= bit;
        self.header.attributes += 1;
    }

    /// Sets the status by its precedence: `Ok` is final, `Unset` changes nothing, and only an
    /// error keeps a description.
    pub fn set_status(&mut self, code: StatusCode, text: &str, limits: &SpanLimits) {
        if !self.header.kind_status.status().accepts(code) {
            return;
        }
        self.header.kind_status = self.header.kind_status.with_status(code);
        let old = self.offsets().find(|(_, item)| item.tag == Tag::StatusText);
        if let Some((at, size)) = old.map(|(at, item)| (at, item.size())) {
            self.remove(at, size);
        }
        let text = cut_bytes(text.as_bytes(), self.room(limits));
        if code == StatusCode::Error && !text.is_empty() {
            self.append(Tag::StatusText, &[], text);
        }
    }

    /// Stamps the end.
    #[inline]
    pub fn end(&mut self, ticks: u64, explicit: Option<Timestamp>) {
        self.header.end = ticks;
        if let Some(explicit) = explicit {
            self.header.end = explicit.unix_nanos();
            self.header.flags.set_end_is_unix();
        }
        self.header.flags.set_ended();
    }

    /// The finished bytes, header first.
    #[inline]
    pub fn seal(&mut self) -> &[u8] {
        self.header.length = self.len as u32;
        self.header.write(&mut self.data);
        self.data.get(..self.len).unwrap_or_default()
    }

    /// Whether anything was cut or dropped for a limit.
    #[inline]
    pub fn has_losses(&self) -> bool {
        let header = &self.header;
        u32::from(header.dropped_attributes) + u32::from(header.dropped_events) != 0
            || self.dropped_links() != 0
    }

    /// Gives back an overly large buffer when the span is over.
    #[inline]
    pub fn recycle(&mut self) {
        if self.memory() > KEPT_BYTES {
            self.shrink();
        }
    }

    /// Bytes of the larger of the two buffers.
    #[inline]
    pub(super) fn memory(&self) -> usize {
        self.data.len().max(self.scratch.capacity())
    }

    #[cold]
    fn shrink(&mut self) {
        self.data = Vec::new();
        self.scratch = Vec::new();
        self.len = 0;
    }

    /// The items written so far.
    #[inline]
    pub fn items(&self) -> Items<'_> {
        Items::new(self.data.get(HEADER_BYTES..self.len).unwrap_or_default())
    }

    #[cold]
    fn drop_attribute(&mut self) {
        self.header.dropped_attributes = self.header.dropped_attributes.saturating_add(1);
    }

    /// Takes the attribute with this key out, if there is one.
    #[cold]
    fn take_out(&mut self, key: &[u8]) {
        let old = self
            .offsets()
            .find(|(_, item)| item.tag.is_attribute() && item.key == key);
        if let Some((at, size)) = old.map(|(at, item)| (at, item.size())) {
            self.remove(at, size);
            self.header.attributes -= 1;
        }
    }

    /// Turns a value into a tag and bytes and hands them on.
    fn with_encoded(
        &mut self,
        value: &Value<'_>,
        limits: &SpanLimits,
        then: impl FnOnce(&mut Record, Tag, &[u8]),
    ) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let tag = values::encode(value, limits, &mut scratch);
        then(self, tag, &scratch);
        self.scratch = scratch;
    }
}

/// The little-endian 16-bit number at `at`.
#[inline]
pub(super) fn word(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|bytes| u16::from_le_bytes(*bytes))
}

/// Six bits from a key's length and its last eight bytes: keys of one family mostly differ there.
#[inline]
fn hash6(key: &[u8]) -> u32 {
    let tail = match key.last_chunk::<8>() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => key
            .iter()
            .fold(0, |tail, byte| tail << 8 | u64::from(*byte)),
    };
    let mixed = (tail ^ key.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 58) as u32
}

/// A value within the length limit.
#[inline]
fn cut_value<'a>(tag: Tag, value: &'a [u8], limits: &SpanLimits) -> &'a [u8] {
    match (limits.attribute_value_length(), tag) {
        (Some(limit), Tag::String) => cut_chars(value, limit),
        (Some(limit), Tag::Bytes) => value.get(..limit).unwrap_or(value),
        _ => value,
    }
}

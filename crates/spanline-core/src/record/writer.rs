//! The writing side: a live span's growing record.
//!
//! Limits are applied here, at insertion; the caller has turned user values into bytes before,
//! so nothing here runs user code, and the only slow case is growing the buffer. Events and links
//! are in `writer/nested.rs`, how items are moved about in `writer/room.rs`.

mod nested;
mod room;

pub use nested::Place;

use super::bytes::{SHORT, cut_bytes, cut_chars, put};
use super::header::{Tally, write_words};
use super::item::{ITEM_HEAD, Items, Tag, head_word, item_size};
use super::keys::KeyFilter;
use super::limits::SpanLimits;
use super::{HEADER_BYTES, values};
use crate::attribute::Value;
use crate::kind::SpanKind;
use crate::scope::ScopeId;
use crate::span_context::SpanContext;
use crate::status::StatusCode;
use crate::timestamp::Timestamp;
use crate::trace_flags::TraceFlags;
use crate::trace_state::TraceState;

/// What a fresh buffer holds: a span with a few attributes fits without growing.
const FIRST_BYTES: usize = 1024;

/// A buffer above this is given back when its span has ended, so that one large span does not
/// stay in memory for the life of its thread.
const KEPT_BYTES: usize = 4096;

/// Where the name begins: the value of the first item, which has no key.
const FIRST_VALUE: usize = HEADER_BYTES + ITEM_HEAD;

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
    /// The keys that are set, and perhaps some more.
    keys: KeyFilter,
    tally: Tally,
    links: u16,
    /// The end has something to see to: a loss to tell, or memory to give back. Never in a record that
    /// was recycled.
    care: bool,
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
    /// What it hangs under.
    pub parent: Parent,
    /// The instrumentation scope.
    pub scope: ScopeId,
    /// The span's kind.
    pub kind: SpanKind,
    /// Clock ticks of the start.
    pub ticks: u64,
    /// The start the caller gave, which then counts instead of the ticks.
    pub explicit: Option<Timestamp>,
}

/// What a record's header says of its span's parent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parent {
    /// Its span id; 0 for a root.
    pub span_id: u64,
    /// Its trace flags.
    pub flags: TraceFlags,
    /// Whether it is in another process.
    pub remote: bool,
}

impl Parent {
    /// That of a root.
    pub const NONE: Parent = Parent {
        span_id: 0,
        flags: TraceFlags::NONE,
        remote: false,
    };

    /// What is to be said of a parent with this context; an invalid one is none.
    #[inline]
    pub fn of(context: &SpanContext) -> Self {
        if !context.is_valid() {
            return Parent::NONE;
        }
        let (_, _, span_id) = context.words();
        Parent {
            span_id,
            flags: context.trace_flags(),
            remote: context.is_remote(),
        }
    }
}

impl Record {
    /// Begins a new span: nothing but its name, as long as it is not known who it is.
    pub fn begin(&mut self, name: &str, limits: &SpanLimits) {
        let name = self.restart(Tally::default(), name, limits);
        self.write_name(name);
    }

    /// Begins a new span of which all is known.
    #[inline(always)]
    pub fn start(&mut self, name: &str, start: Start<'_>, limits: &SpanLimits) {
        let name = self.restart(Tally::of(&start), name, limits);
        self.write_start(start);
        self.write_name(name);
    }

    /// Writes who the span is that was begun before that was known.
    pub fn identify(&mut self, start: Start<'_>) {
        self.tally.identify(&start);
        self.write_start(start);
    }

    /// Forgets what the buffer holds, makes room for a name, and gives what of it fits.
    #[inline(always)]
    fn restart<'n>(&mut self, tally: Tally, name: &'n str, limits: &SpanLimits) -> &'n [u8] {
        let name = first_name(name, limits);
        let len = FIRST_VALUE + name.len();
        if len > self.data.len() {
            self.grow(len);
        }
        self.len = len;
        self.keys = KeyFilter::EMPTY;
        self.links = 0;
        self.moves = 0;
        self.tally = tally;
        name
    }

    /// Writes the first item, for which there is room.
    #[inline(always)]
    fn write_name(&mut self, name: &[u8]) {
        if let Some(target) = self.data.get_mut(HEADER_BYTES..FIRST_VALUE + name.len()) {
            let (head, value) = target.split_at_mut(ITEM_HEAD);
            head.copy_from_slice(&head_word(Tag::Name, 0, name.len() as u32).to_le_bytes());
            put(value, name);
        }
    }

    /// Writes the words of the header that stay as they are.
    #[inline(always)]
    fn write_start(&mut self, start: Start<'_>) {
        let (high, low, span) = start.context.words();
        let time = start.explicit.map_or(start.ticks, Timestamp::unix_nanos);
        write_words::<1, 5>(
            &mut self.data,
            [low, high, span, start.parent.span_id, time],
        );
    }

    /// Writes the trace state that the span has, and its parent's where that is another one. Once,
    /// after [`Record::identify`].
    pub fn set_trace_states(&mut self, own: &TraceState, parent: &TraceState) {
        if !own.is_empty() {
            self.append(Tag::TraceState, &[], own.as_str().as_bytes());
        }
        if own != parent {
            self.append(Tag::ParentTraceState, &[], parent.as_str().as_bytes());
        }
    }

    /// Replaces the name.
    pub fn rename(&mut self, name: &str, limits: &SpanLimits) {
        let Some(old) = self.items().next().map(|first| first.size()) else {
            return;
        };
        let room = self.room(old, limits).saturating_sub(ITEM_HEAD);
        let name = cut_bytes(name.as_bytes(), room.min(limits.span_bytes() / 2));
        self.remove(HEADER_BYTES, old);
        self.insert(HEADER_BYTES, Tag::Name, &[], name);
    }

    /// Sets an attribute; the last value of a key wins.
    pub fn set(&mut self, key: &str, value: &Value<'_>, limits: &SpanLimits) {
        match value {
            Value::Bool(value) => self.set_bytes(Tag::Bool, key, &[u8::from(*value)], limits),
            Value::I64(value) => self.set_word(Tag::I64, key, *value as u64, limits),
            Value::F64(value) => self.set_word(Tag::F64, key, value.to_bits(), limits),
            Value::String(value) => self.set_bytes(Tag::String, key, value.as_bytes(), limits),
            other => self.with_encoded(other, limits, |record, tag, bytes| {
                record.set_bytes(tag, key, bytes, limits);
            }),
        }
    }

    /// [`Record::set`] where the value is made: inlined there, so that a value whose type is known
    /// is never put together only to be taken apart.
    #[inline(always)]
    pub fn set_value(&mut self, key: &str, value: Value<'_>, limits: &SpanLimits) {
        match &value {
            Value::Bool(value) => self.set_bytes(Tag::Bool, key, &[u8::from(*value)], limits),
            Value::I64(value) => self.set_word(Tag::I64, key, *value as u64, limits),
            Value::F64(value) => self.set_word(Tag::F64, key, value.to_bits(), limits),
            _ => return self.set_allocated(key, value, limits),
        }
        // A number owns nothing; this saves looking.
        std::mem::forget(value);
    }

    #[inline(always)]
    fn set_allocated(&mut self, key: &str, value: Value<'_>, limits: &SpanLimits) {
        match value {
            Value::String(value) => self.set_bytes(Tag::String, key, value.as_bytes(), limits),
            other => self.set(key, &other, limits),
        }
    }

    /// Sets an attribute whose value already has the form that the tag names.
    #[inline(never)]
    pub fn set_bytes(&mut self, tag: Tag, key: &str, value: &[u8], limits: &SpanLimits) {
        let value = cut_value(tag, value, limits);
        if !self.set_new(tag, key.as_bytes(), value, limits) {
            self.set_any(tag, key.as_bytes(), value, limits);
        }
    }

    /// [`Record::set_bytes`] for a number, whose eight bytes come in a register and are never cut.
    #[inline(never)]
    fn set_word(&mut self, tag: Tag, key: &str, word: u64, limits: &SpanLimits) {
        if !self.set_new(tag, key.as_bytes(), &word.to_le_bytes(), limits) {
            self.set_any_word(tag, key.as_bytes(), word, limits);
        }
    }

    /// Sets an attribute in the usual case: key and value are short, the key is new, and there is room
    /// for both as things are. Says whether it did; the key is taken for a known one from now on.
    #[inline(always)]
    fn set_new(&mut self, tag: Tag, key: &[u8], value: &[u8], limits: &SpanLimits) -> bool {
        let set = (1..=SHORT).contains(&key.len())
            && value.len() <= SHORT
            && self.keys.add(KeyFilter::bit(key))
            && usize::from(self.tally.attributes) < limits.attribute_count()
            && self.append_here(tag, key, value);
        if set {
            self.tally.attributes += 1;
        }
        set
    }

    /// Sets an attribute in any case.
    #[cold]
    #[inline(never)]
    fn set_any(&mut self, tag: Tag, key: &[u8], value: &[u8], limits: &SpanLimits) {
        if !is_key(key) {
            return self.drop_attribute();
        }
        let is_new = self.keys.add(KeyFilter::bit(key));
        let old = if is_new { None } else { self.find(key) };
        let old_size = old.map_or(0, |(_, size)| size);
        let full = usize::from(self.tally.attributes) >= limits.attribute_count();
        if old.is_none() && full || item_size(key, value) > self.room(old_size, limits) {
            return self.drop_attribute();
        }
        match old {
            Some((at, size)) => self.remove(at, size),
            None => self.tally.attributes += 1,
        }
        self.append(tag, key, value);
    }

    /// [`Record::set_any`] for a number.
    #[cold]
    #[inline(never)]
    fn set_any_word(&mut self, tag: Tag, key: &[u8], word: u64, limits: &SpanLimits) {
        self.set_any(tag, key, &word.to_le_bytes(), limits);
    }

    /// Sets the status by its precedence: `Ok` is final, `Unset` changes nothing, and only an
    /// error keeps a description.
    pub fn set_status(&mut self, code: StatusCode, text: &str, limits: &SpanLimits) {
        if !self.tally.kind_status.status().accepts(code) {
            return;
        }
        self.tally.kind_status = self.tally.kind_status.with_status(code);
        let old = self.offsets().find(|(_, item)| item.tag == Tag::StatusText);
        let old = old.map(|(at, item)| (at, item.size()));
        let room = self.room(old.map_or(0, |(_, size)| size), limits);
        if let Some((at, size)) = old {
            self.remove(at, size);
        }
        let text = cut_bytes(text.as_bytes(), room.saturating_sub(ITEM_HEAD));
        if code == StatusCode::Error && !text.is_empty() {
            self.append(Tag::StatusText, &[], text);
        }
    }

    /// Stamps the end with clock ticks.
    #[inline]
    pub fn end(&mut self, ticks: u64) {
        write_words::<6, 1>(&mut self.data, [ticks]);
        self.tally.flags.set_ended();
    }

    /// Stamps the end with a time of the caller's.
    pub fn end_at(&mut self, time: Timestamp) {
        self.end(time.unix_nanos());
        self.tally.flags.set_end_is_unix();
    }

    /// Stamps the end with clock ticks and gives the finished bytes.
    #[inline]
    pub fn finish(&mut self, ticks: u64) -> &[u8] {
        write_words::<6, 1>(&mut self.data, [ticks]);
        // Sealed from a copy: to write the one flag into the tally and read all of it at once would
        // hold the processor up until the write has come to rest.
        let mut tally = self.tally;
        tally.flags.set_ended();
        tally.write(&mut self.data, self.len);
        self.data.get(..self.len).unwrap_or_default()
    }

    /// Whether the end is stamped.
    #[inline]
    pub fn has_ended(&self) -> bool {
        self.tally.flags.has_ended()
    }

    /// The bytes so far, header first.
    #[inline]
    pub fn seal(&mut self) -> &[u8] {
        self.tally.write(&mut self.data, self.len);
        self.data.get(..self.len).unwrap_or_default()
    }

    /// Whether the end has something to see to: losses to tell, memory to give back.
    #[inline]
    pub fn wants_care(&self) -> bool {
        self.care
    }

    /// Gives back an overly large buffer when the span is over.
    pub fn recycle(&mut self) {
        self.care = false;
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

    fn drop_attribute(&mut self) {
        self.tally.dropped_attributes = self.tally.dropped_attributes.saturating_add(1);
        self.care = true;
    }

    /// Where the attribute with this key stands, and its bytes, if there is one.
    fn find(&self, key: &[u8]) -> Option<(usize, usize)> {
        self.offsets()
            .find(|(_, item)| item.tag.is_attribute() && item.key == key)
            .map(|(at, item)| (at, item.size()))
    }

    fn put_scratch_back(&mut self, scratch: Vec<u8>) {
        self.care |= scratch.capacity() > KEPT_BYTES;
        self.scratch = scratch;
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
        self.put_scratch_back(scratch);
    }
}

/// What of a name fits into a new record. A short one does whatever the limit is.
#[inline]
fn first_name<'n>(name: &'n str, limits: &SpanLimits) -> &'n [u8] {
    if name.len() <= SpanLimits::LEAST_SPAN_BYTES / 2 {
        return name.as_bytes();
    }
    cut_bytes(name.as_bytes(), limits.span_bytes() / 2)
}

/// Whether a name can be an attribute's: it is not empty, and its length has a place in an item.
#[inline]
fn is_key(key: &[u8]) -> bool {
    (1..=usize::from(u16::MAX)).contains(&key.len())
}

/// The little-endian 16-bit number at `at`.
#[inline]
pub(super) fn word(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|bytes| u16::from_le_bytes(*bytes))
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

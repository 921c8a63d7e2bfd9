//! The first 64 bytes of a record, and the two packed bytes in it.
//!
//! No mask or shift of these bytes stands anywhere else.

use super::{HEADER_BYTES, Start};
use crate::kind::SpanKind;
use crate::status::StatusCode;
use crate::trace_flags::TraceFlags;

/// Kind, status code and what is known of the parent, in one byte:
/// bits 0–2 kind, 3–4 status, 5 parent remote, 6 parent sampled, 7 parent random.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindStatus(u8);

impl KindStatus {
    const KIND: u8 = 0b0000_0111;
    const STATUS: u8 = 0b0001_1000;
    const STATUS_SHIFT: u8 = 3;
    const PARENT_REMOTE: u8 = 0b0010_0000;
    const PARENT_FLAGS_SHIFT: u8 = 6;

    /// How many codes there are.
    pub const CODES: usize = 32;

    /// A new span's byte: its kind, status unset, and the parent it hangs under.
    #[inline]
    pub(super) fn new(kind: SpanKind, parent_flags: TraceFlags, parent_remote: bool) -> Self {
        let remote = if parent_remote {
            Self::PARENT_REMOTE
        } else {
            0
        };
        KindStatus(kind.number() | remote | ((parent_flags.bits() & 3) << Self::PARENT_FLAGS_SHIFT))
    }

    /// The span's kind.
    #[inline]
    pub fn kind(self) -> SpanKind {
        SpanKind::from_number(self.0 & Self::KIND).unwrap_or_default()
    }

    /// The span's status code.
    #[inline]
    pub fn status(self) -> StatusCode {
        match (self.0 & Self::STATUS) >> Self::STATUS_SHIFT {
            1 => StatusCode::Ok,
            2 => StatusCode::Error,
            _ => StatusCode::Unset,
        }
    }

    /// Kind and status as one number below [`KindStatus::CODES`]: a place in a table of what they
    /// become on a wire.
    #[inline]
    pub fn code(self) -> usize {
        usize::from(self.0 & (Self::KIND | Self::STATUS))
    }

    /// A byte with each code, in their order; some say the same kind and status as others.
    pub fn all() -> [KindStatus; Self::CODES] {
        std::array::from_fn(|code| KindStatus(code as u8))
    }

    /// The same byte with another status code.
    #[inline]
    pub(super) fn with_status(self, code: StatusCode) -> Self {
        let number = match code {
            StatusCode::Unset => 0,
            StatusCode::Ok => 1,
            StatusCode::Error => 2,
        };
        KindStatus((self.0 & !Self::STATUS) | (number << Self::STATUS_SHIFT))
    }

    /// Whether the parent's context came from another process.
    #[inline]
    pub fn parent_is_remote(self) -> bool {
        self.0 & Self::PARENT_REMOTE != 0
    }

    /// The parent's trace flags.
    #[inline]
    pub fn parent_flags(self) -> TraceFlags {
        TraceFlags::from_bits(self.0 >> Self::PARENT_FLAGS_SHIFT)
    }
}

/// The span's own trace flags, and which parts of the record need a second look:
/// bits 0–1 trace flags, 2 start is Unix time, 3 end is Unix time, 4 links present, 5 ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeaderFlags(u8);

impl HeaderFlags {
    const START_IS_UNIX: u8 = 0b0000_0100;
    const END_IS_UNIX: u8 = 0b0000_1000;
    const LINKS: u8 = 0b0001_0000;
    const ENDED: u8 = 0b0010_0000;

    /// The same byte with these trace flags.
    #[inline]
    pub(super) fn with_trace_flags(self, flags: TraceFlags) -> Self {
        HeaderFlags(self.0 & !3 | flags.bits() & 3)
    }

    /// The span's trace flags.
    #[inline]
    pub fn trace_flags(self) -> TraceFlags {
        TraceFlags::from_bits(self.0 & 3)
    }

    /// The start is Unix nanoseconds given by the caller, not clock ticks.
    #[inline]
    pub fn start_is_unix(self) -> bool {
        self.0 & Self::START_IS_UNIX != 0
    }

    /// The end is Unix nanoseconds given by the caller, not clock ticks.
    #[inline]
    pub fn end_is_unix(self) -> bool {
        self.0 & Self::END_IS_UNIX != 0
    }

    /// There is at least one link, or one was dropped.
    #[inline]
    pub fn has_links(self) -> bool {
        self.0 & Self::LINKS != 0
    }

    /// The span has ended; before that the end time means nothing.
    #[inline]
    pub fn has_ended(self) -> bool {
        self.0 & Self::ENDED != 0
    }

    #[inline]
    pub(super) fn set_start_is_unix(&mut self) {
        self.0 |= Self::START_IS_UNIX;
    }

    #[inline]
    pub(super) fn set_end_is_unix(&mut self) {
        self.0 |= Self::END_IS_UNIX;
    }

    #[inline]
    pub(super) fn set_has_links(&mut self) {
        self.0 |= Self::LINKS;
    }

    #[inline]
    pub(super) fn set_ended(&mut self) {
        self.0 |= Self::ENDED;
    }
}

/// The header in named parts, as readers want it.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "the table of the module names each part")]
pub struct Header {
    pub length: u32,
    pub scope: u16,
    pub attributes: u16,
    pub trace_low: u64,
    pub trace_high: u64,
    pub span_id: u64,
    pub parent_id: u64,
    pub start: u64,
    pub end: u64,
    pub dropped_attributes: u16,
    pub dropped_events: u16,
    pub events: u16,
    pub kind_status: KindStatus,
    pub flags: HeaderFlags,
}

impl Header {
    /// Reads the header of a record; `None` if the bytes are shorter than one.
    #[inline]
    pub fn read(record: &[u8]) -> Option<Header> {
        let bytes = record.first_chunk::<HEADER_BYTES>()?;
        let [
            first,
            trace_low,
            trace_high,
            span_id,
            parent_id,
            start,
            end,
            last,
        ] = words(bytes);
        Some(Header {
            length: first as u32,
            scope: (first >> 32) as u16,
            attributes: (first >> 48) as u16,
            trace_low,
            trace_high,
            span_id,
            parent_id,
            start,
            end,
            dropped_attributes: last as u16,
            dropped_events: (last >> 16) as u16,
            events: (last >> 32) as u16,
            kind_status: KindStatus((last >> 48) as u8),
            flags: HeaderFlags((last >> 56) as u8),
        })
    }
}

/// What the writing side still counts: the parts of words 0 and 7, which are written when the
/// record is sealed. The words between are written when they are known and stay as they are.
///
/// In the order of the words, so that on a little-endian machine they are read in one go.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(super) struct Tally {
    pub(super) scope: u16,
    pub(super) attributes: u16,
    pub(super) dropped_attributes: u16,
    pub(super) dropped_events: u16,
    pub(super) events: u16,
    pub(super) kind_status: KindStatus,
    pub(super) flags: HeaderFlags,
}

impl Tally {
    /// That of a new span.
    #[inline]
    pub(super) fn of(start: &Start<'_>) -> Self {
        let mut tally = Tally::default();
        tally.identify(start);
        tally
    }

    /// Notes who the span is.
    #[inline]
    pub(super) fn identify(&mut self, start: &Start<'_>) {
        self.scope = start.scope.to_u16();
        self.kind_status = KindStatus::new(start.kind, start.parent.flags, start.parent.remote);
        self.flags = self.flags.with_trace_flags(start.context.trace_flags());
        if start.explicit.is_some() {
            self.flags.set_start_is_unix();
        }
    }

    /// Writes words 0 and 7 of a record that is so long.
    #[inline]
    pub(super) fn write(&self, record: &mut [u8], length: usize) {
        let upper = u32::from(self.scope) | u32::from(self.attributes) << 16;
        let first = length as u64 & 0xFFFF_FFFF | u64::from(upper) << 32;
        let last = u64::from(self.dropped_attributes)
            | u64::from(self.dropped_events) << 16
            | u64::from(self.events) << 32
            | u64::from(self.kind_status.0) << 48
            | u64::from(self.flags.0) << 56;
        write_words::<0, 1>(record, [first]);
        write_words::<7, 1>(record, [last]);
    }
}

/// Writes the words from number `FIRST` on of a record's header.
#[inline]
pub(super) fn write_words<const FIRST: usize, const N: usize>(record: &mut [u8], words: [u64; N]) {
    let Some(header) = record.first_chunk_mut::<HEADER_BYTES>() else {
        return;
    };
    for (to, word) in header.chunks_exact_mut(8).skip(FIRST).zip(words) {
        to.copy_from_slice(&word.to_le_bytes());
    }
}

/// The eight little-endian words of a header.
#[inline]
fn words(bytes: &[u8; HEADER_BYTES]) -> [u64; 8] {
    let mut words = [0; 8];
    for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(8)) {
        *word = bytes
            .first_chunk()
            .map_or(0, |bytes| u64::from_le_bytes(*bytes));
    }
    words
}

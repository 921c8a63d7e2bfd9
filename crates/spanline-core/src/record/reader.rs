//! The reading side: a sealed record's header and items, as bytes.
//!
//! Exporters that write bytes work on this; everybody else reads through [`crate::view`]. Malformed
//! bytes read as less, never as a panic.

use super::HEADER_BYTES;
use super::header::Header;
use super::item::{Item, Items, Tag};
use super::writer::{EVENT_HEAD, LINK_HEAD, word};

/// A sealed record: no more than a reference to its bytes. Every part is read when it is asked for,
/// so whoever wants one word of the header pays for one load. The default one says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct RawRecord<'a> {
    bytes: &'a [u8],
}

impl<'a> RawRecord<'a> {
    /// Takes `bytes` for a record; `None` if they are shorter than a header.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        (bytes.len() >= HEADER_BYTES).then_some(RawRecord { bytes })
    }

    /// The bytes themselves.
    #[inline]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The header in named parts.
    #[inline]
    pub fn header(&self) -> Header {
        Header::read(self.bytes).unwrap_or_default()
    }

    /// All items in the order of recording; the name comes first.
    #[inline]
    pub fn items(&self) -> Items<'a> {
        let end = self.header().length as usize;
        Items::new(self.bytes.get(HEADER_BYTES..end).unwrap_or_default())
    }

    /// The span's name.
    #[inline]
    pub fn name(&self) -> &'a [u8] {
        self.items().next().map_or(&[], |item| item.value)
    }

    /// The value of the first item with this tag.
    pub fn find(&self, tag: Tag) -> Option<&'a [u8]> {
        self.items()
            .find(|item| item.tag == tag)
            .map(|item| item.value)
    }

    /// How many links were dropped.
    pub fn dropped_links(&self) -> u32 {
        if !self.header().flags.has_links() {
            return 0;
        }
        let count = self
            .find(Tag::DroppedLinks)
            .and_then(|value| value.first_chunk().copied());
        count.map_or(0, u32::from_le_bytes)
    }
}

/// An event item, taken apart.
#[derive(Clone, Copy, Debug)]
pub struct EventHead<'a> {
    /// The event's name.
    pub name: &'a [u8],
    /// Clock ticks, or Unix nanoseconds.
    pub time: u64,
    /// Whether `time` is Unix nanoseconds.
    pub is_unix: bool,
    /// Attributes that were over a limit.
    pub dropped: u16,
    /// Attributes that are here.
    pub count: u16,
    /// The attribute items.
    pub attributes: Items<'a>,
}

impl<'a> EventHead<'a> {
    /// Takes an item apart; `None` if it is no event.
    #[inline]
    pub fn read(item: &Item<'a>) -> Option<Self> {
        let is_unix = match item.tag {
            Tag::Event => false,
            Tag::EventAt => true,
            _ => return None,
        };
        let (head, nested) = item.value.split_at_checked(EVENT_HEAD)?;
        Some(EventHead {
            name: item.key,
            time: long(head, 0)?,
            is_unix,
            dropped: word(head, 8)?,
            count: word(head, 10)?,
            attributes: Items::new(nested),
        })
    }
}

/// A link item, taken apart.
#[derive(Clone, Copy, Debug)]
pub struct LinkHead<'a> {
    /// Upper half of the linked trace id.
    pub trace_high: u64,
    /// Lower half of the linked trace id.
    pub trace_low: u64,
    /// The linked span id.
    pub span_id: u64,
    /// The linked context's trace flags.
    pub flags: u8,
    /// Whether the linked context came from another process.
    pub remote: bool,
    /// Attributes that were over a limit.
    pub dropped: u16,
    /// Attributes that are here.
    pub count: u16,
    /// The linked context's trace state as header text.
    pub trace_state: &'a [u8],
    /// The attribute items.
    pub attributes: Items<'a>,
}

impl<'a> LinkHead<'a> {
    /// Takes an item apart; `None` if it is no link.
    #[inline]
    pub fn read(item: &Item<'a>) -> Option<Self> {
        if item.tag != Tag::Link {
            return None;
        }
        let (head, rest) = item.value.split_at_checked(LINK_HEAD)?;
        let (trace_state, nested) = rest.split_at_checked(word(head, 30)?.into())?;
        Some(LinkHead {
            trace_high: long(head, 0)?,
            trace_low: long(head, 8)?,
            span_id: long(head, 16)?,
            flags: *head.get(24)?,
            remote: *head.get(25)? != 0,
            dropped: word(head, 26)?,
            count: word(head, 28)?,
            trace_state,
            attributes: Items::new(nested),
        })
    }
}

/// The little-endian 64-bit number at `at`.
#[inline]
fn long(bytes: &[u8], at: usize) -> Option<u64> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|bytes| u64::from_le_bytes(*bytes))
}

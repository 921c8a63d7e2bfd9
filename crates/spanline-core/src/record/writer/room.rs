//! Where items stand: appended, put in between, taken out, and the buffer that grows with them.

use super::{FIRST_BYTES, KEPT_BYTES, RESERVED_BYTES, Record};
use crate::record::bytes::{SHORT, put};
use crate::record::item::{ITEM_HEAD, Item, Tag, head_word};
use crate::record::{HEADER_BYTES, SpanLimits};

/// A record of so many bytes is under any limit of the whole span.
const SMALL_BYTES: usize = SpanLimits::LEAST_SPAN_BYTES - RESERVED_BYTES;

impl Record {
    /// The items written so far, each with its offset in the record.
    pub(super) fn offsets(&self) -> impl Iterator<Item = (usize, Item<'_>)> {
        let mut at = HEADER_BYTES;
        self.items().map(move |item| {
            let here = at;
            at += item.size();
            (here, item)
        })
    }

    /// How many bytes an item may take that replaces one of `old` bytes, or none where that is 0: as
    /// many again, and what is free under the limit of the whole span.
    #[inline]
    pub(super) fn room(&self, old: usize, limits: &SpanLimits) -> usize {
        old + limits
            .span_bytes()
            .saturating_sub(self.len + RESERVED_BYTES)
    }

    /// Whether a new item with `bytes` of key and value fits under the limit of the whole span.
    #[inline]
    pub(super) fn fits(&self, bytes: usize, limits: &SpanLimits) -> bool {
        ITEM_HEAD + bytes <= self.room(0, limits)
    }

    /// Appends an item if it is short, and the buffer has room for it as it is, and the whole span
    /// too, whatever its limit. Says whether it did. Calls nothing.
    #[inline(always)]
    pub(super) fn append_here(&mut self, tag: Tag, key: &[u8], value: &[u8]) -> bool {
        let at = self.len;
        let end = at + ITEM_HEAD + key.len() + value.len();
        if key.len() > SHORT || value.len() > SHORT || end > SMALL_BYTES {
            return false;
        }
        let Some(target) = self.data.get_mut(at..end) else {
            return false;
        };
        write_item(target, tag, key, value);
        self.len = end;
        true
    }

    #[inline]
    pub(super) fn append(&mut self, tag: Tag, key: &[u8], value: &[u8]) {
        let at = self.len;
        self.make_room(ITEM_HEAD + key.len() + value.len());
        self.write_item(at, tag, key, value);
    }

    pub(super) fn insert(&mut self, at: usize, tag: Tag, key: &[u8], value: &[u8]) {
        let size = ITEM_HEAD + key.len() + value.len();
        let end = self.len;
        self.make_room(size);
        if at < end {
            self.data.copy_within(at..end, at + size);
            self.moves = self.moves.wrapping_add(1);
        }
        self.write_item(at, tag, key, value);
    }

    pub(super) fn remove(&mut self, at: usize, size: usize) {
        self.data.copy_within(at + size..self.len, at);
        self.len -= size;
        self.moves = self.moves.wrapping_add(1);
    }

    /// Lengthens the record by `bytes`, whose content is not written yet.
    #[inline]
    pub(super) fn make_room(&mut self, bytes: usize) {
        let end = self.len + bytes;
        if end > self.data.len() {
            self.grow(end);
        }
        self.len = end;
    }

    #[cold]
    #[inline(never)]
    pub(super) fn grow(&mut self, bytes: usize) {
        let size = bytes.next_power_of_two().max(FIRST_BYTES);
        self.care |= size > KEPT_BYTES;
        self.data.resize(size, 0);
    }

    fn write_item(&mut self, at: usize, tag: Tag, key: &[u8], value: &[u8]) {
        if let Some(target) = self.data.get_mut(at..) {
            write_item(target, tag, key, value);
        }
    }

    #[inline]
    pub(super) fn patch(&mut self, at: usize, bytes: &[u8]) {
        if let Some(target) = self.data.get_mut(at..) {
            put(target, bytes);
        }
    }
}

/// Writes an item to the front of `target`; a shorter target gets a part of it.
#[inline(always)]
fn write_item(target: &mut [u8], tag: Tag, key: &[u8], value: &[u8]) {
    let head = head_word(tag, key.len() as u16, value.len() as u32);
    let Some((to, target)) = target.split_first_chunk_mut::<ITEM_HEAD>() else {
        return;
    };
    *to = head.to_le_bytes();
    let Some((to, target)) = target.split_at_mut_checked(key.len()) else {
        return;
    };
    put(to, key);
    put(target, value);
}

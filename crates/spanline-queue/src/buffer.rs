//! A buffer: the bytes of some records, and the index that says which of them are complete.
//!
//! `shard.rs` owns some and decides who may touch what; this file only touches. Bytes are plain
//! memory and never cleared; the index is atomic, and an entry is what commits a record.
#![expect(
    unsafe_code,
    reason = "plain bytes that producers write side by side, each its own"
)]

use std::alloc::{Layout, alloc_zeroed, handle_alloc_error};
use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::ptr;
use std::slice;
use std::sync::atomic::Ordering;

use crate::state::Published;
use crate::sync::{AtomicU64, Shadow};

/// Memory for records, allocated once and touched only as far as it is used.
///
/// Invariants, kept by `shard.rs`:
/// - *exclusive writing*: the words of a [`Place`] belong to the push that reserved them, from its
///   compare-exchange on until its entry is published;
/// - *stable reading*: the words of a published entry are written by nobody until the consumer has
///   flipped the shard back to this buffer;
/// - *empty index*: every entry is [`Published::NOT_YET`] when the buffer is handed to producers.
#[derive(Debug)]
pub(crate) struct Buffer {
    /// Uninitialised until a record is written: nothing but published records is ever read.
    words: Box<[MaybeUninit<UnsafeCell<u64>>]>,
    index: Box<[AtomicU64]>,
    shadow: Shadow,
}

// SAFETY: the only part that is not Sync, `words`, is touched by `Place::write` and
// `Buffer::bytes` alone, and the invariants "exclusive writing" and "stable reading" keep every
// write apart from all other accesses.
unsafe impl Sync for Buffer {}

/// Where a record will lie, if its reservation succeeds: cut out and checked before the
/// compare-exchange, so that nothing can fail after it.
pub(crate) struct Place<'a> {
    record: &'a [u8],
    words: &'a [MaybeUninit<UnsafeCell<u64>>],
    entry: &'a AtomicU64,
    offset: usize,
    shadow: &'a Shadow,
}

impl Buffer {
    /// A buffer of that many words, untouched, and entries, all zero.
    pub(crate) fn new(words: usize, entries: usize) -> Self {
        Self {
            words: Box::new_uninit_slice(words),
            index: zeroed_index(entries),
            shadow: Shadow::new(words),
        }
    }

    /// The longest record, in bytes.
    pub(crate) fn max_record(&self) -> usize {
        self.words.len() * WORD
    }

    /// Where `record` would lie, after `offset` words and as number `number`. `None`: not enough
    /// words or entries are left.
    #[inline]
    pub(crate) fn place<'a>(
        &'a self,
        offset: usize,
        number: usize,
        record: &'a [u8],
    ) -> Option<Place<'a>> {
        let words = self.words.get(words_of(offset, record.len()))?;
        let entry = self.index.get(number)?;
        Some(Place {
            record,
            words,
            entry,
            offset,
            shadow: &self.shadow,
        })
    }

    /// Entry `number`, if it is committed, and makes it ready for the next record that gets this
    /// number. The record's bytes are visible then.
    #[inline]
    pub(crate) fn take_published(&self, number: usize) -> Option<Published> {
        let entry = self.index.get(number)?;
        // Acquire: pairs with the Release in `Place::publish`.
        let published = Published::from_bits(entry.load(Ordering::Acquire))?;
        // Relaxed: the flip that hands this buffer out again publishes it (Release), to the push
        // that reserves the entry (Acquire).
        entry.store(Published::NOT_YET, Ordering::Relaxed);
        Some(published)
    }

    /// The bytes of a record, in place.
    ///
    /// # Safety
    ///
    /// `published` was read from this buffer, and producers do not get the buffer back while the
    /// slice lives ("stable reading").
    #[inline]
    pub(crate) unsafe fn bytes(&self, published: Published) -> &[u8] {
        let Published { offset, length } = published;
        let range = words_of(offset, length);
        self.shadow.read(range.clone());
        // Never the default: `place` has cut the same range out of the same words.
        let words = self.words.get(range).unwrap_or_default();
        // SAFETY: the words hold `length` initialised bytes, and "stable reading" (the caller's
        // promise) lets nobody write them while the slice lives.
        unsafe { slice::from_raw_parts(words.as_ptr().cast::<u8>(), length) }
    }
}

impl Place<'_> {
    /// Words that the record takes.
    #[inline]
    pub(crate) fn words(&self) -> usize {
        self.words.len()
    }

    /// Copies the record in.
    ///
    /// # Safety
    ///
    /// The caller's compare-exchange has reserved this place, and it is not published yet
    /// ("exclusive writing").
    #[inline]
    pub(crate) unsafe fn write(&self) {
        self.shadow
            .write(self.offset..self.offset + self.words.len());
        let words = self.words.as_ptr().cast::<UnsafeCell<u64>>();
        let bytes = UnsafeCell::raw_get(words).cast::<u8>();
        let (length, record) = (self.record.len(), self.record.as_ptr());
        if (PIECE..=2 * PIECE).contains(&length) {
            // The usual span. Two pieces of fixed size, one from each end, are a few moves in line
            // and no call.
            let last = length - PIECE;
            // SAFETY: `record` has `PIECE` bytes more from there on.
            let end = unsafe { record.add(last) };
            // SAFETY: and the words, which were cut to hold the record, as many.
            let end_of_words = unsafe { bytes.add(last) };
            // SAFETY: both have `PIECE` bytes from their beginning, and do not overlap because no
            // reference to the words' content exists while they are reserved: "exclusive writing".
            unsafe { ptr::copy_nonoverlapping(record, bytes, PIECE) }
            // SAFETY: both end `PIECE` bytes after these pointers or later, and do not overlap:
            // "exclusive writing" holds for the whole place, where the two pieces may meet.
            unsafe { ptr::copy_nonoverlapping(end, end_of_words, PIECE) }
        } else {
            // SAFETY: the record has `length` bytes, the words were cut to hold them, and the two do
            // not overlap: "exclusive writing".
            unsafe { ptr::copy_nonoverlapping(record, bytes, length) }
        }
    }

    /// Commits the record: from here on the consumer may read it.
    #[inline]
    pub(crate) fn publish(&self) {
        let published = Published {
            offset: self.offset,
            length: self.record.len(),
        };
        // Release: pairs with the Acquire in `Buffer::take_published`; makes the plain bytes visible.
        self.entry.store(published.to_bits(), Ordering::Release);
    }

    /// Asks for the lines that later records will be written to: those that begin within this
    /// record's bytes, [`AHEAD`] further on, and a line of the index. The first record of a buffer
    /// asks for everything up to there.
    ///
    /// The consumer's core read those lines last, so each costs the producer a wait of a hundred
    /// nanoseconds to own again, and the next compare-exchange waits for all of them.
    #[inline]
    pub(crate) fn prefetch_ahead(&self) {
        let record = self.words.as_ptr_range();
        let entry = ptr::from_ref(self.entry).addr();
        let (start, end) = (record.start.addr(), record.end.addr());
        if self.offset == 0 {
            prefetch_for_writing(start..end + AHEAD);
            prefetch_for_writing(entry..entry + ENTRIES_AHEAD);
        } else {
            prefetch_for_writing(start + AHEAD..end + AHEAD);
        }
        prefetch_line_for_writing(entry + ENTRIES_AHEAD);
    }
}

/// The words of a record: at least one, so that the offset tells an empty buffer from a used one.
#[inline]
fn words_of(offset: usize, length: usize) -> Range<usize> {
    offset..offset + length.div_ceil(WORD).max(1)
}

/// Starts fetching the lines that begin in that range of addresses, its end included, for writing.
#[inline]
fn prefetch_for_writing(addresses: Range<usize>) {
    let mut line = addresses.end & !(LINE - 1);
    while line > addresses.start {
        prefetch_line_for_writing(line);
        line -= LINE;
    }
}

/// Starts fetching the line of that address, for writing. Only a hint: any address will do.
///
/// In assembly, because the standard library's hint for writing becomes one for reading where the
/// target is any x86-64. A line fetched so is still shared with the consumer, and writing to it costs
/// the wait that the hint should have saved: two threads, 256 bytes, 51 ns a record instead of 25.
#[inline]
fn prefetch_line_for_writing(address: usize) {
    #[cfg(all(target_arch = "x86_64", not(miri), not(loom)))]
    // SAFETY: a prefetch changes nothing that a program can see and cannot fault, whatever the
    // address; x86-64 processors that do not know this one take its encoding for a no-op.
    unsafe {
        std::arch::asm!(
            "prefetchw byte ptr [{0}]",
            in(reg) address,
            options(nomem, nostack, preserves_flags)
        );
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri), not(loom))))]
    let _ = address;
}

#[cfg(not(loom))]
fn zeroed_index(count: usize) -> Box<[AtomicU64]> {
    // SAFETY: all bytes zero is the atomic number 0, `Published::NOT_YET`.
    unsafe { zeroed(count) }
}

#[cfg(loom)]
fn zeroed_index(count: usize) -> Box<[AtomicU64]> {
    (0..count)
        .map(|_| AtomicU64::new(Published::NOT_YET))
        .collect()
}

/// `count` values of zero bytes, on pages that the system maps when they are first used.
///
/// # Safety
///
/// All bytes zero is a valid `T`.
#[cfg_attr(loom, expect(dead_code, reason = "loom's atomics are made one by one"))]
unsafe fn zeroed<T>(count: usize) -> Box<[T]> {
    const { assert!(size_of::<T>() > 0) };
    let layout = match Layout::array::<T>(count) {
        Ok(layout) if count > 0 => layout,
        _ => return Box::default(),
    };
    // SAFETY: the layout is not of size zero: `count` and the size of `T` are not.
    let first = unsafe { alloc_zeroed(layout) }.cast::<T>();
    if first.is_null() {
        handle_alloc_error(layout);
    }
    // SAFETY: the global allocator gave this memory for this very layout, and it holds `count`
    // valid `T` by the caller's promise.
    unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(first, count)) }
}

/// Bytes per word: records begin at a word, so that their fields may be aligned.
const WORD: usize = size_of::<u64>();

/// Bytes that are copied at a time where a record is one or two of them long.
const PIECE: usize = 64;

/// How far ahead of a record its successors' bytes are asked for. Further is better for large
/// records, and worse for small ones (`docs/decisions/0002-hand-written-queue.md` has figures).
const AHEAD: usize = 1024;

/// How far ahead of an entry, in bytes: two lines, sixteen records.
const ENTRIES_AHEAD: usize = 2 * LINE;

/// Bytes per cache line.
const LINE: usize = 64;

#[cfg(test)]
mod tests;

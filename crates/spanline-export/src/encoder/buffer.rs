//! The growing request body, and the cursor that writes into it.
//!
//! A byte vector that is never cleared, only rewound: its memory stays initialised, so that writing
//! is a comparison and a store. Encoders write a span through one [`Cursor`] over all the memory
//! that is left. Nobody computes beforehand how much a span takes. A cursor whose memory runs out
//! writes nothing more; the span is then written once more into twice the memory, which happens a
//! few times in the life of a buffer.
//!
//! A `Vec<u8>` would do, but it compares, and calls `memcpy`, for every key and value, most of
//! which are shorter than 32 bytes, where the call costs more than the copy.

use std::mem;
use std::ops::Range;

/// The bytes of a request, in memory that stays initialised from one request to the next.
#[derive(Debug, Default)]
pub struct Buffer {
    /// Initialised over its whole length, so that growing is the only slow case.
    data: Vec<u8>,
    /// Bytes in use: never more than `data.len()`.
    len: usize,
}

impl Buffer {
    /// An empty buffer. Allocates with the first byte.
    #[must_use]
    pub const fn new() -> Self {
        Buffer {
            data: Vec::new(),
            len: 0,
        }
    }

    /// The bytes written so far.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.data.get(..self.len).unwrap_or_default()
    }

    /// How many bytes were written.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was written.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets all but the first `len` bytes; the memory stays.
    #[inline]
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Gives memory above `bytes` back; for use after an exceptionally large request.
    pub fn shrink_above(&mut self, bytes: usize) {
        if self.data.len() > bytes {
            *self = Buffer::new();
        }
    }

    /// Appends what `write` puts at the cursor that it gets, of which `about` is a guess.
    ///
    /// `write` is called again, from the start, where the guess and all that was left behind it were
    /// not enough. What it returns the last time is returned.
    #[inline(always)]
    pub fn write<T>(&mut self, about: usize, mut write: impl FnMut(&mut Cursor<'_>) -> T) -> T {
        match self.try_write(about, &mut write) {
            Some(told) => told,
            None => self.write_again(write),
        }
    }

    /// `None` if the memory was too small; nothing is appended then.
    #[inline(always)]
    fn try_write<T>(
        &mut self,
        least: usize,
        write: &mut impl FnMut(&mut Cursor<'_>) -> T,
    ) -> Option<T> {
        let rest = self.free(least);
        let mut to = Cursor { rest };
        let told = write(&mut to);
        let left = to.left();
        if left == 0 {
            return None;
        }
        self.len = self.data.len() - left;
        Some(told)
    }

    /// Not a loop around the first attempt: the compiler would carry half of a span out of it.
    #[cold]
    #[inline(never)]
    fn write_again<T>(&mut self, mut write: impl FnMut(&mut Cursor<'_>) -> T) -> T {
        loop {
            let least = 2 * (self.data.len() - self.len).max(FIRST_BYTES);
            if let Some(told) = self.try_write(least, &mut write) {
                return told;
            }
        }
    }

    /// Appends bytes.
    #[inline]
    pub fn push(&mut self, bytes: &[u8]) {
        copy(self.take(bytes.len()), bytes);
    }

    /// Lengthens the buffer by exactly `bytes` and hands them out to be written over.
    #[inline]
    pub fn take(&mut self, bytes: usize) -> &mut [u8] {
        let start = self.len & LONGEST;
        let end = start + (bytes & LONGEST);
        if end > self.data.len() {
            self.grow(end);
        }
        self.len = end;
        self.data.get_mut(start..end).unwrap_or_default()
    }

    /// All the memory behind the bytes in use, at least `least` of it.
    #[inline(always)]
    fn free(&mut self, least: usize) -> &mut [u8] {
        let start = self.len & LONGEST;
        if start + (least & LONGEST) > self.data.len() {
            self.grow(start + (least & LONGEST));
        }
        self.data.get_mut(start..).unwrap_or_default()
    }

    /// Makes memory up to `end`.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, end: usize) {
        self.data
            .resize(end.next_power_of_two().max(FIRST_BYTES), 0);
    }

    /// Replaces the `old` bytes at `at` and moves what stands behind them. Rare: what is behind may
    /// be a whole request.
    #[cold]
    pub fn replace(&mut self, at: usize, old: usize, new: &[u8]) {
        let (before, behind) = (self.len, at + old);
        if behind > before {
            return;
        }
        self.take(new.len());
        self.data.copy_within(behind..before, at + new.len());
        self.len = before - old + new.len();
        if let Some(room) = self.data.get_mut(at..at + new.len()) {
            copy(room, new);
        }
    }

    /// Writes over bytes that were appended before.
    #[inline]
    pub fn patch<const N: usize>(&mut self, at: usize, bytes: [u8; N]) {
        let room = self
            .data
            .get_mut(at..self.len)
            .and_then(|room| room.first_chunk_mut());
        if let Some(room) = room {
            *room = bytes;
        }
    }

    /// Moves bytes within the buffer, over what is there; nothing if a place is outside of it.
    pub fn move_within(&mut self, from: Range<usize>, to: usize) {
        let fits = from.start <= from.end
            && from.end <= self.len
            && to <= self.len - (from.end - from.start);
        if fits {
            self.data.copy_within(from, to);
        }
    }
}

/// No buffer is half as long as all memory. Where that is said, the compiler sees that two lengths
/// can be added, and leaves out what it would have to check else.
const LONGEST: usize = usize::MAX >> 1;

/// Writes into memory, front to back.
///
/// The cursor holds what is left. It is *full* when nothing is left, and stays full: what is put
/// then is not written, and whoever made the cursor sees it and tries again with more.
#[derive(Debug, Default)]
pub struct Cursor<'a> {
    rest: &'a mut [u8],
}

impl<'a> Cursor<'a> {
    /// A cursor over a piece of memory.
    #[inline]
    pub fn new(rest: &'a mut [u8]) -> Self {
        Cursor { rest }
    }

    /// How many bytes are left.
    #[inline(always)]
    #[must_use]
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// Whether fewer than `bytes` bytes are left; the cursor is full then. In front of a group of
    /// pieces that surely takes no more: the compiler then leaves out the comparison of each piece.
    #[inline(always)]
    #[must_use]
    pub fn lacks(&mut self, bytes: usize) -> bool {
        let lacks = self.left() < bytes;
        if lacks {
            self.rest = &mut [];
        }
        lacks
    }

    /// Puts a piece whose length the compiler knows: a comparison and a store.
    #[inline(always)]
    pub fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        let rest = mem::take(&mut self.rest);
        if let Some((room, rest)) = rest.split_first_chunk_mut() {
            *room = bytes;
            self.rest = rest;
        }
    }

    /// Puts the first `kept` bytes of a piece: all of it is written, and then written over.
    #[inline(always)]
    pub fn put_first<const N: usize>(&mut self, bytes: [u8; N], kept: usize) {
        let rest = mem::take(&mut self.rest);
        if let Some(room) = rest.first_chunk_mut() {
            *room = bytes;
            self.rest = rest.get_mut(kept..).unwrap_or_default();
        }
    }

    /// Puts bytes.
    #[inline(always)]
    pub fn put_bytes(&mut self, bytes: &[u8]) {
        let rest = mem::take(&mut self.rest);
        if let Some((room, rest)) = rest.split_at_mut_checked(bytes.len()) {
            copy(room, bytes);
            self.rest = rest;
        }
    }

    /// Puts bytes that are mostly more than a key or a name: pieces that were encoded before.
    #[inline(always)]
    pub fn put_run(&mut self, bytes: &[u8]) {
        let rest = mem::take(&mut self.rest);
        if let Some((room, rest)) = rest.split_at_mut_checked(bytes.len()) {
            match bytes.len() {
                33..=64 => ends::<32>(room, bytes),
                65..=128 => ends::<64>(room, bytes),
                0 => {}
                _ => copy(room, bytes),
            }
            self.rest = rest;
        }
    }

    /// Lets `inside` write what belongs behind a head of `head` bytes, and stays in front of it.
    /// Returns how long it became, and what `inside` returns. Then the head is put, which depends on
    /// that, and the rest is [skipped](Cursor::skip).
    #[inline(always)]
    pub fn ahead<T>(
        &mut self,
        head: usize,
        inside: impl FnOnce(&mut Cursor<'_>) -> T,
    ) -> (usize, T) {
        let mut behind = Cursor {
            rest: self.rest.get_mut(head..).unwrap_or_default(),
        };
        let before = behind.rest.len();
        let told = inside(&mut behind);
        let left = behind.rest.len();
        if left == 0 {
            self.rest = &mut [];
        }
        (before - left, told)
    }

    /// The next `bytes` bytes, which are there already; none if there are less.
    #[inline]
    #[must_use]
    pub fn peek(&self, bytes: usize) -> &[u8] {
        self.rest.get(..bytes).unwrap_or_default()
    }

    /// Steps over bytes that are there.
    #[inline(always)]
    pub fn skip(&mut self, bytes: usize) {
        let rest = mem::take(&mut self.rest);
        self.rest = rest.get_mut(bytes..).unwrap_or_default();
    }

    /// Puts another head than the one of `left` bytes that was expected when `length` bytes were
    /// written [ahead](Cursor::ahead), and moves those up to it.
    #[cold]
    #[inline(never)]
    pub fn put_head(self, head: &[u8], left: usize, length: usize) -> Self {
        let end = left + length;
        let moved = head.len() + length;
        let Cursor { rest } = self;
        // A byte more, since a cursor that has come to the end is full.
        if rest.len() <= end.max(moved) {
            return Cursor::default();
        }
        rest.copy_within(left..end, head.len());
        let mut to = Cursor { rest };
        to.put_bytes(head);
        to
    }

    /// Lets `write` go on in a function of its own, which the cursor enters and leaves in registers.
    /// Splits what is too much for the registers of one function.
    #[inline(always)]
    pub fn apart<T>(&mut self, write: impl FnOnce(&mut Cursor<'a>) -> T) -> T {
        let (to, told) = beside(mem::take(self), write);
        *self = to;
        told
    }

    /// Lets `write` go on out of line: for what is rare, so that the cursor of what is not can live
    /// in registers.
    #[inline(always)]
    pub fn rarely<T>(&mut self, write: impl FnOnce(&mut Cursor<'a>) -> T) -> T {
        let (to, told) = aside(mem::take(self), write);
        *self = to;
        told
    }
}

#[inline(never)]
fn beside<'a, T>(mut to: Cursor<'a>, write: impl FnOnce(&mut Cursor<'a>) -> T) -> (Cursor<'a>, T) {
    let told = write(&mut to);
    (to, told)
}

#[cold]
#[inline(never)]
fn aside<'a, T>(mut to: Cursor<'a>, write: impl FnOnce(&mut Cursor<'a>) -> T) -> (Cursor<'a>, T) {
    let told = write(&mut to);
    (to, told)
}

/// What the first byte makes room for. Little, because encoders keep small pieces, too; a request
/// doubles it a few times, once.
const FIRST_BYTES: usize = 256;

/// Copies `source` over `target`, which has the same length; a shorter target takes nothing.
///
/// Up to 64 bytes two overlapping moves of a fixed size stand in for a call.
#[inline]
pub(crate) fn copy(target: &mut [u8], source: &[u8]) {
    let Some(target) = target.get_mut(..source.len()) else {
        return;
    };
    match source.len() {
        8..=16 => ends::<8>(target, source),
        17..=32 => ends::<16>(target, source),
        4..=7 => ends::<4>(target, source),
        0..=3 => few(target, source),
        33..=64 => ends::<32>(target, source),
        _ => target.copy_from_slice(source),
    }
}

/// Up to three bytes: the first, the middle and the last are all there are.
#[inline]
fn few(target: &mut [u8], source: &[u8]) {
    let middle = source.len() / 2;
    if let (Some(to), Some(from)) = (target.get_mut(middle), source.get(middle)) {
        *to = *from;
    }
    if let (Some(to), Some(from)) = (target.first_mut(), source.first()) {
        *to = *from;
    }
    if let (Some(to), Some(from)) = (target.last_mut(), source.last()) {
        *to = *from;
    }
}

/// Between `N` and `2 * N` bytes: the first `N` and the last `N`, which may overlap.
#[inline]
fn ends<const N: usize>(target: &mut [u8], source: &[u8]) {
    if let (Some(to), Some(from)) = (target.first_chunk_mut::<N>(), source.first_chunk::<N>()) {
        *to = *from;
    }
    if let (Some(to), Some(from)) = (target.last_chunk_mut::<N>(), source.last_chunk::<N>()) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests;

//! The growing request body: a byte vector that is never cleared, only rewound.
//!
//! Encoders append to it for every span, so appending must be a bounds check and a copy. A
//! `Vec<u8>` would do, but its `extend_from_slice` calls `memcpy` for every key and value, most of
//! which are shorter than 32 bytes, where the call costs more than the copy.

use std::ops::{Deref, DerefMut, Range};

/// Bytes in front of a cursor, over memory that stays initialised from one request to the next.
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

    /// Appends a piece whose length the compiler knows.
    #[inline]
    pub fn push_array<const N: usize>(&mut self, bytes: [u8; N]) {
        if let Some(room) = self.take(N).first_chunk_mut() {
            *room = bytes;
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
        self.len = end;
        if end > self.data.len() {
            return longer(&mut self.data, start, end);
        }
        self.data.get_mut(start..end).unwrap_or_default()
    }

    /// Lengthens the buffer by exactly `bytes`, to be written piece by piece.
    ///
    /// Each append reads the length that the one before it stored. Pieces that are written through
    /// one cursor do not wait for each other: half the time of a small tag.
    #[inline]
    pub fn cursor(&mut self, bytes: usize) -> Cursor<'_> {
        Cursor {
            rest: self.take(bytes),
        }
    }

    /// Room for at least `most` bytes; the buffer is lengthened by what is put there. For pieces
    /// whose length is known only once they are written: one check of the memory for all of them.
    #[inline(always)]
    pub fn room(&mut self, most: usize) -> Room<'_> {
        let start = self.len & LONGEST;
        let end = start + (most & LONGEST);
        let rest = if end > self.data.len() {
            longer(&mut self.data, start, end)
        } else {
            self.data.get_mut(start..end).unwrap_or_default()
        };
        Room {
            cursor: Cursor { rest },
            len: &mut self.len,
            end,
        }
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

    /// Moves the bytes from `from` on in front of those from `to` on.
    #[cold]
    pub fn bring_forward(&mut self, to: usize, from: usize) {
        let moved = self.len.saturating_sub(from);
        if let Some(bytes) = self.data.get_mut(to..self.len) {
            if moved <= bytes.len() {
                bytes.rotate_right(moved);
            }
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

/// Makes room up to `end` and hands out the bytes from `start` to there.
#[cold]
#[inline(never)]
fn longer(data: &mut Vec<u8>, start: usize, end: usize) -> &mut [u8] {
    data.resize(end.next_power_of_two().max(FIRST_BYTES), 0);
    data.get_mut(start..end).unwrap_or_default()
}

/// Writes into bytes of a [`Buffer`]. What does not fit is not written.
#[derive(Debug)]
pub struct Cursor<'a> {
    rest: &'a mut [u8],
}

impl Cursor<'_> {
    /// Writes a piece whose length the compiler knows.
    #[inline(always)]
    pub fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        let rest = std::mem::take(&mut self.rest);
        if let Some((room, rest)) = rest.split_first_chunk_mut() {
            *room = bytes;
            self.rest = rest;
        }
    }

    /// Writes the first `kept` bytes of a piece. There must be room for the whole piece.
    #[inline(always)]
    pub fn put_first<const N: usize>(&mut self, bytes: [u8; N], kept: usize) {
        let rest = std::mem::take(&mut self.rest);
        if let Some(room) = rest.first_chunk_mut() {
            *room = bytes;
            self.rest = rest.get_mut(kept..).unwrap_or_default();
        }
    }

    /// Writes bytes.
    #[inline(always)]
    pub fn put_bytes(&mut self, bytes: &[u8]) {
        let rest = std::mem::take(&mut self.rest);
        if let Some((room, rest)) = rest.split_at_mut_checked(bytes.len()) {
            copy(room, bytes);
            self.rest = rest;
        }
    }
}

/// A [`Cursor`] that lengthens its buffer, when it is dropped, by what it wrote.
#[derive(Debug)]
pub struct Room<'a> {
    cursor: Cursor<'a>,
    /// The buffer's length.
    len: &'a mut usize,
    /// Where the cursor's room ends.
    end: usize,
}

impl<'a> Deref for Room<'a> {
    type Target = Cursor<'a>;

    #[inline(always)]
    fn deref(&self) -> &Cursor<'a> {
        &self.cursor
    }
}

impl<'a> DerefMut for Room<'a> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Cursor<'a> {
        &mut self.cursor
    }
}

impl Drop for Room<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        *self.len = self.end - self.cursor.rest.len();
    }
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

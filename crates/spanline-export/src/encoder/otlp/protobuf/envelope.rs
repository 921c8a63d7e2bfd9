//! The messages around the spans: one `ResourceSpans`, and in it a `ScopeSpans` for each group.
//!
//! Their lengths are known last, and everything stands behind them. Each gets three bytes, which is
//! what 16 KiB to 2 MiB take and so fits a full batch. Where it does not fit, all that must move is
//! moved once, when the request is finished.

use super::wire::{patch_varint, varint_len};
use crate::encoder::buffer::Buffer;

/// Bytes that are kept free for a length.
const ROOM: usize = 3;

/// What needs more than [`ROOM`]: 2^21 bytes.
const LARGE: usize = 1 << (7 * ROOM);

/// The open messages of a request: the outer one, then the inner ones in a row.
#[derive(Debug, Default)]
pub(super) struct Envelope {
    slots: Vec<Slot>,
}

/// A length that is to be filled in.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// Where the room begins.
    at: usize,
    /// The message's length; known when the request is finished.
    length: usize,
}

impl Envelope {
    /// Forgets the last request.
    pub(super) fn clear(&mut self) {
        self.slots.clear();
    }

    /// Begins a message: the first is the outer one, each other one ends the one before it.
    pub(super) fn open(&mut self, key: u8, out: &mut Buffer) {
        self.forget_beyond(out.len());
        out.push(&[key, 0, 0, 0]);
        self.slots.push(Slot {
            at: out.len() - ROOM,
            length: 0,
        });
    }

    /// What a request of this many bytes can grow by, when it is closed.
    #[inline]
    pub(super) fn growth(&self, length: usize) -> usize {
        if length < LARGE {
            return 0;
        }
        2 * self.slots.len()
    }

    /// Fills all lengths in.
    pub(super) fn close(&mut self, out: &mut Buffer) {
        self.forget_beyond(out.len());
        self.measure(out.len());
        let widths = self.slots.iter().map(|slot| varint_len(slot.length as u64));
        if widths.clone().any(|width| width != ROOM) {
            let growth = widths.map(|width| width.saturating_sub(ROOM)).sum();
            self.compact(growth, out);
        }
        for slot in &self.slots {
            let width = varint_len(slot.length as u64);
            patch_varint(out, slot.at, slot.length as u64, width);
        }
    }

    /// Forgets messages that began in bytes which were taken back.
    fn forget_beyond(&mut self, length: usize) {
        while self
            .slots
            .last()
            .is_some_and(|slot| slot.at + ROOM > length)
        {
            self.slots.pop();
        }
    }

    /// Computes the length of each message, the outer one's with the final widths of the inner.
    fn measure(&mut self, end: usize) {
        let mut next = end;
        let mut saved = 0isize;
        for slot in self.slots.iter_mut().skip(1).rev() {
            slot.length = next - (slot.at + ROOM);
            saved += ROOM as isize - varint_len(slot.length as u64) as isize;
            // The key in front of the room belongs to the outer message.
            next = slot.at - 1;
        }
        if let Some(outer) = self.slots.first_mut() {
            outer.length = (end - (outer.at + ROOM)).saturating_add_signed(-saved);
        }
    }

    /// Moves every piece to where it belongs, front to back, each byte once. First all of it goes
    /// back by `growth`, so that no piece is written over before it was moved.
    #[cold]
    fn compact(&mut self, growth: usize, out: &mut Buffer) {
        let Some(first) = self.slots.first().map(|slot| slot.at) else {
            return;
        };
        if growth > 0 {
            let end = out.len();
            out.take(growth);
            out.move_within(first..end, first + growth);
        }
        let mut to = first;
        let mut slots = self.slots.iter_mut().peekable();
        while let Some(slot) = slots.next() {
            let from = slot.at + growth + ROOM;
            let until = slots.peek().map_or(out.len(), |next| next.at + growth);
            slot.at = to;
            to += varint_len(slot.length as u64);
            out.move_within(from..until, to);
            to += until - from;
        }
        out.truncate(to);
    }
}

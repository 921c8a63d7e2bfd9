//! Protobuf's wire format ("Encoding" in the Protocol Buffers documentation): keys, varints, and
//! messages behind their lengths.

use crate::encoder::buffer::{Buffer, Cursor};
use std::mem;

/// Wire type VARINT: integers, booleans, enums.
pub(super) const VARINT: u8 = 0;
/// Wire type I64: eight little-endian bytes.
pub(super) const FIXED64: u8 = 1;
/// Wire type LEN: text, bytes, messages.
pub(super) const BYTES: u8 = 2;
/// Wire type I32: four little-endian bytes.
pub(super) const FIXED32: u8 = 5;

/// The key in front of a field. Fields above 15 take two bytes and are not made by this.
pub(super) const fn key(field: u8, wire_type: u8) -> u8 {
    assert!(field < 16 && wire_type < 8);
    field << 3 | wire_type
}

/// How many bytes a varint takes: one for each seven bits, one for zero.
#[inline(always)]
pub(super) const fn varint_len(number: u64) -> usize {
    // (bits + 6) / 7 without a division, for 1 to 64 bits.
    let bits = 64 - (number | 1).leading_zeros() as usize;
    (bits * 9 + 64) / 64
}

/// Puts a varint.
#[inline(always)]
pub(super) fn put_varint(to: &mut Cursor<'_>, number: u64) {
    if number < 0x80 {
        return to.put([number as u8]);
    }
    if number >> 56 == 0 {
        let width = varint_len(number);
        return to.put_first(spread(number, width).to_le_bytes(), width);
    }
    to.rarely(move |to| put_long_varint(to, number));
}

/// The eight bytes of a varint of at most 56 bits, of which the first `len` count. Halves the
/// number three times to put seven bits into each byte, instead of a step per byte.
#[inline(always)]
pub(super) fn spread(number: u64, len: usize) -> u64 {
    let halves = (number & 0x0FFF_FFFF) | (number & (0x0FFF_FFFF << 28)) << 4;
    let pairs = (halves & 0x0000_3FFF_0000_3FFF) | (halves & 0x0FFF_C000_0FFF_C000) << 2;
    let bytes = (pairs & 0x007F_007F_007F_007F) | (pairs & 0x3F80_3F80_3F80_3F80) << 1;
    // Every byte but the last says that another one follows.
    let follows = 0x8080_8080_8080_8080 & !(u64::MAX << (8 * len - 8));
    bytes | follows
}

/// Nine or ten bytes: the first eight are full.
fn put_long_varint(to: &mut Cursor<'_>, number: u64) {
    let first = spread(number & (u64::MAX >> 8), 8) | 0x80 << 56;
    to.put(first.to_le_bytes());
    let rest = (number >> 56) as u8;
    if rest < 0x80 {
        to.put([rest]);
    } else {
        to.put([rest, 1]);
    }
}

/// Puts a text or bytes, whose absence means the same as emptiness: nothing if it is empty.
#[inline(always)]
pub(super) fn put_text(to: &mut Cursor<'_>, key: u8, text: &[u8]) {
    if !text.is_empty() {
        put_bytes(to, key, text);
    }
}

/// Puts a text or bytes, the empty one too.
#[inline(always)]
pub(super) fn put_bytes(to: &mut Cursor<'_>, key: u8, bytes: &[u8]) {
    if bytes.len() < 0x80 {
        to.put([key, bytes.len() as u8]);
        to.put_bytes(bytes);
    } else {
        to.rarely(move |to| {
            to.put([key]);
            put_varint(to, bytes.len() as u64);
            to.put_bytes(bytes);
        });
    }
}

/// Puts a number, unless it is zero, which absence means too.
#[inline(always)]
pub(super) fn put_count(to: &mut Cursor<'_>, key: u8, count: u32) {
    if count > 0 {
        to.rarely(move |to| {
            to.put([key]);
            put_varint(to, count.into());
        });
    }
}

/// Puts a message: its key, its length, and what `inside` writes, of which `guess` bytes are
/// expected.
///
/// The record says nearly how long a message will be, so the length nearly always takes the room
/// that was left for it; where it does not, the message is moved by a byte or two.
#[inline(always)]
pub(super) fn put_message<T>(
    to: &mut Cursor<'_>,
    key: u8,
    guess: usize,
    inside: impl FnOnce(&mut Cursor<'_>) -> T,
) -> T {
    let width = if guess < 0x80 { 1 } else { 2 };
    let (length, told) = to.ahead(1 + width, inside);
    match width {
        1 if length < 0x80 => to.put([key, length as u8]),
        2 if length >> 7 != 0 && length < 0x4000 => {
            to.put([key, length as u8 | 0x80, (length >> 7) as u8]);
        }
        _ => *to = put_late_head(mem::take(to), key, width, length),
    }
    to.skip(length);
    told
}

#[cold]
#[inline(never)]
fn put_late_head(to: Cursor<'_>, key: u8, width: usize, length: usize) -> Cursor<'_> {
    let mut head = [key; 9];
    let bytes = spread(length as u64, varint_len(length as u64)).to_le_bytes();
    for (to, byte) in head.iter_mut().skip(1).zip(bytes) {
        *to = byte;
    }
    let used = 1 + varint_len(length as u64);
    to.put_head(head.get(..used).unwrap_or_default(), 1 + width, length)
}

/// Writes a varint over the `width` bytes at `at`, which is how many it takes.
pub(super) fn patch_varint(out: &mut Buffer, at: usize, number: u64, width: usize) {
    let bytes = spread(number, width).to_le_bytes();
    for (n, byte) in bytes.into_iter().enumerate().take(width) {
        out.patch(at + n, [byte]);
    }
}

#[cfg(test)]
mod tests;

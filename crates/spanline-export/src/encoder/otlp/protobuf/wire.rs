//! Protobuf's wire format ("Encoding" in the Protocol Buffers documentation): keys, varints, and
//! messages behind their lengths.

use crate::encoder::buffer::Buffer;

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
#[inline]
pub(super) const fn varint_len(number: u64) -> usize {
    // (bits + 6) / 7 without a division, for 1 to 64 bits.
    let bits = 64 - (number | 1).leading_zeros() as usize;
    (bits * 9 + 64) / 64
}

/// Appends a varint.
#[inline]
pub(super) fn push_varint(out: &mut Buffer, number: u64) {
    if number < 0x80 {
        return out.push_array([number as u8]);
    }
    let start = out.len();
    if number >> 56 == 0 {
        out.push_array(spread(number, varint_len(number)).to_le_bytes());
        return out.truncate(start + varint_len(number));
    }
    push_long_varint(out, number);
}

/// The eight bytes of a varint of at most 56 bits, of which the first `len` count. Halves the
/// number three times to put seven bits into each byte, instead of a step per byte.
#[inline]
pub(super) fn spread(number: u64, len: usize) -> u64 {
    let halves = (number & 0x0FFF_FFFF) | (number & (0x0FFF_FFFF << 28)) << 4;
    let pairs = (halves & 0x0000_3FFF_0000_3FFF) | (halves & 0x0FFF_C000_0FFF_C000) << 2;
    let bytes = (pairs & 0x007F_007F_007F_007F) | (pairs & 0x3F80_3F80_3F80_3F80) << 1;
    // Every byte but the last says that another one follows.
    let follows = 0x8080_8080_8080_8080 & !(u64::MAX << (8 * len - 8));
    bytes | follows
}

/// Nine or ten bytes: the first eight are full.
#[cold]
fn push_long_varint(out: &mut Buffer, number: u64) {
    let first = spread(number & (u64::MAX >> 8), 8) | 0x80 << 56;
    out.push_array(first.to_le_bytes());
    let rest = (number >> 56) as u8;
    if rest < 0x80 {
        out.push_array([rest]);
    } else {
        out.push_array([rest, 1]);
    }
}

/// Appends the key and the length of what follows.
#[inline]
pub(super) fn push_len(out: &mut Buffer, key: u8, len: usize) {
    out.push_array([key]);
    push_varint(out, len as u64);
}

/// Appends a text or bytes, whose absence means the same as emptiness: nothing if it is empty.
#[inline]
pub(super) fn push_text(out: &mut Buffer, key: u8, text: &[u8]) {
    if !text.is_empty() {
        push_bytes(out, key, text);
    }
}

/// Appends a text or bytes, the empty one too.
#[inline]
pub(super) fn push_bytes(out: &mut Buffer, key: u8, bytes: &[u8]) {
    if bytes.len() < 0x80 {
        let mut to = out.cursor(2 + bytes.len());
        to.put([key, bytes.len() as u8]);
        return to.put_bytes(bytes);
    }
    push_len(out, key, bytes.len());
    out.push(bytes);
}

/// Appends a number, unless it is zero, which absence means too.
#[inline]
pub(super) fn push_count(out: &mut Buffer, key: u8, count: u32) {
    if count > 0 {
        out.push_array([key]);
        push_varint(out, count.into());
    }
}

/// A message under construction: its key, room for its length, then what is appended until `end`.
///
/// The record says nearly how long a message will be, so the room nearly always fits; where it
/// does not, the message is moved by a byte or two.
#[must_use]
pub(super) struct Message {
    start: usize,
    width: usize,
}

impl Message {
    /// Begins a message of about `guess` bytes.
    #[inline]
    pub(super) fn begin(out: &mut Buffer, key: u8, guess: usize) -> Message {
        let width = varint_len(guess as u64);
        let at = out.len();
        out.push_array([key, 0, 0, 0, 0, 0]);
        out.truncate(at + 1 + width);
        Message {
            start: at + 1 + width,
            width,
        }
    }

    /// Fills the length in.
    #[inline]
    pub(super) fn end(self, out: &mut Buffer) {
        let length = out.len() - self.start;
        match self.width {
            1 if length < 0x80 => out.patch(self.start - 1, [length as u8]),
            2 if length >> 7 != 0 && length < 0x4000 => {
                out.patch(self.start - 2, [length as u8 | 0x80, (length >> 7) as u8]);
            }
            _ => self.end_slowly(length, out),
        }
    }

    #[cold]
    fn end_slowly(self, length: usize, out: &mut Buffer) {
        let width = varint_len(length as u64);
        let bytes = spread(length as u64, width).to_le_bytes();
        let bytes = bytes.get(..width).unwrap_or_default();
        out.replace(self.start - self.width, self.width, bytes);
    }
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

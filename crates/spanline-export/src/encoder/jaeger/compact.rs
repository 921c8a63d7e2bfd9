//! Thrift's compact protocol ("Thrift Compact protocol encoding"): numbers in as few bytes as they
//! need, and mostly one byte for the type and number of a field.
//!
//! ```text
//! message := 0x82 · type << 5 | 1 · sequence id varint · name string · arguments struct
//! field   := id delta << 4 | type · value    string := length varint · bytes
//! struct  := field* · 0                      list   := size << 4 | element type · element*
//!                                                   |  0xF0 | element type · size varint · element*
//! varint  := seven bits a byte, the lowest first, the high bit set in all but the last
//! ```
//!
//! Integers are zigzag varints, doubles eight bytes little-endian, and a `bool` is in its field's
//! type. Field numbers here are never more than 15 apart, so the long form of a field, which writes
//! the number itself, is not needed.

use super::protocol::{Field, Protocol};
use crate::encoder::buffer::Cursor;

/// Thrift's compact protocol.
#[derive(Clone, Copy, Debug, Default)]
pub struct Compact;

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// Protocol id and, in the next byte, version 1 below the message type `ONEWAY`.
const ONEWAY: [u8; 2] = [0x82, 4 << 5 | 1];

impl Protocol for Compact {
    const AGENT_PORT: u16 = 6831;

    fn put_oneway(to: &mut Cursor<'_>, name: &str) {
        to.put(ONEWAY);
        to.put([0]);
        put_varint(to, name.len() as u64);
        to.put_bytes(name.as_bytes());
    }

    #[inline(always)]
    fn put_bool(to: &mut Cursor<'_>, field: Field, value: bool) {
        to.put([head(field, if value { TRUE } else { FALSE })]);
    }

    #[inline(always)]
    fn put_i32(to: &mut Cursor<'_>, field: Field, value: u32) {
        let value = value as i32;
        put_number(
            to,
            head(field, I32),
            ((value << 1) ^ (value >> 31)) as u32 as u64,
        );
    }

    #[inline(always)]
    fn put_i64(to: &mut Cursor<'_>, field: Field, value: u64) {
        let value = value as i64;
        put_number(to, head(field, I64), ((value << 1) ^ (value >> 63)) as u64);
    }

    #[inline(always)]
    fn put_double(to: &mut Cursor<'_>, field: Field, bits: u64) {
        let [a, b, c, d, e, f, g, h] = bits.to_le_bytes();
        to.put([head(field, DOUBLE), a, b, c, d, e, f, g, h]);
    }

    #[inline(always)]
    fn put_string(to: &mut Cursor<'_>, field: Field, length: usize) {
        put_number(to, head(field, BINARY), length as u64);
    }

    #[inline(always)]
    fn put_struct(to: &mut Cursor<'_>, field: Field) {
        to.put([head(field, STRUCT)]);
    }

    #[inline(always)]
    fn put_list(to: &mut Cursor<'_>, field: Field, size: u32) {
        let head = head(field, LIST);
        if size < FEW {
            return to.put([head, (size as u8) << 4 | STRUCT]);
        }
        to.rarely(move |to| {
            to.put([head, 0xF0 | STRUCT]);
            // Byte by byte: what stands behind may be there already.
            let mut rest = size;
            while rest >= 0x80 {
                to.put([rest as u8 | 0x80]);
                rest >>= 7;
            }
            to.put([rest as u8]);
        });
    }

    #[inline(always)]
    fn list_len(size: u32) -> usize {
        if size < FEW {
            return 2;
        }
        let bits = 32 - size.leading_zeros() as usize;
        2 + bits.div_ceil(7)
    }
}

/// The first size of a list that does not fit beside its element type.
const FEW: u32 = 15;

/// A field's number, relative to the one before, beside its type.
#[inline(always)]
const fn head(field: Field, kind: u8) -> u8 {
    (field.id - field.after) << 4 | kind
}

/// A field's head and a number: an id, mostly.
#[inline(always)]
fn put_number(to: &mut Cursor<'_>, head: u8, number: u64) {
    if number >> 56 != 0 {
        let ([a, b, c, d, e, f, g, h], ninth, last) = long_varint(number);
        let kept = 10 + usize::from(last);
        return to.put_first([head, a, b, c, d, e, f, g, h, ninth, last], kept);
    }
    if number < 0x80 {
        return to.put([head, number as u8]);
    }
    let (bytes, length) = varint(number);
    to.put([head]);
    to.put_first(bytes, length);
}

/// A varint: at most 56 bits take as many bytes as they fill, and more take nine or ten.
#[inline(always)]
fn put_varint(to: &mut Cursor<'_>, number: u64) {
    if number >> 56 != 0 {
        let (eight, ninth, last) = long_varint(number);
        to.put(eight);
        return to.put_first([ninth, last], 1 + usize::from(last));
    }
    let (bytes, length) = varint(number);
    to.put_first(bytes, length);
}

/// The varint of at most 56 bits, and how many of the bytes are of it.
#[inline(always)]
const fn varint(number: u64) -> ([u8; 8], usize) {
    let bytes = spread(number);
    // Bits of the bytes behind the last one that is not zero.
    let unused = (bytes | 1).leading_zeros() & !7;
    let more = (MORE >> 8) >> unused;
    ((bytes | more).to_le_bytes(), 8 - unused as usize / 8)
}

/// The varint of more than 56 bits: eight bytes, a ninth, and a tenth that is there if it is not
/// zero. Of the eight bits in the ninth, the highest one is of the number, and says as well that
/// the tenth is there.
#[inline(always)]
const fn long_varint(number: u64) -> ([u8; 8], u8, u8) {
    let eight = (spread(number) | MORE).to_le_bytes();
    (eight, (number >> 56) as u8, (number >> 63) as u8)
}

/// The high bit of each of eight bytes: more of the varint follows.
const MORE: u64 = 0x8080_8080_8080_8080;

/// The low 56 bits with seven in each byte. Without a loop: they are halved three times and the
/// upper halves moved up by one more bit each. To move by `n` bits is to add `2^n - 1` times.
#[inline(always)]
const fn spread(number: u64) -> u64 {
    let halves = (number & 0x0FFF_FFFF) | (number & 0x00FF_FFFF_F000_0000) << 4;
    let quarters = halves + 3 * (halves & 0x0FFF_C000_0FFF_C000);
    quarters + (quarters & 0x3F80_3F80_3F80_3F80)
}

#[cfg(test)]
mod tests;

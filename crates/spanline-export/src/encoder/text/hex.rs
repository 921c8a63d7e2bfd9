//! Hexadecimal numbers.

use crate::encoder::buffer::Cursor;
use spanline_core::hex::encode_u64;

/// The sixteen lower-case digits of a number, the first one first.
#[inline(always)]
pub fn put_hex(to: &mut Cursor<'_>, number: u64) {
    to.put(encode_u64(number));
}

//! Decimal numbers.

use crate::encoder::buffer::{Buffer, Cursor};
use std::io::Write as _;

/// An unsigned number in decimal.
#[inline]
pub fn push_u64(out: &mut Buffer, number: u64) {
    put_u64(&mut out.room(DECIMAL), number);
}

/// The same at a cursor, which must have room for [`DECIMAL`] bytes.
///
/// Eight digits at a time, all in registers. The groups do not depend on each other, so the sixteen
/// digits of a timestamp take hardly longer than eight.
#[inline]
pub fn put_u64(to: &mut Cursor<'_>, number: u64) {
    const GROUP: u64 = 100_000_000;
    if number < GROUP {
        return put_leading(to, number as u32);
    }
    let (high, low) = (number / GROUP, (number % GROUP) as u32);
    if high < GROUP {
        put_leading(to, high as u32);
    } else {
        put_leading(to, (high / GROUP) as u32);
        to.put(eight_digits((high % GROUP) as u32).to_le_bytes());
    }
    to.put(eight_digits(low).to_le_bytes());
}

/// A number below 10^8 without zeros in front.
#[inline(always)]
fn put_leading(to: &mut Cursor<'_>, number: u32) {
    let digits = eight_digits(number);
    let zeros = leading_zeros(digits).min(7);
    to.put_first((digits >> (8 * zeros)).to_le_bytes(), 8 - zeros);
}

/// Room for the digits of any number: twenty, and as many as a whole word may be written over.
pub const DECIMAL: usize = 24;

/// A signed number in decimal.
#[inline]
pub fn push_i64(out: &mut Buffer, number: i64) {
    if number < 0 {
        out.push_array(*b"-");
    }
    push_u64(out, number.unsigned_abs());
}

/// The shortest decimal that reads back as the same number, with an exponent where it would be
/// long; `NaN`, `Infinity` and `-Infinity` bare.
pub fn push_f64(out: &mut Buffer, number: f64) {
    if !push_short_f64(out, number) {
        push_any_f64(out, number);
    }
}

/// Writes numbers of at most three decimals and fifteen digits, which is what programs mostly
/// record: ten times as fast as the general way.
///
/// No two decimals of at most fifteen digits are the same `f64`, so if one of them reads back as
/// the number, none that is shorter does.
#[inline]
fn push_short_f64(out: &mut Buffer, number: f64) -> bool {
    let thousandths = number * 1000.0;
    let whole = thousandths as i64;
    let is_short = thousandths.abs() < 1e15 && whole as f64 / 1000.0 == number;
    if !is_short {
        return false;
    }
    if number.is_sign_negative() {
        out.push_array(*b"-");
    }
    let whole = whole.unsigned_abs();
    push_u64(out, whole / 1000);
    let [_, a, b, c] = four_digits((whole % 1000) as u32);
    match (a, b, c) {
        (b'0', b'0', b'0') => {}
        (a, b'0', b'0') => out.push_array([b'.', a]),
        (a, b, b'0') => out.push_array([b'.', a, b]),
        (a, b, c) => out.push_array([b'.', a, b, c]),
    }
    true
}

#[cold]
fn push_any_f64(out: &mut Buffer, number: f64) {
    if number.is_nan() {
        return out.push(b"NaN");
    }
    if number.is_infinite() {
        return out.push(if number > 0.0 {
            b"Infinity"
        } else {
            b"-Infinity"
        });
    }
    let mut text = [0; LONGEST_F64];
    let mut rest = text.as_mut_slice();
    // Nothing is longer than the text has room for.
    let _ = match number.abs() {
        1e-5..1e21 => write!(rest, "{number}"),
        _ => write!(rest, "{number:e}"),
    };
    let written = LONGEST_F64 - rest.len();
    out.push(text.get(..written).unwrap_or_default());
}

/// `-0.000012345678901234567` and `-123456789012345680000` are the longest; twice that is ample.
const LONGEST_F64: usize = 48;

/// Eight times `0`.
const ZEROS: u64 = 0x3030_3030_3030_3030;

/// How many of eight digits are zeros in front.
#[inline]
fn leading_zeros(digits: u64) -> usize {
    ((digits ^ ZEROS).trailing_zeros() / 8) as usize
}

/// Eight decimal digits of a number below 10^8, the first one in the lowest byte.
///
/// Divides all parts of the number at once: into halves of four digits, 32 bits apart, then pairs,
/// 16 bits apart, then digits. Dividing by 100 and 10 is multiplying and shifting, exact for the few
/// values there are.
#[inline]
fn eight_digits(number: u32) -> u64 {
    let halves = u64::from(number / 10_000) | u64::from(number % 10_000) << 32;
    let hundreds = ((halves * 10_486) >> 20) & 0x0000_007F_0000_007F;
    let pairs = hundreds | (halves - 100 * hundreds) << 16;
    let tens = ((pairs * 103) >> 10) & 0x000F_000F_000F_000F;
    let digits = tens | (pairs - 10 * tens) << 8;
    digits | ZEROS
}

/// The last four of the eight digits of a number below 10^4.
#[inline]
fn four_digits(number: u32) -> [u8; 4] {
    ((eight_digits(number) >> 32) as u32).to_le_bytes()
}

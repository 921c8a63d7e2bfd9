//! Decimal numbers.

use crate::encoder::buffer::Cursor;
use std::io::Write as _;
use std::mem;

/// An unsigned number in decimal.
///
/// Eight digits at a time, all in registers. The groups do not depend on each other, so the sixteen
/// digits of a timestamp take hardly longer than eight.
#[inline(always)]
pub fn put_u64(to: &mut Cursor<'_>, number: u64) {
    if number < GROUP {
        put_leading(to, number as u32);
    } else {
        *to = put_long(mem::take(to), number);
    }
}

/// As many numbers as eight digits can say.
const GROUP: u64 = 100_000_000;

/// More than eight digits. The cursor goes through registers.
#[inline(never)]
fn put_long(mut to: Cursor<'_>, number: u64) -> Cursor<'_> {
    let (high, low) = (number / GROUP, (number % GROUP) as u32);
    if high < GROUP {
        put_leading(&mut to, high as u32);
    } else {
        put_leading(&mut to, (high / GROUP) as u32);
        to.put(eight_digits((high % GROUP) as u32).to_le_bytes());
    }
    to.put(eight_digits(low).to_le_bytes());
    to
}

/// A number below 10^8 without zeros in front.
#[inline(always)]
fn put_leading(to: &mut Cursor<'_>, number: u32) {
    let digits = eight_digits(number);
    let zeros = leading_zeros(digits).min(7);
    to.put_first((digits >> (8 * zeros)).to_le_bytes(), 8 - zeros);
}

/// A signed number in decimal.
#[inline(always)]
pub fn put_i64(to: &mut Cursor<'_>, number: i64) {
    if number < 0 {
        to.put(*b"-");
    }
    put_u64(to, number.unsigned_abs());
}

/// The shortest decimal that reads back as the same number, with an exponent where it would be
/// long; `NaN`, `Infinity` and `-Infinity` bare.
#[inline(always)]
pub fn put_f64(to: &mut Cursor<'_>, number: f64) {
    if !put_short_f64(to, number) {
        to.rarely(|to| put_any_f64(to, number));
    }
}

/// Writes numbers of at most three decimals and fifteen digits, which is what programs mostly
/// record: ten times as fast as the general way.
///
/// No two decimals of at most fifteen digits are the same `f64`, so if one of them reads back as
/// the number, none that is shorter does.
#[inline(always)]
fn put_short_f64(to: &mut Cursor<'_>, number: f64) -> bool {
    let thousandths = number * 1000.0;
    let whole = thousandths as i64;
    let is_short = thousandths.abs() < 1e15 && whole as f64 / 1000.0 == number;
    if !is_short {
        return false;
    }
    if number.is_sign_negative() {
        to.put(*b"-");
    }
    let whole = whole.unsigned_abs();
    put_u64(to, whole / 1000);
    let [_, a, b, c] = four_digits((whole % 1000) as u32);
    match (a, b, c) {
        (b'0', b'0', b'0') => {}
        (a, b'0', b'0') => to.put([b'.', a]),
        (a, b, b'0') => to.put([b'.', a, b]),
        (a, b, c) => to.put([b'.', a, b, c]),
    }
    true
}

fn put_any_f64(to: &mut Cursor<'_>, number: f64) {
    if number.is_nan() {
        return to.put(*b"NaN");
    }
    if number.is_infinite() {
        return to.put_bytes(if number > 0.0 {
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
    to.put_bytes(text.get(..written).unwrap_or_default());
}

/// `-0.000012345678901234567` and `-123456789012345680000` are the longest; twice that is ample.
const LONGEST_F64: usize = 48;

/// Eight times `0`.
const ZEROS: u64 = 0x3030_3030_3030_3030;

/// How many of eight digits are zeros in front.
#[inline(always)]
fn leading_zeros(digits: u64) -> usize {
    ((digits ^ ZEROS).trailing_zeros() / 8) as usize
}

/// Eight decimal digits of a number below 10^8, the first one in the lowest byte.
///
/// Divides all parts of the number at once: into halves of four digits, 32 bits apart, then pairs,
/// 16 bits apart, then digits. Dividing by 100 and 10 is multiplying and shifting, exact for the few
/// values there are.
#[inline(always)]
fn eight_digits(number: u32) -> u64 {
    let halves = u64::from(number / 10_000) | u64::from(number % 10_000) << 32;
    let hundreds = ((halves * 10_486) >> 20) & 0x0000_007F_0000_007F;
    let pairs = hundreds | (halves - 100 * hundreds) << 16;
    let tens = ((pairs * 103) >> 10) & 0x000F_000F_000F_000F;
    let digits = tens | (pairs - 10 * tens) << 8;
    digits | ZEROS
}

/// The last four of the eight digits of a number below 10^4.
#[inline(always)]
fn four_digits(number: u32) -> [u8; 4] {
    ((eight_digits(number) >> 32) as u32).to_le_bytes()
}

//! Lower-case hexadecimal digits, written and read eight at a time.
//!
//! Ids and headers are turned into text and back many times a second, so this works on whole
//! machine words: eight digits fit a `u64`, and a handful of additions and masks handles all of
//! them at once, without a table and without a branch per digit. Nothing here allocates.
//!
//! What a run of digits means (an id, a flag byte, a version) is the caller's business.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

/// A text of exactly `N` ASCII characters, kept on the stack.
///
/// This is what [`TraceId::to_hex`](crate::id::TraceId::to_hex) and its like return: it
/// dereferences to `str`, so it goes wherever a `&str` goes, and it costs no allocation.
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::SpanId;
///
/// let hex = SpanId::from_u64(0x00f0_67aa_0ba9_02b7).unwrap().to_hex();
/// assert_eq!(&*hex, "00f067aa0ba902b7");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hex<const N: usize> {
    /// ASCII only: every constructor is in this crate and writes digits and dashes.
    text: [u8; N],
}

impl<const N: usize> Hex<N> {
    /// Wraps text that is known to be ASCII; anything else would read as the empty string.
    #[inline]
    pub(crate) const fn from_ascii(text: [u8; N]) -> Self {
        debug_assert!(text.is_ascii());
        Self { text }
    }

    /// The characters as a string slice.
    #[inline]
    #[must_use]
    pub const fn as_str(&self) -> &str {
        match std::str::from_utf8(&self.text) {
            Ok(text) => text,
            Err(_) => "", // not reachable: `text` is ASCII
        }
    }

    /// The characters as bytes.
    #[inline]
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; N] {
        &self.text
    }
}

impl<const N: usize> Deref for Hex<N> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl<const N: usize> AsRef<str> for Hex<N> {
    #[inline]
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<const N: usize> AsRef<[u8]> for Hex<N> {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        &self.text
    }
}

impl<const N: usize> Borrow<str> for Hex<N> {
    #[inline]
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl<const N: usize> PartialEq<str> for Hex<N> {
    fn eq(&self, other: &str) -> bool {
        self.text == *other.as_bytes()
    }
}

impl<const N: usize> PartialEq<&str> for Hex<N> {
    fn eq(&self, other: &&str) -> bool {
        self.text == *other.as_bytes()
    }
}

impl<const N: usize> fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// The 16 lower-case digits of a word, most significant first.
#[inline]
#[must_use]
pub const fn encode_u64(value: u64) -> [u8; 16] {
    let high = digits_of((value >> 32) as u32);
    let low = digits_of(value as u32);
    (((high as u128) << 64) | low as u128).to_be_bytes()
}

/// The two lower-case digits of a byte.
#[inline]
#[must_use]
pub const fn encode_u8(value: u8) -> [u8; 2] {
    let [.., high, low] = digits_of(value as u32).to_be_bytes();
    [high, low]
}

/// Reads 1 to 16 lower-case digits; fewer than 16 are padded with zeros on the left.
///
/// `None` for no digits, too many, an upper-case digit or any other byte.
#[inline]
#[must_use]
pub fn decode_lower(digits: &[u8]) -> Option<u64> {
    match pad_left(digits) {
        Some(padded) => decode_16(&padded, Case::Lower),
        None => None,
    }
}

/// Reads the digits of one text in three words, all of them judged before any is read.
///
/// `None` for an upper-case digit or any other byte, wherever it stands.
#[inline]
#[must_use]
pub fn decode_words([high, low]: [&[u8; 16]; 2], last: &[u8; 16]) -> Option<(u64, u64, u64)> {
    // One loop over bytes, without a branch: the compiler takes sixteen digits at a time.
    let bad = |digits: &[u8; 16]| {
        let judge = |bad: bool, digit: &u8| bad | !is_lower(*digit);
        digits.iter().fold(false, judge)
    };
    if bad(high) | bad(low) | bad(last) {
        return None;
    }
    Some((read_16(high), read_16(low), read_16(last)))
}

/// Reads two lower-case digits.
///
/// `None` for an upper-case digit or any other byte.
#[inline]
#[must_use]
pub const fn decode_byte([high, low]: [u8; 2]) -> Option<u8> {
    match (nibble(high), nibble(low)) {
        (Some(high), Some(low)) => Some(high << 4 | low),
        _ => None,
    }
}

/// As [`decode_lower`], but upper-case digits are digits too.
#[inline]
#[must_use]
pub fn decode_any(digits: &[u8]) -> Option<u64> {
    match pad_left(digits) {
        Some(padded) => decode_16(&padded, Case::Any),
        None => None,
    }
}

/// Where the first byte stands that is not a lower-case digit: for error messages, not for speed.
#[must_use]
pub fn first_bad_lower(digits: &[u8]) -> Option<usize> {
    if digits
        .iter()
        .fold(true, |good, byte| good & is_lower(*byte))
    {
        return None; // which the compiler sees sixteen digits at a time
    }
    digits.iter().position(|byte| !is_lower(*byte))
}

/// Whether the byte is a digit, in straight-line code.
#[inline(always)]
const fn is_lower(byte: u8) -> bool {
    (byte.wrapping_sub(b'0') < 10) | (byte.wrapping_sub(b'a') < 6)
}

/// The value of 16 bytes that are digits.
#[inline(always)]
const fn read_16(digits: &[u8; 16]) -> u64 {
    let both = u128::from_be_bytes(*digits);
    ((read_8((both >> 64) as u64) as u64) << 32) | read_8(both as u64) as u64
}

/// The value of eight bytes that are digits, the most significant in the top byte. Of all digits
/// only letters have bit 6, and their low half begins with 1 for `a`.
#[inline(always)]
const fn read_8(text: u64) -> u32 {
    gather((text & eight(0x0f)) + ((text >> 6) & eight(1)) * 9)
}

#[inline]
const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Whether `A` to `F` count as digits.
#[derive(Clone, Copy)]
enum Case {
    Lower,
    Any,
}

/// Up to 16 digits, right-aligned among zeros.
#[inline]
fn pad_left(digits: &[u8]) -> Option<[u8; 16]> {
    if let Some(whole) = digits.first_chunk::<16>() {
        return if digits.len() == 16 {
            Some(*whole)
        } else {
            None
        };
    }
    if digits.is_empty() {
        return None;
    }
    let mut padded = [b'0'; 16];
    let (_, right) = padded.split_at_mut(16 - digits.len());
    right.copy_from_slice(digits);
    Some(padded)
}

#[inline]
fn decode_16(digits: &[u8; 16], case: Case) -> Option<u64> {
    let both = u128::from_be_bytes(*digits);
    match (
        value_of((both >> 64) as u64, case),
        value_of(both as u64, case),
    ) {
        (Some(high), Some(low)) => Some(((high as u64) << 32) | low as u64),
        _ => None,
    }
}

/// The same byte in all eight places of a word.
const fn eight(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Eight digits of a half word, the most significant in the top byte.
#[inline]
const fn digits_of(value: u32) -> u64 {
    // One nibble into each byte: 32 bits spread to 64 in three doublings.
    let mut nibbles = value as u64;
    nibbles = (nibbles | (nibbles << 16)) & 0x0000_ffff_0000_ffff;
    nibbles = (nibbles | (nibbles << 8)) & 0x00ff_00ff_00ff_00ff;
    nibbles = (nibbles | (nibbles << 4)) & eight(0x0f);
    // 10 and above reach 16 when 6 is added: those are letters.
    let letters = ((nibbles + eight(6)) >> 4) & eight(1);
    nibbles + eight(b'0') + letters * (b'a' - b'9' - 1) as u64
}

/// The value of eight digits, the most significant in the top byte.
#[inline]
const fn value_of(text: u64, case: Case) -> Option<u32> {
    const TOP: u64 = eight(0x80);
    if text & TOP != 0 {
        return None;
    }
    // Every byte is below 0x80, so that adding `0x80 - c` sets its top bit exactly when the byte
    // is `c` or more, and never carries into its neighbour.
    let digit = (text + eight(0x80 - b'0')) & !(text + eight(0x80 - b'9' - 1));
    let folded = match case {
        Case::Lower => text,
        Case::Any => text | eight(0x20),
    };
    let letter = (folded + eight(0x80 - b'a')) & !(folded + eight(0x80 - b'f' - 1)) & TOP;
    if (digit | letter) & TOP != TOP {
        return None;
    }
    Some(gather((text & eight(0x0f)) + (letter >> 7) * 9))
}

/// One word of the nibbles in eight bytes.
#[inline(always)]
const fn gather(nibbles: u64) -> u32 {
    let mut nibbles = nibbles;
    nibbles = (nibbles | (nibbles >> 4)) & 0x00ff_00ff_00ff_00ff;
    nibbles = (nibbles | (nibbles >> 8)) & 0x0000_ffff_0000_ffff;
    (nibbles | (nibbles >> 16)) as u32
}

#[cfg(test)]
mod tests;

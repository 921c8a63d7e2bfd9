//! JSON (RFC 8259), written straight into the request, on two levels.
//!
//! Zipkin's tag values and annotations are JSON strings whose *content* may be JSON again. Rather
//! than write the inner text somewhere and escape it in a second pass, everything here is generic
//! over the level at which it writes: [`Text`] leaves text as it is, [`Quoted`] writes for the
//! inside of a JSON string, where every quote and backslash needs another backslash.

use super::number::{put_f64, put_i64};
use crate::base64::base64;
use crate::encoder::buffer::Cursor;
use spanline_core::record::{Item, Items, Tag};

/// At which level text is written.
pub trait Level {
    /// A quote that belongs to the JSON of this level.
    const QUOTE: &'static [u8];

    /// Text that is no JSON of its own.
    fn plain(to: &mut Cursor<'_>, text: &[u8]);

    /// The inside of a JSON string of this level.
    fn inside(to: &mut Cursor<'_>, text: &[u8]);
}

/// Text that nothing encloses.
#[derive(Clone, Copy, Debug)]
pub struct Text;

/// Text inside a JSON string.
#[derive(Clone, Copy, Debug)]
pub struct Quoted;

impl Level for Text {
    const QUOTE: &'static [u8] = b"\"";

    #[inline(always)]
    fn plain(to: &mut Cursor<'_>, text: &[u8]) {
        to.put_bytes(text);
    }

    #[inline(always)]
    fn inside(to: &mut Cursor<'_>, text: &[u8]) {
        put_escaped(to, text, |to, escape| to.put_bytes(escape));
    }
}

impl Level for Quoted {
    const QUOTE: &'static [u8] = b"\\\"";

    #[inline(always)]
    fn plain(to: &mut Cursor<'_>, text: &[u8]) {
        put_escaped(to, text, |to, escape| to.put_bytes(escape));
    }

    #[inline(always)]
    fn inside(to: &mut Cursor<'_>, text: &[u8]) {
        put_escaped(to, text, |to, escape| {
            for byte in escape {
                if matches!(byte, b'"' | b'\\') {
                    to.put(*b"\\");
                }
                to.put([*byte]);
            }
        });
    }
}

/// A value at top level: strings bare, the empty value as nothing, NaN without quotes.
#[inline(always)]
pub fn put_text<L: Level>(to: &mut Cursor<'_>, item: &Item<'_>) {
    match item.tag {
        Tag::String => L::plain(to, item.value),
        Tag::I64 => put_i64(to, integer(item.value)),
        Tag::F64 => put_f64(to, float(item.value)),
        Tag::Bool => boolean(to, item.value),
        _ => {
            let Item { tag, key, value } = *item;
            to.rarely(move |to| match tag {
                Tag::Bytes => put_base64(to, value),
                Tag::Empty => {}
                _ => put_compound::<L>(to, &Item { tag, key, value }),
            });
        }
    }
}

/// A value inside a list or a map: JSON throughout.
#[inline(always)]
pub fn put_json<L: Level>(to: &mut Cursor<'_>, item: &Item<'_>) {
    match item.tag {
        Tag::String => string::<L>(to, item.value),
        Tag::I64 => put_i64(to, integer(item.value)),
        Tag::F64 => put_number::<L>(to, float(item.value)),
        Tag::Bool => boolean(to, item.value),
        _ => {
            let Item { tag, key, value } = *item;
            to.rarely(move |to| put_compound::<L>(to, &Item { tag, key, value }));
        }
    }
}

/// Bytes, lists, maps and the empty value.
fn put_compound<L: Level>(to: &mut Cursor<'_>, item: &Item<'_>) {
    let value = item.value;
    match item.tag {
        Tag::Bytes => {
            to.put_bytes(L::QUOTE);
            put_base64(to, value);
            to.put_bytes(L::QUOTE);
        }
        Tag::Bools => list(to, value.chunks_exact(1), boolean),
        Tag::I64s => list(to, value.chunks_exact(8), |to, n| put_i64(to, integer(n))),
        Tag::F64s => list(to, value.chunks_exact(8), |to, n| {
            put_number::<L>(to, float(n));
        }),
        Tag::Strings | Tag::Array => list(to, Items::new(value), |to, item| {
            put_json::<L>(to, &item);
        }),
        Tag::Map => {
            to.put(*b"{");
            put_members::<L>(to, Items::new(value));
            to.put(*b"}");
        }
        _ => to.put(*b"null"),
    }
}

/// Attributes as the members of a JSON object, without its braces.
#[inline(always)]
pub fn put_members<L: Level>(to: &mut Cursor<'_>, items: Items<'_>) {
    let mut is_first = true;
    for item in items.filter(|item| item.tag.is_attribute()) {
        if !is_first {
            to.put(*b",");
        }
        is_first = false;
        string::<L>(to, item.key);
        to.put(*b":");
        put_json::<L>(to, &item);
    }
}

#[inline(always)]
fn string<L: Level>(to: &mut Cursor<'_>, text: &[u8]) {
    to.put_bytes(L::QUOTE);
    L::inside(to, text);
    to.put_bytes(L::QUOTE);
}

/// A number. JSON has no NaN and no infinities: those are strings. Without a fraction `-0` is an
/// integer to many readers, and loses its sign.
#[inline(always)]
pub fn put_number<L: Level>(to: &mut Cursor<'_>, number: f64) {
    if number == 0.0 && number.is_sign_negative() {
        return to.put_bytes(b"-0.0");
    }
    if number.is_finite() {
        return put_f64(to, number);
    }
    to.rarely(|to| {
        to.put_bytes(L::QUOTE);
        put_f64(to, number);
        to.put_bytes(L::QUOTE);
    });
}

/// A truth value of a record.
#[inline(always)]
fn boolean(to: &mut Cursor<'_>, value: &[u8]) {
    match value.first() {
        None | Some(0) => to.put(*b"false"),
        Some(_) => to.put(*b"true"),
    }
}

fn list<T>(
    to: &mut Cursor<'_>,
    items: impl Iterator<Item = T>,
    write: impl Fn(&mut Cursor<'_>, T),
) {
    to.put(*b"[");
    for (n, item) in items.enumerate() {
        if n > 0 {
            to.put(*b",");
        }
        write(to, item);
    }
    to.put(*b"]");
}

/// Bytes as Base64.
pub fn put_base64(to: &mut Cursor<'_>, bytes: &[u8]) {
    base64(bytes).for_each(|digits| to.put(digits));
}

fn integer(bytes: &[u8]) -> i64 {
    bytes
        .first_chunk()
        .map_or(0, |bytes| i64::from_le_bytes(*bytes))
}

fn float(bytes: &[u8]) -> f64 {
    bytes
        .first_chunk()
        .map_or(0.0, |bytes| f64::from_le_bytes(*bytes))
}

/// Copies text and hands each byte that JSON cannot hold to `escape`, as its escape sequence.
#[inline(always)]
fn put_escaped(to: &mut Cursor<'_>, text: &[u8], escape: impl Fn(&mut Cursor<'_>, &[u8])) {
    if is_plain(text) {
        to.put_bytes(text);
    } else {
        to.rarely(|to| put_slowly(to, text, escape));
    }
}

fn put_slowly(to: &mut Cursor<'_>, mut text: &[u8], escape: impl Fn(&mut Cursor<'_>, &[u8])) {
    while let Some(at) = text.iter().position(|byte| needs_escape(*byte)) {
        let (plain, rest) = text.split_at(at);
        to.put_bytes(plain);
        let Some((byte, rest)) = rest.split_first() else {
            return;
        };
        match byte {
            b'"' => escape(to, b"\\\""),
            b'\\' => escape(to, b"\\\\"),
            b'\n' => escape(to, b"\\n"),
            b'\r' => escape(to, b"\\r"),
            b'\t' => escape(to, b"\\t"),
            _ => {
                let [high, low] = spanline_core::hex::encode_u8(*byte);
                escape(to, &[b'\\', b'u', b'0', b'0', high, low]);
            }
        }
        text = rest;
    }
    to.put_bytes(text);
}

/// RFC 8259, section 7: quote, backslash and the control characters below 0x20.
#[inline(always)]
fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Whether nothing in `text` needs an escape. A word at a time; the last words of a short text
/// overlap, and lengths are told apart as in a copy.
#[inline(always)]
fn is_plain(text: &[u8]) -> bool {
    let found = match text.len() {
        8..=16 => match (text.first_chunk(), text.last_chunk()) {
            (Some(first), Some(last)) => word(first) | word(last),
            _ => 0,
        },
        17..=32 => match (text.first_chunk(), text.last_chunk()) {
            (Some(first), Some(last)) => two_words(first) | two_words(last),
            _ => 0,
        },
        4..=7 => match (text.first_chunk(), text.last_chunk()) {
            (Some(first), Some(last)) => {
                let first = u64::from(u32::from_le_bytes(*first));
                suspects(first | u64::from(u32::from_le_bytes(*last)) << 32)
            }
            _ => 0,
        },
        _ => return is_other_plain(text),
    };
    found == 0
}

/// The same for texts of less than four bytes, and of more than 32.
#[inline(never)]
fn is_other_plain(text: &[u8]) -> bool {
    let Some(last) = text.last_chunk() else {
        return !text.iter().any(|byte| needs_escape(*byte));
    };
    let mut found = two_words(last);
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first_chunk() {
        found |= two_words(first);
        rest = behind;
    }
    found == 0
}

#[inline(always)]
fn two_words(bytes: &[u8; 16]) -> u64 {
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => word(first) | word(last),
        _ => 0,
    }
}

#[inline(always)]
fn word(bytes: &[u8; 8]) -> u64 {
    suspects(u64::from_le_bytes(*bytes))
}

/// Nonzero if one of eight bytes needs an escape: the high bit of a byte is set where subtracting
/// borrows, and bytes that had it from the start (UTF-8 beyond ASCII) are masked out.
#[inline(always)]
const fn suspects(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = ONES << 7;
    // The quote is 0x22: without bit 1 it stands right behind the control characters.
    let low = (word ^ (ONES * 2)).wrapping_sub(ONES * 0x21);
    let backslash = (word ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
    (low | backslash) & !word & HIGHS
}

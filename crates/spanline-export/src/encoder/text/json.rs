//! JSON (RFC 8259), written straight into the request, on two levels.
//!
//! Zipkin's tag values and annotations are JSON strings whose *content* may be JSON again. Rather
//! than write the inner text somewhere and escape it in a second pass, everything here is generic
//! over the level at which it writes: [`Text`] leaves text as it is, [`Quoted`] writes for the
//! inside of a JSON string, where every quote and backslash needs another backslash.

use super::number::{push_f64, push_i64};
use crate::base64::base64;
use crate::encoder::buffer::Buffer;
use spanline_core::record::{Item, Items, Tag};

/// At which level text is written.
pub trait Level {
    /// A quote that belongs to the JSON of this level.
    const QUOTE: &'static [u8];

    /// Text that is no JSON of its own.
    fn plain(out: &mut Buffer, text: &[u8]);

    /// The inside of a JSON string of this level.
    fn inside(out: &mut Buffer, text: &[u8]);
}

/// Text that nothing encloses.
#[derive(Clone, Copy, Debug)]
pub struct Text;

/// Text inside a JSON string.
#[derive(Clone, Copy, Debug)]
pub struct Quoted;

impl Level for Text {
    const QUOTE: &'static [u8] = b"\"";

    #[inline]
    fn plain(out: &mut Buffer, text: &[u8]) {
        out.push(text);
    }

    #[inline]
    fn inside(out: &mut Buffer, text: &[u8]) {
        push_escaped(out, text, |out, escape| out.push(escape));
    }
}

impl Level for Quoted {
    const QUOTE: &'static [u8] = b"\\\"";

    #[inline]
    fn plain(out: &mut Buffer, text: &[u8]) {
        push_escaped(out, text, |out, escape| out.push(escape));
    }

    #[inline]
    fn inside(out: &mut Buffer, text: &[u8]) {
        push_escaped(out, text, |out, escape| {
            for byte in escape {
                if matches!(byte, b'"' | b'\\') {
                    out.push_array(*b"\\");
                }
                out.push_array([*byte]);
            }
        });
    }
}

/// A value at top level: strings bare, the empty value as nothing, NaN without quotes.
pub fn write_text<L: Level>(out: &mut Buffer, item: &Item<'_>) {
    match item.tag {
        Tag::String => L::plain(out, item.value),
        Tag::I64 => push_i64(out, integer(item.value)),
        Tag::F64 => push_f64(out, float(item.value)),
        Tag::Bytes => push_base64(out, item.value),
        Tag::Empty => {}
        _ => write_json::<L>(out, item),
    }
}

/// A value inside a list or a map: JSON throughout.
pub fn write_json<L: Level>(out: &mut Buffer, item: &Item<'_>) {
    match item.tag {
        Tag::String => string::<L>(out, item.value),
        Tag::I64 => push_i64(out, integer(item.value)),
        Tag::F64 => push_number::<L>(out, float(item.value)),
        Tag::Bool => boolean(out, item.value.first().is_some_and(|byte| *byte != 0)),
        Tag::Bytes => {
            out.push(L::QUOTE);
            push_base64(out, item.value);
            out.push(L::QUOTE);
        }
        Tag::Bools => list(out, item.value.iter(), |out, byte| boolean(out, *byte != 0)),
        Tag::I64s => list(out, item.value.chunks_exact(8), |out, n| {
            push_i64(out, integer(n))
        }),
        Tag::F64s => list(out, item.value.chunks_exact(8), |out, n| {
            push_number::<L>(out, float(n))
        }),
        Tag::Strings | Tag::Array => {
            list(out, Items::new(item.value), |out, item| {
                write_json::<L>(out, &item)
            });
        }
        Tag::Map => write_object::<L>(out, Items::new(item.value)),
        _ => out.push(b"null"),
    }
}

/// Attributes as a JSON object.
pub fn write_object<L: Level>(out: &mut Buffer, items: Items<'_>) {
    let mut opening = b"{";
    for item in items.filter(|item| item.tag.is_attribute()) {
        out.push_array(*opening);
        opening = b",";
        string::<L>(out, item.key);
        out.push_array(*b":");
        write_json::<L>(out, &item);
    }
    if opening == b"{" {
        out.push_array(*b"{");
    }
    out.push_array(*b"}");
}

fn string<L: Level>(out: &mut Buffer, text: &[u8]) {
    out.push(L::QUOTE);
    L::inside(out, text);
    out.push(L::QUOTE);
}

/// A number. JSON has no NaN and no infinities: those are strings. Without a fraction `-0` is an
/// integer to many readers, and loses its sign.
pub fn push_number<L: Level>(out: &mut Buffer, number: f64) {
    if number == 0.0 && number.is_sign_negative() {
        return out.push(b"-0.0");
    }
    if number.is_finite() {
        return push_f64(out, number);
    }
    out.push(L::QUOTE);
    push_f64(out, number);
    out.push(L::QUOTE);
}

fn boolean(out: &mut Buffer, value: bool) {
    out.push(if value { b"true" } else { b"false" });
}

fn list<T>(out: &mut Buffer, items: impl Iterator<Item = T>, write: impl Fn(&mut Buffer, T)) {
    out.push_array(*b"[");
    for (n, item) in items.enumerate() {
        if n > 0 {
            out.push_array(*b",");
        }
        write(out, item);
    }
    out.push_array(*b"]");
}

/// Bytes as Base64.
pub fn push_base64(out: &mut Buffer, bytes: &[u8]) {
    base64(bytes).for_each(|digits| out.push_array(digits));
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
#[inline]
fn push_escaped(out: &mut Buffer, text: &[u8], escape: impl Fn(&mut Buffer, &[u8])) {
    if is_plain(text) {
        return out.push(text);
    }
    push_slowly(out, text, escape);
}

#[cold]
#[inline(never)]
fn push_slowly(out: &mut Buffer, mut text: &[u8], escape: impl Fn(&mut Buffer, &[u8])) {
    while let Some(at) = text.iter().position(|byte| needs_escape(*byte)) {
        let (plain, rest) = text.split_at(at);
        out.push(plain);
        let Some((byte, rest)) = rest.split_first() else {
            return;
        };
        match byte {
            b'"' => escape(out, b"\\\""),
            b'\\' => escape(out, b"\\\\"),
            b'\n' => escape(out, b"\\n"),
            b'\r' => escape(out, b"\\r"),
            b'\t' => escape(out, b"\\t"),
            _ => {
                let [high, low] = spanline_core::hex::encode_u8(*byte);
                escape(out, &[b'\\', b'u', b'0', b'0', high, low]);
            }
        }
        text = rest;
    }
    out.push(text);
}

/// RFC 8259, section 7: quote, backslash and the control characters below 0x20.
#[inline]
fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Whether nothing in `text` needs an escape. A word at a time, the last one overlapping.
#[inline]
pub fn is_plain(text: &[u8]) -> bool {
    let Some(tail) = text.last_chunk::<8>() else {
        return is_short_plain(text);
    };
    let mut found = suspects(u64::from_le_bytes(*tail));
    let mut rest = text;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        found |= suspects(u64::from_le_bytes(*word));
        rest = after;
    }
    found == 0
}

/// The same for fewer than eight bytes.
#[inline]
fn is_short_plain(text: &[u8]) -> bool {
    match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            let word = u64::from(u32::from_le_bytes(*first));
            suspects(word | u64::from(u32::from_le_bytes(*last)) << 32) == 0
        }
        _ => !text.iter().any(|byte| needs_escape(*byte)),
    }
}

/// Nonzero if one of eight bytes needs an escape: the high bit of a byte is set where subtracting
/// borrows, and bytes that had it from the start (UTF-8 beyond ASCII) are masked out.
#[inline]
const fn suspects(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = ONES << 7;
    // The quote is 0x22: without bit 1 it stands right behind the control characters.
    let low = (word ^ (ONES * 2)).wrapping_sub(ONES * 0x21);
    let backslash = (word ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
    (low | backslash) & !word & HIGHS
}

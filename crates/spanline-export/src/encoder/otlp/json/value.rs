//! `KeyValue` and `AnyValue` as JSON: `{"key":…,"value":{"stringValue":…}}`.
//!
//! The member's name says the type; the empty value is an object without members.

use crate::encoder::buffer::Buffer;
use crate::encoder::text::{Level, Text, is_plain, push_base64, push_i64, push_number};
use spanline_core::record::{Item, Items, Tag};

/// Appends an attribute item of a record as a `KeyValue`.
#[inline]
pub(super) fn push_attribute(out: &mut Buffer, item: &Item<'_>) {
    if item.tag == Tag::String && is_plain(item.key) && is_plain(item.value) {
        return push_plain(out, item.key, item.value);
    }
    // KeyValue.key
    if is_plain(item.key) {
        let mut to = out.cursor(8 + item.key.len() + 11);
        to.put(*br#"{"key":""#);
        to.put_bytes(item.key);
        to.put(*br#"","value":{"#);
    } else {
        out.push_array(*br#"{"key":""#);
        Text::inside(out, item.key);
        out.push_array(*br#"","value":{"#);
    }
    // KeyValue.value
    push_members(out, item.tag, item.value);
    out.push_array(*b"}}");
}

/// A text without anything to escape, under such a key: what most attributes are.
#[inline(always)]
fn push_plain(out: &mut Buffer, key: &[u8], text: &[u8]) {
    let mut to = out.cursor(8 + key.len() + 26 + text.len() + 3);
    to.put(*br#"{"key":""#);
    to.put_bytes(key);
    to.put(*br#"","value":{"stringValue":""#);
    to.put_bytes(text);
    to.put(*br#""}}"#);
}

/// The inside of an `AnyValue`.
fn push_members(out: &mut Buffer, tag: Tag, value: &[u8]) {
    match tag {
        Tag::String => {
            out.push_array(*br#""stringValue":""#);
            Text::inside(out, value);
            out.push_array(*b"\"");
        }
        Tag::Bool => push_bool(out, value),
        Tag::I64 => push_int(out, value),
        Tag::F64 => push_double(out, value),
        Tag::Bytes => {
            out.push_array(*br#""bytesValue":""#);
            push_base64(out, value);
            out.push_array(*b"\"");
        }
        Tag::Bools => list(out, value.chunks_exact(1), push_bool),
        Tag::I64s => list(out, value.chunks_exact(8), push_int),
        Tag::F64s => list(out, value.chunks_exact(8), push_double),
        Tag::Strings | Tag::Array => list(out, Items::new(value), |out, item| {
            push_members(out, item.tag, item.value);
        }),
        Tag::Map => {
            out.push(br#""kvlistValue":{"values":["#);
            for (n, item) in Items::new(value).enumerate() {
                if n > 0 {
                    out.push_array(*b",");
                }
                push_attribute(out, &item);
            }
            out.push_array(*b"]}");
        }
        _ => {}
    }
}

#[inline]
fn push_bool(out: &mut Buffer, value: &[u8]) {
    let is_true = value.first().is_some_and(|byte| *byte != 0);
    out.push(if is_true {
        br#""boolValue":true"#
    } else {
        br#""boolValue":false"#
    });
}

#[inline]
fn push_int(out: &mut Buffer, value: &[u8]) {
    out.push_array(*br#""intValue":""#);
    push_i64(
        out,
        value.first_chunk().map_or(0, |n| i64::from_le_bytes(*n)),
    );
    out.push_array(*b"\"");
}

#[inline]
fn push_double(out: &mut Buffer, value: &[u8]) {
    out.push_array(*br#""doubleValue":"#);
    push_number::<Text>(
        out,
        value.first_chunk().map_or(0.0, |n| f64::from_le_bytes(*n)),
    );
}

/// An `array_value`; `members` writes the inside of each element.
fn list<T>(out: &mut Buffer, values: impl Iterator<Item = T>, members: impl Fn(&mut Buffer, T)) {
    out.push(br#""arrayValue":{"values":["#);
    for (n, value) in values.enumerate() {
        if n > 0 {
            out.push_array(*b",");
        }
        out.push_array(*b"{");
        members(out, value);
        out.push_array(*b"}");
    }
    out.push_array(*b"]}");
}

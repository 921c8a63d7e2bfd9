//! `KeyValue` and `AnyValue` as JSON: `{"key":…,"value":{"stringValue":…}}`.
//!
//! The member's name says the type; the empty value is an object without members.

use crate::encoder::buffer::Cursor;
use crate::encoder::text::{Level, Text, put_base64, put_i64, put_number};
use spanline_core::record::{Item, Items, Tag};

/// Puts an attribute item of a record as a `KeyValue`.
#[inline(always)]
pub(super) fn put_attribute(to: &mut Cursor<'_>, item: &Item<'_>) {
    // KeyValue.key
    to.put(*br#"{"key":""#);
    Text::inside(to, item.key);
    // KeyValue.value
    to.put(*br#"","value":{"#);
    put_member(to, item.tag, item.value);
    to.put(*b"}}");
}

/// The inside of an `AnyValue`.
#[inline(always)]
fn put_member(to: &mut Cursor<'_>, tag: Tag, value: &[u8]) {
    match tag {
        Tag::String => {
            to.put(*br#""stringValue":""#);
            Text::inside(to, value);
            to.put(*b"\"");
        }
        Tag::Bool => put_bool(to, value),
        Tag::I64 => put_int(to, value),
        Tag::F64 => put_double(to, value),
        _ => to.rarely(move |to| put_compound(to, tag, value)),
    }
}

/// Bytes, lists and maps; nothing for the empty value.
fn put_compound(to: &mut Cursor<'_>, tag: Tag, value: &[u8]) {
    match tag {
        Tag::Bytes => {
            to.put(*br#""bytesValue":""#);
            put_base64(to, value);
            to.put(*b"\"");
        }
        Tag::Bools => put_list(to, value.chunks_exact(1), put_bool),
        Tag::I64s => put_list(to, value.chunks_exact(8), put_int),
        Tag::F64s => put_list(to, value.chunks_exact(8), put_double),
        Tag::Strings | Tag::Array => put_list(to, Items::new(value), |to, item| {
            put_member(to, item.tag, item.value);
        }),
        Tag::Map => {
            to.put(*br#""kvlistValue":{"values":["#);
            for (n, item) in Items::new(value).enumerate() {
                if n > 0 {
                    to.put(*b",");
                }
                put_attribute(to, &item);
            }
            to.put(*b"]}");
        }
        _ => {}
    }
}

#[inline(always)]
fn put_bool(to: &mut Cursor<'_>, value: &[u8]) {
    match value.first() {
        None | Some(0) => to.put(*br#""boolValue":false"#),
        Some(_) => to.put(*br#""boolValue":true"#),
    }
}

#[inline(always)]
fn put_int(to: &mut Cursor<'_>, value: &[u8]) {
    to.put(*br#""intValue":""#);
    let number = value.first_chunk().map_or(0, |n| i64::from_le_bytes(*n));
    put_i64(to, number);
    to.put(*b"\"");
}

#[inline(always)]
fn put_double(to: &mut Cursor<'_>, value: &[u8]) {
    to.put(*br#""doubleValue":"#);
    let number = value.first_chunk().map_or(0.0, |n| f64::from_le_bytes(*n));
    put_number::<Text>(to, number);
}

/// An `array_value`; `member` writes the inside of each element.
fn put_list<T>(
    to: &mut Cursor<'_>,
    values: impl Iterator<Item = T>,
    member: impl Fn(&mut Cursor<'_>, T),
) {
    to.put(*br#""arrayValue":{"values":["#);
    for (n, value) in values.enumerate() {
        if n > 0 {
            to.put(*b",");
        }
        to.put(*b"{");
        member(to, value);
        to.put(*b"}");
    }
    to.put(*b"]}");
}

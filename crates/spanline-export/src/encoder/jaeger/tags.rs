//! `Tag`: one attribute, typed.
//!
//! ```text
//! Tag 1: required string key   2: required TagType vType
//!     3: optional string vStr   4: optional double vDouble   5: optional bool vBool
//!     6: optional i64 vLong     7: optional binary vBinary
//! enum TagType { STRING 0, DOUBLE 1, BOOL 2, LONG 3, BINARY 4 }
//! ```
//!
//! Exactly one value is set, the one that `vType` names. Lists and maps have no type of their own
//! and travel as JSON text.

use super::binary::{BOOL, DOUBLE, I32, I64, STOP, STRING, i32_field, string_field};
use crate::encoder::buffer::Buffer;
use crate::encoder::text::{Text, write_json};
use spanline_core::attribute::Value;
use spanline_core::record::{Item, Tag};

const TYPE_STRING: u8 = 0;
const TYPE_DOUBLE: u8 = 1;
const TYPE_BOOL: u8 = 2;
const TYPE_LONG: u8 = 3;
const TYPE_BINARY: u8 = 4;

/// An attribute item of a record as a tag.
#[inline(always)]
pub(super) fn push_item(out: &mut Buffer, item: &Item<'_>) {
    match item.tag {
        Tag::String => push_string(out, item.key, item.value),
        Tag::I64 => push_eight(out, item.key, TYPE_LONG, I64, 6, item.value),
        Tag::F64 => push_eight(out, item.key, TYPE_DOUBLE, DOUBLE, 4, item.value),
        Tag::Bool => push_bool(
            out,
            item.key,
            item.value.first().is_some_and(|byte| *byte != 0),
        ),
        Tag::Bytes => push_bytes(out, item.key, TYPE_BINARY, 7, item.value),
        Tag::Empty => push_string(out, item.key, b""),
        _ => push_json(out, item),
    }
}

/// A tag of text.
#[inline]
pub(super) fn push_string(out: &mut Buffer, key: &[u8], text: &[u8]) {
    push_bytes(out, key, TYPE_STRING, 3, text);
}

/// A tag of a truth value.
#[inline]
pub(super) fn push_bool(out: &mut Buffer, key: &[u8], value: bool) {
    let mut to = out.cursor(7 + key.len() + 12);
    to.put(string_field(1, key.len()));
    to.put_bytes(key);
    to.put([
        I32,
        0,
        2,
        0,
        0,
        0,
        TYPE_BOOL,
        BOOL,
        0,
        5,
        u8::from(value),
        STOP,
    ]);
}

/// A tag of an integer.
#[inline]
pub(super) fn push_long(out: &mut Buffer, key: &[u8], value: i64) {
    push_eight(out, key, TYPE_LONG, I64, 6, &value.to_le_bytes());
}

/// An attribute of a resource or a scope as a tag. Not on the hot path.
pub(super) fn push_value(out: &mut Buffer, key: &str, value: &Value<'_>) {
    let key = key.as_bytes();
    match value {
        Value::Bool(value) => push_bool(out, key, *value),
        Value::I64(value) => push_long(out, key, *value),
        Value::F64(value) => push_eight(out, key, TYPE_DOUBLE, DOUBLE, 4, &value.to_le_bytes()),
        Value::Bytes(bytes) => push_bytes(out, key, TYPE_BINARY, 7, bytes),
        Value::String(text) => push_string(out, key, text.as_bytes()),
        other => push_string(out, key, other.to_string().as_bytes()),
    }
}

/// Keys that belong to the mapping itself, so that scope attributes may not use them.
pub(super) fn is_reserved(key: &str) -> bool {
    matches!(
        key,
        "error"
            | "span.kind"
            | "w3c.tracestate"
            | "otel.status_code"
            | "otel.status_description"
            | "otel.dropped_attributes_count"
            | "otel.dropped_events_count"
            | "otel.dropped_links_count"
            | "otel.scope.name"
            | "otel.scope.version"
            | "otel.library.name"
            | "otel.library.version"
    )
}

/// A tag whose value is a run of bytes.
#[inline]
fn push_bytes(out: &mut Buffer, key: &[u8], kind: u8, id: u8, value: &[u8]) {
    let mut to = out.cursor(7 + key.len() + 14 + value.len() + 1);
    to.put(string_field(1, key.len()));
    to.put_bytes(key);
    let [a, b, c, d] = (value.len() as u32).to_be_bytes();
    to.put([I32, 0, 2, 0, 0, 0, kind, STRING, 0, id, a, b, c, d]);
    to.put_bytes(value);
    to.put([STOP]);
}

/// A tag whose value is eight bytes, little-endian in the record and big-endian on the wire.
#[inline]
fn push_eight(out: &mut Buffer, key: &[u8], kind: u8, thrift: u8, id: u8, value: &[u8]) {
    let Some(value) = value.first_chunk::<8>() else {
        return push_string(out, key, b"");
    };
    let mut to = out.cursor(7 + key.len() + 19);
    to.put(string_field(1, key.len()));
    to.put_bytes(key);
    let [a, b, c, d, e, f, g, h] = u64::from_le_bytes(*value).to_be_bytes();
    to.put([
        I32, 0, 2, 0, 0, 0, kind, thrift, 0, id, a, b, c, d, e, f, g, h, STOP,
    ]);
}

/// A list or a map: JSON text, whose length is filled in behind it.
#[cold]
fn push_json(out: &mut Buffer, item: &Item<'_>) {
    out.push_array(string_field(1, item.key.len()));
    out.push(item.key);
    out.push_array(i32_field(2, TYPE_STRING.into()));
    out.push_array(string_field(3, 0));
    let start = out.len();
    write_json::<Text>(out, item);
    let length = (out.len() - start) as u32;
    out.patch(start - 4, length.to_be_bytes());
    out.push_array([STOP]);
}

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

use super::protocol::{HEAD, Protocol, STOP, field, put_late};
use crate::encoder::buffer::Cursor;
use crate::encoder::text::{Text, put_json};
use spanline_core::attribute::Value;
use spanline_core::record::{Item, Tag};

const TYPE_STRING: u32 = 0;
const TYPE_DOUBLE: u32 = 1;
const TYPE_BOOL: u32 = 2;
const TYPE_LONG: u32 = 3;
const TYPE_BINARY: u32 = 4;

/// An attribute item of a record as a tag.
#[inline(always)]
pub(super) fn put_item<P: Protocol>(to: &mut Cursor<'_>, item: &Item<'_>) {
    match item.tag {
        Tag::String => put_string::<P>(to, item.key, item.value),
        Tag::I64 => put_long::<P>(to, item.key, eight(item.value)),
        Tag::F64 => put_double::<P>(to, item.key, eight(item.value)),
        Tag::Bool => {
            let value = item.value.first().is_some_and(|byte| *byte != 0);
            put_bool::<P>(to, item.key, value);
        }
        _ => {
            let Item { tag, key, value } = *item;
            to.rarely(move |to| put_rare::<P>(to, &Item { tag, key, value }));
        }
    }
}

/// The other kinds of attributes.
fn put_rare<P: Protocol>(to: &mut Cursor<'_>, item: &Item<'_>) {
    match item.tag {
        Tag::Bytes => put_binary::<P>(to, item.key, item.value),
        Tag::Empty => put_string::<P>(to, item.key, b""),
        _ => put_list::<P>(to, item),
    }
}

/// The eight bytes of a number in a record.
#[inline(always)]
fn eight(value: &[u8]) -> u64 {
    value
        .first_chunk()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// A tag of text.
#[inline(always)]
pub(super) fn put_string<P: Protocol>(to: &mut Cursor<'_>, key: &[u8], text: &[u8]) {
    put_key::<P>(to, key, TYPE_STRING);
    P::put_string(to, field(3, 2), text.len());
    to.put_bytes(text);
    to.put([STOP]);
}

/// A tag of a truth value.
#[inline(always)]
pub(super) fn put_bool<P: Protocol>(to: &mut Cursor<'_>, key: &[u8], value: bool) {
    put_key::<P>(to, key, TYPE_BOOL);
    P::put_bool(to, field(5, 2), value);
    to.put([STOP]);
}

/// A tag of an integer.
#[inline(always)]
pub(super) fn put_long<P: Protocol>(to: &mut Cursor<'_>, key: &[u8], value: u64) {
    put_key::<P>(to, key, TYPE_LONG);
    P::put_i64(to, field(6, 2), value);
    to.put([STOP]);
}

#[inline(always)]
fn put_double<P: Protocol>(to: &mut Cursor<'_>, key: &[u8], bits: u64) {
    put_key::<P>(to, key, TYPE_DOUBLE);
    P::put_double(to, field(4, 2), bits);
    to.put([STOP]);
}

fn put_binary<P: Protocol>(to: &mut Cursor<'_>, key: &[u8], bytes: &[u8]) {
    put_key::<P>(to, key, TYPE_BINARY);
    P::put_string(to, field(7, 2), bytes.len());
    to.put_bytes(bytes);
    to.put([STOP]);
}

/// A list or a map: JSON text, whose length stands in front of it.
fn put_list<P: Protocol>(to: &mut Cursor<'_>, item: &Item<'_>) {
    put_key::<P>(to, item.key, TYPE_STRING);
    let (length, ()) = to.ahead(HEAD, |to| put_json::<Text>(to, item));
    put_late(to, HEAD, length, |to| {
        P::put_string(to, field(3, 2), length)
    });
    to.skip(length);
    to.put([STOP]);
}

/// The key and the type of a tag.
#[inline(always)]
fn put_key<P: Protocol>(to: &mut Cursor<'_>, key: &[u8], kind: u32) {
    // Tag.1: key
    P::put_string(to, field(1, 0), key.len());
    to.put_bytes(key);
    // Tag.2: vType
    P::put_i32(to, field(2, 1), kind);
}

/// An attribute of a resource or a scope as a tag. Not on the hot path.
pub(super) fn put_value<P: Protocol>(to: &mut Cursor<'_>, key: &str, value: &Value<'_>) {
    let key = key.as_bytes();
    match value {
        Value::Bool(value) => put_bool::<P>(to, key, *value),
        Value::I64(value) => put_long::<P>(to, key, *value as u64),
        Value::F64(value) => put_double::<P>(to, key, value.to_bits()),
        Value::Bytes(bytes) => put_binary::<P>(to, key, bytes),
        Value::String(text) => put_string::<P>(to, key, text.as_bytes()),
        other => put_string::<P>(to, key, other.to_string().as_bytes()),
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

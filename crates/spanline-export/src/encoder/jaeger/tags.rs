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
use spanline_core::record::{Item, Items, Tag};

const TYPE_STRING: u32 = 0;
const TYPE_DOUBLE: u32 = 1;
const TYPE_BOOL: u32 = 2;
const TYPE_LONG: u32 = 3;
const TYPE_BINARY: u32 = 4;

/// Puts the attributes up to the first one that is not plain, and returns how many they are; `items`
/// stay in front of that one. Mostly these are all attributes. There is no call in this loop, so that
/// all it needs stays in registers; whoever calls it does the rest in [`put_item`].
///
/// An attribute is plain if it is a text, a number or a truth value, of few bytes, and if nobody
/// `asks` for its key.
#[inline(always)]
pub(super) fn put_plain_items<P: Protocol>(
    to: &mut Cursor<'_>,
    items: &mut Items<'_>,
    asks: impl Fn(&[u8]) -> bool,
) -> u32 {
    let mut count = 0;
    let mut rest = *items;
    while let Some(item) = rest.next_attribute() {
        let is_plain = matches!(item.tag, Tag::String | Tag::I64 | Tag::F64 | Tag::Bool)
            && (item.key.len() | item.value.len()) < FEW;
        if !is_plain || to.left() < ROOM || asks(item.key) {
            break;
        }
        put_any::<P>(to, &item);
        *items = rest;
        count += 1;
    }
    count
}

/// Keys and values below this length are copied without a call, and their length takes one byte in
/// the compact protocol. A power of two.
const FEW: usize = 64;

/// A tag whose key and value have few bytes takes less than this, and so do the ids of a span or a
/// link, in either protocol.
pub(super) const ROOM: usize = 256;

/// An attribute item of a record as a tag, whatever it is.
#[inline(always)]
pub(super) fn put_item<P: Protocol>(to: &mut Cursor<'_>, item: &Item<'_>) {
    let Item { tag, key, value } = *item;
    to.rarely(move |to| put_any::<P>(to, &Item { tag, key, value }));
}

/// Writes a tag of any kind.
#[inline(always)]
fn put_any<P: Protocol>(to: &mut Cursor<'_>, item: &Item<'_>) {
    let Item { tag, key, value } = *item;
    put_key::<P>(to, key);
    match tag {
        Tag::String => put_text::<P>(to, value),
        Tag::I64 => put_integer::<P>(to, eight(value)),
        Tag::F64 => put_float::<P>(to, eight(value)),
        Tag::Bool => put_truth::<P>(to, value.first().is_some_and(|byte| *byte != 0)),
        Tag::Bytes => put_bytes::<P>(to, value),
        Tag::Empty => put_text::<P>(to, b""),
        _ => put_list::<P>(to, &Item { tag, key, value }),
    }
    to.put([STOP]);
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
    put_key::<P>(to, key);
    put_text::<P>(to, text);
    to.put([STOP]);
}

/// A tag of a truth value.
pub(super) fn put_bool<P: Protocol>(to: &mut Cursor<'_>, key: &[u8], value: bool) {
    put_key::<P>(to, key);
    put_truth::<P>(to, value);
    to.put([STOP]);
}

/// A tag of an integer.
pub(super) fn put_long<P: Protocol>(to: &mut Cursor<'_>, key: &[u8], value: u64) {
    put_key::<P>(to, key);
    put_integer::<P>(to, value);
    to.put([STOP]);
}

/// Tag.1: key
#[inline(always)]
fn put_key<P: Protocol>(to: &mut Cursor<'_>, key: &[u8]) {
    P::put_string(to, field(1, 0), key.len());
    to.put_bytes(key);
}

/// Tag.2 and Tag.3: vType and vStr
#[inline(always)]
fn put_text<P: Protocol>(to: &mut Cursor<'_>, text: &[u8]) {
    P::put_i32(to, field(2, 1), TYPE_STRING);
    P::put_string(to, field(3, 2), text.len());
    to.put_bytes(text);
}

/// Tag.2 and Tag.4: vType and vDouble
#[inline(always)]
fn put_float<P: Protocol>(to: &mut Cursor<'_>, bits: u64) {
    P::put_i32(to, field(2, 1), TYPE_DOUBLE);
    P::put_double(to, field(4, 2), bits);
}

/// Tag.2 and Tag.5: vType and vBool
#[inline(always)]
fn put_truth<P: Protocol>(to: &mut Cursor<'_>, value: bool) {
    P::put_i32(to, field(2, 1), TYPE_BOOL);
    P::put_bool(to, field(5, 2), value);
}

/// Tag.2 and Tag.6: vType and vLong
#[inline(always)]
fn put_integer<P: Protocol>(to: &mut Cursor<'_>, value: u64) {
    P::put_i32(to, field(2, 1), TYPE_LONG);
    P::put_i64(to, field(6, 2), value);
}

/// Tag.2 and Tag.7: vType and vBinary
fn put_bytes<P: Protocol>(to: &mut Cursor<'_>, bytes: &[u8]) {
    P::put_i32(to, field(2, 1), TYPE_BINARY);
    P::put_string(to, field(7, 2), bytes.len());
    to.put_bytes(bytes);
}

/// A list or a map: JSON text, whose length stands in front of it.
fn put_list<P: Protocol>(to: &mut Cursor<'_>, item: &Item<'_>) {
    P::put_i32(to, field(2, 1), TYPE_STRING);
    let (length, ()) = to.ahead(HEAD, |to| put_json::<Text>(to, item));
    put_late(to, HEAD, length, |to| {
        P::put_string(to, field(3, 2), length)
    });
    to.skip(length);
}

/// An attribute of a resource or a scope as a tag. Not on the hot path.
pub(super) fn put_value<P: Protocol>(to: &mut Cursor<'_>, key: &str, value: &Value<'_>) {
    put_key::<P>(to, key.as_bytes());
    match value {
        Value::Bool(value) => put_truth::<P>(to, *value),
        Value::I64(value) => put_integer::<P>(to, *value as u64),
        Value::F64(value) => put_float::<P>(to, value.to_bits()),
        Value::Bytes(bytes) => put_bytes::<P>(to, bytes),
        Value::String(text) => put_text::<P>(to, text.as_bytes()),
        other => put_text::<P>(to, other.to_string().as_bytes()),
    }
    to.put([STOP]);
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

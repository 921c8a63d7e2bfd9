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

use super::protocol::{FIELD, Protocol, STOP, field};
use crate::encoder::buffer::{Buffer, Room};
use crate::encoder::text::{Text, write_json};
use spanline_core::attribute::Value;
use spanline_core::record::{Item, Tag};

const TYPE_STRING: u32 = 0;
const TYPE_DOUBLE: u32 = 1;
const TYPE_BOOL: u32 = 2;
const TYPE_LONG: u32 = 3;
const TYPE_BINARY: u32 = 4;

/// An attribute item of a record as a tag.
#[inline(always)]
pub(super) fn push_item<P: Protocol>(out: &mut Buffer, item: &Item<'_>) {
    match item.tag {
        Tag::String => push_string::<P>(out, item.key, item.value),
        Tag::I64 => push_long::<P>(out, item.key, eight(item.value)),
        Tag::F64 => push_double::<P>(out, item.key, eight(item.value)),
        Tag::Bool => {
            let value = item.value.first().is_some_and(|byte| *byte != 0);
            push_bool::<P>(out, item.key, value);
        }
        Tag::Bytes => push_binary::<P>(out, item.key, item.value),
        Tag::Empty => push_string::<P>(out, item.key, b""),
        _ => push_json::<P>(out, item),
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
pub(super) fn push_string<P: Protocol>(out: &mut Buffer, key: &[u8], text: &[u8]) {
    let mut to = begin::<P>(out, key, TYPE_STRING, text.len());
    P::put_string(&mut to, field(3, 2), text.len());
    to.put_bytes(text);
    to.put([STOP]);
}

/// A tag of a truth value.
#[inline(always)]
pub(super) fn push_bool<P: Protocol>(out: &mut Buffer, key: &[u8], value: bool) {
    let mut to = begin::<P>(out, key, TYPE_BOOL, 0);
    P::put_bool(&mut to, field(5, 2), value);
    to.put([STOP]);
}

/// A tag of an integer.
#[inline(always)]
pub(super) fn push_long<P: Protocol>(out: &mut Buffer, key: &[u8], value: u64) {
    let mut to = begin::<P>(out, key, TYPE_LONG, 0);
    P::put_i64(&mut to, field(6, 2), value);
    to.put([STOP]);
}

#[inline(always)]
fn push_double<P: Protocol>(out: &mut Buffer, key: &[u8], bits: u64) {
    let mut to = begin::<P>(out, key, TYPE_DOUBLE, 0);
    P::put_double(&mut to, field(4, 2), bits);
    to.put([STOP]);
}

fn push_binary<P: Protocol>(out: &mut Buffer, key: &[u8], bytes: &[u8]) {
    let mut to = begin::<P>(out, key, TYPE_BINARY, bytes.len());
    P::put_string(&mut to, field(7, 2), bytes.len());
    to.put_bytes(bytes);
    to.put([STOP]);
}

/// The key and the type of a tag. There is room for a value field, `most` bytes behind its head, and
/// the stop.
#[inline(always)]
fn begin<'o, P: Protocol>(out: &'o mut Buffer, key: &[u8], kind: u32, most: usize) -> Room<'o> {
    let mut to = out.room(3 * FIELD + key.len() + most + 1);
    // Tag.1: key
    P::put_string(&mut to, field(1, 0), key.len());
    to.put_bytes(key);
    // Tag.2: vType
    P::put_i32(&mut to, field(2, 1), kind);
    to
}

/// A list or a map: JSON text, whose length is written in front of it once it is known.
#[cold]
fn push_json<P: Protocol>(out: &mut Buffer, item: &Item<'_>) {
    let start = out.len();
    write_json::<Text>(out, item);
    let end = out.len();
    P::put_string(
        &mut begin::<P>(out, item.key, TYPE_STRING, 0),
        field(3, 2),
        end - start,
    );
    out.bring_forward(start, end);
    out.push_array([STOP]);
}

/// An attribute of a resource or a scope as a tag. Not on the hot path.
pub(super) fn push_value<P: Protocol>(out: &mut Buffer, key: &str, value: &Value<'_>) {
    let key = key.as_bytes();
    match value {
        Value::Bool(value) => push_bool::<P>(out, key, *value),
        Value::I64(value) => push_long::<P>(out, key, *value as u64),
        Value::F64(value) => push_double::<P>(out, key, value.to_bits()),
        Value::Bytes(bytes) => push_binary::<P>(out, key, bytes),
        Value::String(text) => push_string::<P>(out, key, text.as_bytes()),
        other => push_string::<P>(out, key, other.to_string().as_bytes()),
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

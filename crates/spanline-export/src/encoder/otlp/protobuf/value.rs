//! `KeyValue` and `AnyValue`: attributes.
//!
//! ```text
//! KeyValue 1: string key   2: AnyValue value
//! AnyValue oneof: 1 string_value, 2 bool_value, 3 int64 int_value, 4 double_value,
//!                 5 ArrayValue array_value, 6 KeyValueList kvlist_value, 7 bytes_value
//! ArrayValue 1: repeated AnyValue values      KeyValueList 1: repeated KeyValue values
//! ```
//!
//! None of the oneof is the empty value. A member of a oneof is written even if it is zero or empty,
//! because it says which one it is.

use super::wire::{
    BYTES, FIXED64, Message, VARINT, key, push_bytes, push_varint, spread, varint_len,
};
use crate::encoder::buffer::Buffer;
use spanline_core::record::{Item, Items, Tag};

/// KeyValue.1: key
const KEY: u8 = key(1, BYTES);
/// KeyValue.2: value
const VALUE: u8 = key(2, BYTES);

/// AnyValue.1: string_value
const STRING: u8 = key(1, BYTES);
/// AnyValue.2: bool_value
const BOOL: u8 = key(2, VARINT);
/// AnyValue.3: int_value
const INT: u8 = key(3, VARINT);
/// AnyValue.4: double_value
const DOUBLE: u8 = key(4, FIXED64);
/// AnyValue.5: array_value
const ARRAY: u8 = key(5, BYTES);
/// AnyValue.6: kvlist_value
const KVLIST: u8 = key(6, BYTES);
/// AnyValue.7: bytes_value
const BYTE_STRING: u8 = key(7, BYTES);
/// ArrayValue.1 and KeyValueList.1: values
const VALUES: u8 = key(1, BYTES);

/// What a `KeyValue` has besides a key and a value, if all its lengths take one byte.
const OVERHEAD: usize = 2 + 2 + 2;

/// The longest message whose length takes one byte.
const SHORT: usize = 0x7F;

/// Appends an attribute item of a record as a `KeyValue` behind the key `field`.
#[inline(always)]
pub(super) fn push_attribute(out: &mut Buffer, field: u8, item: &Item<'_>) {
    if item.key.len() > SHORT - OVERHEAD - 11 {
        return push_any_attribute(out, field, item);
    }
    match item.tag {
        Tag::String if item.key.len() + item.value.len() <= SHORT - OVERHEAD => {
            push_string(out, field, item);
        }
        Tag::I64 => push_int(out, field, item),
        Tag::F64 => push_double(out, field, item),
        Tag::Bool => push_bool(out, field, item),
        _ => push_any_attribute(out, field, item),
    }
}

#[inline(always)]
fn push_string(out: &mut Buffer, field: u8, item: &Item<'_>) {
    let (key, text) = (item.key, item.value);
    let mut to = out.cursor(2 + OVERHEAD + key.len() + text.len());
    let length = OVERHEAD + key.len() + text.len();
    to.put([field, length as u8, KEY, key.len() as u8]);
    to.put_bytes(key);
    to.put([VALUE, 2 + text.len() as u8, STRING, text.len() as u8]);
    to.put_bytes(text);
}

#[inline(always)]
fn push_int(out: &mut Buffer, field: u8, item: &Item<'_>) {
    let number = item
        .value
        .first_chunk()
        .map_or(0, |n| u64::from_le_bytes(*n));
    let key = item.key;
    if number < 0x80 {
        let mut to = out.cursor(2 + 2 + key.len() + 4);
        to.put([field, (2 + key.len() + 4) as u8, KEY, key.len() as u8]);
        to.put_bytes(key);
        return to.put([VALUE, 2, INT, number as u8]);
    }
    if number >> 56 != 0 {
        return push_any_attribute(out, field, item);
    }
    let width = varint_len(number);
    let end = out.len() + 2 + 2 + key.len() + 3 + width;
    // Eight bytes are written, whatever the number needs.
    let mut to = out.cursor(2 + 2 + key.len() + 3 + 8);
    to.put([
        field,
        (2 + key.len() + 3 + width) as u8,
        KEY,
        key.len() as u8,
    ]);
    to.put_bytes(key);
    to.put([VALUE, 1 + width as u8, INT]);
    to.put(spread(number, width).to_le_bytes());
    out.truncate(end);
}

#[inline(always)]
fn push_double(out: &mut Buffer, field: u8, item: &Item<'_>) {
    let number: [u8; 8] = item.value.first_chunk().copied().unwrap_or_default();
    let key = item.key;
    let mut to = out.cursor(2 + 2 + key.len() + 3 + 8);
    to.put([field, (2 + key.len() + 3 + 8) as u8, KEY, key.len() as u8]);
    to.put_bytes(key);
    to.put([VALUE, 9, DOUBLE]);
    to.put(number);
}

#[inline(always)]
fn push_bool(out: &mut Buffer, field: u8, item: &Item<'_>) {
    let key = item.key;
    let mut to = out.cursor(2 + 2 + key.len() + 4);
    to.put([field, (2 + key.len() + 4) as u8, KEY, key.len() as u8]);
    to.put_bytes(key);
    to.put([VALUE, 2, BOOL, boolean(item.value)]);
}

#[inline(always)]
fn boolean(value: &[u8]) -> u8 {
    u8::from(value.first().is_some_and(|byte| *byte != 0))
}

/// Any key and any value.
#[cold]
#[inline(never)]
fn push_any_attribute(out: &mut Buffer, field: u8, item: &Item<'_>) {
    let message = Message::begin(out, field, OVERHEAD + item.key.len() + item.value.len());
    push_bytes(out, KEY, item.key);
    push_value(out, VALUE, item.tag, item.value);
    message.end(out);
}

/// Appends an `AnyValue` behind the key `field`.
fn push_value(out: &mut Buffer, field: u8, tag: Tag, value: &[u8]) {
    let message = Message::begin(out, field, 2 + value.len());
    match tag {
        Tag::String => push_bytes(out, STRING, value),
        Tag::Bytes => push_bytes(out, BYTE_STRING, value),
        Tag::I64 => {
            out.push_array([INT]);
            push_varint(
                out,
                value.first_chunk().map_or(0, |n| u64::from_le_bytes(*n)),
            );
        }
        Tag::F64 => {
            out.push_array([DOUBLE]);
            out.push_array(value.first_chunk::<8>().copied().unwrap_or_default());
        }
        Tag::Bool => out.push_array([BOOL, boolean(value)]),
        Tag::Bools => list(out, value.len(), value.chunks_exact(1), Tag::Bool),
        Tag::I64s => list(out, value.len(), value.chunks_exact(8), Tag::I64),
        Tag::F64s => list(out, value.len(), value.chunks_exact(8), Tag::F64),
        Tag::Strings | Tag::Array => {
            let array = Message::begin(out, ARRAY, value.len());
            Items::new(value).for_each(|item| push_value(out, VALUES, item.tag, item.value));
            array.end(out);
        }
        Tag::Map => {
            let map = Message::begin(out, KVLIST, value.len());
            Items::new(value).for_each(|item| push_attribute(out, VALUES, &item));
            map.end(out);
        }
        _ => {}
    }
    message.end(out);
}

/// Appends an `array_value` of elements that all have one tag.
fn list<'v>(out: &mut Buffer, guess: usize, values: impl Iterator<Item = &'v [u8]>, tag: Tag) {
    let array = Message::begin(out, ARRAY, guess);
    values.for_each(|value| push_value(out, VALUES, tag, value));
    array.end(out);
}

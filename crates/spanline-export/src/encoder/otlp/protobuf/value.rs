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
    BYTES, FIXED64, VARINT, key, put_bytes, put_message, put_varint, spread, varint_len,
};
use crate::encoder::buffer::Cursor;
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

/// Puts an attribute item of a record as a `KeyValue` behind the key `field`.
#[inline(always)]
pub(super) fn put_attribute(to: &mut Cursor<'_>, field: u8, item: &Item<'_>) {
    // Whatever the value is but a text: its length takes one byte.
    if item.key.len() <= SHORT - OVERHEAD - 11 {
        match item.tag {
            Tag::String if item.key.len() + item.value.len() <= SHORT - OVERHEAD => {
                return put_string(to, field, item.key, item.value);
            }
            Tag::I64 if eight(item.value) >> 56 == 0 => {
                return put_int(to, field, item.key, eight(item.value));
            }
            Tag::F64 => return put_double(to, field, item.key, eight(item.value)),
            Tag::Bool => return put_bool(to, field, item.key, boolean(item.value)),
            _ => {}
        }
    }
    let Item { tag, key, value } = *item;
    to.rarely(move |to| put_any_attribute(to, field, &Item { tag, key, value }));
}

#[inline(always)]
fn put_string(to: &mut Cursor<'_>, field: u8, key: &[u8], text: &[u8]) {
    let length = OVERHEAD + key.len() + text.len();
    to.put([field, length as u8, KEY, key.len() as u8]);
    to.put_bytes(key);
    to.put([VALUE, 2 + text.len() as u8, STRING, text.len() as u8]);
    to.put_bytes(text);
}

#[inline(always)]
fn put_int(to: &mut Cursor<'_>, field: u8, key: &[u8], number: u64) {
    let width = varint_len(number);
    let length = 2 + key.len() + 3 + width;
    to.put([field, length as u8, KEY, key.len() as u8]);
    to.put_bytes(key);
    to.put([VALUE, 1 + width as u8, INT]);
    to.put_first(spread(number, width).to_le_bytes(), width);
}

#[inline(always)]
fn put_double(to: &mut Cursor<'_>, field: u8, key: &[u8], bits: u64) {
    let length = 2 + key.len() + 3 + 8;
    to.put([field, length as u8, KEY, key.len() as u8]);
    to.put_bytes(key);
    to.put([VALUE, 9, DOUBLE]);
    to.put(bits.to_le_bytes());
}

#[inline(always)]
fn put_bool(to: &mut Cursor<'_>, field: u8, key: &[u8], value: u8) {
    let length = 2 + key.len() + 4;
    to.put([field, length as u8, KEY, key.len() as u8]);
    to.put_bytes(key);
    to.put([VALUE, 2, BOOL, value]);
}

/// The eight bytes of a number in a record.
#[inline(always)]
fn eight(value: &[u8]) -> u64 {
    value
        .first_chunk()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[inline(always)]
fn boolean(value: &[u8]) -> u8 {
    u8::from(value.first().is_some_and(|byte| *byte != 0))
}

/// Any key and any value.
fn put_any_attribute(to: &mut Cursor<'_>, field: u8, item: &Item<'_>) {
    let guess = OVERHEAD + item.key.len() + item.value.len();
    put_message(to, field, guess, |to| {
        put_bytes(to, KEY, item.key);
        put_value(to, VALUE, item.tag, item.value);
    });
}

/// Puts an `AnyValue` behind the key `field`.
fn put_value(to: &mut Cursor<'_>, field: u8, tag: Tag, value: &[u8]) {
    put_message(to, field, 2 + value.len(), |to| match tag {
        Tag::String => put_bytes(to, STRING, value),
        Tag::Bytes => put_bytes(to, BYTE_STRING, value),
        Tag::I64 => {
            to.put([INT]);
            put_varint(to, eight(value));
        }
        Tag::F64 => {
            to.put([DOUBLE]);
            to.put(eight(value).to_le_bytes());
        }
        Tag::Bool => to.put([BOOL, boolean(value)]),
        Tag::Bools => put_list(to, value.len(), value.chunks_exact(1), Tag::Bool),
        Tag::I64s => put_list(to, value.len(), value.chunks_exact(8), Tag::I64),
        Tag::F64s => put_list(to, value.len(), value.chunks_exact(8), Tag::F64),
        Tag::Strings | Tag::Array => put_message(to, ARRAY, value.len(), |to| {
            Items::new(value).for_each(|item| put_value(to, VALUES, item.tag, item.value));
        }),
        Tag::Map => put_message(to, KVLIST, value.len(), |to| {
            Items::new(value).for_each(|item| put_attribute(to, VALUES, &item));
        }),
        _ => {}
    });
}

/// Puts an `array_value` of elements that all have one tag.
fn put_list<'v>(
    to: &mut Cursor<'_>,
    guess: usize,
    values: impl Iterator<Item = &'v [u8]>,
    tag: Tag,
) {
    put_message(to, ARRAY, guess, |to| {
        values.for_each(|value| put_value(to, VALUES, tag, value));
    });
}

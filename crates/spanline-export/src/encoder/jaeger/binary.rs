//! Thrift's binary protocol ("Thrift Binary protocol encoding"): big-endian, every field with its
//! type and number in front.
//!
//! ```text
//! message := i16 0x8001 · 0 · type u8 · name string · sequence id i32 · arguments struct
//! field   := type u8 · id i16 · value        string := length i32 · bytes
//! struct  := field* · 0                      list   := element type u8 · size i32 · element*
//! ```

use super::protocol::{Field, Protocol};
use crate::encoder::buffer::Cursor;

/// Thrift's binary protocol.
#[derive(Clone, Copy, Debug, Default)]
pub struct Binary;

const BOOL: u8 = 2;
const DOUBLE: u8 = 4;
const I32: u8 = 8;
const I64: u8 = 10;
const STRING: u8 = 11;
const STRUCT: u8 = 12;
const LIST: u8 = 15;

/// `ONEWAY` of the message types.
const ONEWAY: u8 = 4;

impl Protocol for Binary {
    const AGENT_PORT: u16 = 6832;

    /// The strict form, with a version in front.
    fn put_oneway(to: &mut Cursor<'_>, name: &str) {
        to.put([0x80, 1, 0, ONEWAY]);
        to.put((name.len() as u32).to_be_bytes());
        to.put_bytes(name.as_bytes());
        to.put([0; 4]);
    }

    #[inline(always)]
    fn put_bool(to: &mut Cursor<'_>, field: Field, value: bool) {
        to.put([BOOL, 0, field.id, u8::from(value)]);
    }

    #[inline(always)]
    fn put_i32(to: &mut Cursor<'_>, field: Field, value: u32) {
        put_four(to, I32, field, value);
    }

    #[inline(always)]
    fn put_i64(to: &mut Cursor<'_>, field: Field, value: u64) {
        put_eight(to, I64, field, value);
    }

    #[inline(always)]
    fn put_double(to: &mut Cursor<'_>, field: Field, bits: u64) {
        put_eight(to, DOUBLE, field, bits);
    }

    #[inline(always)]
    fn put_string(to: &mut Cursor<'_>, field: Field, length: usize) {
        put_four(to, STRING, field, length as u32);
    }

    #[inline(always)]
    fn put_struct(to: &mut Cursor<'_>, field: Field) {
        to.put([STRUCT, 0, field.id]);
    }

    #[inline(always)]
    fn put_list(to: &mut Cursor<'_>, field: Field, size: u32) {
        let [a, b, c, d] = size.to_be_bytes();
        to.put([LIST, 0, field.id, STRUCT, a, b, c, d]);
    }

    #[inline(always)]
    fn list_len(_: u32) -> usize {
        8
    }
}

/// Seven bytes, written as one word of eight: one store instead of three.
#[inline(always)]
fn put_four(to: &mut Cursor<'_>, kind: u8, field: Field, value: u32) {
    let word = head(kind, field) | u64::from(value.swap_bytes()) << 24;
    to.put_first(word.to_le_bytes(), 7);
}

/// Eleven bytes.
#[inline(always)]
fn put_eight(to: &mut Cursor<'_>, kind: u8, field: Field, value: u64) {
    to.put([kind, 0, field.id]);
    to.put(value.to_be_bytes());
}

/// The three bytes of a field's head, the first one lowest.
#[inline(always)]
const fn head(kind: u8, field: Field) -> u64 {
    kind as u64 | (field.id as u64) << 16
}

//! Thrift's binary protocol ("Thrift Binary protocol encoding"): big-endian, every field with its
//! type and number in front.
//!
//! ```text
//! field  := type u8 · id i16 · value        string := length i32 · bytes
//! struct := field* · 0                      list   := element type u8 · size i32 · element*
//! ```

/// Type of a `bool` field: one byte, 0 or 1.
pub(super) const BOOL: u8 = 2;
/// Type of a `double` field: IEEE 754, eight bytes.
pub(super) const DOUBLE: u8 = 4;
/// Type of an `i32` field; enums are this too.
pub(super) const I32: u8 = 8;
/// Type of an `i64` field.
pub(super) const I64: u8 = 10;
/// Type of a `string` or `binary` field.
pub(super) const STRING: u8 = 11;
/// Type of a struct field.
pub(super) const STRUCT: u8 = 12;
/// Type of a list field.
pub(super) const LIST: u8 = 15;
/// Ends a struct.
pub(super) const STOP: u8 = 0;

/// The head of a field; its value follows.
#[inline]
pub(super) const fn field(kind: u8, id: u8) -> [u8; 3] {
    [kind, 0, id]
}

/// A whole `i32` field.
#[inline]
pub(super) const fn i32_field(id: u8, value: u32) -> [u8; 7] {
    let [a, b, c, d] = value.to_be_bytes();
    [I32, 0, id, a, b, c, d]
}

/// A whole `i64` field. Unsigned numbers keep their bits.
#[inline]
pub(super) const fn i64_field(id: u8, value: u64) -> [u8; 11] {
    let [a, b, c, d, e, f, g, h] = value.to_be_bytes();
    [I64, 0, id, a, b, c, d, e, f, g, h]
}

/// The head of a `string` or `binary` field; its bytes follow.
#[inline]
pub(super) const fn string_field(id: u8, length: usize) -> [u8; 7] {
    let [a, b, c, d] = (length as u32).to_be_bytes();
    [STRING, 0, id, a, b, c, d]
}

/// The head of a list field; its elements follow. The size stands at offset 4.
#[inline]
pub(super) const fn list_field(id: u8, element: u8, size: u32) -> [u8; 8] {
    let [a, b, c, d] = size.to_be_bytes();
    [LIST, 0, id, element, a, b, c, d]
}

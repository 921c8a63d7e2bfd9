//! What differs between Thrift's two protocols: the bytes of a field, a list and a message.
//!
//! The structs of `jaeger.thrift` are written once, generic over this trait, and compiled once for
//! each protocol. The compact one writes the number of a field as its distance from the field
//! before it, so every field here names that one, too.

use crate::encoder::buffer::{Buffer, Cursor};
use std::fmt;

/// One of Thrift's protocols: [`Binary`](super::Binary) or [`Compact`](super::Compact). For the
/// encoders of this crate; nobody else needs to call it.
pub trait Protocol: fmt::Debug + Default + Send + 'static {
    /// Where a Jaeger agent listens for this protocol.
    const AGENT_PORT: u16;

    /// Appends the head of a one-way message with sequence id 0; its arguments, a struct, follow.
    fn push_oneway(out: &mut Buffer, name: &str);

    /// A `bool` field.
    fn put_bool(to: &mut Cursor<'_>, field: Field, value: bool);

    /// An `i32` field; enums are this too.
    fn put_i32(to: &mut Cursor<'_>, field: Field, value: u32);

    /// An `i64` field. Unsigned numbers keep their bits.
    fn put_i64(to: &mut Cursor<'_>, field: Field, value: u64);

    /// A `double` field, by the number's bits.
    fn put_double(to: &mut Cursor<'_>, field: Field, bits: u64);

    /// The head of a `string` or `binary` field; its bytes follow.
    fn put_string(to: &mut Cursor<'_>, field: Field, length: usize);

    /// The head of a struct field; its fields follow.
    fn put_struct(to: &mut Cursor<'_>, field: Field);

    /// The head of a field that is a list of structs; those follow.
    fn put_list(to: &mut Cursor<'_>, field: Field, size: u32);

    /// The last bytes of a list's head: those that depend on its size.
    fn list_room(size: u32) -> usize;

    /// Corrects the size of a list whose head has `room` bytes for it at `at`. What stands behind
    /// moves where the new size takes more or less.
    fn set_list_size(out: &mut Buffer, at: usize, room: usize, size: u32);
}

/// A field of a struct.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its number.
    pub id: u8,
    /// The number of the field written before it in the same struct; 0 for the first.
    pub after: u8,
}

/// A field, and the one before it.
#[inline(always)]
pub(super) const fn field(id: u8, after: u8) -> Field {
    Field { id, after }
}

/// Room for a field, or for its head where a string, a list or a struct follows: eleven bytes at
/// most, and one that a whole word may be written over.
pub(super) const FIELD: usize = 12;

/// Ends a struct.
pub(super) const STOP: u8 = 0;

/// A list of structs whose size is known once it is complete.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct List {
    /// Where its field begins.
    start: usize,
    /// Where its elements begin.
    items: usize,
    /// How many of the bytes before them say how many there are.
    room: usize,
}

impl List {
    /// Begins a list of perhaps `about` structs.
    #[inline]
    pub(super) fn begin<P: Protocol>(out: &mut Buffer, field: Field, about: u32) -> List {
        let start = out.len();
        P::put_list(&mut out.room(FIELD), field, about);
        let (items, room) = (out.len(), P::list_room(about));
        List { start, items, room }
    }

    /// Ends it; an empty one is left out.
    #[inline]
    pub(super) fn end_optional<P: Protocol>(self, out: &mut Buffer, size: u32) {
        if size == 0 {
            return out.truncate(self.start);
        }
        self.end::<P>(out, size);
    }

    /// Ends it.
    #[inline]
    pub(super) fn end<P: Protocol>(self, out: &mut Buffer, size: u32) {
        P::set_list_size(out, self.items - self.room, self.room, size);
    }

    /// How long something that holds this list will be with `size` in place of the size that the
    /// list was begun with, if it is `len` now.
    pub(super) fn len_with<P: Protocol>(self, len: usize, size: u32) -> usize {
        len + P::list_room(size) - self.room
    }
}

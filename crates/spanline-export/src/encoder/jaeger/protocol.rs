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

    /// The head of a one-way message with sequence id 0; its arguments, a struct, follow.
    fn put_oneway(to: &mut Cursor<'_>, name: &str);

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

    /// The head of a field that is a list of structs; those follow. Nothing behind it is written.
    fn put_list(to: &mut Cursor<'_>, field: Field, size: u32);

    /// How many bytes that head takes.
    fn list_len(size: u32) -> usize;
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

/// Ends a struct.
pub(super) const STOP: u8 = 0;

/// The head of a list or a string takes at most so many bytes.
pub(super) const HEAD: usize = 12;

/// A field that is a list of structs: `items` writes those and says how many they are, of which
/// `about` is a guess. An empty list is left out.
#[inline(always)]
pub(super) fn put_optional_list<P: Protocol>(
    to: &mut Cursor<'_>,
    field: Field,
    about: u32,
    items: impl FnOnce(&mut Cursor<'_>) -> u32,
) -> u32 {
    let head = P::list_len(about);
    let (length, size) = to.ahead(head, items);
    if size > 0 {
        end_list::<P>(to, field, head, length, size);
    }
    size
}

/// The same, written if it is empty, too.
#[inline(always)]
pub(super) fn put_list<P: Protocol>(
    to: &mut Cursor<'_>,
    field: Field,
    about: u32,
    items: impl FnOnce(&mut Cursor<'_>) -> u32,
) {
    let head = P::list_len(about);
    let (length, size) = to.ahead(head, items);
    end_list::<P>(to, field, head, length, size);
}

/// Puts the head of a list whose items were written ahead, `head` bytes behind.
#[inline(always)]
fn end_list<P: Protocol>(to: &mut Cursor<'_>, field: Field, head: usize, length: usize, size: u32) {
    if P::list_len(size) == head {
        P::put_list(to, field, size);
    } else {
        put_late(to, head, length, move |to| P::put_list(to, field, size));
    }
    to.skip(length);
}

/// Puts a head that has another length than `left`, the one expected when `length` bytes were
/// written ahead.
#[inline(always)]
pub(super) fn put_late(
    to: &mut Cursor<'_>,
    left: usize,
    length: usize,
    head: impl FnOnce(&mut Cursor<'_>),
) {
    to.rarely(move |to| {
        let mut bytes = [0; HEAD];
        let mut scratch = Cursor::new(&mut bytes);
        head(&mut scratch);
        let used = HEAD - scratch.left();
        *to = std::mem::take(to).put_head(bytes.get(..used).unwrap_or_default(), left, length);
    });
}

/// The list of all spans of a request: open while spans come and go, and ended when they are all
/// there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Open {
    field: Option<Field>,
    /// Where its head begins.
    start: usize,
    /// How many bytes that has.
    head: usize,
}

impl Open {
    /// Begins a list of perhaps `about` structs.
    pub(super) fn begin<P: Protocol>(out: &mut Buffer, field: Field, about: u32) -> Open {
        let start = out.len();
        out.write(HEAD, |to| P::put_list(to, field, about));
        let head = out.len() - start;
        Open {
            field: Some(field),
            start,
            head,
        }
    }

    /// Ends it. What stands in it moves where the head takes more or less bytes than expected.
    pub(super) fn end<P: Protocol>(self, out: &mut Buffer, size: u32) {
        let Some(field) = self.field else { return };
        let mut bytes = [0; HEAD];
        let mut scratch = Cursor::new(&mut bytes);
        P::put_list(&mut scratch, field, size);
        let used = HEAD - scratch.left();
        out.replace(self.start, self.head, bytes.get(..used).unwrap_or_default());
    }

    /// How long something that holds this list will be with `size` in place of the size that the
    /// list was begun with, if it is `len` now.
    pub(super) fn len_with<P: Protocol>(self, len: usize, size: u32) -> usize {
        len + P::list_len(size) - self.head
    }
}

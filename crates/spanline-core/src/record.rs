//! The flat span record: everything a span is told, as one run of bytes.
//!
//! A live span appends to it ([`Record`]), the processor hands its bytes across to the worker, and
//! exporters read them in place ([`RawRecord`], behind [`crate::view`]). Nothing in it points
//! anywhere, so nothing allocated on one thread is freed on another.
//!
//! # Layout
//!
//! A header of eight little-endian 64-bit words, then items:
//!
//! | word | content |
//! |---|---|
//! | 0 | total length `u32`, scope index `u16`, attribute count `u16` |
//! | 1, 2, 3, 4 | trace id low, high; span id; parent span id |
//! | 5, 6 | start, end: clock ticks, or Unix nanoseconds where [`HeaderFlags`] says so |
//! | 7 | dropped attributes `u16`, dropped events `u16`, events `u16`, [`KindStatus`], [`HeaderFlags`] |
//!
//! Every item has one shape: `tag u8 · spare u8 · key length u16 · value length u32 · key · value`.
//! The name is the first item. Events and links are items whose value holds a fixed head and then
//! attribute items of its own.

mod bytes;
mod header;
mod item;
mod keys;
mod limits;
mod property;
mod reader;
mod values;
mod writer;

#[cfg(test)]
mod tests;

pub use header::{Header, HeaderFlags, KindStatus};
pub use item::{Item, Items, Tag};
pub use limits::SpanLimits;
#[doc(hidden)]
pub use property::{check_record, check_truncation};
pub use reader::{EventHead, LinkHead, RawRecord};
pub use writer::{Parent, Place, Record, Start};

/// Bytes of the header; the first item begins here.
pub const HEADER_BYTES: usize = 64;

//! An attribute value, read in place.

use super::{Attributes, text};
use crate::attribute::Value;
use crate::record::{Items, Tag};
use std::borrow::Cow;
use std::fmt;

/// An attribute value. Compound values are walked, not copied.
#[derive(Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ValueView<'a> {
    /// The empty value, which is a value.
    Empty,
    /// True or false.
    Bool(bool),
    /// A signed integer.
    I64(i64),
    /// A floating-point number.
    F64(f64),
    /// Text.
    String(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// An array of booleans.
    Bools(Bools<'a>),
    /// An array of integers.
    I64s(I64s<'a>),
    /// An array of floating-point numbers.
    F64s(F64s<'a>),
    /// An array of texts; each element is a [`ValueView::String`].
    Strings(Values<'a>),
    /// An array of any values.
    Array(Values<'a>),
    /// Attributes inside an attribute.
    Map(Attributes<'a>),
}

impl<'a> ValueView<'a> {
    /// Reads the bytes of an attribute item. A tag that is no attribute's, or bytes that are too
    /// short, read as the empty value.
    pub fn read(tag: Tag, bytes: &'a [u8]) -> ValueView<'a> {
        let number = || bytes.first_chunk::<8>().copied();
        match tag {
            Tag::String => ValueView::String(text(bytes)),
            Tag::I64 => {
                number().map_or(ValueView::Empty, |n| ValueView::I64(i64::from_le_bytes(n)))
            }
            Tag::F64 => {
                number().map_or(ValueView::Empty, |n| ValueView::F64(f64::from_le_bytes(n)))
            }
            Tag::Bool => ValueView::Bool(bytes.first().is_some_and(|byte| *byte != 0)),
            Tag::Bytes => ValueView::Bytes(bytes),
            Tag::Bools => ValueView::Bools(Bools { bytes }),
            Tag::I64s => ValueView::I64s(I64s { bytes }),
            Tag::F64s => ValueView::F64s(F64s { bytes }),
            Tag::Strings => ValueView::Strings(Values {
                items: Items::new(bytes),
            }),
            Tag::Array => ValueView::Array(Values {
                items: Items::new(bytes),
            }),
            Tag::Map => {
                let items = Items::new(bytes);
                let count = items.count().try_into().unwrap_or(u16::MAX);
                ValueView::Map(Attributes::new(items, count, 0))
            }
            _ => ValueView::Empty,
        }
    }

    /// The same value as an owned type. Allocates for arrays and maps only.
    pub fn to_value(&self) -> Value<'a> {
        match *self {
            ValueView::Empty => Value::Empty,
            ValueView::Bool(value) => Value::Bool(value),
            ValueView::I64(value) => Value::I64(value),
            ValueView::F64(value) => Value::F64(value),
            ValueView::String(value) => Value::String(Cow::Borrowed(value)),
            ValueView::Bytes(value) => Value::Bytes(Cow::Borrowed(value)),
            ValueView::Bools(values) => Value::Bools(values.iter().collect()),
            ValueView::I64s(values) => Value::I64s(values.iter().collect()),
            ValueView::F64s(values) => Value::F64s(values.iter().collect()),
            ValueView::Strings(values) | ValueView::Array(values) => {
                Value::Array(values.iter().map(|value| value.to_value()).collect())
            }
            ValueView::Map(entries) => Value::map(
                entries
                    .iter()
                    .map(|entry| (entry.key, entry.value.to_value())),
            ),
        }
    }
}

impl fmt::Display for ValueView<'_> {
    /// The text form of the OpenTelemetry mapping to non-OTLP formats, as of [`Value`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValueView::String(text) => f.write_str(text),
            other => other.to_value().fmt(f),
        }
    }
}

impl fmt::Debug for ValueView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValueView::String(text) => write!(f, "{text:?}"),
            other => write!(f, "{other}"),
        }
    }
}

impl PartialEq<Value<'_>> for ValueView<'_> {
    fn eq(&self, other: &Value<'_>) -> bool {
        self.to_value() == *other
    }
}

/// An array of booleans.
#[derive(Clone, Copy, PartialEq)]
pub struct Bools<'a> {
    bytes: &'a [u8],
}

impl<'a> Bools<'a> {
    /// Walks the elements.
    pub fn iter(&self) -> impl Iterator<Item = bool> + use<'a> {
        self.bytes.iter().map(|byte| *byte != 0)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// An array of integers.
#[derive(Clone, Copy, PartialEq)]
pub struct I64s<'a> {
    bytes: &'a [u8],
}

impl<'a> I64s<'a> {
    /// Walks the elements.
    pub fn iter(&self) -> impl Iterator<Item = i64> + use<'a> {
        eights(self.bytes).map(i64::from_le_bytes)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.bytes.len() / 8
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// An array of floating-point numbers.
#[derive(Clone, Copy)]
pub struct F64s<'a> {
    bytes: &'a [u8],
}

impl<'a> F64s<'a> {
    /// Walks the elements.
    pub fn iter(&self) -> impl Iterator<Item = f64> + use<'a> {
        eights(self.bytes).map(f64::from_le_bytes)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.bytes.len() / 8
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl PartialEq for F64s<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

/// An array of values.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    items: Items<'a>,
}

impl<'a> Values<'a> {
    /// Walks the elements.
    pub fn iter(&self) -> impl Iterator<Item = ValueView<'a>> + use<'a> {
        self.items.map(|item| ValueView::read(item.tag, item.value))
    }

    /// How many there are. Costs a walk.
    pub fn len(&self) -> usize {
        self.items.count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl PartialEq for Values<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

fn eights(bytes: &[u8]) -> impl Iterator<Item = [u8; 8]> + use<'_> {
    bytes
        .chunks_exact(8)
        .filter_map(|eight| eight.first_chunk().copied())
}

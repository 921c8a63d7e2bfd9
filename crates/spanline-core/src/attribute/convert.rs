//! From what programs hold to attribute values.
//!
//! Thin and inlined, since they stand between the program and its span's buffer. There is no
//! conversion from `u8`, so that `Vec<u8>` can be bytes while `Vec<T>` is a list; and none from
//! `Option`, since "no value" and "no attribute" are different things.

use std::borrow::Cow;

use super::{Attribute, Value};

impl<'a, K: Into<Cow<'a, str>>, V: Into<Value<'a>>> From<(K, V)> for Attribute<'a> {
    #[inline]
    fn from((key, value): (K, V)) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
        }
    }
}

/// Borrows plain values; lists and maps of any values are copied.
impl<'a> From<&'a Attribute<'_>> for Attribute<'a> {
    fn from(attribute: &'a Attribute<'_>) -> Self {
        Self {
            key: Cow::Borrowed(&attribute.key),
            value: (&attribute.value).into(),
        }
    }
}

/// Borrows plain values; lists and maps of any values are copied.
impl<'a> From<&'a Value<'_>> for Value<'a> {
    fn from(value: &'a Value<'_>) -> Self {
        match value {
            Value::Empty => Self::Empty,
            Value::Bool(value) => Self::Bool(*value),
            Value::I64(value) => Self::I64(*value),
            Value::F64(value) => Self::F64(*value),
            Value::String(text) => Self::String(Cow::Borrowed(text)),
            Value::Bytes(bytes) => Self::Bytes(Cow::Borrowed(bytes)),
            Value::Bools(list) => Self::Bools(Cow::Borrowed(list)),
            Value::I64s(list) => Self::I64s(Cow::Borrowed(list)),
            Value::F64s(list) => Self::F64s(Cow::Borrowed(list)),
            Value::Strings(list) => Self::Strings(list),
            Value::Array(list) => Self::Array(list.iter().map(Into::into).collect()),
            Value::Map(map) => Self::Map(map.iter().map(Into::into).collect()),
        }
    }
}

/// `From` for types that a variant holds after one cast.
macro_rules! plain {
    ($($from:ty => $variant:ident($value:ident => $into:expr);)*) => {$(
        impl<'a> From<$from> for Value<'a> {
            #[inline]
            fn from($value: $from) -> Self {
                Self::$variant($into)
            }
        }
    )*};
}

plain! {
    bool => Bool(value => value);
    i8 => I64(value => i64::from(value));
    i16 => I64(value => i64::from(value));
    i32 => I64(value => i64::from(value));
    i64 => I64(value => value);
    u16 => I64(value => i64::from(value));
    u32 => I64(value => i64::from(value));
    f32 => F64(value => f64::from(value));
    f64 => F64(value => value);
    &'a str => String(text => Cow::Borrowed(text));
    &'a String => String(text => Cow::Borrowed(text));
    String => String(text => Cow::Owned(text));
    Cow<'a, str> => String(text => text);
    Box<str> => String(text => Cow::Owned(text.into_string()));
    char => String(character => Cow::Owned(character.to_string()));
    &'a [u8] => Bytes(bytes => Cow::Borrowed(bytes));
    Vec<u8> => Bytes(bytes => Cow::Owned(bytes));
    &'a [bool] => Bools(list => Cow::Borrowed(list));
    &'a [i64] => I64s(list => Cow::Borrowed(list));
    &'a [f64] => F64s(list => Cow::Borrowed(list));
    &'a [&'a str] => Strings(list => list);
}

/// `From` for integers that an `i64` may not hold: those become decimal text.
macro_rules! wide {
    ($($from:ty)*) => {$(
        impl From<$from> for Value<'_> {
            #[inline]
            fn from(value: $from) -> Self {
                match i64::try_from(value) {
                    Ok(value) => Self::I64(value),
                    Err(_) => Self::String(Cow::Owned(value.to_string())),
                }
            }
        }
    )*};
}

wide! { u64 usize u128 i128 isize }

/// `From` for references to arrays: as for slices.
macro_rules! array_ref {
    ($($element:ty)*) => {$(
        impl<'a, const N: usize> From<&'a [$element; N]> for Value<'a> {
            #[inline]
            fn from(list: &'a [$element; N]) -> Self {
                list.as_slice().into()
            }
        }
    )*};
}

array_ref! { u8 bool i64 f64 &'a str }

/// A list of any values: one allocation.
impl<'a, T: Into<Value<'a>>> From<Vec<T>> for Value<'a> {
    #[inline]
    fn from(list: Vec<T>) -> Self {
        Self::Array(list.into_iter().map(Into::into).collect())
    }
}

/// A list of any values: one allocation.
impl<'a, T: Into<Value<'a>>, const N: usize> From<[T; N]> for Value<'a> {
    #[inline]
    fn from(list: [T; N]) -> Self {
        Self::Array(list.into_iter().map(Into::into).collect())
    }
}

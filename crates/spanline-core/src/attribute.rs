//! Attributes: named, typed values on spans, events, links, scopes and resources.
//!
//! A value given to a span is borrowed for the length of the call and copied into the span's
//! record, so these types carry a lifetime and allocate only where the caller hands over a nested
//! or converted value. Conversions are in `attribute/convert.rs`, the text form in
//! `attribute/text.rs`.
//!
//! Limits on number, length and depth are applied where values are stored, not here.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

mod convert;
pub(crate) mod text;

/// As many names are compared one by one; more are looked up.
pub(crate) const FEW: usize = 32;

/// One key with its value.
///
/// Anything that takes attributes takes tuples as well: `("tenant", "eu")`, an array of tuples, a
/// `&HashMap<String, String>`, an `Option`.
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::Attribute;
///
/// let attribute = Attribute::new("order.id", 42);
/// assert_eq!(attribute, ("order.id", 42).into());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute<'a> {
    /// The name: not empty, case-sensitive. One with an empty name is ignored where it is used.
    pub key: Cow<'a, str>,
    /// The value.
    pub value: Value<'a>,
}

impl<'a> Attribute<'a> {
    /// An attribute of this key and value.
    #[inline]
    #[must_use]
    pub fn new(key: impl Into<Cow<'a, str>>, value: impl Into<Value<'a>>) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
        }
    }

    /// The same attribute, owning all it refers to.
    #[must_use]
    pub fn into_owned(self) -> Attribute<'static> {
        Attribute {
            key: Cow::Owned(self.key.into_owned()),
            value: self.value.into_owned(),
        }
    }
}

/// The value of an attribute: the types of the OpenTelemetry specification ("AnyValue").
///
/// Made by `into()` from what Rust programs hold: strings, numbers, `bool`, slices, arrays and
/// vectors of those. An integer that does not fit an `i64` becomes its decimal text. `u8` is left
/// out on purpose: `&[u8]` and `Vec<u8>` are bytes, not lists of numbers.
///
/// The empty string, zero, an empty list and [`Value::Empty`] all mean something and are kept.
/// Arrays and maps cost more than plain values, at the latest when they are encoded: prefer several
/// plain attributes where that will do.
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::Value;
///
/// assert_eq!(Value::from(u64::MAX), Value::from("18446744073709551615"));
/// assert_eq!(Value::from([1, 2]).to_string(), "[1,2]");
/// let map = Value::map([("zone", Value::from("b")), ("load", Value::from(0.5))]);
/// assert_eq!(map.to_string(), r#"{"zone":"b","load":0.5}"#);
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Value<'a> {
    /// No value; different from an absent attribute.
    #[default]
    Empty,
    /// True or false.
    Bool(bool),
    /// An integer.
    I64(i64),
    /// A floating-point number, NaN and the infinities included.
    F64(f64),
    /// A text.
    String(Cow<'a, str>),
    /// Bytes without further meaning.
    Bytes(Cow<'a, [u8]>),
    /// A list of truth values.
    Bools(Cow<'a, [bool]>),
    /// A list of integers.
    I64s(Cow<'a, [i64]>),
    /// A list of floating-point numbers.
    F64s(Cow<'a, [f64]>),
    /// A list of texts.
    Strings(&'a [&'a str]),
    /// A list of any values.
    Array(Vec<Value<'a>>),
    /// Named values; each name occurs once if made by [`Value::map`].
    Map(Vec<Attribute<'a>>),
}

impl<'a> Value<'a> {
    /// Bytes, borrowed or owned.
    #[inline]
    #[must_use]
    pub fn bytes(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self::Bytes(bytes.into())
    }

    /// A map of these pairs; of pairs with one name the last stays, in the place of the first.
    ///
    /// Meant for a few entries: beyond 32 an index is built.
    #[must_use]
    pub fn map(pairs: impl IntoIterator<Item = impl Into<Attribute<'a>>>) -> Self {
        let mut map: Vec<Attribute<'a>> = Vec::new();
        // Places by name, so that many names do not cost a comparison per pair.
        let mut index: HashMap<String, usize> = HashMap::new();
        for pair in pairs {
            let pair = pair.into();
            let known = match map.len() {
                ..=FEW => map.iter().position(|known| known.key == pair.key),
                _ => {
                    if index.is_empty() {
                        let places = map.iter().enumerate();
                        index.extend(places.map(|(at, known)| (known.key.to_string(), at)));
                    }
                    index.get(&*pair.key).copied()
                }
            };
            match known.and_then(|at| map.get_mut(at)) {
                Some(known) => known.value = pair.value,
                None => {
                    if !index.is_empty() {
                        index.insert(pair.key.to_string(), map.len());
                    }
                    map.push(pair);
                }
            }
        }
        Self::Map(map)
    }

    /// The same value, owning all it refers to.
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Empty => Value::Empty,
            Self::Bool(value) => Value::Bool(value),
            Self::I64(value) => Value::I64(value),
            Self::F64(value) => Value::F64(value),
            Self::String(text) => Value::String(Cow::Owned(text.into_owned())),
            Self::Bytes(bytes) => Value::Bytes(Cow::Owned(bytes.into_owned())),
            Self::Bools(list) => Value::Bools(Cow::Owned(list.into_owned())),
            Self::I64s(list) => Value::I64s(Cow::Owned(list.into_owned())),
            Self::F64s(list) => Value::F64s(Cow::Owned(list.into_owned())),
            Self::Strings(list) => Value::Array(list.iter().map(|text| owned(text)).collect()),
            Self::Array(list) => Value::Array(list.into_iter().map(Value::into_owned).collect()),
            Self::Map(map) => Value::Map(map.into_iter().map(Attribute::into_owned).collect()),
        }
    }

    /// The number of elements if this is a list, of whatever variant.
    fn list_len(&self) -> Option<usize> {
        match self {
            Self::Bools(list) => Some(list.len()),
            Self::I64s(list) => Some(list.len()),
            Self::F64s(list) => Some(list.len()),
            Self::Strings(list) => Some(list.len()),
            Self::Array(list) => Some(list.len()),
            _ => None,
        }
    }

    /// Whether element `n` of two lists is the same.
    fn same_element(&self, other: &Self, n: usize) -> bool {
        match (self.list_item(n), other.list_item(n)) {
            (Some(Item::Nested(one)), Some(Item::Nested(other))) => one == other,
            (Some(Item::Nested(nested)), Some(Item::Plain(plain)))
            | (Some(Item::Plain(plain)), Some(Item::Nested(nested))) => *nested == plain,
            (Some(Item::Plain(one)), Some(Item::Plain(other))) => one == other,
            _ => false,
        }
    }

    fn list_item(&self, n: usize) -> Option<Item<'_, 'a>> {
        Some(match self {
            Self::Bools(list) => Item::Plain(Value::Bool(*list.get(n)?)),
            Self::I64s(list) => Item::Plain(Value::I64(*list.get(n)?)),
            Self::F64s(list) => Item::Plain(Value::F64(*list.get(n)?)),
            Self::Strings(list) => Item::Plain(Value::String(Cow::Borrowed(list.get(n)?))),
            Self::Array(list) => Item::Nested(list.get(n)?),
            _ => return None,
        })
    }
}

fn owned(text: &str) -> Value<'static> {
    Value::String(Cow::Owned(text.to_owned()))
}

/// An element of a list: stored as a value, or made into one.
enum Item<'l, 'a> {
    Nested(&'l Value<'a>),
    Plain(Value<'a>),
}

/// Equal if they mean the same: how a list is stored does not count, nor the order in a map.
///
/// Floating-point numbers compare as numbers, so NaN equals nothing.
impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Empty, Self::Empty) => true,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::I64(one), Self::I64(other)) => one == other,
            (Self::F64(one), Self::F64(other)) => one == other,
            (Self::String(one), Self::String(other)) => one == other,
            (Self::Bytes(one), Self::Bytes(other)) => one == other,
            (Self::Map(one), Self::Map(other)) => {
                one.len() == other.len()
                    && one.iter().all(|pair| other.contains(pair))
                    && other.iter().all(|pair| one.contains(pair))
            }
            _ => match (self.list_len(), other.list_len()) {
                (Some(one), Some(other_len)) => {
                    one == other_len && (0..one).all(|n| self.same_element(other, n))
                }
                _ => false,
            },
        }
    }
}

/// The text form for systems that know only strings (OpenTelemetry specification, "AnyValue
/// representation for non-OTLP protocols").
///
/// A string as it is; numbers and truth values as in JSON; bytes in Base64; lists and maps as JSON.
/// [`Value::Empty`] is the empty text, inside a list or map `null`. NaN and the infinities are
/// `NaN`, `Infinity`, `-Infinity`, quoted inside a list or map.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write_value(f, self)
    }
}

#[cfg(test)]
mod tests;

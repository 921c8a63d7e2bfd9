//! Baggage: pairs that travel with a request through every service it touches.
//!
//! It stands in the context beside the current span and is independent of it: a program without
//! any tracing can carry baggage. Propagators put it into headers and take it out.
//!
//! No limit is applied here; what is sent, and what is accepted from others, is bounded by the
//! propagators.

use std::fmt;
use std::sync::Arc;

/// An immutable set of named texts, each with optional metadata.
///
/// Names are case-sensitive and not empty; names, values and metadata are any text. A name has one
/// value: a new one replaces the old one and its metadata. The empty baggage costs nothing, a clone
/// one reference count; a change copies the pairs unless this is their only owner.
///
/// Everything in it is sent to every service called from here on, other people's included: no
/// secrets.
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::Baggage;
///
/// let baggage = Baggage::new().with("tenant", "eu").with("user", "7");
/// assert_eq!(baggage.without("user").get("tenant"), Some("eu"));
/// ```
#[derive(Clone, Default)]
pub struct Baggage {
    /// In the order in which names were first set; `None` if there are none.
    pairs: Option<Arc<Vec<Pair>>>,
}

#[derive(Clone, PartialEq, Eq)]
struct Pair {
    name: Box<str>,
    value: Box<str>,
    metadata: Box<str>,
}

/// One name of a [`Baggage`] with all that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct BaggageEntry<'a> {
    /// The name.
    pub name: &'a str,
    /// The value.
    pub value: &'a str,
    /// The metadata, not interpreted; empty if there is none.
    pub metadata: &'a str,
}

impl Baggage {
    /// The baggage without entries.
    pub const EMPTY: Self = Self { pairs: None };

    /// The baggage without entries.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self::EMPTY
    }

    /// The value of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.entry(name).map(|entry| entry.value)
    }

    /// The entry of `name`.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<BaggageEntry<'_>> {
        self.iter().find(|entry| entry.name == name)
    }

    /// All entries, in the order in which their names were first set.
    pub fn iter(&self) -> Entries<'_> {
        Entries {
            pairs: self.pairs().iter(),
        }
    }

    /// How many entries there are.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs().len()
    }

    /// Whether there are none.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.pairs.is_none()
    }

    /// This baggage with `name` set to `value`, without metadata. An empty name changes nothing.
    #[must_use]
    pub fn with(self, name: &str, value: &str) -> Self {
        self.with_metadata(name, value, "")
    }

    /// This baggage with `name` set to `value` with `metadata`. An empty name changes nothing.
    #[must_use]
    pub fn with_metadata(self, name: &str, value: &str, metadata: &str) -> Self {
        if name.is_empty() {
            return self;
        }
        let pair = Pair {
            name: name.into(),
            value: value.into(),
            metadata: metadata.into(),
        };
        let mut pairs = self.pairs.unwrap_or_default();
        let list = Arc::make_mut(&mut pairs);
        match list.iter_mut().find(|known| *known.name == *name) {
            Some(known) => *known = pair,
            None => list.push(pair),
        }
        Self { pairs: Some(pairs) }
    }

    /// This baggage without `name`.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        if self.entry(name).is_none() {
            return self;
        }
        if self.len() == 1 {
            return Self::EMPTY;
        }
        if let Some(pairs) = &mut self.pairs {
            Arc::make_mut(pairs).retain(|pair| *pair.name != *name);
        }
        self
    }

    fn pairs(&self) -> &[Pair] {
        self.pairs.as_ref().map_or(&[], |pairs| pairs)
    }
}

/// Equal if the same names have the same values and metadata, in whatever order.
impl PartialEq for Baggage {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|entry| other.entry(entry.name) == Some(entry))
    }
}

impl Eq for Baggage {}

impl fmt::Debug for Baggage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|entry| (entry.name, entry.value)))
            .finish()
    }
}

/// Iterator over the entries of a [`Baggage`].
#[derive(Clone)]
pub struct Entries<'a> {
    pairs: std::slice::Iter<'a, Pair>,
}

impl<'a> Iterator for Entries<'a> {
    type Item = BaggageEntry<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let Pair {
            name,
            value,
            metadata,
        } = self.pairs.next()?;
        Some(BaggageEntry {
            name,
            value,
            metadata,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.pairs.size_hint()
    }
}

impl ExactSizeIterator for Entries<'_> {}

impl fmt::Debug for Entries<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a> IntoIterator for &'a Baggage {
    type Item = BaggageEntry<'a>;
    type IntoIter = Entries<'a>;

    fn into_iter(self) -> Entries<'a> {
        self.iter()
    }
}

/// Pairs of name and value, without metadata; the last of each name stays.
impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Baggage {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        pairs
            .into_iter()
            .fold(Self::EMPTY, |baggage, (name, value)| {
                baggage.with(name.as_ref(), value.as_ref())
            })
    }
}

#[cfg(test)]
mod tests;

//! The `tracestate` list: what each tracing system along the way wants its successors to know.
//!
//! A trace state belongs to a span context and is passed on unchanged unless somebody edits it. It
//! is kept as the very text that is sent, so that printing and sending cost nothing and editing,
//! which is rare, pays. Grammar: W3C Trace Context Level 2, "tracestate Header Field Values".
//!
//! What `traceparent` says, and when a received list is thrown away with it, is not known here.

use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

mod grammar;
pub(crate) mod property;

pub(crate) use grammar::ListReader;
#[doc(hidden)]
pub use property::check_tracestate;

/// The most members a list may have (W3C Trace Context, "list").
pub const MAX_MEMBERS: usize = 32;

/// An immutable list of key–value pairs, most recent first.
///
/// One machine word; the empty list costs nothing, a clone one reference count. Every list is
/// valid: keys and values follow the grammar, no key occurs twice, and there are at most
/// [`MAX_MEMBERS`] of them. Every edit makes a new list and copies the text, up to 16 KiB.
///
/// The key `ot` is OpenTelemetry's own: samplers write it, applications should not.
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::TraceState;
///
/// let received: TraceState = "congo=1, rojo=2".parse()?;
/// let edited = received.with("rojo", "3")?;
/// assert_eq!(edited.to_string(), "rojo=3,congo=1"); // what changed moves to the front
/// assert_eq!(edited.without("congo").get("rojo"), Some("3"));
/// # Ok::<(), spanline_core::trace_state::TraceStateError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct TraceState {
    /// The canonical text, `key=value` joined by commas; `None` is the empty list. The second
    /// indirection keeps a span context at 40 bytes and is paid only by who reads the list.
    text: Option<Arc<Box<str>>>,
}

impl TraceState {
    /// The list without members.
    pub const EMPTY: Self = Self { text: None };

    /// A list of these pairs, in this order.
    ///
    /// # Errors
    ///
    /// The first pair that is not allowed; a key given twice; more than [`MAX_MEMBERS`] pairs.
    /// [`TraceStateError::at`] counts bytes of the text made so far.
    pub fn from_pairs<K, V>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, TraceStateError>
    where
        K: AsRef<str>,
        V: AsRef<str>,
    {
        let mut list = ListReader::new();
        for (key, value) in pairs {
            list.push_pair(key.as_ref(), value.as_ref())?;
        }
        Ok(list.finish())
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    /// This list with `key` set to `value`, in front of all others.
    ///
    /// Members that are not touched keep their order. If the list was full and `key` is new, the
    /// right-most member goes.
    ///
    /// # Errors
    ///
    /// If `key` or `value` breaks the grammar.
    pub fn with(&self, key: &str, value: &str) -> Result<Self, TraceStateError> {
        let mut list = ListReader::new();
        list.push_pair(key, value)?;
        for (name, value) in self
            .iter()
            .filter(|(name, _)| *name != key)
            .take(MAX_MEMBERS - 1)
        {
            list.push_pair(name, value)?;
        }
        Ok(list.finish())
    }

    /// This list without `key`.
    #[must_use]
    pub fn without(&self, key: &str) -> Self {
        if self.get(key).is_none() {
            return self.clone();
        }
        let mut text = String::with_capacity(self.as_str().len());
        for (name, value) in self.iter().filter(|(name, _)| *name != key) {
            append(&mut text, name, value);
        }
        Self::from_canonical(text)
    }

    /// The members, most recent first.
    pub fn iter(&self) -> Members<'_> {
        Members {
            rest: self.as_str(),
        }
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there are none.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.text.is_none()
    }

    /// The list as it is sent: `key=value` pairs joined by commas, no spaces around them.
    #[inline]
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_ref().map_or("", |text| text)
    }

    /// Keeps a text that is known to be a valid list.
    fn from_canonical(text: String) -> Self {
        Self {
            text: (!text.is_empty()).then(|| Arc::new(text.into_boxed_str())),
        }
    }
}

/// Adds one member to a canonical text.
fn append(text: &mut String, key: &str, value: &str) {
    if !text.is_empty() {
        text.push(',');
    }
    text.push_str(key);
    text.push('=');
    text.push_str(value);
}

/// Iterator over the members of a [`TraceState`], as `(key, value)`.
#[derive(Clone, Debug)]
pub struct Members<'a> {
    /// Canonical text not yet visited.
    rest: &'a str,
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let (member, rest) = self.rest.split_once(',').unwrap_or((self.rest, ""));
        self.rest = rest;
        member.split_once('=')
    }
}

impl<'a> IntoIterator for &'a TraceState {
    type Item = (&'a str, &'a str);
    type IntoIter = Members<'a>;

    fn into_iter(self) -> Members<'a> {
        self.iter()
    }
}

impl FromStr for TraceState {
    type Err = TraceStateError;

    /// Reads one header value.
    ///
    /// Empty members and spaces or tabs around members are accepted and not kept. Of a key that
    /// occurs more than once, the left-most member stays, being the most recent. One bad member
    /// spoils the whole list.
    fn from_str(text: &str) -> Result<Self, TraceStateError> {
        let mut list = ListReader::new();
        list.push_line(text)?;
        Ok(list.finish())
    }
}

impl fmt::Display for TraceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for TraceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TraceState").field(&self.as_str()).finish()
    }
}

/// Why something is not a trace state, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceStateError {
    kind: TraceStateErrorKind,
    at: usize,
}

impl TraceStateError {
    const fn new(kind: TraceStateErrorKind, at: usize) -> Self {
        Self { kind, at }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> TraceStateErrorKind {
        self.kind
    }

    /// The byte at which it was noticed, counted from the start of the text.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }
}

/// What is wrong with a trace state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceStateErrorKind {
    /// A member without `=`.
    NoEquals,
    /// The key is empty, begins with a character other than `a`–`z` and `0`–`9`, or holds one
    /// other than those and `_ - * / @`.
    Key,
    /// The key is longer than 256 characters.
    KeyTooLong,
    /// The value holds a character other than printable ASCII without `,` and `=`, or ends with a
    /// space.
    Value,
    /// The value is empty.
    EmptyValue,
    /// The value is longer than 256 characters.
    ValueTooLong,
    /// The key was there already (only where a list is made from pairs).
    DuplicateKey,
    /// More than [`MAX_MEMBERS`] members.
    TooManyMembers,
    /// More text than any valid list can have; nothing of it was read.
    TooLong,
}

impl fmt::Display for TraceStateErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoEquals => "member without '='",
            Self::Key => "character not allowed in a key",
            Self::KeyTooLong => "key longer than 256 characters",
            Self::Value => "character not allowed in a value",
            Self::EmptyValue => "empty value",
            Self::ValueTooLong => "value longer than 256 characters",
            Self::DuplicateKey => "key given twice",
            Self::TooManyMembers => "more than 32 members",
            Self::TooLong => "longer than any valid list",
        })
    }
}

impl fmt::Display for TraceStateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tracestate: {} at byte {}", self.kind, self.at)
    }
}

impl Error for TraceStateError {}

#[cfg(test)]
mod tests;

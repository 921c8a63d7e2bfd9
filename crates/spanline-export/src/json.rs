//! Reading JSON (RFC 8259): a few fields of a small document from outside.
//!
//! What a receiver answers, and a program's options. A document is checked whole before anything is
//! taken from it, so a [`Json`] is always one complete value, a part of the text; nothing is copied
//! but strings with escapes in them. Takes time in proportion to the text for each level of
//! nesting that is looked into, and little stack: values may be nested [`MAX_DEPTH`] deep.
//!
//! Not a library: there is no tree of values, and what encoders write is not written here.

mod property;
mod scanner;

pub use property::check_json;

use scanner::Scanner;
use std::borrow::Cow;
use std::fmt;

/// How deep arrays and objects may be nested.
pub const MAX_DEPTH: usize = 128;

/// One JSON value.
///
/// ```
/// use spanline_export::json::Json;
///
/// let order = Json::read(r#" {"id": 42, "note": "caf\u00e9"} "#)?;
/// for (name, value) in order.members().into_iter().flatten() {
///     match &*name {
///         "id" => assert_eq!(value.as_i64(), Some(42)),
///         _ => assert_eq!(value.as_str().as_deref(), Some("café")),
///     }
/// }
/// let error = Json::read("{\n  \"id\": 1,\n}").unwrap_err();
/// assert_eq!(error.to_string(), "expected a name in quotes at line 3 column 1");
/// # Ok::<(), spanline_export::json::JsonError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<'a> {
    /// The value as it was written, without blanks around it.
    text: &'a str,
}

impl<'a> Json<'a> {
    /// Takes a text that is one value, with blanks around it if need be.
    ///
    /// # Errors
    ///
    /// If it is none, there is more behind it, or it is nested too deep.
    pub fn read(text: &'a str) -> Result<Json<'a>, JsonError> {
        let mut scanner = Scanner::of(text);
        let value = scanner.value().and_then(|value| {
            scanner.end()?;
            Ok(value)
        });
        match value {
            Ok(text) => Ok(Json { text }),
            Err(problem) => Err(JsonError::new(problem, text, scanner.position())),
        }
    }

    /// The value as it was written.
    #[must_use]
    pub fn text(self) -> &'a str {
        self.text
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.text == "null"
    }

    /// What a string says; `None` if it is no string.
    #[must_use]
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        let quoted = self.text.strip_prefix('"')?.strip_suffix('"')?;
        Some(scanner::unescape(quoted))
    }

    /// The number closest to what is written; `None` if it is no number, or too large for an `f64`.
    #[must_use]
    pub fn as_f64(self) -> Option<f64> {
        self.number()?
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
    }

    /// A number that is written without fraction and exponent; `None` if it is none, or does not
    /// fit.
    #[must_use]
    pub fn as_i64(self) -> Option<i64> {
        self.number()?.parse().ok()
    }

    /// The members of an object, in the order in which they are written, a name as often as it
    /// comes; `None` if it is no object.
    #[must_use]
    pub fn members(self) -> Option<Members<'a>> {
        let mut scanner = Scanner::of(self.text);
        scanner.take(b'{').then_some(Members { scanner })
    }

    /// The last member of this name; `None` if there is none, or if it is no object.
    #[must_use]
    pub fn get(self, name: &str) -> Option<Json<'a>> {
        let named = self.members()?.filter(|(known, _)| known == name);
        named.last().map(|(_, value)| value)
    }

    fn number(self) -> Option<&'a str> {
        let is_number = self
            .text
            .starts_with(|c: char| c == '-' || c.is_ascii_digit());
        is_number.then_some(self.text)
    }
}

/// Walks the members of an object.
#[derive(Clone, Debug)]
pub struct Members<'a> {
    /// Stands behind the brace, or behind a value.
    scanner: Scanner<'a>,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.scanner.take(b',');
        // Has been checked: the only thing that is no member is the end.
        let (name, text) = self.scanner.member().ok()?;
        Some((Json { text: name }.as_str()?, Json { text }))
    }
}

/// Why a text is no JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    problem: &'static str,
    line: usize,
    column: usize,
}

impl JsonError {
    fn new(problem: &'static str, text: &str, position: usize) -> JsonError {
        let before = text.get(..position).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.get(line_start..).unwrap_or_default();
        JsonError {
            problem,
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
        }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let JsonError {
            problem,
            line,
            column,
        } = self;
        write!(f, "{problem} at line {line} column {column}")
    }
}

impl std::error::Error for JsonError {}

#[cfg(test)]
mod tests;

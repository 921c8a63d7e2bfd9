//! Instrumentation scopes: which library or part of a program makes the spans.
//!
//! A tracer carries one, and so does every span it makes. A span's record has no room for names and
//! versions, so scopes are *interned*: each distinct one gets a number for the life of the process
//! ([`ScopeId`]), and readers of records turn the number back into the scope (`scope/table.rs`).

use crate::attribute::Attribute;

mod table;

pub use table::{ScopeId, TableFull};

/// The name, version, schema URL and attributes of an instrumentation scope.
///
/// Two scopes are the same if all four are (OpenTelemetry specification, "Instrumentation Scope").
/// It only borrows, so it is free to make and can be a constant:
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::Scope;
///
/// const SCOPE: Scope<'static> = Scope::new("acme-db").with_version("1.4.0");
/// assert_eq!(SCOPE.version(), Some("1.4.0"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scope<'a> {
    name: &'a str,
    version: Option<&'a str>,
    schema_url: Option<&'a str>,
    attributes: &'a [Attribute<'a>],
}

impl<'a> Scope<'a> {
    /// A scope of this name. An empty name is allowed, but tells a reader nothing.
    #[inline]
    #[must_use]
    pub const fn new(name: &'a str) -> Self {
        Self {
            name,
            version: None,
            schema_url: None,
            attributes: &[],
        }
    }

    /// This scope with a version.
    #[inline]
    #[must_use]
    pub const fn with_version(self, version: &'a str) -> Self {
        Self {
            version: Some(version),
            ..self
        }
    }

    /// This scope with the URL of the schema that its spans follow.
    #[inline]
    #[must_use]
    pub const fn with_schema_url(self, schema_url: &'a str) -> Self {
        Self {
            schema_url: Some(schema_url),
            ..self
        }
    }

    /// This scope with attributes of its own.
    #[inline]
    #[must_use]
    pub const fn with_attributes(self, attributes: &'a [Attribute<'a>]) -> Self {
        Self { attributes, ..self }
    }

    /// The name.
    #[inline]
    #[must_use]
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// The version, if one was given.
    #[inline]
    #[must_use]
    pub const fn version(&self) -> Option<&'a str> {
        self.version
    }

    /// The schema URL, if one was given.
    #[inline]
    #[must_use]
    pub const fn schema_url(&self) -> Option<&'a str> {
        self.schema_url
    }

    /// The attributes. Of an interned scope they are sorted by key, and each key occurs once.
    #[inline]
    #[must_use]
    pub const fn attributes(&self) -> &'a [Attribute<'a>] {
        self.attributes
    }
}

impl<'a> From<&'a String> for Scope<'a> {
    #[inline]
    fn from(name: &'a String) -> Self {
        Self::new(name)
    }
}

impl<'a> From<&'a str> for Scope<'a> {
    #[inline]
    fn from(name: &'a str) -> Self {
        Self::new(name)
    }
}

#[cfg(test)]
mod tests;

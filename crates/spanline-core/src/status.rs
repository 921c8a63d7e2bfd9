//! Span status: how the work described by a span went, and which report of it wins.
//!
//! The three codes and their precedence are those of the OpenTelemetry tracing API ("Set Status").
//! The rule is a pure function here; the record that holds a status applies it.

use std::borrow::Cow;

/// The outcome of a span.
///
/// `Error` belongs to whoever knows that the work failed; `Ok` is the application's final word and
/// libraries should not use it; `Unset`, the default, leaves the judgement to who reads the trace.
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::Status;
///
/// let status = Status::error("card declined");
/// assert_eq!(status.description(), Some("card declined"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Status<'a> {
    /// Nothing was said.
    #[default]
    Unset,
    /// The application calls it a success. Final: nothing said later counts.
    Ok,
    /// It failed; the text says how and may be empty.
    Error(Cow<'a, str>),
}

impl<'a> Status<'a> {
    /// A failure with a description.
    #[inline]
    #[must_use]
    pub fn error(description: impl Into<Cow<'a, str>>) -> Self {
        Self::Error(description.into())
    }

    /// The code alone.
    #[inline]
    #[must_use]
    pub const fn code(&self) -> StatusCode {
        match self {
            Self::Unset => StatusCode::Unset,
            Self::Ok => StatusCode::Ok,
            Self::Error(_) => StatusCode::Error,
        }
    }

    /// The description of a failure; an empty one counts as none.
    #[inline]
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        match self {
            Self::Error(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The same status, owning its text.
    #[must_use]
    pub fn into_owned(self) -> Status<'static> {
        match self {
            Self::Unset => Status::Unset,
            Self::Ok => Status::Ok,
            Self::Error(text) => Status::Error(Cow::Owned(text.into_owned())),
        }
    }
}

/// A [`Status`] without its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StatusCode {
    /// Nothing was said.
    #[default]
    Unset,
    /// A success, final.
    Ok,
    /// A failure.
    Error,
}

impl StatusCode {
    /// Whether a span that has this status takes `next` instead.
    ///
    /// | has \ next | `Unset` | `Ok` | `Error` |
    /// |---|---|---|---|
    /// | `Unset` | no | yes | yes |
    /// | `Ok` | no | no | no |
    /// | `Error` | no | yes | yes: the last text wins |
    #[inline]
    #[must_use]
    pub const fn accepts(self, next: Self) -> bool {
        !matches!((self, next), (_, Self::Unset) | (Self::Ok, _))
    }

    /// The number of this code in OTLP (`Status.StatusCode` of opentelemetry-proto), 0 to 2.
    #[inline]
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Unset => 0,
            Self::Ok => 1,
            Self::Error => 2,
        }
    }

    /// The code with this OTLP number, if there is one.
    #[inline]
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Unset),
            1 => Some(Self::Ok),
            2 => Some(Self::Error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;

//! Why a header could not be read.
//!
//! One type for all formats: which header, what is wrong with it, and where. Never any of its text,
//! which may be personal or hostile.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::diagnostics::{self, DiagnosticKind};

/// Why a propagator refused what it found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtractError {
    header: Cow<'static, str>,
    reason: ExtractReason,
    at: usize,
}

impl ExtractError {
    /// `header` is wrong for this reason, noticed at byte `at` of its value.
    #[must_use]
    pub fn new(header: impl Into<Cow<'static, str>>, reason: ExtractReason, at: usize) -> Self {
        Self {
            header: header.into(),
            reason,
            at,
        }
    }

    /// The header, in lower case.
    #[must_use]
    pub fn header(&self) -> &str {
        &self.header
    }

    /// What is wrong.
    #[must_use]
    pub const fn reason(&self) -> ExtractReason {
        self.reason
    }

    /// The byte of the value at which it was noticed; over all lines where several are read as one.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// Tells diagnostics that the header was passed over.
    #[cold]
    pub(super) fn report(&self) {
        diagnostics::report(
            DiagnosticKind::Propagation,
            &self.header,
            format_args!("header ignored: {} at byte {}", self.reason, self.at),
        );
    }
}

impl fmt::Display for ExtractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} at byte {}", self.header, self.reason, self.at)
    }
}

impl Error for ExtractError {}

/// What is wrong with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExtractReason {
    /// Shorter than the shortest valid value.
    TooShort,
    /// Longer than any valid value, or than is read at all.
    TooLong,
    /// The version is not two lower-case hexadecimal digits, or is the forbidden `ff`.
    Version,
    /// The character that separates two fields is missing.
    Separator,
    /// Not as many fields as there have to be.
    Fields,
    /// The trace id is not hexadecimal, or has the wrong number of digits.
    TraceId,
    /// The trace id is zero.
    ZeroTraceId,
    /// The span id is not hexadecimal, or has the wrong number of digits.
    SpanId,
    /// The span id is zero.
    ZeroSpanId,
    /// The flags are not hexadecimal, or have the wrong number of digits.
    Flags,
    /// The sampling state is none of those that the format knows.
    State,
    /// Something follows where the value should end.
    Trailing,
    /// The header may be there once and is there more than once.
    Repeated,
    /// A header that belongs to this one is missing.
    Incomplete,
    /// A member of the list is not well-formed; as an error: no member is.
    Member,
    /// Something else; for formats that are not this library's.
    Other,
}

impl ExtractReason {
    /// The reason in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooShort => "too short",
            Self::TooLong => "too long",
            Self::Version => "bad version",
            Self::Separator => "missing separator",
            Self::Fields => "wrong number of fields",
            Self::TraceId => "bad trace id",
            Self::ZeroTraceId => "trace id is zero",
            Self::SpanId => "bad span id",
            Self::ZeroSpanId => "span id is zero",
            Self::Flags => "bad flags",
            Self::State => "bad sampling state",
            Self::Trailing => "unexpected text after the value",
            Self::Repeated => "header occurs more than once",
            Self::Incomplete => "companion header is missing",
            Self::Member => "not a well-formed member",
            Self::Other => "not readable",
        }
    }
}

impl fmt::Display for ExtractReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

//! How a task ends: well, or with one sentence for the person at the terminal.

use std::fmt;

/// What every task returns.
pub(crate) type Outcome = Result<(), Failure>;

/// Why a task failed; the details were printed as they happened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure(String);

impl Failure {
    /// The sentence is lower-case and ends without a full stop.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

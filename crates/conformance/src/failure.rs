//! Why a subcommand stops, and the exit status that says so.
//!
//! A driver in another language sees only the status: 2 means that what it gave cannot be used, 1
//! that the work did not come out as it should.

use std::fmt;
use std::io;

/// Why a subcommand stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments or the input cannot be used.
    Unusable(String),
    /// The work was done, or tried, and is not complete.
    Failed(String),
}

impl Failure {
    pub(crate) fn unusable(text: impl fmt::Display) -> Failure {
        Failure::Unusable(text.to_string())
    }

    pub(crate) fn failed(text: impl fmt::Display) -> Failure {
        Failure::Failed(text.to_string())
    }

    /// The exit status.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Failure::Failed(_) => 1,
            Failure::Unusable(_) => 2,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Unusable(text) | Failure::Failed(text) => f.write_str(text),
        }
    }
}

/// Reading rows or writing answers broke off.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::failed(format_args!("input or output broke off: {error}"))
    }
}

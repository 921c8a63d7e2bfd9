//! What was wrong with a variable.

use spanline_core::diagnostics::{self, DiagnosticKind};
use std::fmt;

/// A variable that could not be followed, in whole or in part. What could not be followed counts
/// as not set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnvWarning {
    /// The variable's name.
    pub variable: &'static str,
    /// The text in question, as the user wrote it; empty if it may be a secret.
    pub text: String,
    /// What is wrong with it.
    pub reason: EnvWarningReason,
}

/// What is wrong with a variable's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnvWarningReason {
    /// It is not UTF-8.
    NotUnicode,
    /// Neither `true` nor `false`; counts as `false`.
    NotBoolean,
    /// Not a whole number in the range.
    NotWhole {
        /// The least that makes sense.
        at_least: u64,
        /// The most that can be used.
        at_most: u64,
    },
    /// Not a number from 0 to 1.
    NotRatio,
    /// A word that the specification does not have.
    Unknown {
        /// The words there are.
        known: &'static str,
    },
    /// A word of the specification that this version cannot follow.
    NotBuilt {
        /// The words it can.
        known: &'static str,
    },
    /// `none` beside other words, which are followed.
    NoneAmongOthers,
    /// A batch larger than the queue.
    AboveQueueSize,
    /// One that is nothing without another: a certificate or its key, a user or a password, the argument
    /// of a sampler.
    Alone {
        /// The variable of the other.
        without: &'static str,
    },
    /// Not a header `name=value`; the other headers count. Only the name is shown.
    NotHeader {
        /// Which one, counted from 1; places between commas that are empty do not count.
        entry: usize,
        /// What is missing or wrong.
        problem: &'static str,
    },
    /// Not a list of `key=value`; all of it is ignored.
    NotPairs {
        /// What is missing or wrong.
        problem: &'static str,
    },
}

impl EnvWarning {
    /// Tells diagnostics.
    pub fn report(&self) {
        // The variable is the component, so that one does not hide another.
        let shown = match self.text.as_str() {
            "" => String::new(),
            text => format!("{text:?}: "),
        };
        let message = format_args!("{shown}{}", self.reason);
        diagnostics::report(DiagnosticKind::Config, self.variable, message);
    }
}

/// `OTEL_BSP_MAX_QUEUE_SIZE="-1": not a whole number from 1 to 2147483647; ignored`; without `=` and
/// quotes where the text is withheld, so that the variable does not look empty.
impl fmt::Display for EnvWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.variable)?;
        if !self.text.is_empty() {
            write!(f, "={:?}", self.text)?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl fmt::Display for EnvWarningReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUnicode => f.write_str("not UTF-8; ignored"),
            Self::NotBoolean => f.write_str("neither true nor false; taken as false"),
            Self::NotWhole { at_least, at_most } => {
                write!(
                    f,
                    "not a whole number from {at_least} to {at_most}; ignored"
                )
            }
            Self::NotRatio => f.write_str("not a number from 0 to 1; ignored"),
            Self::Unknown { known } => write!(f, "not known; ignored (there are {known})"),
            Self::NotBuilt { known } => {
                write!(
                    f,
                    "not built into this version; ignored (there are {known})"
                )
            }
            Self::NoneAmongOthers => f.write_str("none is ignored beside other names"),
            Self::AboveQueueSize => f.write_str("larger than the queue; ignored"),
            Self::Alone { without } => write!(f, "{without} is not set; ignored"),
            Self::NotHeader { entry, problem } => {
                write!(f, "entry {entry}: {problem}; the header is left out")
            }
            Self::NotPairs { problem } => write!(f, "{problem}; all of it is ignored"),
        }
    }
}

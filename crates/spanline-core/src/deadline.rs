//! Deadlines: until when an operation may take.
//!
//! Every call of ours that may wait takes one, and passes the same one on to whatever it waits
//! for, so that limits do not add up along the way. A limit is a point in time here, never a
//! number.

use std::fmt;
use std::time::{Duration, Instant};

/// A point in time after which an operation gives up; or [`NEVER`](Self::NEVER).
///
/// Anything that takes `impl Into<Deadline>` takes a [`Duration`] (from now) or an [`Instant`].
///
/// ```
/// # use spanline_core as spanline;
/// use std::time::Duration;
/// use spanline::Deadline;
///
/// let deadline = Deadline::after(Duration::from_secs(5));
/// assert!(deadline.remaining() <= Some(Duration::from_secs(5)));
/// assert!(!deadline.has_passed());
/// assert_eq!(Deadline::NEVER.remaining(), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Deadline {
    /// `None`: never.
    at: Option<Instant>,
}

impl Deadline {
    /// No limit.
    pub const NEVER: Self = Self { at: None };

    /// This long from now; never, if that is beyond what the clock can express.
    #[inline]
    #[must_use]
    pub fn after(limit: Duration) -> Self {
        Self {
            at: Instant::now().checked_add(limit),
        }
    }

    /// At this point in time.
    #[inline]
    #[must_use]
    pub const fn at(instant: Instant) -> Self {
        Self { at: Some(instant) }
    }

    /// The point in time; `None` for never.
    #[inline]
    #[must_use]
    pub const fn instant(self) -> Option<Instant> {
        self.at
    }

    /// How long is left; zero once it has passed, `None` for never.
    #[inline]
    #[must_use]
    pub fn remaining(self) -> Option<Duration> {
        self.at
            .map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// Whether nothing is left.
    #[inline]
    #[must_use]
    pub fn has_passed(self) -> bool {
        self.at.is_some_and(|at| at <= Instant::now())
    }

    /// Whichever of the two comes first.
    #[inline]
    #[must_use]
    pub fn sooner(self, other: impl Into<Self>) -> Self {
        match (self.at, other.into().at) {
            (Some(one), Some(other)) => Self::at(one.min(other)),
            (one, other) => Self { at: one.or(other) },
        }
    }
}

impl fmt::Debug for Deadline {
    /// How long is left now.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.remaining() {
            None => f.write_str("Deadline(never)"),
            Some(Duration::ZERO) => f.write_str("Deadline(passed)"),
            Some(left) => write!(f, "Deadline(in {left:.1?})"),
        }
    }
}

impl From<Duration> for Deadline {
    #[inline]
    fn from(limit: Duration) -> Self {
        Self::after(limit)
    }
}

impl From<Instant> for Deadline {
    #[inline]
    fn from(instant: Instant) -> Self {
        Self::at(instant)
    }
}

#[cfg(test)]
mod tests;

//! Time that stands still until it is told to go on.

use crate::clock::Clock;
use spanline_core::timestamp::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// A clock for tests; clones are the same clock.
///
/// ```
/// # mod spanline { pub use spanline_sdk::{clock as sdk, testing}; }
/// use spanline::{sdk::Clock, testing::ManualClock};
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let before = clock.unix_nanos();
/// clock.clone().advance(Duration::from_millis(3));
/// assert_eq!(clock.unix_nanos() - before, 3_000_000);
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock {
    /// Relaxed throughout: tests that share it between threads order their steps themselves.
    unix_nanos: Arc<AtomicU64>,
}

impl ManualClock {
    /// A clock that stands at 2001-09-09T01:46:40Z, a billion seconds after the Unix epoch.
    #[must_use]
    pub fn new() -> Self {
        let unix_nanos = Arc::new(AtomicU64::new(1_000_000_000_000_000_000));
        Self { unix_nanos }
    }

    /// Lets time pass; it stops at the end of what a [`Timestamp`] can hold.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        // Always succeeds: the closure has an answer for every time.
        let _ = self
            .unix_nanos
            .fetch_update(Relaxed, Relaxed, |now| Some(now.saturating_add(by)));
    }

    /// Puts the clock to this time, earlier ones included.
    pub fn set(&self, time: impl Into<Timestamp>) {
        self.unix_nanos.store(time.into().unix_nanos(), Relaxed);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn unix_nanos(&self) -> u64 {
        self.unix_nanos.load(Relaxed)
    }
}

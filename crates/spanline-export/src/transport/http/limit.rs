//! The one deadline that every socket and look-up of a transport reads.
//!
//! Set before each request. Sockets outlive requests, so they cannot be given a deadline of their
//! own when they are made.

use spanline_core::deadline::Deadline;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A deadline shared by everything that one transport waits for.
#[derive(Clone, Debug)]
pub(super) struct Limit(Arc<Mutex<Deadline>>);

impl Default for Limit {
    fn default() -> Self {
        Limit(Arc::new(Mutex::new(Deadline::NEVER)))
    }
}

impl Limit {
    /// Holds from now on.
    pub(super) fn set(&self, deadline: Deadline) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = deadline;
    }

    /// The deadline itself.
    pub(super) fn deadline(&self) -> Deadline {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long the next wait may take, `None` for ever.
    ///
    /// Fails once the deadline has passed. Never zero: sockets take that for "no limit".
    pub(super) fn remaining(&self) -> Result<Option<Duration>, ureq::Error> {
        match self.deadline().remaining() {
            Some(left) if left.is_zero() => Err(passed()),
            left => Ok(left),
        }
    }
}

/// What ureq reports for a deadline that passed.
pub(super) fn passed() -> ureq::Error {
    ureq::Error::Timeout(ureq::Timeout::Global)
}

/// The error of a socket: one that ran into the limit we set, or a real one.
pub(super) fn of_io(error: io::Error) -> ureq::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => passed(),
        _ => ureq::Error::Io(error),
    }
}

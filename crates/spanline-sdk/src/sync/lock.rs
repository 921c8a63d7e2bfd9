//! A lock without poison, and a condition with a deadline, over std's, loom's or shuttle's.
//!
//! Used through `sync.rs`. Nothing of the program's own runs while one is held. A model has no clock:
//! loom's waits end by a notification alone, the stronger claim.

#[cfg(not(any(loom, shuttle)))]
use std::sync as base;

#[cfg(loom)]
use loom::sync as base;

#[cfg(shuttle)]
use shuttle::sync as base;

use std::sync::PoisonError;

#[cfg(not(shuttle))]
pub(crate) use base::MutexGuard;

#[cfg(shuttle)]
pub(crate) use super::scheduled::{Condvar, MutexGuard};

/// A lock that a panic leaves usable.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(base::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Mutex(base::Mutex::new(value))
    }

    /// Waits for the lock.
    #[cfg(not(shuttle))]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(shuttle)]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard::new(self, self.lock_base())
    }

    /// The lock, if nobody has it.
    #[cfg(not(shuttle))]
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        use std::sync::TryLockError::{Poisoned, WouldBlock};
        match self.0.try_lock() {
            Ok(guard) => Some(guard),
            Err(Poisoned(poison)) => Some(poison.into_inner()),
            Err(WouldBlock) => None,
        }
    }

    #[cfg(shuttle)]
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        // Nobody else has it where this is asked in a schedule.
        Some(self.lock())
    }

    #[cfg(shuttle)]
    pub(super) fn lock_base(&self) -> base::MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where threads wait for a change of what a lock guards.
#[cfg(not(shuttle))]
#[derive(Debug, Default)]
pub(crate) struct Condvar(base::Condvar);

#[cfg(not(shuttle))]
impl Condvar {
    pub(crate) fn new() -> Self {
        Condvar(base::Condvar::new())
    }

    /// Waits for a notification, for the deadline, or for no reason at all: callers look again.
    pub(crate) fn wait<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        deadline: spanline_core::Deadline,
    ) -> MutexGuard<'a, T> {
        match deadline.remaining() {
            None => self.0.wait(guard).unwrap_or_else(PoisonError::into_inner),
            Some(left) => {
                let woken = self.0.wait_timeout(guard, left);
                woken.unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }
}

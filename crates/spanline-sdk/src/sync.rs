//! The primitives that the batch processor stands on: std's, or shuttle's when its schedules are
//! explored (`cargo xtask shuttle`).
//!
//! Below everything else. Locks do not poison, since panics are contained before they reach one, and
//! waits end by a [`Deadline`]. They are std's on purpose: each is one word of its own, with no
//! table that the whole process shares, so a fork can leave none locked that the child needs.

mod lock;
#[cfg(shuttle)]
mod scheduled;

pub(crate) use lock::{Condvar, Mutex};

#[cfg(not(shuttle))]
pub(crate) use std::{
    sync::{
        Once,
        atomic::{AtomicBool, AtomicU64},
    },
    thread, thread_local,
};

#[cfg(shuttle)]
pub(crate) use shuttle::{
    sync::{
        Once,
        atomic::{AtomicBool, AtomicU64},
    },
    thread, thread_local,
};

#[cfg(shuttle)]
pub use scheduled::{advance, begin, has_passed, sleep_until};

/// This moment; in an explored schedule, the moment that the scenario says.
#[cfg(not(shuttle))]
pub(crate) fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[cfg(shuttle)]
pub(crate) use scheduled::now;

/// Whether the deadline lies behind.
#[cfg(not(shuttle))]
pub(crate) fn has_passed(deadline: spanline_core::Deadline) -> bool {
    deadline.has_passed()
}

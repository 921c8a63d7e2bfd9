//! The primitives that the batch processor stands on: std's, shuttle's when its schedules are explored
//! (`cargo xtask shuttle`), or loom's when the shutdown is modelled (`cargo xtask loom`).
//!
//! Below everything else. Locks do not poison, since panics are contained before they reach one, and
//! waits end by a [`Deadline`]. They are std's on purpose: each is one word of its own, with no
//! table that the whole process shares. A fork can leave one locked; so a batch processor starts over
//! in a child with locks of its own, and only tries the one that it inherits (decision 0019).

mod lock;
#[cfg(loom)]
mod once;
#[cfg(shuttle)]
mod scheduled;

pub(crate) use lock::{Condvar, Mutex};

#[cfg(not(any(loom, shuttle)))]
pub(crate) use std::{
    sync::{
        Once,
        atomic::{AtomicBool, AtomicU64},
    },
    thread, thread_local,
};

/// The guard of the shutdown and what it waits on are loom's; the rest only has to compile.
#[cfg(loom)]
pub(crate) use {
    loom::sync::atomic::AtomicBool,
    once::Once,
    std::{sync::atomic::AtomicU64, thread, thread_local},
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

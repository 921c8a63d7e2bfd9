//! What shuttle has no word for: time, and waits that end by it.
//!
//! Compiled under `cfg(shuttle)` only. A scenario's clock stands still until somebody calls
//! [`advance`], so that a deadline passes in a run exactly if the scenario says so, at any moment of
//! the other threads. All threads of a run live on one thread of the system, hence std's
//! thread-locals and cells: no step in here is one that the scheduler could interrupt, except where
//! a thread parks.

use super::lock::Mutex;
use shuttle::thread::{Thread, current, park};
use spanline_core::Deadline;
use std::cell::{Cell, RefCell};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

std::thread_local! {
    /// When the first run began; deadlines are made with the machine's clock, and lie hours ahead.
    static BASE: Instant = Instant::now();
    static PASSED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    /// Who waits for time to pass, or did once.
    static SLEEPERS: RefCell<Vec<Thread>> = const { RefCell::new(Vec::new()) };
}

/// A run begins: no time has passed.
pub fn begin() {
    PASSED.set(Duration::ZERO);
    SLEEPERS.take();
}

/// Time passes, and whoever waits for that looks again.
pub fn advance(by: Duration) {
    PASSED.set(PASSED.get() + by);
    for sleeper in SLEEPERS.take() {
        sleeper.unpark();
    }
}

/// This moment of the run.
pub(crate) fn now() -> Instant {
    BASE.with(|base| *base + PASSED.get())
}

/// Whether the deadline lies behind.
pub fn has_passed(deadline: Deadline) -> bool {
    deadline.instant().is_some_and(|until| now() >= until)
}

/// Waits for the deadline.
pub fn sleep_until(deadline: Deadline) {
    while !has_passed(deadline) {
        SLEEPERS.with_borrow_mut(|sleepers| sleepers.push(current()));
        park();
    }
}

/// A guard that knows its lock, for [`Condvar`] to lock again.
#[derive(Debug)]
pub(crate) struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
    base: shuttle::sync::MutexGuard<'a, T>,
}

impl<'a, T> MutexGuard<'a, T> {
    pub(super) fn new(mutex: &'a Mutex<T>, base: shuttle::sync::MutexGuard<'a, T>) -> Self {
        MutexGuard { mutex, base }
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.base
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.base
    }
}

/// As std's, by the scenario's clock.
#[derive(Debug, Default)]
pub(crate) struct Condvar {
    /// Never held across a step of the scheduler.
    waiting: std::sync::Mutex<Vec<Waiting>>,
}

#[derive(Debug)]
struct Waiting {
    thread: Thread,
    notified: Arc<AtomicBool>,
}

impl Condvar {
    pub(crate) fn new() -> Self {
        Condvar {
            waiting: std::sync::Mutex::new(Vec::new()),
        }
    }

    pub(crate) fn wait<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        deadline: Deadline,
    ) -> MutexGuard<'a, T> {
        let notified = Arc::new(AtomicBool::new(false));
        self.with(|waiting| {
            waiting.push(Waiting {
                thread: current(),
                notified: Arc::clone(&notified),
            });
        });
        let mutex = guard.mutex;
        drop(guard);
        // Relaxed: the threads of a run take turns.
        while !notified.load(Ordering::Relaxed) && !has_passed(deadline) {
            if deadline.instant().is_some() {
                SLEEPERS.with_borrow_mut(|sleepers| sleepers.push(current()));
            }
            park();
        }
        self.with(|waiting| waiting.retain(|one| !Arc::ptr_eq(&one.notified, &notified)));
        MutexGuard::new(mutex, mutex.lock_base())
    }

    pub(crate) fn notify_all(&self) {
        self.notify(usize::MAX);
    }

    pub(crate) fn notify_one(&self) {
        self.notify(1);
    }

    fn notify(&self, most: usize) {
        let notified: Vec<_> = self.with(|waiting| {
            let most = most.min(waiting.len());
            waiting.drain(..most).collect()
        });
        for one in notified {
            one.notified.store(true, Ordering::Relaxed);
            one.thread.unpark();
        }
    }

    fn with<R>(&self, work: impl FnOnce(&mut Vec<Waiting>) -> R) -> R {
        work(
            &mut self
                .waiting
                .lock()
                .unwrap_or_else(|poison| poison.into_inner()),
        )
    }
}

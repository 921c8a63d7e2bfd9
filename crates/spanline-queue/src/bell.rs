//! The bell: how producers wake the worker, and how the worker makes sure that no push is missed.
//!
//! One small state word and a way to find the worker's thread. `producer.rs` decides when to ring,
//! `consumer.rs` when to sleep; this file knows neither records nor shards.

use std::sync::OnceLock;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::sync::{AtomicU8, Thread, current, nap, park};

/// The worker's state, as producers see it.
///
/// | state | a push | a push at the level asked for, or a refusal | [`ring`](Bell::ring) | worker falls asleep | worker wakes |
/// |---|---|---|---|---|---|
/// | AWAKE | – | – | → RUNG | → DOZING or IDLE | – |
/// | DOZING, in a nap | – | rings | → RUNG, unpark | – | → AWAKE |
/// | IDLE, parked without a timer | rings | rings | → RUNG, unpark | – | → AWAKE |
/// | RUNG, awake or about to be | – | – | – | does not: → AWAKE | → AWAKE |
///
/// RUNG sticks until the worker has taken notice: a ring while it is awake makes its next sleep
/// return at once. All moves are read-modify-writes on one word, so one total order of them exists,
/// and a ring is before the sleep that it prevents or after the sleep that it ends.
#[derive(Debug)]
pub(crate) struct Bell {
    state: AtomicU8,
    /// The worker's threads, newest last. A list that only grows, one node per thread that ever
    /// slept here, so that a ringing producer takes no lock (and a fork can leave none locked).
    bound: OnceLock<Box<Binding>>,
}

/// A thread that slept on the bell, and the one that came after it.
#[derive(Debug)]
struct Binding {
    thread: Thread,
    next: OnceLock<Box<Binding>>,
}

/// How a sleep on the bell ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waking {
    Rung,
    TimedOut,
}

impl Bell {
    pub(crate) fn new() -> Self {
        Self {
            state: AtomicU8::new(AWAKE),
            bound: OnceLock::new(),
        }
    }

    /// After a push: wakes the worker if it is idle, or dozing and the level it asked for is reached.
    ///
    /// Must come after the push's compare-exchange on the shard's word, always: that order and the
    /// one in [`Consumer::sleep`](crate::Consumer::sleep) are why no first push is missed.
    #[inline]
    pub(crate) fn after_push(&self, level_reached: bool) {
        // Relaxed: the edge that makes IDLE visible here goes over the shard's state word, from the
        // worker's Release read-modify-write to the push's Acquire compare-exchange. That of DOZING goes
        // over the free credits, to the push that takes a block of them.
        let state = self.state.load(Ordering::Relaxed);
        if state == IDLE || (level_reached && state == DOZING) {
            self.ring();
        }
    }

    /// After a refusal: wakes the worker if it sleeps in any way.
    pub(crate) fn after_refusal(&self) {
        self.after_push(true);
    }

    /// Wakes the worker, or keeps it from falling asleep the next time.
    #[cold]
    pub(crate) fn ring(&self) {
        // Release: pairs with the Acquire in `wake` and in `is_rung`; the worker sees what was sent
        // before the ring. Acquire: pairs with the Release in `fall_asleep`; this thread
        // sees the binding it is about to look for.
        let before = self.state.swap(RUNG, Ordering::AcqRel);
        if before == DOZING || before == IDLE {
            if let Some(thread) = self.thread() {
                thread.unpark();
            }
        }
    }

    /// True if the bell was rung since the worker last woke.
    pub(crate) fn is_rung(&self) -> bool {
        // Acquire: pairs with the Release in `ring`; what was sent before the ring is visible.
        self.state.load(Ordering::Acquire) == RUNG
    }

    /// Makes the calling thread the one that [`ring`](Self::ring) wakes. Only the worker calls it,
    /// so the list has one writer.
    pub(crate) fn bind(&self) {
        let thread = current();
        let mut place = &self.bound;
        let mut last = None;
        while let Some(binding) = place.get() {
            last = Some(binding.thread.id());
            place = &binding.next;
        }
        if last != Some(thread.id()) {
            // Cannot fail: one writer, and the place was empty.
            let _ = place.set(Box::new(Binding {
                thread,
                next: OnceLock::new(),
            }));
        }
    }

    /// From AWAKE to DOZING. False: rung since the worker last woke, and the ring is taken.
    pub(crate) fn doze(&self) -> bool {
        self.fall_asleep(DOZING)
    }

    /// From AWAKE to IDLE. False: rung since the worker last woke, and the ring is taken.
    ///
    /// The caller then looks at every shard once more, and wakes again if one is not empty.
    pub(crate) fn idle(&self) -> bool {
        self.fall_asleep(IDLE)
    }

    /// Sleeps until rung. Only after [`idle`](Self::idle) returned true.
    pub(crate) fn wait(&self) -> Waking {
        while self.is_asleep() {
            park();
        }
        self.wake()
    }

    /// Sleeps until rung, or `limit` has gone by. Only after [`doze`](Self::doze) returned true.
    pub(crate) fn wait_at_most(&self, limit: Duration) -> Waking {
        nap(limit, || self.is_asleep());
        self.wake()
    }

    /// Back to AWAKE, from any state; a ring that came before is taken.
    pub(crate) fn wake(&self) -> Waking {
        // Acquire: pairs with the Release in `ring`. A swap and not a store: a ring that slips in
        // here is taken with everything sent before it.
        match self.state.swap(AWAKE, Ordering::Acquire) {
            RUNG => Waking::Rung,
            _ => Waking::TimedOut,
        }
    }

    fn fall_asleep(&self, how: u8) -> bool {
        // Release: pairs with the Acquire in `ring`, which then finds the binding. Relaxed on
        // failure: the swap in `wake` does the acquiring.
        let done = self
            .state
            .compare_exchange(AWAKE, how, Ordering::Release, Ordering::Relaxed)
            .is_ok();
        if !done {
            self.wake();
        }
        done
    }

    fn is_asleep(&self) -> bool {
        // Relaxed: only asks whether to park again; the swap in `wake` does the acquiring.
        let state = self.state.load(Ordering::Relaxed);
        state == DOZING || state == IDLE
    }

    fn thread(&self) -> Option<&Thread> {
        let mut newest = self.bound.get()?;
        while let Some(next) = newest.next.get() {
            newest = next;
        }
        Some(&newest.thread)
    }
}

const AWAKE: u8 = 0;
const DOZING: u8 = 1;
const IDLE: u8 = 2;
const RUNG: u8 = 3;

#[cfg(test)]
mod tests;

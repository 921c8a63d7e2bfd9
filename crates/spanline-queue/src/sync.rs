//! The primitives below everything else: std's, loom's when a model is being checked, or shuttle's
//! when schedules of the whole batch processor are.
//!
//! Four of them differ in more than the path: [`guess`] (loom explores a load before a
//! compare-exchange badly), [`Shadow`] (how loom learns of the plain bytes), [`thread_number`]
//! (a model must be the same in every run) and [`nap`] (checkers have no clock). Nothing here knows
//! the queue's rules.

#[cfg(loom)]
pub(crate) use loom::{
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, AtomicUsize},
    },
    thread::{Thread, current, park},
};
#[cfg(shuttle)]
pub(crate) use shuttle::{
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, AtomicUsize},
    },
    thread::{Thread, current, park},
};
#[cfg(not(any(loom, shuttle)))]
pub(crate) use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, AtomicUsize},
    },
    thread::{Thread, current, park},
};

use std::ops::Range;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Shards in a queue: a power of two. Eight keep eight producers apart; 4, 8 and 16 measured the
/// same. A model has two, so that overflow exists and its runs stay countable.
pub(crate) const SHARDS: usize = if cfg!(any(loom, shuttle)) { 2 } else { 8 };

/// At most one in this many credits lies unused in the shards. A model lets all of them, so that
/// blocks of two exist at a capacity of four.
pub(crate) const UNUSED_SHARE: usize = if cfg!(any(loom, shuttle)) { 1 } else { 4 };

/// Reads a word that a compare-exchange will check: any old value is safe, a fresh one is quicker.
#[inline]
pub(crate) fn guess(word: &AtomicU64) -> u64 {
    // Relaxed: only a guess, the compare-exchange after it decides and synchronises.
    #[cfg(not(loom))]
    return word.load(Ordering::Relaxed);
    // loom 0.7 hardly explores a load followed by a compare-exchange: it takes the pair as one step.
    // A read-modify-write makes it try every interleaving, and being Relaxed it adds no edge.
    #[cfg(loom)]
    return word.fetch_or(0, Ordering::Relaxed);
}

/// Parks while `asleep` says so, until `limit` has gone by.
#[cfg(not(any(loom, shuttle)))]
pub(crate) fn nap(limit: Duration, asleep: impl Fn() -> bool) {
    let start = std::time::Instant::now();
    while asleep() {
        // A wake without a reason is possible: sleep for what is left.
        match limit.checked_sub(start.elapsed()) {
            Some(left) if !left.is_zero() => std::thread::park_timeout(left),
            _ => break,
        }
    }
}

/// A model has no clock. Its naps end only by the bell: the stronger claim.
#[cfg(loom)]
pub(crate) fn nap(_: Duration, asleep: impl Fn() -> bool) {
    while asleep() {
        park();
    }
}

/// One nap in four ends by itself, at any moment; the others only by the bell, so that a lost ring
/// is a deadlock that the scheduler sees.
#[cfg(shuttle)]
pub(crate) fn nap(_: Duration, asleep: impl Fn() -> bool) {
    use shuttle::rand::Rng;
    if shuttle::rand::thread_rng().gen_ratio(1, 4) {
        return shuttle::thread::yield_now();
    }
    while asleep() {
        park();
    }
}

/// A small number that stays with the calling thread; it names the thread's home shard.
#[inline]
pub(crate) fn thread_number() -> usize {
    // `try_with`: in a thread's teardown any shard will do.
    NUMBER.try_with(number_of).unwrap_or(0)
}

#[cfg(shuttle)]
use shuttle::thread_local;

#[cfg(not(loom))]
thread_local! {
    /// This thread's number, or `usize::MAX` before its first push. It has no destructor.
    static NUMBER: std::cell::Cell<usize> = const { std::cell::Cell::new(usize::MAX) };
}

#[cfg(not(loom))]
#[inline]
fn number_of(number: &std::cell::Cell<usize>) -> usize {
    let known = number.get();
    if known == usize::MAX {
        first_number(number)
    } else {
        known
    }
}

/// Under shuttle the thread's place in the run, which is the same in every run.
#[cfg(shuttle)]
fn first_number(number: &std::cell::Cell<usize>) -> usize {
    let place = usize::from(current().id());
    number.set(place);
    place
}

#[cfg(not(any(loom, shuttle)))]
#[cold]
fn first_number(number: &std::cell::Cell<usize>) -> usize {
    static THREADS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    // Relaxed: only a number; threads that share one merely share a home.
    let fresh = THREADS.fetch_add(1, Ordering::Relaxed);
    number.set(fresh);
    fresh
}

#[cfg(loom)]
loom::thread_local! {
    /// The number that the model gave this thread by `live_at`.
    static NUMBER: std::cell::Cell<usize> = std::cell::Cell::new(0);
}

#[cfg(loom)]
fn number_of(number: &std::cell::Cell<usize>) -> usize {
    number.get()
}

/// Gives the calling thread of a model its number, and so its home shard.
#[cfg(loom)]
pub fn live_at(number: usize) {
    NUMBER.with(|cell| cell.set(number));
}

/// What loom sees of a buffer's plain words: one empty cell per word, touched whenever the word is.
/// Outside a model it is nothing and does nothing.
#[derive(Debug)]
pub(crate) struct Shadow {
    #[cfg(loom)]
    cells: Box<[loom::cell::UnsafeCell<()>]>,
}

impl Shadow {
    pub(crate) fn new(words: usize) -> Self {
        #[cfg(not(loom))]
        let _ = words;
        Self {
            #[cfg(loom)]
            cells: (0..words)
                .map(|_| loom::cell::UnsafeCell::new(()))
                .collect(),
        }
    }

    /// Tells loom that these words are being written; it fails the model if anyone else may be at
    /// them.
    #[inline]
    pub(crate) fn write(&self, words: Range<usize>) {
        #[cfg(not(loom))]
        let _ = words;
        #[cfg(loom)]
        self.cells[words]
            .iter()
            .for_each(|cell| cell.with_mut(|_| ()));
    }

    /// Tells loom that these words are being read; it fails the model if anyone may be writing
    /// them.
    #[inline]
    pub(crate) fn read(&self, words: Range<usize>) {
        #[cfg(not(loom))]
        let _ = words;
        #[cfg(loom)]
        self.cells[words].iter().for_each(|cell| cell.with(|_| ()));
    }
}

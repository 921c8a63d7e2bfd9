//! A small number for each living thread, no two alike: where it finds what is its own.
//!
//! Drawn when a thread first asks, given back when it ends, and then handed out again, so that
//! tables indexed by it stay as small as the number of threads at one time.
//!
//! Numbers are bits of a few words and nothing is locked, so a fork can leave nothing locked: each
//! thread of a forked child asks here. What threads had that the child does not have stays taken.

use crate::sync::thread_local;
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers there are: 0 to 1023.
pub(super) const THREADS: usize = if cfg!(shuttle) { 16 } else { 1024 };

/// The thread has not asked yet.
const UNKNOWN: usize = usize::MAX;

/// The thread has none: there are too many of them, or it is being torn down.
const NONE: usize = usize::MAX - 1;

thread_local! {
    /// This thread's number, or one of the marks above. Has no destructor, so that reading it is
    /// one instruction and works until the very end of the thread.
    static SLOT: Cell<usize> = const { Cell::new(UNKNOWN) };

    /// Gives the number back when the thread ends.
    static LEASE: Lease = const { Lease(Cell::new(UNKNOWN)) };
}

/// Those of the process.
static NUMBERS: Numbers = Numbers::new();

/// A bit for each number, set while a thread has it.
struct Numbers([AtomicU64; THREADS.div_ceil(64)]);

/// This thread's number, or a mark above [`THREADS`]: it has not asked yet, or gets none.
#[inline]
pub(super) fn known() -> usize {
    SLOT.with(Cell::get)
}

/// This thread's number, below [`THREADS`]; `None` if it has none.
pub(super) fn own() -> Option<usize> {
    let slot = known();
    if slot < THREADS {
        Some(slot)
    } else {
        ask(slot)
    }
}

fn ask(mark: usize) -> Option<usize> {
    if mark == NONE {
        return None;
    }
    // Touched first: a thread that cannot give a number back gets none.
    let slot = LEASE.try_with(|lease| {
        let slot = NUMBERS.draw();
        lease.0.set(slot.unwrap_or(NONE));
        slot
    });
    let slot = slot.unwrap_or(None);
    SLOT.with(|own| own.set(slot.unwrap_or(NONE)));
    slot
}

impl Numbers {
    const fn new() -> Self {
        Numbers([const { AtomicU64::new(0) }; THREADS.div_ceil(64)])
    }

    /// The smallest number that is free, which keeps the tables dense.
    fn draw(&self) -> Option<usize> {
        for (place, word) in self.0.iter().enumerate() {
            // Relaxed: a guess that the read-modify-write checks.
            let mut taken = word.load(Ordering::Relaxed);
            while taken != u64::MAX {
                let bit = taken.trailing_ones();
                let slot = place * 64 + bit as usize;
                if slot >= THREADS {
                    return None;
                }
                // Acquire: pairs with the Release in `give_back`; this thread writes the blocks of
                // the number after the one that had it before.
                let mark = 1 << bit;
                let before = word.fetch_or(mark, Ordering::Acquire);
                if before & mark == 0 {
                    return Some(slot);
                }
                taken = before;
            }
        }
        None
    }

    fn give_back(&self, slot: usize) {
        if let Some(word) = self.0.get(slot / 64) {
            // Release: pairs with the Acquire in `draw`.
            word.fetch_and(!(1 << (slot % 64)), Ordering::Release);
        }
    }
}

struct Lease(Cell<usize>);

impl Drop for Lease {
    fn drop(&mut self) {
        let _ = SLOT.try_with(|own| own.set(NONE));
        let slot = self.0.get();
        if slot < THREADS {
            NUMBERS.give_back(slot);
        }
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests;

//! A small number for each living thread, no two alike: where it finds what is its own.
//!
//! Drawn when a thread first asks, given back when it ends, and then handed out again, so that
//! tables indexed by it stay as small as the number of threads at one time.

use crate::sync::thread_local;
use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Mutex, PoisonError};

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

/// The numbers that no thread has. Locked at the begin and the end of threads only.
static FREE: Mutex<Free> = Mutex::new(Free {
    returned: BinaryHeap::new(),
    next: 0,
});

struct Free {
    /// Given back; the smallest goes out first, which keeps the tables dense.
    returned: BinaryHeap<Reverse<usize>>,
    /// Never handed out, like all above it.
    next: usize,
}

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
        let slot = draw();
        lease.0.set(slot.unwrap_or(NONE));
        slot
    });
    let slot = slot.unwrap_or(None);
    SLOT.with(|own| own.set(slot.unwrap_or(NONE)));
    slot
}

fn draw() -> Option<usize> {
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(Reverse(slot)) = free.returned.pop() {
        return Some(slot);
    }
    let slot = free.next;
    if slot >= THREADS {
        return None;
    }
    free.next += 1;
    Some(slot)
}

struct Lease(Cell<usize>);

impl Drop for Lease {
    fn drop(&mut self) {
        let _ = SLOT.try_with(|own| own.set(NONE));
        let slot = self.0.get();
        if slot < THREADS {
            let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
            free.returned.push(Reverse(slot));
        }
    }
}

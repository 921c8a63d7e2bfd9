//! Marks the threads that are inside an exporter.
//!
//! An exporter that flushes or shuts down a pipeline from one of its own calls would wait for
//! itself; so would a simple processor whose exporter ends a span. Both are refused by this mark.

use crate::sync::thread_local;
use std::cell::Cell;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// What callers from inside are told.
pub(crate) const REFUSED: &str = "called from inside an exporter, which would wait for itself";

/// Marks this thread as being inside an exporter until it is dropped.
pub(crate) struct Inside {
    before: bool,
}

impl Inside {
    pub(crate) fn enter() -> Inside {
        let before = INSIDE.try_with(|inside| inside.replace(true));
        Inside {
            before: before.unwrap_or(false),
        }
    }

    /// Whether this thread is inside an exporter.
    pub(crate) fn is_entered() -> bool {
        INSIDE.try_with(Cell::get).unwrap_or(false)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let _ = INSIDE.try_with(|inside| inside.set(self.before));
    }
}

//! What this thread is in the middle of: a call of an exporter, or shutdowns.
//!
//! Code of the program's that runs there may flush or shut down, and would wait for itself. Inside an
//! exporter that is refused, and so is a span of a simple processor whose exporter ends it. A shutdown
//! that this thread is at answers that it has been asked for. A thread that is started for a caller
//! who waits for it takes the caller's marks along.

use crate::sync::thread_local;
use std::cell::{Cell, RefCell};

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };

    /// The shutdowns that this thread is at, by their addresses.
    static SHUTDOWNS: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// What callers from inside are told.
pub(crate) const REFUSED: &str = "called from inside an exporter, where it might wait for itself";

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

/// Marks this thread as being at a shutdown until it is dropped.
pub(crate) struct AtShutdown(usize);

impl AtShutdown {
    pub(crate) fn enter<T>(shutdown: &T) -> AtShutdown {
        let address = address(shutdown);
        let _ = SHUTDOWNS.try_with(|all| all.borrow_mut().push(address));
        AtShutdown(address)
    }

    /// Whether this thread is at this one.
    pub(crate) fn is_here<T>(shutdown: &T) -> bool {
        let address = address(shutdown);
        let is_here = SHUTDOWNS.try_with(|all| all.borrow().contains(&address));
        is_here.unwrap_or(false)
    }
}

impl Drop for AtShutdown {
    fn drop(&mut self) {
        let _ = SHUTDOWNS.try_with(|all| all.borrow_mut().retain(|one| *one != self.0));
    }
}

fn address<T>(shutdown: &T) -> usize {
    std::ptr::from_ref(shutdown).addr()
}

/// All of a thread's marks, for a thread that works for it.
#[derive(Clone)]
pub(crate) struct Mind {
    inside: bool,
    shutdowns: Vec<usize>,
}

impl Mind {
    pub(crate) fn here() -> Mind {
        let shutdowns = SHUTDOWNS.try_with(|all| all.borrow().clone());
        Mind {
            inside: Inside::is_entered(),
            shutdowns: shutdowns.unwrap_or_default(),
        }
    }

    /// Marks this thread, to its end.
    pub(crate) fn adopt(self) {
        let _ = INSIDE.try_with(|inside| inside.set(self.inside));
        let _ = SHUTDOWNS.try_with(|all| *all.borrow_mut() = self.shutdowns);
    }
}

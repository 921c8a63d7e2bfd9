//! Whether this process is the one that started the worker. A fork copies the queue and leaves the
//! worker behind; without this a flush in the child would wait for nobody.

use std::sync::atomic::{AtomicU32, Ordering};

/// The process that something belongs to.
#[derive(Debug)]
pub(super) struct Lineage {
    /// The process id at birth; 0 once another one was seen.
    process: AtomicU32,
}

impl Lineage {
    /// Belongs to the calling process.
    pub(super) fn here() -> Self {
        Lineage {
            process: AtomicU32::new(std::process::id()),
        }
    }

    /// Whether this is another process. `Some(true)` for exactly one caller: the first to find out.
    ///
    /// Costs a system call, about half a microsecond.
    pub(super) fn is_child(&self) -> Option<bool> {
        // Relaxed: the value is its own message; what the first caller does about it is ordered by
        // the queue that it closes.
        let born = self.process.load(Ordering::Relaxed);
        if born == std::process::id() {
            return None;
        }
        Some(self.process.swap(0, Ordering::Relaxed) != 0)
    }
}

#[cfg(test)]
mod tests {
    //! The process that is asked for, and one that was not.

    use super::*;

    #[test]
    fn only_another_process_is_a_child_and_one_caller_learns_it_first() {
        assert_eq!(Lineage::here().is_child(), None);
        let parent = std::process::id() ^ 1;
        let inherited = Lineage {
            process: AtomicU32::new(parent),
        };
        assert_eq!(inherited.is_child(), Some(true));
        assert_eq!(inherited.is_child(), Some(false));
    }
}

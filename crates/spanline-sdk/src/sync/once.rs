//! What loom has no word for: a thing that is done once.
//!
//! Compiled under `cfg(loom)` only, and used through `sync.rs`.

use loom::sync::Mutex;
use loom::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

/// As std's: whoever returns comes after the one call.
#[derive(Debug)]
pub(crate) struct Once {
    /// Held while the one call runs.
    running: Mutex<()>,
    called: AtomicBool,
}

impl Once {
    pub(crate) fn new() -> Self {
        Once {
            running: Mutex::new(()),
            called: AtomicBool::new(false),
        }
    }

    pub(crate) fn call_once(&self, call: impl FnOnce()) {
        // Acquire: pairs with the Release below.
        if self.called.load(Ordering::Acquire) {
            return;
        }
        let _running = self.running.lock();
        // Relaxed: the lock orders it.
        if !self.called.load(Ordering::Relaxed) {
            call();
            // Release: pairs with the Acquire above.
            self.called.store(true, Ordering::Release);
        }
    }
}

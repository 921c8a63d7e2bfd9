//! The guard of every shutdown: the first caller works, all get the same outcome.
#![cfg_attr(
    not(loom),
    expect(
        unreachable_pub,
        reason = "the models in `tests/model.rs` reach it under `cfg(loom)`"
    )
)]

use crate::inside::{AtShutdown, Inside};
use crate::outcome::Outcome;
use crate::sync::{AtomicBool, Once};
use spanline_core::contain::contain;
use spanline_core::{Deadline, LossReport, ShutdownError};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A shutdown that happens once.
///
/// | called | does |
/// |---|---|
/// | first | works |
/// | while the first works | waits for its outcome, until the caller's own deadline |
/// | the same, from inside an exporter, or from within the first one's work | does not wait for what waits for it |
/// | later | gets [`ShutdownError::AlreadyShutDown`] |
#[derive(Debug)]
pub struct ShutdownOnce {
    once: Once,
    begun: AtomicBool,
    done: AtomicBool,
    outcome: Arc<Outcome<Result<LossReport, ShutdownError>>>,
}

impl ShutdownOnce {
    /// One that nobody has called.
    pub fn new() -> Self {
        ShutdownOnce {
            once: Once::new(),
            begun: AtomicBool::new(false),
            done: AtomicBool::new(false),
            outcome: Outcome::new(),
        }
    }

    /// Whether a shutdown has begun.
    #[inline]
    pub(crate) fn has_begun(&self) -> bool {
        // Relaxed: whoever has not heard of it yet ends a span that the closed queue refuses.
        self.begun.load(Ordering::Relaxed)
    }

    /// Runs `work` if nobody has; otherwise waits for whoever does. `unsettled` says what to report
    /// to a caller whose own deadline passes while another one works.
    pub fn run(
        &self,
        deadline: Deadline,
        work: impl FnOnce() -> Result<LossReport, ShutdownError>,
        unsettled: impl FnOnce() -> LossReport,
    ) -> Result<LossReport, ShutdownError> {
        // Acquire: pairs with the Release below; who sees it comes after the work and its outcome.
        if self.done.load(Ordering::Acquire) {
            return Err(ShutdownError::AlreadyShutDown);
        }
        let mut ours = false;
        // Relaxed: only a way past `once`, which decides; the outcome's lock orders what comes of it.
        if !self.begun.load(Ordering::Relaxed) {
            // The closure only claims: working inside `call_once` would make the others wait
            // without their deadlines.
            self.once.call_once(|| {
                ours = true;
                self.begun.store(true, Ordering::Relaxed);
            });
        }
        if !ours {
            if Inside::is_entered() || AtShutdown::is_here(self) {
                return Err(ShutdownError::AlreadyShutDown);
            }
            return match self.outcome.wait(deadline) {
                Some(outcome) => outcome,
                None => Err(ShutdownError::DeadlinePassed(unsettled())),
            };
        }
        let at = AtShutdown::enter(self);
        let outcome = contain(work).unwrap_or_else(|panicked| {
            let text = format!("the shutdown panicked: {}", panicked.0);
            Err(ShutdownError::Exporter(unsettled(), text))
        });
        drop(at);
        self.outcome.settle(outcome.clone());
        // Release: pairs with the Acquire above.
        self.done.store(true, Ordering::Release);
        outcome
    }

    /// The outcome, if it is there already.
    #[cfg(loom)]
    pub fn outcome(&self) -> Option<Result<LossReport, ShutdownError>> {
        self.outcome.wait(Deadline::at(crate::sync::now()))
    }
}

#[cfg(test)]
mod tests;

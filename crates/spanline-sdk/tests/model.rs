//! Models of a shutdown that several threads call at once: every interleaving (up to a bound on
//! preemptions), with every value that the memory model lets a load return.
//!
//! The guard is that of the provider and of each processor. What a shutdown does there is a story of
//! shuttle's (`schedules.rs`). A caller that is never told is a deadlock, which fails the model. Run
//! them with
//!
//! ```text
//! RUSTFLAGS="--cfg loom" LOOM_MAX_PREEMPTIONS=3 cargo test -p spanline-sdk --release --test model
//! ```
#![cfg(loom)]

#[path = "../../spanline-queue/tests/support/explored.rs"]
mod explored;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use explored::model;
use loom::sync::atomic::AtomicUsize;
use loom::thread;
use spanline_core::{Deadline, LossReport, ShutdownError};
use spanline_sdk::ShutdownOnce;

type Told = Result<LossReport, ShutdownError>;

/// A shutdown, and what its work leaves behind.
struct Shutdown {
    once: ShutdownOnce,
    /// How often somebody worked.
    worked: AtomicUsize,
}

impl Shutdown {
    fn new() -> Arc<Self> {
        Arc::new(Shutdown {
            once: ShutdownOnce::new(),
            worked: AtomicUsize::new(0),
        })
    }

    /// One caller, without a deadline. Whatever it is told, the work is done by then.
    fn call(&self) -> Told {
        let work = || {
            // Relaxed: whatever makes it visible, it is not this.
            self.worked.fetch_add(1, Ordering::Relaxed);
            outcome()
        };
        let told = self.once.run(Deadline::NEVER, work, LossReport::default);
        assert_eq!(self.worked.load(Ordering::Relaxed), 1, "{told:?}");
        assert_eq!(self.once.outcome(), Some(outcome()), "{told:?}");
        told
    }

    fn beside(self: &Arc<Self>) -> thread::JoinHandle<Told> {
        let shutdown = Arc::clone(self);
        thread::spawn(move || shutdown.call())
    }
}

/// What the one who works comes to: the others must be told the same.
fn outcome() -> Told {
    let mut losses = LossReport::default();
    losses.failed = 3;
    Err(ShutdownError::DeadlinePassed(losses))
}

/// The same outcome for all, or the word that it is over. One at least has the outcome: it worked.
fn agree(told: &[Told]) {
    let over = Err(ShutdownError::AlreadyShutDown);
    assert!(
        told.iter().all(|told| *told == outcome() || *told == over),
        "{told:?}"
    );
    assert!(told.contains(&outcome()), "{told:?}");
}

#[test]
fn of_two_that_shut_down_one_works_and_both_are_told() {
    model(200, || {
        let shutdown = Shutdown::new();
        let other = shutdown.beside();
        let told = shutdown.call();
        agree(&[told, other.join().unwrap()]);
        assert_eq!(shutdown.call(), Err(ShutdownError::AlreadyShutDown));
    });
}

#[test]
fn of_three_that_shut_down_one_works_and_all_are_told() {
    model(15_000, || {
        let shutdown = Shutdown::new();
        let others = [shutdown.beside(), shutdown.beside()];
        let told = shutdown.call();
        let [second, third] = others.map(|other| other.join().unwrap());
        agree(&[told, second, third]);
    });
}

#[test]
fn whoever_hears_of_a_shutdown_is_told_that_it_is_over() {
    model(200, || {
        let shutdown = Shutdown::new();
        let told = Arc::new(AtomicUsize::new(0));
        let other = {
            let (shutdown, told) = (Arc::clone(&shutdown), Arc::clone(&told));
            thread::spawn(move || {
                let outcome = shutdown.call();
                told.store(1, Ordering::Release);
                outcome
            })
        };
        let heard = told.load(Ordering::Acquire) == 1;
        let ours = shutdown.call();
        assert!(!heard || ours == Err(ShutdownError::AlreadyShutDown));
        agree(&[ours, other.join().unwrap()]);
    });
}

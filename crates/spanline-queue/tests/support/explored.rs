//! How a model is run, here and in the models of core and sdk, which take this file in.
//!
//! A model that loom runs only a few times has shown nothing, so each says how many runs it expects
//! at least.
#![expect(
    clippy::print_stdout,
    reason = "how much loom explored is half of the result"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Runs a model and checks that loom had something to explore.
pub(crate) fn model(runs_at_least: usize, story: impl Fn() + Sync + Send + 'static) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    loom::model(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        story();
    });
    let runs = runs.load(Ordering::Relaxed);
    println!("{runs} runs");
    assert!(
        runs >= runs_at_least,
        "only {runs} runs: nothing was explored"
    );
}

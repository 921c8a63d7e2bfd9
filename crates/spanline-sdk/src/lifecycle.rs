//! Threads for what a caller waits for no longer than to its deadline: code that may not come back.

use crate::inside::Mind;
use crate::outcome::Outcome;
use crate::sync::thread;
use std::io;
use std::sync::Arc;

/// Starts `work` on a thread of its own.
///
/// # Errors
/// If the system gives none; nothing was done then.
pub(crate) fn start<T: Clone + Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Arc<Outcome<T>>> {
    let outcome = Outcome::new();
    let (theirs, mind) = (Arc::clone(&outcome), Mind::here());
    let run = move || {
        mind.adopt();
        theirs.settle(work());
    };
    let thread = thread::Builder::new().name("spanline-lifecycle".into());
    thread.spawn(run)?;
    Ok(outcome)
}

/// The same; where no thread is to be had, `work` is done here, however long it takes.
pub(crate) fn run<T: Clone + Send + 'static>(
    work: impl FnOnce() -> T + Clone + Send + 'static,
) -> Arc<Outcome<T>> {
    start(work.clone()).unwrap_or_else(|_| {
        let outcome = Outcome::new();
        outcome.settle(work());
        outcome
    })
}

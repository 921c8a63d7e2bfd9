//! Runs code that the program handed over: a panic ends here and becomes a value.
//!
//! Used wherever a propagator, a sampler, a clock, a processor, an exporter or a callback is called,
//! here and in the crates above. Who calls says what the panic costs and tells the diagnostics.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a panic said.
#[derive(Debug)]
pub struct Panicked(pub String);

/// Runs `work`. What it left half done is its own trouble: nothing of ours is borrowed by it.
///
/// # Errors
///
/// If it panicked.
#[inline]
pub fn contain<R>(work: impl FnOnce() -> R) -> Result<R, Panicked> {
    catch_unwind(AssertUnwindSafe(work)).map_err(Panicked::new)
}

impl Panicked {
    #[cold]
    fn new(payload: Box<dyn Any + Send>) -> Panicked {
        let text = match (
            payload.downcast_ref::<&str>(),
            payload.downcast_ref::<String>(),
        ) {
            (Some(text), _) => (*text).to_owned(),
            (_, Some(text)) => text.clone(),
            _ => String::from("no message"),
        };
        discard(payload);
        Panicked(text)
    }
}

/// Drops what a panic carried. That may panic again, with something that does too: after a few of
/// those the last one is left where it is.
fn discard(mut payload: Box<dyn Any + Send>) {
    for _ in 0..4 {
        match catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            Ok(()) => return,
            Err(again) => payload = again,
        }
    }
    std::mem::forget(payload);
}

#[cfg(test)]
mod tests;

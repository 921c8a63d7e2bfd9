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
        // What it carried may panic again when it is dropped; then it is not dropped.
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(again);
        }
        Panicked(text)
    }
}

#[cfg(test)]
mod tests;

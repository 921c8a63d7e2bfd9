//! What a process installs once: the first value can be had without a lock.
//!
//! Used for the runtime that global tracers look for (`span/slot.rs`) and for the propagator
//! ([`crate::global`]). A program installs each of them once, early, and then reads them all the
//! time; tests and few others put something else in their place.
//!
//! | state | reading gives | installing | replacing |
//! |---|---|---|---|
//! | empty | nothing | gives the first value | by a value: installs it; by nothing: has no effect |
//! | first | the first value, borrowed | is refused | the last value, or nothing, counts from now on |
//! | replaced | the last value, cloned under a lock, or nothing | is refused | the same |
#![cfg_attr(
    not(loom),
    expect(
        unreachable_pub,
        reason = "the models in `tests/model.rs` reach it under `cfg(loom)`"
    )
)]

use crate::sync::{AtomicBool, OnceLock, RwLock, const_fn};
use std::borrow::Cow;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

/// A value for the whole process, installed once and now and then replaced.
#[derive(Debug)]
pub struct Installed<T> {
    /// What was installed first. Stays for ever, since readers borrow it.
    first: OnceLock<T>,
    /// Whether `last` counts. Never taken back.
    replaced: AtomicBool,
    /// What replaced the first value: nothing once it was taken away.
    last: RwLock<Option<T>>,
}

impl<T: Clone> Installed<T> {
    const_fn! {
        /// Nothing yet.
        pub fn empty() -> Self {
            Installed {
                first: OnceLock::new(),
                replaced: AtomicBool::new(false),
                last: RwLock::new(None),
            }
        }
    }

    /// What counts now. Two loads where nothing was ever replaced; a lock and a clone after that.
    #[inline]
    pub fn get(&self) -> Option<Cow<'_, T>> {
        let first = self.first.get()?;
        // Relaxed: the lock orders the rest, see `replace`.
        if self.replaced.load(Ordering::Relaxed) {
            return self.last().map(Cow::Owned);
        }
        Some(Cow::Borrowed(first))
    }

    /// What was installed first, replaced or not.
    #[inline]
    pub fn first(&self) -> Option<&T> {
        self.first.get()
    }

    #[cold]
    fn last(&self) -> Option<T> {
        self.last
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Installs the first value.
    ///
    /// # Errors
    /// Gives the value back if one was installed before, even if that was taken away since.
    pub fn install(&self, value: T) -> Result<(), T> {
        self.first.set(value)
    }

    /// Installs a value over whatever is there, or takes away what is there.
    pub fn replace(&self, value: Option<T>) {
        let value = match value.map(|value| self.install(value)) {
            Some(Ok(())) => return,
            Some(Err(refused)) => Some(refused),
            None if self.first.get().is_none() => return,
            None => None,
        };
        let mut last = self.last.write().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *last, value);
        // Relaxed: stored under the lock that each reader takes who finds it set. No reader was in
        // there before us, for its look at the flag would have been before this store.
        self.replaced.store(true, Ordering::Relaxed);
        drop(last);
        // Its destructor may be foreign code: not under our lock.
        drop(old);
    }
}

#[cfg(test)]
mod tests;

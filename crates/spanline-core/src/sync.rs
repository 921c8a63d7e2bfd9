//! The primitives below [`crate::installed`]: std's, or loom's when a model of it is explored
//! (`cargo xtask loom`).
//!
//! loom's differ in two ways. They belong to one run of a model, so none can be made by a constant:
//! [`const_fn`] and [`global`] hide that. And there is no cell among them that is filled once, so
//! this file makes one.

#[cfg(not(loom))]
pub(crate) use std::sync::{OnceLock, RwLock, atomic::AtomicBool};

#[cfg(loom)]
pub(crate) use loom::sync::{RwLock, atomic::AtomicBool};

/// A function that is constant wherever the primitives' constructors are.
macro_rules! const_fn {
    ($(#[$about:meta])* $visibility:vis fn $($rest:tt)*) => {
        $(#[$about])*
        #[cfg(not(loom))]
        $visibility const fn $($rest)*

        $(#[$about])*
        #[cfg(loom)]
        $visibility fn $($rest)*
    };
}

/// A static made of the primitives; under loom there is one for each run.
macro_rules! global {
    ($(#[$about:meta])* static $name:ident: $type:ty = $value:expr;) => {
        $(#[$about])*
        #[cfg(not(loom))]
        static $name: $type = $value;

        #[cfg(loom)]
        loom::lazy_static! {
            $(#[$about])*
            static ref $name: $type = $value;
        }
    };
}

pub(crate) use {const_fn, global};

/// A cell that is filled once, as std's.
#[cfg(loom)]
#[derive(Debug)]
pub(crate) struct OnceLock<T> {
    /// Held by whoever fills the cell.
    filling: loom::sync::Mutex<()>,
    filled: AtomicBool,
    /// Only touched once `filled` says so, or by whoever fills: loom sees the order by the flag.
    value: std::sync::OnceLock<T>,
}

#[cfg(loom)]
impl<T> OnceLock<T> {
    pub(crate) fn new() -> Self {
        OnceLock {
            filling: loom::sync::Mutex::new(()),
            filled: AtomicBool::new(false),
            value: std::sync::OnceLock::new(),
        }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        use std::sync::atomic::Ordering::Acquire;
        // Acquire: pairs with the Release in `set`.
        let filled = self.filled.load(Acquire);
        if filled { self.value.get() } else { None }
    }

    pub(crate) fn set(&self, value: T) -> Result<(), T> {
        use std::sync::atomic::Ordering::Release;
        let _filling = self.filling.lock();
        self.value.set(value)?;
        // Release: pairs with the Acquire in `get`.
        self.filled.store(true, Release);
        Ok(())
    }
}

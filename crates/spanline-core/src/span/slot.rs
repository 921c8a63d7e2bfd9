//! The one place where a runtime is installed for the whole process.
//!
//! It stands below the tracers that look into it on every start, and [`crate::global`], which
//! fills it, stands above them.

use super::backend::SharedBackend;
use crate::installed::Installed;
use crate::sync::global;
use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

global! {
    static SLOT: Installed<SharedBackend> = Installed::empty();
}

/// Captures that are alive in the process. While there is none, which is always so outside of
/// tests, a start does not look for one.
static CAPTURES: AtomicUsize = AtomicUsize::new(0);

/// A backend, borrowed wherever that is possible because counting references costs 12 ns.
pub(crate) type Found<'a> = Cow<'a, SharedBackend>;

/// The installed backend. One atomic load while there is none; two, and no reference counted, in a
/// program that installs once.
#[inline]
pub(crate) fn installed() -> Option<Found<'static>> {
    SLOT.get()
}

/// Installs a backend, unless one was installed before.
pub(crate) fn install(backend: SharedBackend) {
    // Refused where a provider is installed already: `global::install` has told so.
    let _refused = SLOT.install(backend);
}

/// Installs a backend over whatever is there, or nothing.
pub(crate) fn replace(backend: Option<SharedBackend>) {
    SLOT.replace(backend);
}

/// Whether any capture is alive. Relaxed: whoever has a context of the capture got it from the
/// thread that counted it, and that hand-over orders the two.
#[inline]
pub(crate) fn any_captures() -> bool {
    CAPTURES.load(Ordering::Relaxed) != 0
}

/// Counts a capture as alive for as long as it exists.
#[derive(Debug)]
pub struct CaptureToken(());

impl CaptureToken {
    pub(crate) fn new() -> Self {
        // Relaxed: only a number, see `any_captures`.
        CAPTURES.fetch_add(1, Ordering::Relaxed);
        CaptureToken(())
    }
}

impl Drop for CaptureToken {
    fn drop(&mut self) {
        // Relaxed: only a number, see `any_captures`.
        CAPTURES.fetch_sub(1, Ordering::Relaxed);
    }
}

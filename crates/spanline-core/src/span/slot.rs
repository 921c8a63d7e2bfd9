//! The one place where a runtime is installed for the whole process.
//!
//! It stands below the tracers that look into it on every start, and [`crate::global`], which
//! fills it, stands above them.

use super::backend::SharedBackend;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock};

static SLOT: OnceLock<Slot> = OnceLock::new();

/// Captures that are alive in the process. While there is none, which is always so outside of
/// tests, a start does not look for one.
static CAPTURES: AtomicUsize = AtomicUsize::new(0);

struct Slot {
    /// What was installed first. Read without a lock.
    first: SharedBackend,
    /// Set once `current` holds something else; only tests replace a backend.
    replaced: AtomicBool,
    /// Nothing once a test has taken the backend away.
    current: RwLock<Option<SharedBackend>>,
}

/// A backend, borrowed wherever that is possible because counting references costs 12 ns.
pub(crate) enum Found<'a> {
    Borrowed(&'a SharedBackend),
    Counted(SharedBackend),
}

impl Found<'_> {
    #[inline]
    pub(crate) fn backend(&self) -> &SharedBackend {
        match self {
            Found::Borrowed(backend) => backend,
            Found::Counted(backend) => backend,
        }
    }
}

/// The installed backend. One atomic load in a program that installs once, two after that.
#[inline]
pub(crate) fn installed() -> Option<Found<'static>> {
    let slot = SLOT.get()?;
    // Acquire: pairs with the Release in `replace`, so that `current` is the new backend.
    if slot.replaced.load(Ordering::Acquire) {
        return current(slot).map(Found::Counted);
    }
    Some(Found::Borrowed(&slot.first))
}

#[cold]
fn current(slot: &Slot) -> Option<SharedBackend> {
    slot.current
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// Installs a backend; false if one is there already.
pub(crate) fn install(backend: &SharedBackend) -> bool {
    let mut ours = false;
    SLOT.get_or_init(|| {
        ours = true;
        Slot {
            first: backend.clone(),
            replaced: AtomicBool::new(false),
            current: RwLock::new(Some(backend.clone())),
        }
    });
    ours
}

/// Installs a backend over whatever is there, or nothing.
pub(crate) fn replace(backend: Option<&SharedBackend>) {
    if backend.is_some_and(install) {
        return;
    }
    let Some(slot) = SLOT.get() else { return };
    let mut current = slot.current.write().unwrap_or_else(PoisonError::into_inner);
    let old = std::mem::replace(&mut *current, backend.cloned());
    // Release: pairs with the Acquire in `installed`.
    slot.replaced.store(true, Ordering::Release);
    drop(current);
    // The old backend's destructor may run foreign code: not under our lock.
    drop(old);
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

//! The guard of an attached context.

use super::live::Live;
use super::stack;
use std::fmt;
use std::marker::PhantomData;

/// Keeps a context current on its thread; dropping it restores what was current before.
///
/// Guards may be dropped in any order, while unwinding and in thread teardown. A guard is not
/// [`Send`]: in async code use [`crate::FutureExt::with_context`].
#[must_use = "the context is current until the guard is dropped; bind it to a name"]
pub struct ContextGuard {
    key: u64,
    not_send: PhantomData<*const ()>,
}

impl ContextGuard {
    pub(super) fn new(live: Box<Live>) -> Self {
        let key = stack::with(|thread| thread.push(live)).unwrap_or(0);
        ContextGuard {
            key,
            not_send: PhantomData,
        }
    }
}

impl Drop for ContextGuard {
    fn drop(&mut self) {
        if self.key != 0 {
            stack::leave(self.key, None);
        }
    }
}

impl fmt::Debug for ContextGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextGuard").finish_non_exhaustive()
    }
}

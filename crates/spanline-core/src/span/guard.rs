//! The guard of an attached context.

use super::context::Context;
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
    #[inline]
    pub(super) fn new(context: Context) -> Self {
        ContextGuard {
            key: stack::with(|thread| thread.attach_context(context)),
            not_send: PhantomData,
        }
    }
}

impl Drop for ContextGuard {
    #[inline]
    fn drop(&mut self) {
        if self.key != 0 {
            stack::with(|thread| thread.detach_context(self.key));
        }
    }
}

impl fmt::Debug for ContextGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextGuard").finish_non_exhaustive()
    }
}

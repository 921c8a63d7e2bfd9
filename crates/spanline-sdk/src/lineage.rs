//! Whether this process is the one in which something was made, or a fork of it.
//!
//! A fork copies memory and no thread but the one that forks. So ids would repeat, and a queue would
//! wait for a worker that stayed behind. Who keeps such a thing keeps a [`Lineage`] beside it and
//! asks before each use.

/// Remembers the process in which it was made.
#[derive(Clone, Debug)]
pub(crate) struct Lineage {
    /// Nothing only where the system had no memory for a fork handler: then no fork is noticed.
    born: Option<forkguard::Guard>,
}

impl Lineage {
    /// Belongs to the calling process. The first call in a process registers a fork handler.
    pub(crate) fn here() -> Self {
        Lineage {
            born: forkguard::Guard::try_new().ok(),
        }
    }

    /// Whether this was made in this very process, for certain. False where forks go unnoticed.
    #[inline(always)]
    pub(crate) fn is_own(&self) -> bool {
        matches!(&self.born, Some(born) if !born.clone().detected_fork())
    }

    /// Whether this process came by `fork` from the one where this was made.
    ///
    /// Certain from the first instruction after the C library's `fork`, which runs a handler that
    /// counts; costs one load and a comparison. A bare `clone` system call runs no handler and is
    /// not noticed. Always false on systems that cannot fork.
    #[inline]
    pub(crate) fn is_inherited(&self) -> bool {
        match &self.born {
            Some(born) => born.clone().detected_fork(),
            None => false,
        }
    }
}

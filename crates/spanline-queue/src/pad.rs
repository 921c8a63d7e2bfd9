//! Padding: keeps values that different threads write on different cache lines.
//!
//! Used by `shards.rs` for the shards, the credits and the bell, and inside a shard. It knows nothing
//! of the queue.

use std::ops::Deref;

/// A value alone on its cache lines.
///
/// 128 bytes and not 64: current x86-64 cores fetch lines in pairs, and several ARM cores have
/// lines of 128, so two values 64 bytes apart would still disturb each other.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Padded<T>(pub(crate) T);

impl<T> Deref for Padded<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

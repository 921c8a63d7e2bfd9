//! Records in hand: what the consumer has collected and not yet released.
//!
//! Descriptors only; the bytes stay in the shards' buffers and are read through the consumer. As
//! long as an [`Entries`] holds a record of a buffer, producers do not get that buffer back.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::shard::{Entry, Held, Reader};
use crate::shards::{Readers, Shards};
use crate::sync::{Arc, SHARDS};

/// A batch of records in hand, made to be used again and again.
///
/// Filled by [`Consumer::collect`], read by [`Consumer::record`], emptied by [`Consumer::release`].
/// Twelve bytes per record; allocates only to grow. Dropping it releases what it holds, so no
/// buffer is lost when a worker unwinds; forgetting it (`mem::forget`) leaves those shards without
/// room for ever.
///
/// It belongs to the queue that it holds records of; while it is empty, to any.
///
/// [`Consumer::collect`]: crate::Consumer::collect
/// [`Consumer::record`]: crate::Consumer::record
/// [`Consumer::release`]: crate::Consumer::release
#[derive(Debug, Default)]
pub struct Entries {
    /// Where the entries came from; set by the first `collect`, kept when they are released.
    source: Option<Arc<Shards>>,
    list: Vec<Entry>,
    /// How many of the list lie in each buffer of each shard: what keeps it from producers.
    held: [Held; SHARDS],
    /// How many of the list, from its beginning, have given their credits back. An atomic only so
    /// that a shared reference can count: std's, because no other thread is involved.
    taken: AtomicUsize,
}

impl Entries {
    /// An empty batch. Allocates nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records in hand.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// True if no record is in hand.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Appends what the shard of that number has, until `max` records are in hand.
    pub(crate) fn collect_from(&mut self, number: usize, reader: &mut Reader, max: usize) {
        if let Some(shards) = &self.source {
            let held = &mut self.held[number % SHARDS];
            let shard = shards.shard(number);
            shard.collect(reader, number, &mut self.list, held, max);
        }
    }

    /// Makes the batch one of this queue, if it is or is empty. Says whether it is now.
    pub(crate) fn adopt(&mut self, shards: &Arc<Shards>) -> bool {
        if self.is_empty() && !self.is_from(shards) {
            self.source = Some(Arc::clone(shards));
        }
        self.is_from(shards)
    }

    /// The bytes of record number `number`, if it is one of this queue.
    #[inline]
    pub(crate) fn bytes<'a>(
        &self,
        shards: &'a Arc<Shards>,
        readers: &'a Readers,
        number: usize,
    ) -> Option<&'a [u8]> {
        let entry = self.list.get(number)?;
        self.is_from(shards).then(|| shards.bytes(readers, entry))
    }

    /// Gives back the credits of all records that still have theirs.
    pub(crate) fn take(&self) {
        // Relaxed: only this counter; the credits have their own.
        let taken = self.taken.swap(self.list.len(), Ordering::Relaxed);
        if let Some(shards) = &self.source {
            shards.credits.give_for(self.list.len() - taken);
        }
    }

    /// Lets all records go.
    pub(crate) fn release(&mut self) {
        self.take();
        if let Some(shards) = &self.source {
            for (shard, held) in shards.iter().zip(&mut self.held) {
                shard.release(mem::take(held));
            }
        }
        self.list.clear();
        *self.taken.get_mut() = 0;
    }

    #[inline]
    fn is_from(&self, shards: &Arc<Shards>) -> bool {
        self.source
            .as_ref()
            .is_some_and(|source| Arc::ptr_eq(source, shards))
    }
}

impl Drop for Entries {
    fn drop(&mut self) {
        self.release();
    }
}

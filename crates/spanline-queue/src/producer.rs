//! The writing end: any number of threads push records and never wait.
//!
//! Finds the thread's home shard, pushes through `shards.rs`, and rings the bell by one rule. It
//! does not say what a record means and keeps none that was refused.

use crate::credits::Level;
use crate::shards::{Refused, Shards, Waiting};
use crate::state::State;
use crate::sync::{Arc, thread_number};

/// A writing end of a queue. Cheap to clone, and one of them can be shared by any number of
/// threads.
#[derive(Clone, Debug)]
pub struct Producer {
    shards: Arc<Shards>,
}

impl Producer {
    pub(crate) fn new(shards: Arc<Shards>) -> Self {
        Self { shards }
    }

    /// Copies a record into the queue, or refuses it. Never waits, allocates or panics, and takes
    /// no lock; wakes the consumer when that is due.
    ///
    /// Cost: one compare-exchange, a copy and a store, some 10 ns for 256 bytes while their
    /// lines are near (the crate's page has more); one push of 32
    /// also touches the shared count. A refusal looks through all shards unless the queue is known
    /// to be full. Waking a parked worker takes some 10 µs, once per idle time.
    ///
    /// # Errors
    ///
    /// [`Refused`], with the reason. The record is the caller's still, and to be counted.
    #[inline(always)]
    pub fn push(&self, record: &[u8]) -> Result<(), Refused> {
        let home = thread_number();
        match self.shards.push_home(home, record) {
            Ok(()) => {
                self.shards.bell.after_push(false);
                Ok(())
            }
            Err(found) => self.push_anywhere(home, found, record),
        }
    }

    #[inline(never)]
    fn push_anywhere(&self, home: usize, found: State, record: &[u8]) -> Result<(), Refused> {
        match self.shards.push_anywhere(home, found, record) {
            Ok(level) => {
                self.shards.bell.after_push(level == Level::High);
                Ok(())
            }
            Err(refused) => self.after_refusal(refused),
        }
    }

    /// Closes the queue, for all producers and for ever, and rings the bell.
    ///
    /// Exact: a push is reserved before its shard is closed, and then it is in and will be
    /// collected, or it is refused. Once this has returned, every push is refused.
    pub fn close(&self) {
        self.shards.close();
        self.ring();
    }

    /// True once no push can be accepted any more.
    pub fn is_closed(&self) -> bool {
        self.shards.is_closed()
    }

    /// Wakes the consumer from any sleep, or makes its next one end at once.
    ///
    /// For control messages: send first, then ring, and the worker finds the message after its
    /// sleep. Pushing needs no ring.
    pub fn ring(&self) {
        self.shards.bell.ring();
    }

    /// Records queued: pushed, and neither claimed or taken by the consumer nor abandoned. Part of
    /// [`waiting`](Self::waiting).
    pub fn queued(&self) -> usize {
        self.waiting().queued
    }

    /// Records that wait, claimed or not.
    ///
    /// Exact while nothing moves. Otherwise a snapshot, off by at most 32 per thread that is
    /// pushing at the moment and by what the consumer is claiming or taking, and never more than the
    /// capacity and the claims.
    pub fn waiting(&self) -> Waiting {
        self.shards.waiting()
    }

    /// The most records queued at any time.
    pub fn capacity(&self) -> usize {
        self.shards.credits.capacity()
    }

    /// The longest record that can be pushed.
    pub fn max_record_bytes(&self) -> usize {
        self.shards.max_record()
    }

    /// A full queue is the worker's business, unless the record can never be taken.
    #[cold]
    fn after_refusal(&self, refused: Refused) -> Result<(), Refused> {
        if matches!(refused, Refused::Full | Refused::Bytes) {
            self.shards.bell.after_refusal();
        }
        Err(refused)
    }
}

//! The reading end: one worker walks the shards, reads in place, and sleeps when there is nothing.
//!
//! Built on `shards.rs`, which it shares with producers. It decides neither how large a batch is
//! nor how long a nap: that is the caller's.

use std::time::Duration;

use crate::bell::Waking;
use crate::entries::Entries;
use crate::shard::Reader;
use crate::shards::{Readers, Shards, Waiting};
use crate::sync::{Arc, SHARDS};

/// The one reading end of a queue. It can move to another thread, but not be cloned.
///
/// A round of the worker is [`collect`](Self::collect), [`take`](Self::take), then
/// [`record`](Self::record) for each, then [`release`](Self::release); in between,
/// [`sleep`](Self::sleep). Do not poll instead: a walk over a busy queue flips a shard for every
/// few records, and each flip costs producers their cache lines. With a nap between walks a flip is
/// shared by hundreds.
///
/// Dropping it closes the queue; what is still queued is dropped with the memory when the last
/// [`Producer`](crate::Producer) goes.
#[derive(Debug)]
pub struct Consumer {
    shards: Arc<Shards>,
    readers: Readers,
    /// The shard at which the next walk begins: the one after that at which the last had enough, so
    /// that none waits for another that always has more.
    turn: usize,
}

/// What a walk leaves behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// Something is still queued: beyond the batch's maximum, pushed meanwhile, or not to be had
    /// until earlier entries are released or a producer commits.
    pub more: bool,
    /// A shard was left because a producer has reserved a record and not committed it yet: it was
    /// interrupted in the middle of a copy. Try again after yielding or a nap.
    pub uncommitted: bool,
}

/// How to sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sleep {
    /// For at most this long, for the time between two batches. It does not begin when `level` records
    /// wait, and after that a push wakes the worker only when about so many do, claimed or not, as far
    /// as it can tell; a refused push does, and [`Producer::ring`](crate::Producer::ring).
    Nap {
        /// How long at most.
        limit: Duration,
        /// At how many records to wake. A push learns the level once per block of credits, so the
        /// ring comes up to a block per shard early or late: late where shards had credits to spare.
        level: usize,
    },
    /// Without a limit, and only if nothing is queued: the next push wakes the worker.
    Idle,
}

/// How a sleep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// By the bell: a first push, the level that it asked for, or [`Producer::ring`](crate::Producer::ring)
    /// (at any time since the sleep before this one ended).
    Rung,
    /// The nap is over.
    TimedOut,
    /// It did not begin: something waits, or for a nap as much as should have ended it.
    NotEmpty,
}

/// A point in the life of the queue: all that was pushed before [`Consumer::mark`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Per shard, the records ever reserved in it.
    reserved: [u64; SHARDS],
}

impl Consumer {
    pub(crate) fn new(shards: Arc<Shards>, readers: Readers) -> Self {
        Self {
            shards,
            readers,
            turn: 0,
        }
    }

    /// Walks the shards and collects committed records until `batch` holds `max` of them.
    ///
    /// Nothing is copied and nobody is waited for: where a producer has yet to commit, the walk
    /// passes on to the next shard and comes back in the next call. What is left of a buffer comes
    /// first; then the shard is flipped, so that producers find an empty buffer, if it has one of
    /// which everything was collected and released. Until then producers fill the current one.
    /// The next walk goes on behind the shard that filled this batch: however much one shard always
    /// has, the others come in between. Records of one shard come in the order of their reservations;
    /// between shards there is no order.
    ///
    /// Collects nothing into a batch that holds records of another queue.
    pub fn collect(&mut self, batch: &mut Entries, max: usize) -> Walk {
        let mut walk = Walk::default();
        if batch.adopt(&self.shards) {
            for _ in 0..SHARDS {
                let number = self.turn;
                self.turn = (number + 1) % SHARDS;
                let reader = &mut self.readers[number];
                batch.collect_from(number, reader, max);
                if batch.len() >= max {
                    break;
                }
                walk.uncommitted |= reader.has_left();
            }
        }
        walk.more = self.zip().any(|(shard, reader)| shard.left(reader) > 0);
        walk
    }

    /// Hand-over: gives the credits of these records back to the producers.
    ///
    /// Call it when the batch goes to the exporter, so that the capacity bounds what is queued and
    /// not what is in flight. Later calls for the same records do nothing; records released without
    /// it give theirs back then.
    pub fn take(&self, entries: &Entries) {
        entries.take();
    }

    /// Claims the next records, waiting or yet to come, until `max` are claimed: they count as queued
    /// no longer, and the capacity bounds those behind them.
    ///
    /// For a worker that puts a batch together while records come: what will be in it takes no room
    /// from the producers, long before the batch is full. A record's claim ends with its hand-over
    /// ([`take`](Self::take)), so a worker claims again for the batch after that, and while a batch of
    /// as many records is with a slow exporter producers have no more than the capacity. At most a
    /// quarter of the capacity can be claimed.
    pub fn claim(&mut self, max: usize) {
        self.shards.credits.claim(max);
    }

    /// The bytes of record number `n` of the batch, in place; they begin at a multiple of 8.
    ///
    /// `None`: there is no such record, or the batch is of another queue. The bytes can be read as
    /// long as this consumer is only borrowed; collecting and releasing need it exclusively.
    #[inline]
    pub fn record<'a>(&'a self, entries: &Entries, n: usize) -> Option<&'a [u8]> {
        entries.bytes(&self.shards, &self.readers, n)
    }

    /// Empties the batch: its records' buffers may be used again.
    ///
    /// `&mut self`, although it needs only the batch: no bytes read before can be in use any more.
    pub fn release(&mut self, entries: &mut Entries) {
        entries.release();
    }

    /// Drops everything that waits and returns how many records that were; those in hand stay.
    ///
    /// For a deadline that has passed, and for a child process that inherited the queue. It never
    /// waits: a record whose producer has not committed is counted too, and dropped when it is. A
    /// shard in which such a producer never comes back takes no records any more; the others do.
    /// Pushes at the same time come before or after. Close first for a final count.
    pub fn abandon(&mut self) -> usize {
        let credits = &self.shards.credits;
        let readers = self.readers.iter_mut();
        self.shards
            .iter()
            .zip(readers)
            .map(|(shard, reader)| shard.abandon(reader, credits))
            .sum()
    }

    /// Records queued: pushed, and neither taken, claimed nor abandoned. As [`Producer::queued`].
    ///
    /// [`Producer::queued`]: crate::Producer::queued
    pub fn queued(&self) -> usize {
        self.waiting().queued
    }

    /// Records that wait, claimed or not. As [`Producer::waiting`].
    ///
    /// [`Producer::waiting`]: crate::Producer::waiting
    pub fn waiting(&self) -> Waiting {
        self.shards.waiting()
    }

    /// All that was pushed up to now: every push that returned before this call, or before
    /// something that this thread has received (a flush request), is included.
    pub fn mark(&self) -> Mark {
        let mut reserved = [0; SHARDS];
        for (sum, (shard, reader)) in reserved.iter_mut().zip(self.zip()) {
            *sum = shard.reserved(reader);
        }
        Mark { reserved }
    }

    /// True if every record of the mark was collected or abandoned, whatever was pushed since.
    ///
    /// A flush is `mark`, then rounds until `has_passed`, or until its deadline.
    pub fn has_passed(&self, mark: &Mark) -> bool {
        self.readers
            .iter()
            .zip(&mark.reserved)
            .all(|(reader, sum)| reader.passed() >= *sum)
    }

    /// True if the bell was rung since the last sleep ended: look at the control messages. The ring
    /// stays until the next [`sleep`](Self::sleep), which returns at once.
    pub fn wanted(&self) -> bool {
        self.shards.bell.is_rung()
    }

    /// Sleeps, unless the bell was rung since the last sleep ended.
    ///
    /// Whoever sends a control message and then rings can rely on it: the sleep under way ends, or
    /// the next one does not begin, and after it the message is visible. Wakes without a reason are
    /// slept over. Binds the calling thread if [`bind`](Self::bind) was not called on it.
    pub fn sleep(&mut self, how: Sleep) -> Woken {
        self.bind();
        let waking = match how {
            Sleep::Nap { limit, level } if self.shards.doze(level) => {
                // What came between the caller's look and the doze found the worker awake, and rang
                // nobody. Here it is seen, or its block of credits is taken later and rings.
                self.shards.credits.lie_down();
                if self.waiting().total() >= level {
                    self.shards.bell.wake();
                    return Woken::NotEmpty;
                }
                self.shards.bell.wait_at_most(limit)
            }
            Sleep::Idle if self.shards.bell.idle() => {
                // The order is the whole point: IDLE first, then a read-modify-write on every
                // shard's word. A push before it is seen here; a push after it sees IDLE and rings.
                if !self.zip().all(|(shard, reader)| shard.looks_empty(reader)) {
                    self.shards.bell.wake();
                    return Woken::NotEmpty;
                }
                self.shards.bell.wait()
            }
            Sleep::Nap { .. } | Sleep::Idle => Waking::Rung,
        };
        match waking {
            Waking::Rung => Woken::Rung,
            Waking::TimedOut => Woken::TimedOut,
        }
    }

    /// Makes the calling thread the one that the bell wakes.
    ///
    /// [`sleep`](Self::sleep) does it too; a worker calls it first to have it behind itself. Each
    /// new thread costs a few bytes until the queue is freed.
    pub fn bind(&mut self) {
        self.shards.bell.bind();
    }

    fn zip(&self) -> impl Iterator<Item = (&crate::shard::Shard, &Reader)> {
        self.shards.iter().zip(&self.readers)
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.shards.close();
    }
}

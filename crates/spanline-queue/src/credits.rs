//! Credits: the bound on queued records, exact and global, at one shared step per block of pushes.
//!
//! A record needs a credit to be reserved; `capacity` of them exist, and one more for each record that
//! the consumer claims in advance. They are free, or wait unused in a shard's state word, or belong to
//! a record that waits. `shard.rs` moves them in and out in blocks, the consumer gives back those of
//! the records it hands over. This file knows no shard.

use std::sync::atomic::Ordering;

use crate::state::State;
use crate::sync::{AtomicU64, AtomicUsize, SHARDS, UNUSED_SHARE};

/// The credits that are in no shard, and what refused producers remember about them.
#[derive(Debug)]
pub(crate) struct Credits {
    /// Credits in no shard and with no record. Producers and the consumer write it; at most
    /// `capacity` and what is claimed.
    free: AtomicU64,
    /// Counts up whenever credits appear somewhere: given back, or brought into a shard with some
    /// left over. Never wraps in practice.
    releases: AtomicU64,
    /// The `releases` at which a producer found no credit anywhere. While the two are equal that
    /// still holds, and nobody needs to look through the shards again.
    full_at: AtomicU64,
    /// Free credits at or below which a dozing worker wants to be woken. Written by the consumer
    /// before it dozes.
    wake_at: AtomicU64,
    /// So many of the records that wait, or come next, are the consumer's: each has a credit beyond
    /// the capacity, which ends with it. Only the consumer adds; a batch, which may be released on
    /// another thread, takes off.
    claimed: AtomicUsize,
    /// The most records queued at any time: all credits there are, but for those of claims.
    capacity: usize,
    /// Credits that go into a shard together.
    block: usize,
}

/// Credits on their way from the free ones into a shard, owned by one push.
#[derive(Debug)]
pub(crate) struct Block {
    /// How many: at least 1, at most [`State::MAX_BLOCK`].
    pub(crate) credits: usize,
    /// What taking them told about the whole queue.
    pub(crate) level: Level,
}

/// How full the queue is, as far as a push can tell for free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Below the level at which the worker wants to be woken, or nothing was learnt (31 pushes of
    /// 32).
    Low,
    /// At that level or above it.
    High,
}

impl Credits {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            free: AtomicU64::new(capacity as u64),
            releases: AtomicU64::new(0),
            full_at: AtomicU64::new(u64::MAX),
            wake_at: AtomicU64::new(capacity as u64 / 4),
            claimed: AtomicUsize::new(0),
            capacity,
            // Unused credits then make up a quarter of the capacity at most, so that a producer
            // whose home has none rarely needs to look through the other shards.
            block: (capacity / (UNUSED_SHARE * SHARDS)).clamp(1, State::MAX_BLOCK),
        }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Takes a block, or what is left of one. `None`: no credit is free.
    pub(crate) fn take(&self) -> Option<Block> {
        // Relaxed: a guess; but who read `releases` before does not find less than was given then.
        let mut free = self.free.load(Ordering::Relaxed);
        loop {
            let credits = (self.block as u64).min(free);
            if credits == 0 {
                return None;
            }
            let left = free - credits;
            // Acquire: pairs with the Release in `lie_down`; who takes credits after the worker's look
            // sees it doze. What a credit protects, room in a buffer, is guarded by the shard's own
            // word.
            match self
                .free
                .compare_exchange(free, left, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => {
                    let credits = credits as usize;
                    return Some(Block {
                        credits,
                        level: self.level(left as usize),
                    });
                }
                Err(now) => free = now,
            }
        }
    }

    /// Gives credits back and lets refused producers know.
    pub(crate) fn give(&self, credits: usize) {
        if credits == 0 {
            return;
        }
        // Relaxed: only a number; `announce` publishes it to those who scan.
        self.free.fetch_add(credits as u64, Ordering::Relaxed);
        self.announce();
    }

    /// Claims as many records as that, waiting or yet to come, or as many as can be claimed: until
    /// they are handed over there are so many credits more. What is claimed already counts.
    pub(crate) fn claim(&self, records: usize) {
        let most = records.min(Self::most_claimed(self.capacity));
        let fresh = most.saturating_sub(self.claimed());
        // The credits first: whoever counts in between finds too little, and never a record that is not
        // there. Relaxed: only a number.
        self.give(fresh);
        self.claimed.fetch_add(fresh, Ordering::Relaxed);
    }

    /// Gives back the credits of records that wait no longer. Those of claimed ones, which come first,
    /// end with them.
    pub(crate) fn give_for(&self, records: usize) {
        let less = |claimed: usize| Some(claimed.saturating_sub(records));
        // Relaxed: only a number. In one step, since a batch may be released on another thread.
        let before = (self.claimed).fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        self.give(records.saturating_sub(before.unwrap_or_default()));
    }

    /// Records that are claimed and not handed over, whether they have come or not.
    pub(crate) fn claimed(&self) -> usize {
        // Relaxed: only a number.
        self.claimed.load(Ordering::Relaxed)
    }

    /// How many records can be claimed: what waits in the shards, beyond what is queued.
    pub(crate) const fn most_claimed(capacity: usize) -> usize {
        capacity / 4
    }

    /// Says that credits appeared somewhere: a refusal remembered before it counts no longer.
    pub(crate) fn announce(&self) {
        // Release: pairs with the Acquire in `releases`. Who reads the new count finds the credits.
        self.releases.fetch_add(1, Ordering::Release);
    }

    /// To be read *before* a look through the shards, and given to [`remember_full`] after it.
    ///
    /// [`remember_full`]: Self::remember_full
    pub(crate) fn releases(&self) -> u64 {
        // Acquire: pairs with the Release in `announce`.
        self.releases.load(Ordering::Acquire)
    }

    /// Remembers that since `releases` was read no credit was found anywhere.
    pub(crate) fn remember_full(&self, releases: u64) {
        // Relaxed: a stale value costs its reader one look through the shards more, or one early
        // and counted refusal.
        self.full_at.store(releases, Ordering::Relaxed);
    }

    /// True while nothing was announced since a producer found no credit anywhere.
    pub(crate) fn known_full(&self, releases: u64) -> bool {
        // Relaxed: as in `remember_full`.
        self.full_at.load(Ordering::Relaxed) == releases
    }

    /// Free credits, at some moment during the call.
    pub(crate) fn free(&self) -> usize {
        // Relaxed: a snapshot for counting, nothing is read on the strength of it.
        self.free.load(Ordering::Relaxed) as usize
    }

    /// From now on the level is high when this many credits are out.
    pub(crate) fn wake_at(&self, level: usize) {
        let free = (self.capacity + self.claimed()).saturating_sub(level) as u64;
        // Relaxed: only a number. `lie_down` publishes it: a producer that still sees the old one took
        // its block before that, and the last look counts it.
        self.wake_at.store(free, Ordering::Relaxed);
    }

    /// To be called between falling into a nap and a last look at how many records wait.
    ///
    /// Either this read-modify-write comes after a block was taken, and the look finds those credits
    /// gone; or before it, and whoever takes the block sees the bell at DOZING, and the level.
    pub(crate) fn lie_down(&self) {
        // Release: pairs with the Acquire in `take`.
        self.free.fetch_or(0, Ordering::Release);
    }

    fn level(&self, free: usize) -> Level {
        // Relaxed: as in `wake_at`. "At least" and not "equal": blocks step over any single value.
        let high = free as u64 <= self.wake_at.load(Ordering::Relaxed);
        if high { Level::High } else { Level::Low }
    }
}

#[cfg(test)]
mod tests;

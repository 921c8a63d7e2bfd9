//! The shards together, with the credits and the bell: everything that both ends share.
//!
//! A producer starts at its home shard, then asks the others, then is refused for a reason. What
//! happens inside one shard is in `shard.rs`; when to ring is decided by `producer.rs`.

use crate::bell::Bell;
use crate::credits::{Credits, Level};
use crate::pad::Padded;
use crate::shard::{Entry, Miss, Reader, Shard};
use crate::state::State;
use crate::sync::SHARDS;

/// What producers and the consumer share, each part on cache lines of its own.
#[derive(Debug)]
pub(crate) struct Shards {
    shards: [Padded<Shard>; SHARDS],
    pub(crate) credits: Padded<Credits>,
    pub(crate) bell: Padded<Bell>,
}

/// One reader per shard, in the shards' order.
pub(crate) type Readers = [Reader; SHARDS];

/// Records that wait: pushed, and neither taken by the consumer nor abandoned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Those that the bound counts: at most the capacity.
    pub queued: usize,
    /// Those that the consumer has [claimed](crate::Consumer::claim).
    pub claimed: usize,
}

impl Waiting {
    /// All of them.
    pub fn total(self) -> usize {
        self.queued + self.claimed
    }
}

/// Why a record was not taken. The caller keeps the record and counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refused {
    /// As many records are queued as the queue may hold.
    Full,
    /// More records could be queued, but no shard has room for this one's bytes.
    Bytes,
    /// The record is longer than [`Producer::max_record_bytes`](crate::Producer::max_record_bytes);
    /// it will be refused at any time.
    TooLarge,
    /// The queue was closed, by a producer or because the consumer is gone; every later push will
    /// be refused too.
    Closed,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Full => "the queue is full",
            Self::Bytes => "the queue has no room for the record's bytes",
            Self::TooLarge => "the record is larger than a buffer of the queue",
            Self::Closed => "the queue is closed",
        })
    }
}

impl std::error::Error for Refused {}

impl Shards {
    /// Shards for `capacity` records at most, each with three buffers of `words` words.
    pub(crate) fn new(capacity: usize, words: usize) -> (Self, Readers) {
        // A buffer never holds more records than there are credits, those of claims included, so that
        // with this many entries the index runs out only where the record count in the state word would.
        let entries = (capacity + Credits::most_claimed(capacity)).min(State::MAX_RECORDS);
        let mut readers = Readers::default();
        let shards = std::array::from_fn(|number| {
            let (shard, reader) = Shard::new(words, entries);
            readers[number] = reader;
            Padded(shard)
        });
        let credits = Padded(Credits::new(capacity));
        (
            Self {
                shards,
                credits,
                bell: Padded(Bell::new()),
            },
            readers,
        )
    }

    /// Puts a record into the home shard, if that has a credit and room; most often it has. If not,
    /// its state goes to [`push_anywhere`](Self::push_anywhere).
    #[inline(always)]
    pub(crate) fn push_home(&self, home: usize, record: &[u8]) -> Result<(), State> {
        self.shards[home % SHARDS].push(record)
    }

    /// Puts a record into the home shard, with a block of credits, or into any that will have it.
    pub(crate) fn push_anywhere(
        &self,
        home: usize,
        found: State,
        record: &[u8],
    ) -> Result<Level, Refused> {
        let home = home % SHARDS;
        match self.shards[home].push_with_block(found, record, &self.credits) {
            Ok(level) => Ok(level),
            Err(miss) => self.push_elsewhere(home, record, miss),
        }
    }

    /// Asks the other shards, once each, unless it is known that no credit is anywhere.
    ///
    /// A shard without room gives its credits back when asked. If another one before it missed only
    /// a credit, a second look over all of them finds it.
    #[cold]
    fn push_elsewhere(&self, home: usize, record: &[u8], miss: Miss) -> Result<Level, Refused> {
        if miss == Miss::Closed {
            return Err(Refused::Closed);
        }
        if record.len() > self.max_record() {
            return Err(Refused::TooLarge);
        }
        let releases = self.credits.releases();
        if self.credits.known_full(releases) {
            return Err(Refused::Full);
        }
        let mut starved = miss == Miss::NoCredit;
        for step in (1..SHARDS).chain(0..SHARDS) {
            if step == 0 && !(starved && self.credits.free() > 0) {
                break;
            }
            let shard = &self.shards[(home + step) % SHARDS];
            let pushed = match shard.push(record) {
                Ok(()) => Ok(Level::Low),
                Err(found) => shard.push_with_block(found, record, &self.credits),
            };
            match pushed {
                Ok(level) => return Ok(level),
                Err(Miss::Closed) => return Err(Refused::Closed),
                Err(Miss::NoCredit) => starved = true,
                Err(Miss::NoRoom) => {}
            }
        }
        if !starved && self.credits.free() > 0 {
            return Err(Refused::Bytes);
        }
        self.credits.remember_full(releases);
        Err(Refused::Full)
    }

    /// Closes every shard: a push reserved before is in, any later one is refused.
    pub(crate) fn close(&self) {
        self.shards
            .iter()
            .for_each(|shard| shard.close(&self.credits));
    }

    /// Falls into a nap that ends when about `level` records wait. False: the bell was rung.
    pub(crate) fn doze(&self, level: usize) -> bool {
        self.credits.wake_at(level);
        self.bell.doze()
    }

    /// True once every shard is closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.shards.iter().all(|shard| shard.snapshot().is_closed())
    }

    /// Records that are reserved and neither handed over nor abandoned: the credits that are neither
    /// free nor unused. Exact when nothing moves; else off by at most the blocks of credits that are
    /// being carried at that moment.
    pub(crate) fn waiting(&self) -> Waiting {
        let unused: usize = self
            .shards
            .iter()
            .map(|shard| shard.snapshot().credits())
            .sum();
        // Each number is read once: what others do in between makes the sum stale, and not wrong.
        let (capacity, claims) = (self.credits.capacity(), self.credits.claimed());
        let idle = self.credits.free() + unused;
        let total = (capacity + claims).saturating_sub(idle);
        let claimed = total.min(claims);
        Waiting {
            queued: (total - claimed).min(capacity),
            claimed,
        }
    }

    /// The longest record, in bytes.
    pub(crate) fn max_record(&self) -> usize {
        self.shards[0].max_record()
    }

    /// The shard of that number.
    pub(crate) fn shard(&self, number: usize) -> &Shard {
        &self.shards[number % SHARDS]
    }

    /// The shards in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Shard> {
        self.shards.iter().map(|shard| &**shard)
    }

    /// The bytes of an entry, which stay in place while its reader is borrowed.
    #[inline]
    pub(crate) fn bytes<'a>(&'a self, readers: &'a Readers, entry: &Entry) -> &'a [u8] {
        let number = usize::from(entry.shard) % SHARDS;
        self.shards[number].bytes(&readers[number], entry)
    }
}

#[cfg(test)]
mod tests;

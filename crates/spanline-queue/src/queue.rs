//! Where a queue begins: its size, and its two ends.
//!
//! Turns what the user asked for into sizes that fit the packed words. Everything after that is in
//! `producer.rs` and `consumer.rs`.

use crate::consumer::Consumer;
use crate::producer::Producer;
use crate::shards::Shards;
use crate::state::{BUFFERS, State};
use crate::sync::{Arc, SHARDS};

/// How large a queue is, fixed when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The most records queued at any time, over all threads. At least 1 and at most 2^20; other
    /// values are moved to the nearest of these. Records that the consumer has
    /// [claimed](Consumer::claim), a quarter of this number at most, wait in the queue beyond that.
    pub max_records: usize,
    /// Memory for the records' bytes, in bytes, split evenly over 24 buffers: three per shard, of
    /// which producers fill one while the consumer reads another. So a record can be a 24th of it,
    /// and at least a third of it can be queued. It is reserved at once, but touched only as far as
    /// it is used. At least 1.5 KiB and at most 192 MiB; other values are moved to the nearest of
    /// these.
    pub max_bytes: usize,
}

impl Default for Settings {
    /// 2048 records, as the OpenTelemetry specification sets for a batch processor's queue, and
    /// 8 MiB.
    fn default() -> Self {
        Self {
            max_records: 2048,
            max_bytes: 8 << 20,
        }
    }
}

/// Makes a queue.
///
/// ```
/// use spanline_queue::{Entries, Settings, queue};
///
/// let (producer, mut consumer) = queue(Settings { max_records: 100, max_bytes: 1 << 20 });
/// producer.push(b"one")?;
/// producer.push(b"two")?;
///
/// let mut batch = Entries::new();
/// let walk = consumer.collect(&mut batch, 512);
/// assert!(!walk.more);
/// consumer.take(&batch);
/// assert_eq!(consumer.record(&batch, 0), Some(&b"one"[..]));
/// assert_eq!(consumer.record(&batch, 1), Some(&b"two"[..]));
/// consumer.release(&mut batch);
/// # Ok::<(), spanline_queue::Refused>(())
/// ```
pub fn queue(settings: Settings) -> (Producer, Consumer) {
    let capacity = settings.max_records.clamp(1, MAX_CAPACITY);
    let words =
        (settings.max_bytes / (BUFFERS * SHARDS * size_of::<u64>())).clamp(8, State::MAX_WORDS);
    let (shards, readers) = Shards::new(capacity, words);
    let shards = Arc::new(shards);
    (
        Producer::new(Arc::clone(&shards)),
        Consumer::new(shards, readers),
    )
}

/// More than this many records would need more index than records are worth.
const MAX_CAPACITY: usize = 1 << 20;

#[cfg(test)]
mod tests;

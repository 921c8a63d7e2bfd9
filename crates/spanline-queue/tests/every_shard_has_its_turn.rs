//! Promise: a shard that always has more than a batch keeps no other waiting, and what was pushed
//! before a mark has passed it after a bounded number of walks.
#![cfg(not(loom))]

use std::thread;

use spanline_queue::{Entries, Producer, Settings, queue};

const CAPACITY: usize = 64;
const BATCH: usize = 8;

/// Home shards: a thread has one, and they are given out in turn.
const SHARDS: usize = 8;

/// Fills the queue from the calling thread, whose home shard is always the same.
fn fill(producer: &Producer) {
    while producer.push(b"hot").is_ok() {}
}

#[test]
fn what_was_pushed_before_a_mark_passes_it_while_one_thread_keeps_the_queue_full() {
    let (producer, mut consumer) = queue(Settings {
        max_records: CAPACITY,
        max_bytes: 1 << 20,
    });
    producer.push(b"hot").unwrap();
    thread::scope(|scope| {
        for _ in 1..SHARDS {
            // One after the other: each has another home.
            let _ = scope.spawn(|| producer.push(b"quiet").unwrap()).join();
        }
    });
    fill(&producer);
    let mark = consumer.mark();
    let (mut batch, mut quiet, mut walks) = (Entries::new(), 0, 0);
    while !consumer.has_passed(&mark) {
        consumer.collect(&mut batch, BATCH);
        let records = (0..batch.len()).filter_map(|n| consumer.record(&batch, n));
        quiet += records.filter(|record| *record == b"quiet").count();
        consumer.release(&mut batch);
        fill(&producer);
        walks += 1;
        // Each shard has no more than all the records, and gets a batch at its turn.
        assert!(walks <= SHARDS * CAPACITY / BATCH, "{quiet} came");
    }
    assert_eq!(quiet, SHARDS - 1);
}

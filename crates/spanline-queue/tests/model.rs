//! Models: every interleaving (up to a bound on preemptions) of two or three threads on a queue of
//! two shards, with every value that the memory model lets a load return.
//!
//! Each model is a promise of the crate. loom fails it on a data race over a record's bytes, on a
//! wrong count, on a lost wake (a deadlock) and on a leak. Run them with
//!
//! ```text
//! RUSTFLAGS="--cfg loom" LOOM_MAX_PREEMPTIONS=3 cargo test -p spanline-queue --release --test model
//! ```
//!
//! Each says how many runs it expects at least (`support/explored.rs`).
#![cfg(loom)]
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/explored.rs"]
mod explored;

use std::sync::atomic::{AtomicBool, Ordering};

use explored::model;
use loom::sync::Arc;
use loom::sync::atomic::AtomicBool as Flag;
use loom::thread;
use spanline_queue::{
    Consumer, Entries, Producer, Refused, Settings, Sleep, Walk, Woken, live_at, queue,
};

/// The smallest buffers there are: 8 words, so that one [`WHOLE`] record fills one.
const SMALLEST: usize = 1;

/// A record as long as a whole buffer.
const WHOLE: [u8; 64] = [7; 64];

fn small(max_records: usize) -> (Producer, Consumer) {
    queue(Settings {
        max_records,
        max_bytes: SMALLEST,
    })
}

/// One round of a worker: what it reads, and what it leaves.
fn round(consumer: &mut Consumer) -> (Vec<Vec<u8>>, Walk) {
    let mut batch = Entries::new();
    let walk = consumer.collect(&mut batch, 100);
    consumer.take(&batch);
    let records = (0..batch.len())
        .map(|n| consumer.record(&batch, n).unwrap().to_vec())
        .collect();
    consumer.release(&mut batch);
    (records, walk)
}

/// Rounds until nothing is left. Only when no producer is at work.
fn rest(consumer: &mut Consumer) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let (records, walk) = round(consumer);
        all.extend(records);
        assert!(!walk.uncommitted, "a producer left a record uncommitted");
        if !walk.more {
            return all;
        }
    }
}

/// A thread that lives at a home shard and pushes records one after the other, each once. Returns
/// what was accepted.
fn pusher(
    producer: &Producer,
    home: usize,
    records: &'static [&'static [u8]],
) -> thread::JoinHandle<Vec<Vec<u8>>> {
    let producer = producer.clone();
    thread::spawn(move || {
        live_at(home);
        let accepted = records
            .iter()
            .filter(|record| producer.push(record).is_ok());
        accepted.map(|record| record.to_vec()).collect()
    })
}

fn sorted(mut records: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    records.sort();
    records
}

#[test]
fn two_pushes_into_one_shard_both_arrive_whole() {
    model(20, || {
        let (producer, mut consumer) = small(4);
        let other = pusher(&producer, 0, &[b"other's record"]);
        producer.push(b"ours").unwrap();
        assert_eq!(other.join().unwrap().len(), 1);
        assert_eq!(
            sorted(rest(&mut consumer)),
            [&b"other's record"[..], b"ours"].map(<[u8]>::to_vec)
        );
        assert_eq!(producer.queued(), 0);
    });
}

#[test]
fn a_flip_beside_a_push_loses_and_doubles_nothing() {
    model(200, || {
        let (producer, mut consumer) = small(4);
        let pusher = pusher(&producer, 0, &[b"one", b"two"]);
        let (mut seen, _) = round(&mut consumer);
        seen.extend(round(&mut consumer).0);
        assert_eq!(pusher.join().unwrap().len(), 2);
        seen.extend(rest(&mut consumer));
        // One thread, one shard: also in order.
        assert_eq!(seen, [b"one", b"two"].map(|record| record.to_vec()));
    });
}

#[test]
fn two_pushes_beside_a_flip() {
    model(300, || {
        let (producer, mut consumer) = small(4);
        let first = pusher(&producer, 0, &[b"first"]);
        let second = pusher(&producer, 0, &[b"second"]);
        let (mut seen, _) = round(&mut consumer);
        first.join().unwrap();
        second.join().unwrap();
        seen.extend(rest(&mut consumer));
        assert_eq!(sorted(seen), [&b"first"[..], b"second"].map(<[u8]>::to_vec));
    });
}

#[test]
fn a_buffer_comes_back_only_after_it_was_read() {
    model(300, || {
        let (producer, mut consumer) = small(4);
        producer.push(b"old").unwrap();
        // The second flip gives the buffer of "old" back, and a push may write over it.
        let pusher = pusher(&producer, 0, &[b"new", b"newer"]);
        let (mut seen, _) = round(&mut consumer);
        seen.extend(round(&mut consumer).0);
        pusher.join().unwrap();
        seen.extend(rest(&mut consumer));
        assert_eq!(seen, [&b"old"[..], b"new", b"newer"].map(<[u8]>::to_vec));
    });
}

#[test]
fn a_held_record_keeps_its_buffer() {
    model(200, || {
        let (producer, mut consumer) = small(4);
        let mut batches = [b"held", b"also"].map(|record| {
            producer.push(record).unwrap();
            let mut batch = Entries::new();
            consumer.collect(&mut batch, 1);
            batch
        });
        let pusher = pusher(&producer, 0, &[b"one", b"two"]);
        let mut more = Entries::new();
        let walk = consumer.collect(&mut more, 100);
        assert!(more.is_empty(), "flipped under a held record: {walk:?}");
        assert_eq!(consumer.record(&batches[0], 0), Some(&b"held"[..]));
        assert_eq!(consumer.record(&batches[1], 0), Some(&b"also"[..]));
        consumer.release(&mut batches[0]);
        // Now there is one to spare, and producers may get it.
        let (mut seen, _) = round(&mut consumer);
        assert_eq!(consumer.record(&batches[1], 0), Some(&b"also"[..]));
        consumer.release(&mut batches[1]);
        pusher.join().unwrap();
        seen.extend(rest(&mut consumer));
        assert_eq!(seen, [b"one", b"two"].map(|record| record.to_vec()));
    });
}

#[test]
fn a_walk_that_goes_on_in_the_next_buffer_keeps_both() {
    model(200, || {
        let (producer, mut consumer) = small(4);
        producer.push(b"one").unwrap();
        producer.push(b"two").unwrap();
        let mut batch = Entries::new();
        consumer.collect(&mut batch, 1);
        consumer.release(&mut batch);
        // One is left over; what the pusher adds is read in the same walk, or in a later one.
        let pusher = pusher(&producer, 0, &[b"three", b"four"]);
        let (mut seen, _) = round(&mut consumer);
        assert_eq!(seen[0], b"two");
        seen.extend(round(&mut consumer).0);
        pusher.join().unwrap();
        seen.extend(rest(&mut consumer));
        assert_eq!(seen, [&b"two"[..], b"three", b"four"].map(<[u8]>::to_vec));
    });
}

#[test]
fn a_push_is_before_a_close_and_arrives_or_after_it_and_is_refused() {
    model(30, || {
        let (producer, mut consumer) = small(4);
        let pusher = pusher(&producer, 0, &[b"one", b"two"]);
        producer.close();
        assert!(producer.is_closed());
        assert_eq!(producer.push(b"late"), Err(Refused::Closed));
        // What is reserved at this moment is all there will ever be, committed or not.
        let mark = consumer.mark();
        let accepted = pusher.join().unwrap();
        assert_eq!(rest(&mut consumer), accepted);
        assert!(consumer.has_passed(&mark));
        assert_eq!(consumer.mark(), mark);
        assert_eq!(producer.queued(), 0);
    });
}

#[test]
fn what_was_pushed_before_a_flush_is_passed_by_its_mark() {
    model(3000, || {
        let (producer, mut consumer) = small(4);
        let ticket = Arc::new(Flag::new(false));
        let beside = pusher(&producer, 0, &[b"beside"]);
        let flusher = {
            let (producer, ticket) = (producer.clone(), Arc::clone(&ticket));
            thread::spawn(move || {
                live_at(0);
                producer.push(b"before").unwrap();
                ticket.store(true, Ordering::Release);
                producer.ring();
            })
        };
        // The worker sleeps until rung; no ring is lost, so the ticket is there when it wakes.
        while !ticket.load(Ordering::Acquire) {
            if consumer.sleep(nap(std::time::Duration::MAX)) == Woken::NotEmpty {
                thread::yield_now();
            }
        }
        let mark = consumer.mark();
        let mut seen = Vec::new();
        while !consumer.has_passed(&mark) {
            let (records, walk) = round(&mut consumer);
            seen.extend(records);
            if walk.uncommitted {
                thread::yield_now();
            }
        }
        assert!(
            seen.contains(&b"before".to_vec()),
            "a flush missed a record pushed before it"
        );
        flusher.join().unwrap();
        beside.join().unwrap();
        seen.extend(rest(&mut consumer));
        assert_eq!(seen.len(), 2);
    });
}

#[test]
fn an_idle_worker_is_woken_by_the_first_push() {
    model(25, || {
        let (producer, mut consumer) = small(4);
        let pusher = pusher(&producer, 1, &[b"wake up"]);
        let mut seen = Vec::new();
        while seen.is_empty() {
            // A lost wake would end in a deadlock here.
            if consumer.sleep(Sleep::Idle) == Woken::NotEmpty {
                thread::yield_now();
            }
            seen.extend(round(&mut consumer).0);
        }
        pusher.join().unwrap();
        assert_eq!(seen, [b"wake up".to_vec()]);
    });
}

#[test]
fn a_refused_push_wakes_a_dozing_worker() {
    model(10, || {
        let (producer, mut consumer) = small(1);
        producer.push(b"full").unwrap();
        let refused = {
            let producer = producer.clone();
            thread::spawn(move || {
                let refused = producer.push(b"too much");
                // The worker may have been awake when the push was refused: then nobody rang.
                producer.ring();
                refused
            })
        };
        assert_eq!(consumer.sleep(nap(std::time::Duration::MAX)), Woken::Rung);
        assert_eq!(refused.join().unwrap(), Err(Refused::Full));
        assert_eq!(rest(&mut consumer), [b"full".to_vec()]);
    });
}

#[test]
fn an_interrupted_producer_holds_up_its_own_shard_only() {
    static PASSED_ON: AtomicBool = AtomicBool::new(false);
    model(500, || {
        let (producer, mut consumer) = small(4);
        let slow = pusher(&producer, 0, &[b"slow"]);
        let quick = pusher(&producer, 1, &[b"quick"]);
        let (mut seen, walk) = round(&mut consumer);
        if walk.uncommitted && seen == [b"quick".to_vec()] {
            PASSED_ON.store(true, Ordering::Relaxed);
        }
        slow.join().unwrap();
        quick.join().unwrap();
        seen.extend(rest(&mut consumer));
        assert_eq!(sorted(seen), [&b"quick"[..], b"slow"].map(<[u8]>::to_vec));
    });
    assert!(
        PASSED_ON.load(Ordering::Relaxed),
        "no run stopped a producer before its commit"
    );
}

#[test]
fn the_bound_is_never_exceeded_and_always_reached() {
    model(400, || {
        let (producer, mut consumer) = small(1);
        let one = pusher(&producer, 0, &[b"one"]);
        let two = pusher(&producer, 1, &[b"two"]);
        let (seen, _) = round(&mut consumer);
        let accepted = one.join().unwrap().len() + two.join().unwrap().len();
        // One more than was taken meanwhile, never two more.
        assert!(accepted <= 1 + seen.len());
        assert!(accepted >= 1);
        assert_eq!(producer.queued(), accepted - seen.len());
        // Whatever a refusal remembered: what is free now can be had now.
        let free = 1 - producer.queued();
        assert_eq!(usize::from(producer.push(b"more").is_ok()), free);
        assert_eq!(producer.push(b"too much"), Err(Refused::Full));
        assert_eq!(rest(&mut consumer).len(), 1);
    });
}

#[test]
fn a_claimed_record_gives_its_credit_once() {
    model(200, || {
        let (producer, mut consumer) = small(4);
        let one = pusher(&producer, 0, &[b"one", b"two"]);
        let other = pusher(&producer, 1, &[b"three"]);
        // One of them, a quarter of the capacity, whether it has come or not.
        consumer.claim(4);
        let (mut seen, _) = round(&mut consumer);
        assert_eq!(one.join().unwrap().len() + other.join().unwrap().len(), 3);
        seen.extend(rest(&mut consumer));
        assert_eq!(seen.len(), 3);
        assert_eq!(producer.waiting().total(), 0);
        // As many as ever, and not one more.
        for _ in 0..4 {
            producer.push(b"new").unwrap();
        }
        assert_eq!(producer.push(b"too much"), Err(Refused::Full));
    });
}

#[test]
fn credits_left_over_from_a_block_are_found() {
    // Four credits in blocks of two: each push that brings a block leaves one unused in its shard.
    model(60, || {
        let (producer, mut consumer) = small(4);
        producer.push(b"first").unwrap();
        let here = pusher(&producer, 0, &[b"a", b"b"]);
        let there = pusher(&producer, 1, &[b"c"]);
        let mut accepted = 1 + here.join().unwrap().len() + there.join().unwrap().len();
        while producer.push(b"more").is_ok() {
            accepted += 1;
        }
        assert_eq!(accepted, 4);
        assert_eq!(producer.queued(), 4);
        assert_eq!(rest(&mut consumer).len(), 4);
    });
}

#[test]
fn a_remembered_refusal_ends_with_the_next_hand_over() {
    model(20, || {
        let (producer, mut consumer) = small(2);
        let mut batch = Entries::new();
        // A walk that begins at shard 1: the last one had enough at the one before.
        live_at(0);
        producer.push(b"earlier").unwrap();
        consumer.collect(&mut batch, 1);
        consumer.release(&mut batch);
        live_at(1);
        producer.push(b"next").unwrap();
        live_at(0);
        producer.push(&WHOLE).unwrap();
        // Home is out of room and the queue out of credits: a refusal is remembered.
        let refused = pusher(&producer, 0, &[b"x"]);
        consumer.collect(&mut batch, 1);
        assert_eq!(consumer.record(&batch, 0), Some(&b"next"[..]));
        consumer.take(&batch);
        if refused.join().unwrap().is_empty() {
            // Now the other shard has a credit again, and the way there must not be cut off.
            producer.push(b"x").unwrap();
        }
        assert_eq!(producer.push(b"too much"), Err(Refused::Full));
        consumer.release(&mut batch);
        assert_eq!(rest(&mut consumer).len(), 2);
    });
}

#[test]
fn a_shard_without_room_sends_its_producers_to_the_next() {
    model(20, || {
        let (producer, mut consumer) = small(4);
        let other = pusher(&producer, 0, &[&WHOLE]);
        producer.push(&WHOLE).unwrap();
        assert_eq!(other.join().unwrap().len(), 1);
        // Two shards, one buffer each: no room for a third, though credits are left.
        assert_eq!(producer.push(b"x"), Err(Refused::Bytes));
        assert_eq!(rest(&mut consumer).len(), 2);
        producer.push(&WHOLE).unwrap();
    });
}

#[test]
fn what_is_abandoned_is_counted_and_never_read() {
    model(250, || {
        let (producer, mut consumer) = small(4);
        let pusher = pusher(&producer, 0, &[b"one", b"two"]);
        let (mut seen, _) = round(&mut consumer);
        let abandoned = consumer.abandon();
        seen.extend(round(&mut consumer).0);
        let accepted = pusher.join().unwrap().len();
        seen.extend(rest(&mut consumer));
        assert_eq!(seen.len() + abandoned, accepted);
        assert_eq!(producer.queued(), 0);
        // And everything works as before.
        for _ in 0..4 {
            producer.push(b"new").unwrap();
        }
        assert_eq!(producer.push(b"too much"), Err(Refused::Full));
        assert_eq!(rest(&mut consumer).len(), 4);
    });
}

#[test]
fn a_consumer_that_goes_refuses_all_later_pushes() {
    model(10, || {
        let (producer, consumer) = small(4);
        let pusher = pusher(&producer, 0, &[b"one", b"two"]);
        drop(consumer);
        assert_eq!(producer.push(b"late"), Err(Refused::Closed));
        assert!(pusher.join().unwrap().len() <= 2);
    });
}

/// A nap that pushes below do not end.
fn nap(limit: std::time::Duration) -> Sleep {
    nap_until(usize::MAX, limit)
}

fn nap_until(level: usize, limit: std::time::Duration) -> Sleep {
    Sleep::Nap { limit, level }
}

/// loom's naps end by the bell alone, so a ring that is missed is a deadlock.
#[test]
fn a_nap_is_ended_by_its_level_whenever_that_is_reached() {
    model(1000, || {
        // Blocks of two credits: the second and third push take one each, or leave it to the other.
        let (producer, mut consumer) = small(4);
        let pusher = pusher(&producer, 0, &[b"one", b"two", b"three"]);
        let woken = consumer.sleep(nap_until(2, std::time::Duration::MAX));
        assert_ne!(woken, Woken::TimedOut);
        assert_eq!(pusher.join().unwrap().len(), 3);
        assert_eq!(rest(&mut consumer).len(), 3);
    });
}

//! Promise: never more records are queued than the capacity, exactly as many can be, and every
//! refusal is for the reason it gives.
#![cfg(not(loom))]

use std::sync::Barrier;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

use spanline_queue::{Entries, Refused, Settings, Waiting, queue};

/// Rounds of the tests in which threads meet.
const ROUNDS: usize = if cfg!(miri) { 1 } else { 20 };

/// All of them, or those that do not take Miri minutes.
fn capacities<const N: usize>(all: [usize; N]) -> impl Iterator<Item = usize> {
    all.into_iter()
        .filter(|&capacity| !cfg!(miri) || capacity <= 64)
}

fn settings(max_records: usize) -> Settings {
    Settings {
        max_records,
        max_bytes: if cfg!(miri) { 1 << 16 } else { 4 << 20 },
    }
}

#[test]
fn a_sleeping_worker_gets_the_capacity_and_not_one_more() {
    for capacity in capacities([1, 2, 3, 10, 64, 1000, 2048]) {
        let (producer, _consumer) = queue(settings(capacity));
        let offered = 3 * capacity;
        let refused = (0..offered)
            .filter(|_| producer.push(b"x") == Err(Refused::Full))
            .count();
        assert_eq!(offered - refused, capacity);
        assert_eq!(producer.queued(), capacity);
    }
}

#[test]
fn a_claim_makes_room_for_as_many_records_once() {
    for capacity in capacities([1, 4, 64, 1000, 2048]) {
        let (producer, mut consumer) = queue(settings(capacity));
        let offer = |records| (0..records).filter(|_| producer.push(b"x").is_ok()).count();
        let quarter = capacity / 4;
        let waiting = |queued, claimed| Waiting { queued, claimed };
        // In advance, or when they are there: claimed are those that come first.
        consumer.claim(usize::MAX);
        assert_eq!(consumer.waiting(), waiting(0, 0), "nothing has come");
        assert_eq!(offer(quarter), quarter);
        assert_eq!(consumer.waiting(), waiting(0, quarter));
        assert_eq!(offer(2 * capacity), capacity);
        assert_eq!(consumer.waiting(), waiting(capacity, quarter));
        consumer.claim(usize::MAX);
        assert_eq!(offer(1), 0, "no more than that");
        // A claim ends with the hand-over.
        let mut batch = Entries::new();
        while consumer.collect(&mut batch, usize::MAX).more {}
        assert_eq!(batch.len(), capacity + quarter);
        consumer.take(&batch);
        assert_eq!(consumer.waiting(), waiting(0, 0));
        consumer.release(&mut batch);
        assert_eq!(offer(2 * capacity), capacity);
        consumer.claim(usize::MAX);
        assert_eq!(consumer.waiting(), waiting(capacity - quarter, quarter));
        assert_eq!(offer(capacity), quarter);
        // And when records are thrown away.
        assert_eq!(consumer.abandon(), capacity + quarter);
        assert_eq!(consumer.waiting(), waiting(0, 0));
        assert_eq!(offer(2 * capacity), capacity);
    }
}

#[test]
fn a_batch_takes_only_so_much_of_a_claim() {
    let (producer, mut consumer) = queue(settings(8));
    let mut batch = Entries::new();
    consumer.claim(2);
    producer.push(b"one").unwrap();
    consumer.collect(&mut batch, 8);
    consumer.take(&batch);
    // Eight, and one that is claimed still.
    let accepted = (0..16).filter(|_| producer.push(b"x").is_ok()).count();
    assert_eq!(accepted, 9);
    assert_eq!(producer.waiting().claimed, 1);
}

#[test]
fn many_threads_share_one_bound() {
    for capacity in capacities([1, 2, 3, 10, 64, 1000, 2048]) {
        for _ in 0..ROUNDS {
            let (producer, mut consumer) = queue(settings(capacity));
            let start = Barrier::new(4);
            let accepted: usize = thread::scope(|scope| {
                let threads: Vec<_> = (0..4)
                    .map(|_| {
                        scope.spawn(|| {
                            start.wait();
                            (0..capacity)
                                .filter(|_| producer.push(b"x").is_ok())
                                .count()
                        })
                    })
                    .collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().unwrap())
                    .sum()
            });
            assert!(accepted <= capacity, "{accepted} of {capacity}");
            // Now that they are gone, every credit can be reached from here.
            let rest = (0..capacity)
                .filter(|_| producer.push(b"x").is_ok())
                .count();
            assert_eq!(accepted + rest, capacity);
            let mut batch = Entries::new();
            while consumer.collect(&mut batch, usize::MAX).more {}
            assert_eq!(batch.len(), capacity);
        }
    }
}

#[test]
fn the_capacity_bounds_what_is_queued_and_not_what_is_in_flight() {
    let (producer, mut consumer) = queue(settings(3));
    let fill = || (0..9).filter(|_| producer.push(b"x").is_ok()).count();
    assert_eq!(fill(), 3);
    let mut batch = Entries::new();
    consumer.collect(&mut batch, 2);
    assert_eq!(
        (producer.queued(), fill()),
        (3, 0),
        "collected is still queued"
    );
    consumer.take(&batch);
    consumer.take(&batch);
    assert_eq!(producer.queued(), 1);
    assert_eq!(fill(), 2, "handed over is not");
    // More into the same batch: only the new ones have credits to give.
    consumer.collect(&mut batch, 3);
    consumer.take(&batch);
    assert_eq!((batch.len(), producer.queued()), (3, 2));
    consumer.release(&mut batch);
    assert_eq!((producer.queued(), fill()), (2, 1));
}

#[test]
fn a_batch_released_without_hand_over_returns_its_credits() {
    let (producer, mut consumer) = queue(settings(2));
    let mut batch = Entries::new();
    for _ in 0..10 {
        producer.push(b"a").unwrap();
        producer.push(b"b").unwrap();
        assert_eq!(producer.push(b"c"), Err(Refused::Full));
        consumer.collect(&mut batch, 10);
        consumer.release(&mut batch);
        assert!(batch.is_empty());
    }
}

#[test]
fn bytes_are_bounded_too() {
    // 24 buffers of 1 KiB; producers have 8 of them until the worker comes.
    let (producer, mut consumer) = queue(Settings {
        max_records: 1000,
        max_bytes: 24 << 10,
    });
    assert_eq!(producer.max_record_bytes(), 1024);
    assert_eq!(producer.push(&[0; 1025]), Err(Refused::TooLarge));
    let accepted = (0..100)
        .filter(|_| producer.push(&[0; 512]).is_ok())
        .count();
    assert_eq!(accepted, 16);
    assert_eq!(producer.push(&[0; 512]), Err(Refused::Bytes));
    assert_eq!(producer.push(&[]), Err(Refused::Bytes));
    let mut batch = Entries::new();
    consumer.collect(&mut batch, 100);
    let accepted = (0..100)
        .filter(|_| producer.push(&[0; 512]).is_ok())
        .count();
    assert_eq!(accepted, 16, "the next eight");
    assert_eq!(producer.push(&[0; 512]), Err(Refused::Bytes));
    consumer.release(&mut batch);
    consumer.collect(&mut batch, 100);
    assert_eq!(producer.push(&[0; 512]), Ok(()));
}

#[test]
fn counts_taken_at_any_moment_stay_within_the_bound() {
    const CAPACITY: usize = 64;
    let (producer, mut consumer) = queue(settings(CAPACITY));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut most = Waiting::default();
                    while !stop.load(Relaxed) {
                        let Waiting { queued, claimed } = producer.waiting();
                        most.queued = most.queued.max(queued);
                        most.claimed = most.claimed.max(claimed);
                    }
                    most
                })
            })
            .collect();
        let mut batch = Entries::new();
        for _ in 0..if cfg!(miri) { 10 } else { 2000 } {
            consumer.claim(CAPACITY);
            while producer.push(b"x").is_ok() {}
            consumer.collect(&mut batch, CAPACITY / 2);
            consumer.release(&mut batch);
        }
        stop.store(true, Relaxed);
        for reader in readers {
            let most = reader.join().unwrap();
            assert!(most.queued <= CAPACITY, "{most:?}");
            assert!(most.claimed <= CAPACITY / 4, "{most:?}");
        }
    });
}

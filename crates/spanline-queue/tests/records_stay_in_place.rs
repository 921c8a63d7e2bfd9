//! Promise: a collected record is read where it was written, as long as its batch holds it, and its
//! buffer is used again after that: whoever lets go of the batch, and however.
#![cfg(not(loom))]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use spanline_queue::{Consumer, Entries, Producer, Refused, Settings, queue};

/// A queue whose buffers hold one record of 64 bytes each, the least there is: three in each of eight
/// shards, of which producers fill one and get the others as the walk hands them out.
fn tiny() -> (Producer, Consumer) {
    queue(Settings {
        max_records: 1000,
        max_bytes: 24 * 64,
    })
}

/// Pushes until refused; how many records went in.
fn fill(producer: &Producer) -> usize {
    (0..)
        .take_while(|_| producer.push(&[1; 64]).is_ok())
        .count()
}

#[test]
fn across_collects_pushes_and_other_batches() {
    let (producer, mut consumer) = queue(Settings::default());
    let mut first = Entries::new();
    let mut second = Entries::new();
    for n in 0..10u8 {
        producer.push(&[n; 20]).unwrap();
    }
    consumer.collect(&mut first, 4);
    let addresses: Vec<_> = (0..4)
        .map(|n| consumer.record(&first, n).unwrap().as_ptr())
        .collect();
    consumer.collect(&mut first, 5);
    consumer.collect(&mut second, 100);
    for n in 0..100u8 {
        producer.push(&[100 + n; 20]).unwrap();
    }
    for n in 0..5 {
        assert_eq!(consumer.record(&first, n), Some(&[n as u8; 20][..]));
        assert_eq!(consumer.record(&second, n), Some(&[5 + n as u8; 20][..]));
    }
    assert_eq!(consumer.record(&first, 5), None);
    for (n, address) in addresses.into_iter().enumerate() {
        assert_eq!(
            consumer.record(&first, n).unwrap().as_ptr(),
            address,
            "not moved"
        );
    }
}

#[test]
fn until_every_batch_of_a_buffer_is_released() {
    let (producer, mut consumer) = tiny();
    assert_eq!(fill(&producer), 8);
    let mut batch = Entries::new();
    assert!(consumer.collect(&mut batch, 3).more);
    let mut rest = Entries::new();
    consumer.collect(&mut rest, 100);
    assert_eq!((batch.len(), rest.len()), (3, 5));
    assert_eq!(fill(&producer), 8, "the second buffers of all shards");
    let mut second = Entries::new();
    consumer.collect(&mut second, 100);
    assert_eq!(fill(&producer), 8, "the third ones, which are the last");
    let mut none = Entries::new();
    assert!(consumer.collect(&mut none, 100).more);
    assert!(none.is_empty());
    consumer.release(&mut rest);
    consumer.collect(&mut none, 100);
    assert_eq!(none.len(), 5, "as many as were let go");
    assert_eq!(fill(&producer), 5);
}

#[test]
fn a_batch_that_is_dropped_lets_go() {
    let (producer, mut consumer) = tiny();
    for _ in 0..5 {
        assert_eq!(fill(&producer), 8);
        let mut batch = Entries::new();
        consumer.collect(&mut batch, 100);
        assert_eq!(batch.len(), 8);
    }
    assert_eq!(producer.queued(), 0);
}

#[test]
fn a_batch_may_be_dropped_elsewhere_and_after_everything() {
    let (producer, mut consumer) = tiny();
    fill(&producer);
    let mut batch = Entries::new();
    consumer.collect(&mut batch, 4);
    assert_eq!(
        fill(&producer),
        4,
        "the second buffers of the four shards that were read"
    );
    thread::spawn(move || drop(batch)).join().unwrap();
    assert_eq!(fill(&producer), 0, "it is the walk that hands buffers out");
    let mut batch = Entries::new();
    consumer.collect(&mut batch, 100);
    assert_eq!((batch.len(), fill(&producer)), (8, 8));
    drop(consumer);
    drop(producer);
    assert_eq!(batch.len(), 8);
}

#[test]
fn an_exporter_that_panics_costs_its_batch_only() {
    let (producer, mut consumer) = tiny();
    let mut batch = Entries::new();
    for round in 0..4 {
        assert_eq!(fill(&producer), 8);
        consumer.collect(&mut batch, 100);
        consumer.take(&batch);
        let export = catch_unwind(AssertUnwindSafe(|| {
            let read = (0..batch.len())
                .filter_map(|n| consumer.record(&batch, n))
                .count();
            assert_ne!((round % 2, read), (0, 8), "the exporter panics");
            read
        }));
        assert_eq!(export.is_err(), round % 2 == 0);
        consumer.release(&mut batch);
    }
}

#[test]
fn a_batch_of_another_queue_is_neither_read_nor_touched() {
    let (producer, mut consumer) = tiny();
    let (_other_producer, mut other) = tiny();
    producer.push(b"mine").unwrap();
    let mut batch = Entries::new();
    consumer.collect(&mut batch, 10);
    assert_eq!(other.record(&batch, 0), None);
    other.collect(&mut batch, 10);
    assert_eq!(consumer.record(&batch, 0), Some(&b"mine"[..]));
    // Whoever releases it, it goes back to where it came from.
    other.release(&mut batch);
    assert_eq!((batch.len(), producer.queued()), (0, 0));
    other.collect(&mut batch, 10);
    consumer.collect(&mut batch, 10);
}

#[test]
fn a_worker_can_be_replaced_in_the_middle() {
    let (producer, mut consumer) = tiny();
    fill(&producer);
    let mut batch = Entries::new();
    consumer.collect(&mut batch, 4);
    let (mut consumer, mut batch) = thread::spawn(move || {
        assert_eq!(consumer.record(&batch, 3), Some(&[1; 64][..]));
        consumer.release(&mut batch);
        consumer.collect(&mut batch, 2);
        (consumer, batch)
    })
    .join()
    .unwrap();
    assert_eq!(consumer.record(&batch, 1), Some(&[1; 64][..]));
    consumer.release(&mut batch);
    consumer.collect(&mut batch, 100);
    assert_eq!(batch.len(), 2);
}

#[test]
fn a_mark_is_passed_when_all_before_it_is_collected() {
    let (producer, mut consumer) = queue(Settings::default());
    let nothing = consumer.mark();
    assert!(consumer.has_passed(&nothing));
    for _ in 0..10 {
        producer.push(b"before").unwrap();
    }
    let mark = consumer.mark();
    let mut batch = Entries::new();
    let mut before = 0;
    while !consumer.has_passed(&mark) {
        producer.push(b"after").unwrap();
        consumer.collect(&mut batch, 3);
        before += (0..batch.len())
            .filter(|&n| consumer.record(&batch, n) == Some(b"before"))
            .count();
        consumer.release(&mut batch);
    }
    assert_eq!(before, 10);
    // What is given up counts as passed.
    let mark = consumer.mark();
    assert!(!consumer.has_passed(&mark));
    let queued = producer.queued();
    assert_eq!(consumer.abandon(), queued);
    assert!(consumer.has_passed(&mark));
}

#[test]
fn abandoning_spares_what_is_in_hand() {
    let (producer, mut consumer) = tiny();
    fill(&producer);
    let mut batch = Entries::new();
    consumer.collect(&mut batch, 3);
    consumer.take(&batch);
    assert_eq!(fill(&producer), 3);
    assert_eq!(consumer.abandon(), 8);
    assert_eq!(producer.queued(), 0);
    assert_eq!(consumer.record(&batch, 2), Some(&[1; 64][..]));
    consumer.release(&mut batch);
    consumer.collect(&mut batch, 100);
    assert!(batch.is_empty());
    assert_eq!(fill(&producer), 8);
    assert_eq!(producer.push(b""), Err(Refused::Bytes));
    consumer.collect(&mut batch, 100);
    assert_eq!(batch.len(), 8);
}

//! Promise: a push is reserved before the close, and then it is collected, or it is refused. No
//! record falls in between, and none comes later.
#![cfg(not(loom))]

use std::sync::Barrier;
use std::thread;

use spanline_queue::{Entries, Refused, Settings, queue};

/// How often threads race with the close.
const ROUNDS: usize = if cfg!(miri) { 2 } else { 300 };

#[test]
fn accepted_before_or_refused_after() {
    for _ in 0..ROUNDS {
        let (producer, mut consumer) = queue(Settings {
            max_records: 2048,
            max_bytes: 1 << 20,
        });
        let start = Barrier::new(4);
        let accepted: usize = thread::scope(|scope| {
            let pushers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        let mut accepted = 0;
                        while accepted < 500 && producer.push(b"record").is_ok() {
                            accepted += 1;
                        }
                        accepted
                    })
                })
                .collect();
            start.wait();
            producer.close();
            assert!(producer.is_closed());
            assert_eq!(producer.push(b"late"), Err(Refused::Closed));
            pushers
                .into_iter()
                .map(|pusher| pusher.join().unwrap())
                .sum()
        });
        let mut batch = Entries::new();
        while consumer.collect(&mut batch, usize::MAX).more {}
        assert_eq!(batch.len(), accepted);
    }
}

#[test]
fn after_a_close_what_is_abandoned_is_all_there_will_ever_be() {
    for _ in 0..ROUNDS {
        let (producer, mut consumer) = queue(Settings {
            max_records: 64,
            max_bytes: 1 << 20,
        });
        let start = Barrier::new(3);
        let (accepted, abandoned) = thread::scope(|scope| {
            let pushers: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        (0..20).filter(|_| producer.push(b"record").is_ok()).count()
                    })
                })
                .collect();
            start.wait();
            producer.close();
            // Producers may be in the middle of a copy: they are counted, and not waited for.
            let abandoned = consumer.abandon();
            let accepted: usize = pushers
                .into_iter()
                .map(|pusher| pusher.join().unwrap())
                .sum();
            (accepted, abandoned)
        });
        assert_eq!(accepted, abandoned);
        assert_eq!((consumer.abandon(), producer.queued()), (0, 0));
        let mut batch = Entries::new();
        assert!(!consumer.collect(&mut batch, usize::MAX).more);
        assert!(batch.is_empty());
    }
}

#[test]
fn a_consumer_that_goes_closes() {
    let (producer, consumer) = queue(Settings::default());
    producer.push(b"in").unwrap();
    assert!(!producer.is_closed());
    drop(consumer);
    assert!(producer.is_closed());
    assert_eq!(producer.push(b"late"), Err(Refused::Closed));
}

#[test]
fn a_closed_queue_is_read_to_its_end() {
    let (producer, mut consumer) = queue(Settings::default());
    for n in 0..100u8 {
        producer.push(&[n]).unwrap();
    }
    producer.close();
    drop(producer);
    let mut batch = Entries::new();
    let mut next = 0;
    loop {
        let walk = consumer.collect(&mut batch, 7);
        for n in 0..batch.len() {
            assert_eq!(consumer.record(&batch, n), Some(&[next][..]));
            next += 1;
        }
        consumer.release(&mut batch);
        if !walk.more {
            break;
        }
    }
    assert_eq!(next, 100);
}

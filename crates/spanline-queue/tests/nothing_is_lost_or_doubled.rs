//! Promise: what was accepted is collected exactly once, byte for byte, and what was not was
//! refused: whatever the capacity and the number of producers.
#![cfg(not(loom))]
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use spanline_queue::{Consumer, Entries, Producer, Refused, Settings, Sleep, queue};

/// Records per run, over all producers; `STRESS_RECORDS` asks for more.
fn records() -> usize {
    let usual = if cfg!(miri) { 80 } else { 10_000 };
    let wanted = std::env::var("STRESS_RECORDS").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(usual)
}

const CAPACITIES: &[usize] = match cfg!(miri) {
    true => &[1, 10, 64],
    false => &[1, 2, 3, 10, 64, 1000, 2048],
};

/// Room for the records of the largest queue, whichever shards they go to. Miri takes the longer for
/// each step the larger the buffers are.
const BYTES: usize = if cfg!(miri) { 1 << 18 } else { 8 << 20 };

/// A record that says who made it, which one it is, and (by its length and filling) that it is
/// whole.
fn record(producer: usize, number: usize) -> Vec<u8> {
    let mut record = Vec::new();
    record.extend((producer as u32).to_le_bytes());
    record.extend((number as u32).to_le_bytes());
    record.resize(8 + number % 150, number as u8);
    record
}

/// Which record this is. Fails the test if it is none.
fn identify(bytes: &[u8]) -> (usize, usize) {
    let (producer, rest) = bytes.split_first_chunk::<4>().unwrap();
    let (number, _) = rest.split_first_chunk::<4>().unwrap();
    let identity = (
        u32::from_le_bytes(*producer) as usize,
        u32::from_le_bytes(*number) as usize,
    );
    assert_eq!(bytes, record(identity.0, identity.1), "a torn record");
    identity
}

/// Pushes every record until it is accepted.
fn push_all(producer: &Producer, name: usize, count: usize) {
    for number in 0..count {
        let record = record(name, number);
        while let Err(refused) = producer.push(&record) {
            assert!(matches!(refused, Refused::Full | Refused::Bytes));
            thread::yield_now();
        }
    }
}

/// Collects until `done` says so and nothing is left. Counts how often each record came.
fn collect_all(consumer: &mut Consumer, seen: &mut [Vec<u8>], done: impl Fn() -> bool) {
    let mut batch = Entries::new();
    loop {
        let finished = done();
        let walk = consumer.collect(&mut batch, 100);
        consumer.take(&batch);
        for n in 0..batch.len() {
            let (producer, number) = identify(consumer.record(&batch, n).unwrap());
            seen[producer][number] += 1;
        }
        consumer.release(&mut batch);
        if finished && !walk.more {
            return;
        }
        if !walk.more {
            consumer.sleep(nap(Duration::from_micros(50)));
        }
    }
}

fn run(capacity: usize, producers: usize, max_bytes: usize) {
    let count = records() / producers;
    let (producer, mut consumer) = queue(Settings {
        max_records: capacity,
        max_bytes,
    });
    let mut seen = vec![vec![0; count]; producers];
    let at_work = AtomicUsize::new(producers);
    thread::scope(|scope| {
        for name in 0..producers {
            let (producer, at_work) = (producer.clone(), &at_work);
            scope.spawn(move || {
                push_all(&producer, name, count);
                at_work.fetch_sub(1, Ordering::AcqRel);
            });
        }
        collect_all(&mut consumer, &mut seen, || {
            at_work.load(Ordering::Acquire) == 0
        });
    });
    let context = format!("capacity {capacity}, {producers} producers, {max_bytes} bytes");
    assert!(seen.iter().flatten().all(|&times| times == 1), "{context}");
    assert_eq!(producer.queued(), 0, "{context}");
    // All credits are back: the queue takes as many as ever.
    let accepted = (0..=capacity)
        .filter(|_| producer.push(b"again").is_ok())
        .count();
    assert_eq!(accepted, capacity, "{context}");
}

/// Through a queue of each capacity.
fn with(producers: usize) {
    for capacity in CAPACITIES {
        run(*capacity, producers, BYTES);
    }
}

#[test]
fn with_one_producer() {
    with(1);
}

#[test]
fn with_two_producers() {
    with(2);
}

#[test]
fn with_four_producers() {
    with(4);
}

#[test]
fn with_eight_producers() {
    with(8);
}

/// Far more producers than shards and than processors.
#[test]
fn with_sixty_four_producers() {
    with(if cfg!(miri) { 12 } else { 64 });
}

#[test]
fn when_bytes_run_out_before_records_do() {
    // 160 bytes for each of 24 buffers: one of the longest records, 157 bytes, fills one, and the
    // search for room never ends.
    for producers in [1, 4] {
        run(10, producers, 24 * 160);
    }
}

#[test]
fn when_threads_come_and_go() {
    let threads = if cfg!(miri) { 8 } else { 400 };
    let (producer, mut consumer) = queue(Settings::default());
    let mut seen = vec![vec![0; 1]; threads];
    for name in 0..threads {
        let producer = producer.clone();
        thread::spawn(move || push_all(&producer, name, 1))
            .join()
            .unwrap();
    }
    assert_eq!(producer.queued(), threads);
    collect_all(&mut consumer, &mut seen, || true);
    assert!(seen.iter().flatten().all(|&times| times == 1));
}

#[test]
fn when_a_thread_pushes_in_its_teardown() {
    struct Last(Producer);
    impl Drop for Last {
        fn drop(&mut self) {
            self.0.push(b"farewell").unwrap();
        }
    }
    thread_local!(static LAST: std::cell::RefCell<Option<Last>> = const {
        std::cell::RefCell::new(None)
    });
    let (producer, mut consumer) = queue(Settings::default());
    thread::spawn(move || LAST.with(|last| *last.borrow_mut() = Some(Last(producer))))
        .join()
        .unwrap();
    let mut batch = Entries::new();
    consumer.collect(&mut batch, 2);
    assert_eq!(consumer.record(&batch, 0), Some(&b"farewell"[..]));
    assert_eq!(batch.len(), 1);
}

/// A nap that a push at this level ends.
fn nap(limit: std::time::Duration) -> Sleep {
    Sleep::Nap { limit, level: 1536 }
}

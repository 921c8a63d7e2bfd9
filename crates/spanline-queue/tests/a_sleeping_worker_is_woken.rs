//! Promise: the first push into an empty queue wakes a worker that sleeps without a limit, a ring
//! ends any sleep, and none of them is ever missed.
#![cfg(not(loom))]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use spanline_queue::{Consumer, Entries, Settings, Sleep, Woken, queue};

/// Sleeps per test. A single missed wake hangs it.
const ROUNDS: usize = if cfg!(miri) { 10 } else { 2000 };

/// Longer than any test: a nap of it ends by the bell or not at all.
const FOR_EVER: Duration = Duration::from_secs(3600);

/// Collects what there is and lets it go; how much it was.
fn drain(consumer: &mut Consumer) -> usize {
    let mut batch = Entries::new();
    consumer.collect(&mut batch, usize::MAX);
    batch.len()
}

#[test]
fn by_the_first_push_every_time() {
    let (producer, mut consumer) = queue(Settings {
        max_records: 8,
        max_bytes: 1 << 16,
    });
    let collected = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..ROUNDS {
                producer.push(b"wake up").unwrap();
                // The next push comes only when this one was collected: at any moment of the
                // worker's falling asleep, and never helped by another.
                while collected.load(Ordering::Acquire) <= round {
                    thread::yield_now();
                }
            }
        });
        while collected.load(Ordering::Relaxed) < ROUNDS {
            consumer.sleep(Sleep::Idle);
            let fresh = drain(&mut consumer);
            collected.fetch_add(fresh, Ordering::Release);
        }
    });
}

#[test]
fn by_a_ring_and_then_its_message_is_there() {
    let (producer, mut consumer) = queue(Settings::default());
    let (send, receive) = mpsc::channel();
    let (answer, answers) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            for round in 0..ROUNDS {
                send.send(round).unwrap();
                producer.ring();
                assert_eq!(answers.recv(), Ok(round));
            }
        });
        let mut round = 0;
        while round < ROUNDS {
            // Both kinds of sleep. Looking at the channel first and sleeping then is the race.
            let how = if round % 2 == 0 {
                Sleep::Idle
            } else {
                nap(FOR_EVER)
            };
            if let Ok(message) = receive.try_recv() {
                assert_eq!(message, round);
                answer.send(round).unwrap();
                round += 1;
            } else {
                assert_eq!(consumer.sleep(how), Woken::Rung);
            }
        }
    });
}

#[test]
fn by_a_queue_nearly_full_or_refusing() {
    // Again if the worker lies down so late that it finds the queue nearly full: then nobody rings.
    loop {
        match full_while_asleep().unwrap() {
            Woken::Rung => return,
            woken => assert_eq!(woken, Woken::NotEmpty),
        }
    }
}

/// A queue is filled beside a worker that lies down: how its nap ends.
fn full_while_asleep() -> thread::Result<Woken> {
    let (producer, mut consumer) = queue(Settings {
        max_records: 64,
        max_bytes: 1 << 16,
    });
    thread::scope(|scope| {
        let worker = scope.spawn(move || {
            consumer.bind();
            consumer.sleep(nap(FOR_EVER))
        });
        // Refused pushes ring too, so this ends whenever the worker lies down.
        while !worker.is_finished() {
            let _ = producer.push(b"one more");
            thread::yield_now();
        }
        worker.join()
    })
}

#[test]
fn a_nap_does_not_begin_when_as_much_waits_as_would_end_it() {
    let (producer, mut consumer) = queue(Settings::default());
    for _ in 0..LEVEL - 1 {
        producer.push(b"one more").unwrap();
    }
    assert_eq!(consumer.sleep(nap(Duration::ZERO)), Woken::TimedOut);
    producer.push(b"the last").unwrap();
    assert_eq!(consumer.sleep(nap(FOR_EVER)), Woken::NotEmpty);
    assert_eq!(consumer.sleep(nap(FOR_EVER)), Woken::NotEmpty);
    assert_eq!(drain(&mut consumer), LEVEL);
    assert_eq!(consumer.sleep(nap(Duration::ZERO)), Woken::TimedOut);
}

#[test]
fn but_not_by_a_push_during_a_nap() {
    let (producer, mut consumer) = queue(Settings::default());
    producer.push(b"little").unwrap();
    assert_eq!(
        consumer.sleep(nap(Duration::from_millis(2))),
        Woken::TimedOut
    );
    assert_eq!(consumer.sleep(Sleep::Idle), Woken::NotEmpty);
    assert_eq!(drain(&mut consumer), 1);
}

#[test]
fn a_ring_while_awake_is_kept_for_the_next_sleep() {
    let (producer, mut consumer) = queue(Settings::default());
    assert!(!consumer.wanted());
    producer.ring();
    assert!(consumer.wanted());
    assert_eq!(consumer.sleep(Sleep::Idle), Woken::Rung);
    assert!(!consumer.wanted());
    assert_eq!(consumer.sleep(nap(Duration::ZERO)), Woken::TimedOut);
    producer.close();
    assert_eq!(consumer.sleep(nap(FOR_EVER)), Woken::Rung, "closing rings");
}

#[test]
fn on_whichever_thread_it_sleeps() {
    let (producer, mut consumer) = queue(Settings::default());
    for _ in 0..3 {
        let worker = thread::spawn(move || {
            assert!(matches!(
                consumer.sleep(Sleep::Idle),
                Woken::Rung | Woken::NotEmpty
            ));
            drain(&mut consumer);
            consumer
        });
        producer.push(b"wake up").unwrap();
        consumer = worker.join().unwrap();
        // The ring may have come after the walk had already begun: take it.
        consumer.sleep(nap(Duration::ZERO));
        drain(&mut consumer);
    }
}

/// How many records end a nap.
const LEVEL: usize = 48;

fn nap(limit: Duration) -> Sleep {
    let level = LEVEL;
    Sleep::Nap { limit, level }
}

//! Who works, who waits, and what each is told.

use super::ShutdownOnce;
use crate::inside::Inside;
use spanline_core::{Deadline, LossReport, ShutdownError};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

fn losses(failed: u64) -> LossReport {
    let mut losses = LossReport::default();
    losses.failed = failed;
    losses
}

/// A caller that must not become the one who works.
fn wait(once: &ShutdownOnce, deadline: Deadline) -> Result<LossReport, ShutdownError> {
    let work = || panic!("somebody else works");
    once.run(deadline, work, || losses(99))
}

/// A shutdown under way on another thread: it ends when the sender is told how.
type End = mpsc::Sender<Result<LossReport, ShutdownError>>;
type Worker = thread::JoinHandle<Result<LossReport, ShutdownError>>;

fn under_way(once: &Arc<ShutdownOnce>) -> (End, Worker) {
    let (end, ended) = mpsc::channel::<Result<LossReport, ShutdownError>>();
    let (begin, begun) = mpsc::channel();
    let once = Arc::clone(once);
    let worker = thread::spawn(move || {
        let work = || {
            begin.send(()).unwrap();
            ended.recv().unwrap()
        };
        once.run(Deadline::NEVER, work, LossReport::default)
    });
    begun.recv().unwrap();
    (end, worker)
}

#[test]
fn the_first_one_works_and_later_ones_are_told() {
    let once = ShutdownOnce::new();
    assert!(!once.has_begun());
    let outcome = once.run(Deadline::NEVER, || Ok(losses(3)), LossReport::default);
    assert_eq!(outcome, Ok(losses(3)));
    assert!(once.has_begun());
    for _ in 0..2 {
        let later = wait(&once, Deadline::NEVER);
        assert_eq!(later, Err(ShutdownError::AlreadyShutDown));
    }
}

#[test]
fn a_failure_happens_once_too() {
    let once = ShutdownOnce::new();
    let failed = || Err(ShutdownError::Exporter(losses(1), "no".into()));
    let outcome = once.run(Deadline::NEVER, failed, LossReport::default);
    assert_eq!(outcome, failed());
    let later = wait(&once, Deadline::NEVER);
    assert_eq!(later, Err(ShutdownError::AlreadyShutDown));
}

#[test]
fn callers_meanwhile_get_the_same_outcome() {
    let once = Arc::new(ShutdownOnce::new());
    let (end, worker) = under_way(&once);
    assert!(once.has_begun());
    let go = Arc::new(Barrier::new(9));
    let waiters: Vec<_> = (0..8)
        .map(|_| {
            let (once, go) = (Arc::clone(&once), Arc::clone(&go));
            thread::spawn(move || {
                go.wait();
                wait(&once, Deadline::NEVER)
            })
        })
        .collect();
    go.wait();
    let outcome = Err(ShutdownError::DeadlinePassed(losses(5)));
    end.send(outcome.clone()).unwrap();
    assert_eq!(worker.join().unwrap(), outcome);
    for waiter in waiters {
        let told = waiter.join().unwrap();
        // Whoever came when it was over was told so.
        assert!(told == outcome || told == Err(ShutdownError::AlreadyShutDown));
    }
}

#[test]
fn a_caller_meanwhile_keeps_its_own_deadline() {
    let once = Arc::new(ShutdownOnce::new());
    let (end, worker) = under_way(&once);
    let limit = Duration::from_millis(20);
    let start = Instant::now();
    let told = wait(&once, Deadline::after(limit));
    assert_eq!(told, Err(ShutdownError::DeadlinePassed(losses(99))));
    assert!(start.elapsed() >= limit);
    end.send(Ok(losses(0))).unwrap();
    assert_eq!(worker.join().unwrap(), Ok(losses(0)), "the others go on");
}

#[test]
fn nobody_waits_from_inside_an_exporter() {
    let once = Arc::new(ShutdownOnce::new());
    let (end, worker) = under_way(&once);
    {
        let _inside = Inside::enter();
        let told = wait(&once, Deadline::NEVER);
        assert_eq!(told, Err(ShutdownError::AlreadyShutDown));
    }
    end.send(Ok(losses(0))).unwrap();
    worker.join().unwrap().unwrap();
}

#[test]
fn of_a_crowd_one_works() {
    for _ in 0..50 {
        let once = ShutdownOnce::new();
        let worked = AtomicUsize::new(0);
        let go = Barrier::new(8);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    go.wait();
                    let work = || {
                        worked.fetch_add(1, Ordering::Relaxed);
                        Ok(losses(2))
                    };
                    let told = once.run(Deadline::NEVER, work, LossReport::default);
                    assert!(told == Ok(losses(2)) || told == Err(ShutdownError::AlreadyShutDown));
                });
            }
        });
        assert_eq!(worked.into_inner(), 1);
    }
}

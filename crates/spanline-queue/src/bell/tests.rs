//! The bell alone: what each state does with each event.
#![cfg(not(loom))]

use super::{Bell, DOZING, IDLE, Waking};
use std::sync::atomic::Ordering;
use std::time::Duration;

fn state(bell: &Bell) -> u8 {
    bell.state.load(Ordering::Relaxed)
}

#[test]
fn a_push_rings_an_idle_worker_only() {
    let bell = Bell::new();
    bell.after_push(true);
    assert!(!bell.is_rung(), "awake: it will look by itself");

    assert!(bell.doze());
    bell.after_push(false);
    assert_eq!(state(&bell), DOZING);
    bell.after_push(true);
    assert!(bell.is_rung());
    assert_eq!(bell.wake(), Waking::Rung);

    assert!(bell.idle());
    assert_eq!(state(&bell), IDLE);
    bell.after_push(false);
    assert!(bell.is_rung());
}

#[test]
fn a_refusal_ends_a_nap() {
    let bell = Bell::new();
    bell.after_refusal();
    assert!(!bell.is_rung());
    assert!(bell.doze());
    bell.after_refusal();
    assert!(bell.is_rung());
}

#[test]
fn a_ring_sticks_until_the_next_sleep() {
    let bell = Bell::new();
    bell.ring();
    bell.ring();
    assert!(bell.is_rung());
    assert!(!bell.idle(), "rung before: no sleep");
    assert!(!bell.is_rung(), "and taken by it");
    assert!(bell.doze());
    bell.ring();
    assert_eq!(bell.wait(), Waking::Rung);
    assert!(!bell.is_rung());
}

#[test]
fn a_nap_ends_by_itself() {
    let bell = Bell::new();
    bell.bind();
    assert!(bell.doze());
    // A token left over from another use of parking is no reason to wake.
    std::thread::current().unpark();
    assert_eq!(
        bell.wait_at_most(Duration::from_millis(1)),
        Waking::TimedOut
    );
    assert!(bell.doze(), "awake again");
    assert_eq!(bell.wait_at_most(Duration::ZERO), Waking::TimedOut);
}

#[test]
fn the_newest_thread_is_the_one_that_is_woken() {
    let bell = Bell::new();
    assert!(bell.thread().is_none());
    bell.bind();
    bell.bind();
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            bell.bind();
            assert!(bell.idle());
            bell.wait()
        });
        while state(&bell) != IDLE {
            std::thread::yield_now();
        }
        bell.ring();
        assert_eq!(worker.join().unwrap(), Waking::Rung);
    });
    assert_ne!(bell.thread().unwrap().id(), std::thread::current().id());
    bell.bind();
    assert_eq!(bell.thread().unwrap().id(), std::thread::current().id());
}

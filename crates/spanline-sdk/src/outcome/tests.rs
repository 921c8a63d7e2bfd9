//! One answer, and everybody gets it: threads by their deadlines, a task by its waker.

use super::Outcome;
use spanline_core::Deadline;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Woken {
    fn times(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn waker() -> (Waker, Arc<Woken>) {
    let woken = Arc::new(Woken::default());
    (Waker::from(Arc::clone(&woken)), woken)
}

fn poll<T: Clone>(outcome: &Outcome<T>, waker: &Waker) -> Poll<T> {
    outcome.poll(&mut Context::from_waker(waker))
}

#[test]
fn the_first_answer_counts() {
    let outcome = Outcome::new();
    outcome.settle(1);
    outcome.settle(2);
    assert_eq!(outcome.wait(Deadline::NEVER), Some(1));
    assert_eq!(poll(&outcome, Waker::noop()), Poll::Ready(1));
}

#[test]
fn many_threads_get_the_same_answer() {
    let outcome = Outcome::new();
    let waiters: Vec<_> = (0..32)
        .map(|_| {
            let outcome = Arc::clone(&outcome);
            thread::spawn(move || outcome.wait(Deadline::NEVER))
        })
        .collect();
    outcome.settle(String::from("done"));
    for waiter in waiters {
        assert_eq!(waiter.join().unwrap().as_deref(), Some("done"));
    }
}

#[test]
fn who_has_a_deadline_leaves_at_it() {
    let outcome = Outcome::<()>::new();
    let start = Instant::now();
    let limit = Duration::from_millis(20);
    assert_eq!(outcome.wait(Deadline::after(limit)), None);
    assert!(start.elapsed() >= limit);
    // One that has passed already does not wait at all, nor hide an answer.
    assert_eq!(outcome.wait(Deadline::at(start)), None);
    outcome.settle(());
    assert_eq!(outcome.wait(Deadline::at(start)), Some(()));
}

#[test]
fn a_task_is_woken_once_and_as_it_polled_last() {
    let outcome = Outcome::new();
    let (first, first_woken) = waker();
    let (second, second_woken) = waker();
    for _ in 0..3 {
        assert_eq!(poll(&outcome, &first), Poll::Pending);
        assert_eq!(poll(&outcome, &second), Poll::Pending);
    }
    assert_eq!((first_woken.times(), second_woken.times()), (0, 0));
    outcome.settle(9);
    outcome.settle(10);
    assert_eq!((first_woken.times(), second_woken.times()), (0, 1));
    assert_eq!(poll(&outcome, &first), Poll::Ready(9));
    assert_eq!(
        poll(&outcome, &first),
        Poll::Ready(9),
        "it can be asked again"
    );
}

#[test]
fn a_waker_may_look_at_the_outcome() {
    struct Looks(Arc<Outcome<u8>>);
    impl Wake for Looks {
        fn wake(self: Arc<Self>) {
            assert_eq!(self.0.wait(Deadline::NEVER), Some(3), "no lock is held");
        }
    }
    let outcome = Outcome::new();
    let waker = Waker::from(Arc::new(Looks(Arc::clone(&outcome))));
    assert_eq!(poll(&outcome, &waker), Poll::Pending);
    outcome.settle(3);
}

#[test]
fn no_task_misses_an_answer_that_comes_meanwhile() {
    for _ in 0..500 {
        let outcome = Outcome::new();
        let (waker, woken) = waker();
        let settling = Arc::clone(&outcome);
        let settler = thread::spawn(move || settling.settle(()));
        let polled = poll(&outcome, &waker);
        settler.join().unwrap();
        let expected = usize::from(polled.is_pending());
        assert_eq!(woken.times(), expected, "{polled:?}");
    }
}

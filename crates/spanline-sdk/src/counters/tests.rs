//! Exactness: many threads, too many threads, ended threads, threads being torn down.
//!
//! What counting costs is a benchmark, not a test.

use super::*;
use std::cell::RefCell;
use std::sync::{Arc, Barrier};
use std::thread;

#[test]
fn counts_on_one_thread() {
    let counters = PerThread::<3>::new();
    counters.add(0, 1);
    counters.add(2, 5);
    counters.add(2, 6);
    assert_eq!(counters.sum(), [1, 0, 11]);
}

#[test]
fn an_index_beyond_the_block_is_ignored() {
    let counters = PerThread::<16>::new();
    counters.add(16, 1);
    counters.add_shared(16, 1);
    assert_eq!(counters.sum(), [0; 16]);
}

#[test]
fn sets_do_not_mix() {
    let (one, other) = (PerThread::<1>::new(), PerThread::<1>::new());
    for _ in 0..1000 {
        one.add(0, 1);
        other.add(0, 2);
    }
    assert_eq!((one.sum(), other.sum()), ([1000], [2000]));
}

#[test]
fn many_threads_at_once_lose_nothing() {
    const THREADS: u64 = 16;
    const EACH: u64 = 50_000;
    let counters = PerThread::<4>::new();
    let start = Barrier::new(THREADS as usize);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                start.wait();
                for n in 0..EACH {
                    counters.add((n % 4) as usize, 1);
                }
            });
        }
    });
    assert_eq!(counters.sum(), [THREADS * EACH / 4; 4]);
}

#[test]
fn a_thousand_sets_come_and_go() {
    for n in 0..1000 {
        let counters = PerThread::<1>::new();
        counters.add(0, n);
        assert_eq!(counters.sum(), [n]);
    }
}

/// The numbers of threads are the process's, so what uses them up runs in one test.
#[test]
fn numbers_of_threads_are_handed_on_and_run_out() {
    let counters = PerThread::<2>::new();
    for _ in 0..200 {
        thread::scope(|scope| scope.spawn(|| counters.add(1, 1)).join().unwrap());
    }
    assert_eq!(counters.sum(), [0, 200], "what ended threads counted stays");
    let used = counters.more.iter().filter(|chunk| chunk.get().is_some());
    assert!(used.count() < CHUNKS / 2);

    let too_many = slot::THREADS + 50;
    let inside = Barrier::new(too_many + 1);
    thread::scope(|scope| {
        for _ in 0..too_many {
            let work = || {
                counters.add(0, 1);
                inside.wait();
                counters.add(0, 1);
            };
            let thread = thread::Builder::new().stack_size(64 * 1024);
            thread.spawn_scoped(scope, work).unwrap();
        }
        inside.wait();
    });
    assert_eq!(counters.sum(), [2 * too_many as u64, 200]);
}

/// Counts once more when the thread that holds it is torn down.
struct Late(Arc<PerThread<1>>);

impl Drop for Late {
    fn drop(&mut self) {
        self.0.add(0, 1);
    }
}

thread_local! {
    static LATE: RefCell<Vec<Late>> = const { RefCell::new(Vec::new()) };
}

#[test]
fn counting_works_while_a_thread_is_torn_down() {
    let counters = Arc::new(PerThread::<1>::new());
    for counts_before in [true, false] {
        let mine = Arc::clone(&counters);
        let work = move || {
            if counts_before {
                mine.add(0, 1);
            }
            LATE.with_borrow_mut(|late| late.push(Late(Arc::clone(&mine))));
            mine.add(0, 1);
        };
        thread::spawn(work).join().unwrap();
    }
    assert_eq!(counters.sum(), [5]);
}

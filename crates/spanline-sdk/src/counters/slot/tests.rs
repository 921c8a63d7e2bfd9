//! No number is with two threads at one time, however many ask at once.
//!
//! The numbers are the process's: other tests draw some of them meanwhile.

use super::{THREADS, own};
use std::collections::HashSet;
use std::sync::Barrier;
use std::thread;

#[test]
fn threads_that_ask_at_once_get_numbers_of_their_own() {
    const ASKING: usize = 100;
    for _ in 0..20 {
        let (start, end) = (Barrier::new(ASKING), Barrier::new(ASKING));
        let ask = || {
            start.wait();
            let slot = own();
            end.wait(); // nobody gives back before all have asked
            slot
        };
        let slots: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..ASKING).map(|_| scope.spawn(ask)).collect();
            let joined = threads.into_iter().map(|thread| thread.join().unwrap());
            joined.flatten().collect()
        });
        let distinct: HashSet<_> = slots.iter().collect();
        assert_eq!((slots.len(), distinct.len()), (ASKING, ASKING), "{slots:?}");
        assert!(slots.iter().all(|slot| *slot < THREADS), "{slots:?}");
    }
}

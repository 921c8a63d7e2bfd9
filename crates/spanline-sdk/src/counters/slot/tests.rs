//! No number is with two threads at one time, however many ask at once, and the least ones go first.

use super::{Numbers, THREADS};
use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

#[test]
fn threads_that_ask_at_once_get_numbers_of_their_own() {
    const ASKING: usize = 100;
    let numbers = Numbers::new();
    for _ in 0..20 {
        let start = Barrier::new(ASKING);
        let ask = || {
            start.wait();
            numbers.draw().unwrap()
        };
        let drawn: BTreeSet<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..ASKING).map(|_| scope.spawn(ask)).collect();
            let drawn = threads.into_iter().map(|thread| thread.join().unwrap());
            drawn.collect()
        });
        assert_eq!(drawn, (0..ASKING).collect());
        drawn.iter().for_each(|number| numbers.give_back(*number));
    }
}

#[test]
fn all_can_be_drawn_and_the_least_that_came_back_is_next() {
    let numbers = Numbers::new();
    for number in 0..THREADS {
        assert_eq!(numbers.draw(), Some(number));
    }
    assert_eq!(numbers.draw(), None);
    for number in [THREADS - 1, 0, 64] {
        numbers.give_back(number);
    }
    assert_eq!(numbers.draw(), Some(0));
    assert_eq!(numbers.draw(), Some(64));
    assert_eq!(numbers.draw(), Some(THREADS - 1));
    assert_eq!(numbers.draw(), None);
}

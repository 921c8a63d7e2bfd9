//! Holds the work of a parser against the length of what it reads: a law that no single input can
//! break, and so no fuzz target.
//!
//! Taken in by the tests called `work_is_linear`.

use std::time::{Duration, Instant};

/// How much longer the second input is.
const LONGER: u32 = 16;

/// What is too short to be measured.
const NOTHING: Duration = Duration::from_micros(500);

/// How often a busy machine gets another chance.
const ROUNDS: u32 = 20;

/// Panics if `read` needs far more than 16 times as long for 16 times the input.
///
/// Linear work takes 16 times as long, quadratic 256 times. The bound between them leaves room for
/// caches and sorting, and the best of several rounds sees little of what else the machine does.
pub(crate) fn is_linear<I>(what: &str, small: u32, input: impl Fn(u32) -> I, read: impl Fn(&I)) {
    let time = |input: &I| {
        let start = Instant::now();
        read(input);
        start.elapsed()
    };
    let (short, long) = (input(small), input(small * LONGER));
    let mut best = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        best = (best.0.min(time(&short)), best.1.min(time(&long)));
        if best.1 <= best.0.max(NOTHING / LONGER) * LONGER * 4 {
            return;
        }
    }
    panic!("{what}: {best:?} for {small} and {LONGER} times as much");
}

//! Holds the work of a parser against the length of what it reads: a law that no single input can
//! break, and so no fuzz target.
//!
//! Taken in by the programs called `work_is_linear`, which measure time and so are no part of
//! `cargo test`: `cargo xtask linear` runs them.

use std::time::{Duration, Instant};

/// The most that twice the input may cost, as a multiple.
const DOUBLED: f64 = 2.5;

/// What is too short to be measured.
const NOTHING: Duration = Duration::from_micros(20);

/// How often a busy machine gets another chance.
const ROUNDS: u32 = 400;

/// Panics if `read` needs far more than twice as long for twice the input.
///
/// Linear work takes twice as long, quadratic four times. The bound between them leaves room for
/// caches and sorting, and the best of several rounds sees little of what else the machine does.
pub(crate) fn is_linear<I>(what: &str, small: u32, input: impl Fn(u32) -> I, read: impl Fn(&I)) {
    let time = |input: &I| {
        let start = Instant::now();
        read(input);
        start.elapsed()
    };
    let small = small * 8;
    let (short, long) = (input(small), input(small * 2));
    let mut best = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        best = (best.0.min(time(&short)), best.1.min(time(&long)));
        if best.1 <= best.0.mul_f64(DOUBLED).max(NOTHING) {
            return;
        }
    }
    panic!("{what}: {best:?} for {small} and twice as much");
}

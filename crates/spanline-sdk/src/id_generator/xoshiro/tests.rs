//! Word for word what rand's generator of the same name draws.

use super::*;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng as _, SeedableRng as _};

#[test]
fn words_are_those_of_rand() {
    for number in [0, 1, 42, u64::MAX] {
        let mut ours = Xoshiro256::from_number(number);
        let mut theirs = Xoshiro256PlusPlus::seed_from_u64(number);
        for nth in 0..10_000 {
            assert_eq!(ours.draw(), theirs.next_u64(), "word {nth} of {number}");
        }
    }
}

#[test]
fn the_system_seeds_each_anew() {
    let [first, second] = [(); 2].map(|()| Xoshiro256::from_system().unwrap().state);
    assert_ne!(first, second);
    assert!(first.iter().chain(&second).all(|word| *word != 0));
}

//! The recurrence by longhand, and words as even as dice.

use super::*;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// The state after one step, multiplied digit by digit in base 2^16.
fn stepped(state: u128) -> u128 {
    let digit = |number: u128, place: usize| (number >> (16 * place)) & 0xFFFF;
    let mut product = [0_u128; 9];
    for left in 0..8 {
        for right in 0..8 - left {
            product[left + right] += digit(state, left) * digit(MULTIPLIER, right);
        }
    }
    let mut number = 0;
    for place in 0..8 {
        product[place + 1] += product[place] >> 16;
        number |= (product[place] & 0xFFFF) << (16 * place);
    }
    number
}

#[test]
fn each_word_is_the_upper_half_of_a_step() {
    for seed in [
        0,
        1,
        2,
        u128::MAX,
        0x0123_4567_89ab_cdef_0011_2233_4455_6677,
    ] {
        let mut sequence = Sequence::from_seed(seed);
        let mut state = seed | 1;
        for _ in 0..100 {
            state = stepped(state);
            assert_eq!(sequence.word(), (state >> 64) as u64);
            state = stepped(state);
            let [high, low, root] = sequence.root();
            assert_eq!(low, (state >> 64) as u64);
            assert_eq!(high.wrapping_sub(low.rotate_left(32)), state as u64);
            assert_eq!(root, high.wrapping_mul(MULTIPLIER as u64));
        }
        assert_eq!(state & 1, 1, "an odd state stays odd");
    }
}

/// Whether words are even: bytes at every place, and pairs of words in a row, by chi-squared.
fn are_even(mut word: impl FnMut() -> u64) -> bool {
    const DRAWS: usize = 1 << 16;
    let mut bytes = [[0_u32; 256]; 8];
    let mut pairs = [0_u32; 256];
    for _ in 0..DRAWS {
        let (first, second) = (word(), word());
        for (place, counts) in bytes.iter_mut().enumerate() {
            counts[usize::from(first.to_le_bytes()[place])] += 1;
        }
        pairs[(first >> 60 << 4 | second >> 60) as usize] += 1;
    }
    let expected = DRAWS as f64 / 256.0;
    bytes.iter().chain([&pairs]).all(|counts| {
        let chi: f64 = counts
            .iter()
            .map(|count| (f64::from(*count) - expected).powi(2) / expected)
            .sum();
        // 255 degrees of freedom: the mean is 255, the deviation 22.6; six of them either way.
        (120.0..390.0).contains(&chi)
    })
}

/// As even as those of a generator that others trust; and what is not even is told apart.
#[test]
fn words_are_even() {
    let mut trusted = SmallRng::seed_from_u64(7);
    assert!(are_even(|| trusted.next_u64()));
    let mut counted = 0_u64;
    assert!(!are_even(|| {
        counted = counted.wrapping_add(1 << 40);
        counted
    }));
    for _ in 0..4 {
        let seed = u128::from(trusted.next_u64()) << 64 | u128::from(trusted.next_u64());
        let mut sequence = Sequence::from_seed(seed);
        assert!(are_even(|| sequence.word()), "{seed:x}");
        for part in 0..3 {
            assert!(are_even(|| sequence.root()[part]), "{seed:x}, {part}");
        }
    }
}

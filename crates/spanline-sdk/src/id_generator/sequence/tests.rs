//! The recurrence by longhand, and words as even as dice.

use super::*;

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
            let words: [u64; 3] = sequence.words();
            for word in words {
                state = stepped(state);
                assert_eq!(word, (state >> 64) as u64);
            }
        }
        assert_eq!(state & 1, 1, "an odd state stays odd");
    }
}

/// Bytes at every place of a word, and pairs of words in a row, by chi-squared.
#[test]
fn words_are_even() {
    const DRAWS: usize = 1 << 16;
    let mut sequence = Sequence::from_seed(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834);
    let mut bytes = [[0_u32; 256]; 8];
    let mut pairs = [0_u32; 256];
    for _ in 0..DRAWS {
        let [first, second]: [u64; 2] = sequence.words();
        for (place, counts) in bytes.iter_mut().enumerate() {
            counts[usize::from(first.to_le_bytes()[place])] += 1;
        }
        pairs[(first >> 60 << 4 | second >> 60) as usize] += 1;
    }
    let expected = DRAWS as f64 / 256.0;
    for counts in bytes.iter().chain([&pairs]) {
        let chi: f64 = counts
            .iter()
            .map(|count| (f64::from(*count) - expected).powi(2) / expected)
            .sum();
        // 255 degrees of freedom: the mean is 255, the deviation 22.6; six of them either way.
        assert!((120.0..390.0).contains(&chi), "{chi}");
    }
}

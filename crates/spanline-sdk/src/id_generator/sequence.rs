//! A sequence of random words: the numbers behind random ids.
//!
//! A multiplicative congruential generator: its state is an odd number of 128 bits, each step
//! multiplies it by a constant, and the upper half is the next word. That is one long multiplication
//! and one short one, where the generator of the `rand` crate takes some twenty instructions and
//! four words of memory; a span that is not recorded hardly does anything else.
//!
//! What ids need of it, it gives: the 2^127 seeds lie on two cycles of 2^126 steps, where those of
//! any two threads are, most likely, too far apart for one to ever reach the other's; and words are
//! even. It keeps no secret.
//!
//! The ids of a root come of one step. The trace id is the whole state, so that none comes twice before
//! the cycle is through; its lower half is not even by itself (the last bit never changes), and is so
//! with the upper one added to it, turned. The span id is one of these words, multiplied once more.

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sequence {
    /// Odd: an even number would lose a bit with each step.
    state: u128,
}

/// A multiplier for 128 bits of state that has only 64 bits itself and whose words in a row still
/// fill space evenly. How such are found, and how they compare: G. Steele and S. Vigna,
/// "Computationally easy, spectrally good multipliers for congruential pseudorandom number
/// generators", Software: Practice and Experience 52 (2022). It is 5 modulo 8, hence the period.
const MULTIPLIER: u128 = 0xda94_2042_e4dd_58b5;

impl Sequence {
    /// The sequence that begins here.
    pub(super) const fn from_seed(seed: u128) -> Self {
        Sequence { state: seed | 1 }
    }

    /// The next word.
    #[inline]
    pub(super) fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_mul(MULTIPLIER);
        (self.state >> 64) as u64
    }

    /// The next three words that name a trace, high and low, and its root.
    #[inline]
    pub(super) fn root(&mut self) -> [u64; 3] {
        let low = self.word();
        let high = (self.state as u64).wrapping_add(low.rotate_left(32));
        [high, low, high.wrapping_mul(MULTIPLIER as u64)]
    }
}

#[cfg(test)]
mod tests;

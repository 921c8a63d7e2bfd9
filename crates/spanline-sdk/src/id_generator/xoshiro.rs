//! A small generator of random words: xoshiro256++ 1.0, seeded by the operating system.
//!
//! Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM Transactions on
//! Mathematical Software 47 (2021): 256 bits of state, a period of 2^256 - 1, an add, two xors and a
//! rotation or so a word. Its words pass for random and are no secret. Tests hold it against rand's.

/// One sequence of words.
#[derive(Debug)]
pub(super) struct Xoshiro256 {
    /// Never all zero: that would stay zero for ever.
    state: [u64; 4],
}

impl Xoshiro256 {
    /// A sequence that the operating system chooses.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub(super) fn from_system() -> Result<Self, getrandom::Error> {
        let mut state = [0; 4];
        for word in &mut state {
            *word = getrandom::u64()?;
        }
        Ok(match state {
            [0, 0, 0, 0] => Self::from_number(0),
            state => Self { state },
        })
    }

    /// The sequence of this number. Its state comes from SplitMix64, as the authors advise, so that
    /// numbers close to each other begin sequences far from each other.
    pub(super) fn from_number(number: u64) -> Self {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let state = [1, 2, 3, 4].map(|nth: u64| {
            let mut word = number.wrapping_add(STEP.wrapping_mul(nth));
            word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^ word >> 31
        });
        Self { state }
    }

    /// The next word.
    #[inline]
    pub(super) fn draw(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let word = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ b << 17, d.rotate_left(45)];
        word
    }
}

#[cfg(test)]
mod tests;

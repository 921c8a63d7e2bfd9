//! The two packed words of a shard: the [`State`] that decides everything, and the [`Published`]
//! entry that makes one record readable.
//!
//! Pure values: `shard.rs` exchanges states, `buffer.rs` stores entries. No mask and no shift of
//! theirs exists outside this file, and no atomic inside it.

/// The whole state of a shard, in one word: there is nothing else for a producer to look at.
///
/// ```text
/// bits   0..20   20..28    28..46    46       47..49   49..64
///        offset  credits   records   closed   buffer   epoch
/// ```
///
/// - *offset*: words of the current buffer that are reserved;
/// - *credits*: unused permissions to push one record, at most [`State::MAX_BLOCK`];
/// - *records*: records reserved in the current buffer, so also the next free index entry;
/// - *closed*: no push is accepted any more; never cleared, and no credits come in again;
/// - *buffer*: which of the shard's [`BUFFERS`] is the current one;
/// - *epoch*: counts flips. Only helps debugging.
///
/// What each operation does in each state:
///
/// | state | push | flip | close | seal |
/// |---|---|---|---|---|
/// | open, room, credit | offset + words, records + 1, credits − 1 | another buffer, epoch + 1, offset and records 0 | closed, credits 0 (given back) | offset full, credits 0 (given back) |
/// | open, room, no credit | the same, and a block of credits comes in | as above | as above | as above |
/// | open, no room | credits 0 (given back), refused | as above: room again | as above | as above |
/// | open, empty (offset 0) | as "room" | nothing | as above | as above |
/// | closed | refused | as above, stays closed | nothing | as above, stays closed |
///
/// A push or a flip that finds another state than it computed from starts over from what it found.
/// An equal word after any number of changes is no trap: buffer, offset, index position, credits
/// and closed bit all come out of the compared word, so whoever exchanges it has decided rightly
/// for the present.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct State(u64);

/// Buffers of a shard: one that producers write to, one that the consumer reads, and one whose
/// records it may still have in hand when it turns to the next.
pub(crate) const BUFFERS: usize = 3;

impl State {
    /// A new shard: open, empty, first buffer, no credits.
    pub(crate) const NEW: Self = Self(0);

    /// No buffer has more words than this (8 MiB), so that an offset never carries.
    pub(crate) const MAX_WORDS: usize = OFFSET.max() as usize;

    /// No index has more entries than this, so that a record count never carries.
    pub(crate) const MAX_RECORDS: usize = RECORDS.max() as usize;

    /// Most credits that lie unused in one shard.
    pub(crate) const MAX_BLOCK: usize = 32;

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    /// Words reserved in the current buffer. More than the buffer has when the shard is sealed.
    #[inline]
    pub(crate) const fn offset(self) -> usize {
        OFFSET.of(self.0) as usize
    }

    /// Unused credits.
    #[inline]
    pub(crate) const fn credits(self) -> usize {
        CREDITS.of(self.0) as usize
    }

    /// Records reserved in the current buffer.
    #[inline]
    pub(crate) const fn records(self) -> usize {
        RECORDS.of(self.0) as usize
    }

    #[inline]
    pub(crate) const fn is_closed(self) -> bool {
        CLOSED.of(self.0) != 0
    }

    /// Which of the [`BUFFERS`] producers write to.
    #[inline]
    pub(crate) const fn buffer(self) -> usize {
        BUFFER.of(self.0) as usize
    }

    /// Flips so far, modulo 2^15.
    pub(crate) const fn epoch(self) -> u64 {
        EPOCH.of(self.0)
    }

    /// True when a flip would bring nothing: no word of the current buffer is reserved.
    pub(crate) const fn is_empty(self) -> bool {
        self.offset() == 0
    }

    /// One record of `words` words reserved, after `brought` credits came in. The caller has
    /// checked that the words and one entry are free and that a credit is there.
    #[inline]
    pub(crate) const fn reserved(self, words: usize, brought: usize) -> Self {
        debug_assert!(self.offset() + words <= Self::MAX_WORDS);
        debug_assert!(self.records() < Self::MAX_RECORDS);
        debug_assert!(self.credits() + brought >= 1);
        debug_assert!(self.credits() + brought <= Self::MAX_BLOCK);
        // Additions of whole fields: none of them carries, by the checks above.
        let taken = self.0 + words as u64 * OFFSET.one() + RECORDS.one();
        Self(taken + brought as u64 * CREDITS.one() - CREDITS.one())
    }

    /// The unused credits taken out.
    pub(crate) const fn without_credits(self) -> Self {
        Self(CREDITS.cleared(self.0))
    }

    /// Closed, and the unused credits taken out. It must be open.
    pub(crate) const fn closed(self) -> Self {
        debug_assert!(!self.is_closed());
        Self(self.without_credits().0 + CLOSED.one())
    }

    /// Buffer `to`, empty; credits and closed bit stay.
    pub(crate) const fn flipped(self, to: usize) -> Self {
        debug_assert!(to < BUFFERS);
        let emptied = BUFFER.cleared(RECORDS.cleared(OFFSET.cleared(self.0)));
        let turned = emptied + to as u64 * BUFFER.one();
        // The topmost field: it may wrap, and takes nothing with it.
        Self(turned.wrapping_add(EPOCH.one()))
    }

    /// No room for any record, not even the smallest, until the next flip; no credits.
    pub(crate) const fn sealed(self) -> Self {
        Self(self.without_credits().0 | (OFFSET.max() * OFFSET.one()))
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("offset", &self.offset())
            .field("credits", &self.credits())
            .field("records", &self.records())
            .field("closed", &self.is_closed())
            .field("buffer", &self.buffer())
            .field("epoch", &self.epoch())
            .finish()
    }
}

/// An index entry: where a committed record lies in its buffer.
///
/// ```text
/// bits   0           1..32             32..64
///        committed   length in bytes   offset in words
/// ```
///
/// Zero means *not committed yet*; the committed bit keeps an empty record at offset 0 apart from
/// that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    /// First word of the record.
    pub(crate) offset: usize,
    /// Bytes of the record.
    pub(crate) length: usize,
}

impl Published {
    /// The word of an entry whose record is not committed.
    pub(crate) const NOT_YET: u64 = 0;

    #[inline]
    pub(crate) const fn to_bits(self) -> u64 {
        COMMITTED.one() + self.length as u64 * LENGTH.one() + self.offset as u64 * FIRST_WORD.one()
    }

    #[inline]
    pub(crate) const fn from_bits(bits: u64) -> Option<Self> {
        if bits == Self::NOT_YET {
            return None;
        }
        let offset = FIRST_WORD.of(bits) as usize;
        let length = LENGTH.of(bits) as usize;
        Some(Self { offset, length })
    }
}

/// A run of bits in a word.
struct Field {
    shift: u32,
    bits: u32,
}

impl Field {
    /// The field's value in `word`.
    #[inline]
    const fn of(&self, word: u64) -> u64 {
        (word >> self.shift) & self.max()
    }

    /// The largest value that fits.
    #[inline]
    const fn max(&self) -> u64 {
        (1 << self.bits) - 1
    }

    /// What to add to a word to count the field up by one.
    #[inline]
    const fn one(&self) -> u64 {
        1 << self.shift
    }

    /// `word` with the field zero.
    #[inline]
    const fn cleared(&self, word: u64) -> u64 {
        word & !(self.max() << self.shift)
    }
}

const OFFSET: Field = Field { shift: 0, bits: 20 };
const CREDITS: Field = Field { shift: 20, bits: 8 };
const RECORDS: Field = Field {
    shift: 28,
    bits: 18,
};
const CLOSED: Field = Field { shift: 46, bits: 1 };
const BUFFER: Field = Field { shift: 47, bits: 2 };
const EPOCH: Field = Field {
    shift: 49,
    bits: 15,
};

const COMMITTED: Field = Field { shift: 0, bits: 1 };
const LENGTH: Field = Field { shift: 1, bits: 31 };
const FIRST_WORD: Field = Field {
    shift: 32,
    bits: 32,
};

#[cfg(test)]
mod tests;

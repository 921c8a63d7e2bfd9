//! Whether a key is new, in most cases without looking at the record.
//!
//! One bit for each of 256 hashes: a clear one proves that no attribute has the key. A set one proves
//! nothing, and the record is searched. With ten attributes that happens in vain for one span in six.

/// See the module.
#[derive(Debug, Default)]
pub(super) struct KeyFilter([u64; 4]);

/// The place of a key in the filter.
#[derive(Clone, Copy)]
pub(super) struct KeyBit {
    word: usize,
    mask: u64,
}

impl KeyFilter {
    /// That of a span without attributes.
    pub(super) const EMPTY: KeyFilter = KeyFilter([0; 4]);

    /// The key's place.
    #[inline]
    pub(super) fn bit(key: &[u8]) -> KeyBit {
        let hash = hash(key);
        KeyBit {
            word: (hash >> 62) as usize,
            mask: 1 << (hash >> 56 & 63),
        }
    }

    /// Adds the key. True: it is new, for certain.
    #[inline]
    pub(super) fn add(&mut self, bit: KeyBit) -> bool {
        let Some(word) = self.0.get_mut(bit.word) else {
            return false;
        };
        let is_new = *word & bit.mask == 0;
        *word |= bit.mask;
        is_new
    }
}

/// Mixes a key's length and its last bytes, where keys of one family mostly differ. The upper bits are
/// the good ones.
#[inline]
fn hash(key: &[u8]) -> u64 {
    let tail = match (key.last_chunk::<8>(), key.last_chunk::<4>(), key) {
        (Some(bytes), _, _) => u64::from_le_bytes(*bytes),
        (_, Some(last), [first, ..]) => {
            u64::from(u32::from_le_bytes(*last)) << 8 | u64::from(*first)
        }
        _ => key
            .iter()
            .fold(0, |tail, byte| tail << 8 | u64::from(*byte)),
    };
    (tail ^ key.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests;

//! Which annotations of one microsecond are there already.
//!
//! A program may put any number of events into one microsecond, so each is looked up by its hash:
//! one look at the bytes of an annotation to hash it, and one to compare it with at most one other.
//! The work is linear in the bytes written, however many there are.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// Where the annotations of the microsecond at hand begin, by the hash of their text.
///
/// Empty while there is only one, as there mostly is: nothing is hashed then. Kept from span to span,
/// so that in steady state nothing is allocated. The hash is keyed, so that nobody can choose texts
/// that have the same one.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    begins: HashMap<u64, usize>,
    hasher: RandomState,
}

impl Repeats {
    /// Another microsecond begins.
    #[inline(always)]
    pub(super) fn forget(&mut self) {
        if !self.begins.is_empty() {
            self.begins.clear();
        }
    }

    /// Whether the annotation that begins at `begin` and ends the text stands before it, too; if not,
    /// it is known from now on. All before it are known, but for the first.
    #[cold]
    pub(super) fn contain(&mut self, annotations: &[u8], begin: usize) -> bool {
        let Some((before, last)) = annotations.split_at_checked(begin) else {
            return false;
        };
        if self.begins.is_empty() {
            self.begins.insert(self.hasher.hash_one(before), 0);
        }
        let known = *self
            .begins
            .entry(self.hasher.hash_one(last))
            .or_insert(begin);
        // Quotes inside a value are escaped, so no annotation is the beginning of another one. Two texts
        // with one hash are not taken for the same.
        known < begin && before.get(known..).is_some_and(|one| one.starts_with(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotation_is_found_at_the_beginning_of_one_only() {
        let mut repeats = Repeats::default();
        let mut text = String::new();
        let mut seen = Vec::new();
        for (annotation, expected) in [("a,", false), ("b,", false), ("a,", true), ("ab,", false)] {
            let begin = text.len();
            text += annotation;
            // Like the encoder, which does not ask for the first one.
            if begin > 0 {
                assert_eq!(repeats.contain(text.as_bytes(), begin), expected, "{text}");
            }
            if expected {
                text.truncate(begin);
            } else {
                seen.push(annotation);
            }
            if begin > 0 {
                assert_eq!(repeats.begins.len(), seen.len(), "one entry each");
            }
        }
        assert_eq!(text, "a,b,ab,");
        repeats.forget();
        assert!(!repeats.contain(b"c,a,", 2), "another microsecond");
    }
}

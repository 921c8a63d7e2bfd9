//! The law of what is quoted from a response, for fuzzing and for the replay of its corpus.
//!
//! A body comes from whoever answers. What is quoted of it ends up in logs and on terminals.

use super::super::super::escape::QUOTED;
use super::excerpt;
use crate::secret::Secret;

/// The most characters that stand for one of the body.
const LONGEST_ESCAPE: usize = "\\u{10ffff}".len();

/// Quotes a body: the first byte is the length of a secret, which follows; the rest is the body.
///
/// # Panics
///
/// If the quotation is too long, holds what could end a line or move a cursor, or if anything is
/// quoted from a body that repeats the secret.
#[doc(hidden)]
pub fn check_excerpt(data: &[u8]) {
    let Some((length, rest)) = data.split_first() else {
        return;
    };
    let length = usize::from(*length % 64).min(rest.len());
    let (secret, body) = rest.split_at(length);
    let Ok(secret) = std::str::from_utf8(secret) else {
        return;
    };
    let quoted = excerpt(body, &[Secret::new(secret)]);
    assert!(quoted.chars().count() <= QUOTED * LONGEST_ESCAPE + "…".len());
    assert!(!quoted.chars().any(char::is_control), "{quoted:?}");
    let bidirectional = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!quoted.contains(bidirectional), "{quoted:?}");
    if secret.len() >= 4 {
        let repeated = body
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!repeated || quoted.starts_with("(not shown"), "{quoted:?}");
    }
}

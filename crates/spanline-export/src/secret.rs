//! Texts that must not show up in logs: header values and passwords.

use std::collections::HashSet;
use std::fmt;

/// A text that prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// Keeps a text from being printed.
    pub(crate) fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text, for the one place that sends it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `text` repeats the secret or a part of it that tells too much: eight bytes in a row, all
    /// of a shorter one, or its beginning where the text was cut off. Escapes of whatever sort between
    /// such parts hide nothing.
    ///
    /// Fewer than four bytes prove nothing and are not looked for. Takes time in proportion to both
    /// lengths added, since whoever answers chooses the text, and memory in proportion to the secret's.
    pub(crate) fn is_in(&self, text: &[u8]) -> bool {
        const SIGNIFICANT: usize = 4;
        const TELLING: usize = 8;
        let secret = self.0.as_bytes();
        if secret.len() < SIGNIFICANT {
            return false;
        }
        let length = secret.len().min(TELLING);
        let parts: HashSet<&[u8]> = secret.windows(length).collect();
        let mut beginnings = (SIGNIFICANT..length).filter_map(|length| secret.get(..length));
        text.windows(length).any(|part| parts.contains(part))
            || beginnings.any(|beginning| text.ends_with(beginning))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests;

//! Texts that must not show up in logs: header values and passwords.

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

    /// Whether `text` repeats the secret, or ends in its beginning because it was cut off there.
    ///
    /// Fewer than four bytes in a row prove nothing and are not looked for.
    pub(crate) fn is_in(&self, text: &[u8]) -> bool {
        const SIGNIFICANT: usize = 4;
        let secret = self.0.as_bytes();
        if secret.len() < SIGNIFICANT {
            return false;
        }
        (0..text.len()).any(|at| {
            let rest = text.get(at..).unwrap_or_default();
            let length = rest.len().min(secret.len());
            length >= SIGNIFICANT && rest.get(..length) == secret.get(..length)
        })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests;

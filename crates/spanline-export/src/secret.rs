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
    /// Fewer than four bytes in a row prove nothing and are not looked for. Takes time in proportion
    /// to both lengths added (Knuth, Morris and Pratt), since whoever answers chooses the text.
    pub(crate) fn is_in(&self, text: &[u8]) -> bool {
        const SIGNIFICANT: usize = 4;
        let secret = self.0.as_bytes();
        if secret.len() < SIGNIFICANT {
            return false;
        }
        // For each beginning of the secret: how much of the secret's beginning it ends in.
        let mut borders = vec![0];
        for byte in secret.iter().skip(1) {
            let last = borders.last().copied().unwrap_or_default();
            borders.push(matched(secret, &borders, last, *byte));
        }
        let mut length = 0;
        for byte in text {
            length = matched(secret, &borders, length, *byte);
            if length == secret.len() {
                return true;
            }
        }
        length >= SIGNIFICANT
    }
}

/// How much of the secret's beginning a text ends in, once `byte` has come to one that ends in
/// `length` of it.
fn matched(secret: &[u8], borders: &[usize], mut length: usize, byte: u8) -> usize {
    loop {
        if secret.get(length) == Some(&byte) {
            return length + 1;
        }
        match length.checked_sub(1).and_then(|last| borders.get(last)) {
            Some(border) => length = *border,
            None => return 0,
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests;

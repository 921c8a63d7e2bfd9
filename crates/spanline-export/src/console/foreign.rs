//! Text from outside, as it may be shown in a terminal.

use spanline_core::escape::Escaped;
use std::fmt::{self, Write};

/// The most characters that are shown of one text.
const SHOWN: usize = 200;

/// Writes a value from outside: escaped, and cut after 200 characters.
pub(super) fn foreign(out: &mut String, value: impl fmt::Display) -> fmt::Result {
    let mut limited = Limited { out, left: SHOWN };
    // An error is how a text that is too long stops being formatted.
    let _ = write!(limited, "{value}");
    Ok(())
}

struct Limited<'a> {
    out: &'a mut String,
    /// Characters that still fit.
    left: usize,
}

impl Write for Limited<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = text.char_indices().nth(self.left).map(|(end, _)| end);
        let Some(end) = end else {
            self.left -= text.chars().count();
            return write!(self.out, "{}", Escaped(text));
        };
        let fits = text.get(..end).unwrap_or_default();
        self.left = 0;
        write!(self.out, "{}…", Escaped(fits))?;
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    //! No more than fits. What is escaped is tested beside `Escaped`.

    use super::*;
    use spanline_core::attribute::Value;

    fn shown(value: impl fmt::Display) -> String {
        let mut out = String::new();
        foreign(&mut out, value).unwrap();
        out
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        for (length, expected) in [(199, 199), (200, 200), (201, 201), (100_000, 201)] {
            let text = shown("☃".repeat(length));
            assert_eq!(text.chars().count(), expected, "{length}");
            assert_eq!(text.ends_with('…'), length > 200, "{length}");
        }
        // In many pieces, of which none is too long.
        let list = shown(Value::from(vec![12_345_i64; 1000]));
        assert_eq!(list.chars().count(), 201);
        assert!(list.starts_with("[12345,12345,") && list.ends_with('…'));
    }
}

//! Text from outside, as it may be shown in a terminal.

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

/// With what could end the line, move the cursor or turn the text around written as an escape.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            // Line ends of Unicode, and the marks of its bidirectional algorithm (UAX 9).
            '\u{61c}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => {
                write!(f, "{}", character.escape_unicode())
            }
            character if character.is_control() => write!(f, "{}", character.escape_default()),
            character => f.write_char(character),
        })
    }
}

#[cfg(test)]
mod tests {
    //! Nothing is left that a terminal would obey, nor more than fits.

    use super::*;
    use spanline_core::attribute::Value;

    fn shown(value: impl fmt::Display) -> String {
        let mut out = String::new();
        foreign(&mut out, value).unwrap();
        out
    }

    #[test]
    fn control_characters_and_direction_marks_are_escaped() {
        for (text, expected) in [
            ("\u{1b}[2J", r"\u{1b}[2J"),
            ("a\r\n\tb\u{0}", r"a\r\n\tb\u{0}"),
            ("\u{7f}\u{9b}31m", r"\u{7f}\u{9b}31m"),
            ("\u{85}\u{2028}\u{2029}", r"\u{85}\u{2028}\u{2029}"),
            (
                "\u{202e}x\u{2066}\u{200f}\u{61c}",
                r"\u{202e}x\u{2066}\u{200f}\u{61c}",
            ),
            ("ünïcödé ☃ \"", "ünïcödé ☃ \""),
        ] {
            assert_eq!(shown(text), expected);
        }
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

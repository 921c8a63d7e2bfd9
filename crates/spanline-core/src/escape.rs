//! Text from outside, as it may be shown in a terminal or a log.

use std::fmt::{self, Write as _};

/// Writes characters that could end the line, move the cursor or reorder the text as escapes.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            // Line ends of Unicode, and the marks of its bidirectional algorithm (UAX 9).
            '\u{61c}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => write!(f, "{}", character.escape_unicode()),
            character if character.is_control() => write!(f, "{}", character.escape_default()),
            character => f.write_char(character),
        })
    }
}

#[cfg(test)]
mod tests {
    //! Nothing is left that a terminal would obey, and the rest is left alone.

    use super::*;

    #[test]
    fn control_characters_and_direction_marks_are_escaped() {
        for (text, expected) in [
            ("\u{1b}[2J", r"\u{1b}[2J"),
            ("a\r\n\tb\u{0}", r"a\r\n\tb\u{0}"),
            ("\u{7f}\u{9b}31m", r"\u{7f}\u{9b}31m"),
            ("\u{85}\u{2028}\u{2029}", r"\u{85}\u{2028}\u{2029}"),
            (
                "\u{202a}\u{202e}x\u{2066}\u{2069}",
                r"\u{202a}\u{202e}x\u{2066}\u{2069}",
            ),
            ("\u{200e}\u{200f}\u{61c}", r"\u{200e}\u{200f}\u{61c}"),
            ("ünïcödé \\ \"☃\"", "ünïcödé \\ \"☃\""),
        ] {
            assert_eq!(Escaped(text).to_string(), expected);
        }
    }
}

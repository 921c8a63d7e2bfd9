//! Text from outside, as it may be shown in a terminal or a log.

use std::fmt::{self, Write as _};

/// Writes characters that could end the line, move the cursor or reorder the text as escapes.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            // Line ends of Unicode, and marks that turn the direction of writing around.
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                write!(f, "{}", character.escape_unicode())
            }
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
        let hostile = "\u{1b}[2J\r\n\u{9b}31m\u{202e}x";
        let shown = Escaped(hostile).to_string();
        assert_eq!(shown, r"\u{1b}[2J\r\n\u{9b}31m\u{202e}x");
        assert_eq!(Escaped("ünïcödé \\ \"☃\"").to_string(), "ünïcödé \\ \"☃\"");
    }
}

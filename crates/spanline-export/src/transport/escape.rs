//! Text from outside, made fit for one line of a log.

use std::fmt::Write as _;

/// The most characters that are quoted.
const QUOTED: usize = 200;

/// At most 200 characters of a text, with everything escaped that could end a line, move a cursor
/// or reorder what stands around it.
pub(crate) fn escape(text: &str) -> String {
    let text = text.trim();
    let mut out = String::new();
    for character in text.chars().take(QUOTED) {
        let reorders = matches!(character, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || reorders {
            // Writing to a string cannot fail.
            let _ = write!(out, "{}", character.escape_default());
        } else {
            out.push(character);
        }
    }
    if text.chars().nth(QUOTED).is_some() {
        out.push('…');
    }
    out
}

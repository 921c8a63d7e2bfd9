//! Small text: escaping what came from outside, fitting it into a column, writing durations.
//!
//! A width here is a number of characters. Wide East Asian characters and combining marks are
//! counted as one each: a shifted column now and then, against a table of widths to maintain.

use std::borrow::Cow;
use std::fmt::Write;

/// Whether a character could move a cursor, start an escape sequence or turn the direction of
/// writing: C0, DEL and C1 controls (ESC among them), line and paragraph separators, and the
/// bidirectional controls of Unicode Standard Annex 9, and tag characters.
pub(crate) fn steers_a_terminal(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// `text` with every such character written out, as `\n`, `\t`, `\r` or `\u{1b}`.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(steers_a_terminal) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if steers_a_terminal(character) {
            safe.extend(escape_one(character));
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// The escape of one character, whether or not it steers anything.
fn escape_one(character: char) -> impl Iterator<Item = char> {
    let short = matches!(character, '\n' | '\r' | '\t').then(|| character.escape_default());
    let long = short.is_none().then(|| character.escape_unicode());
    short
        .into_iter()
        .flatten()
        .chain(long.into_iter().flatten())
}

/// Width in characters.
pub(crate) fn width(text: &str) -> usize {
    text.chars().count()
}

/// `text`, cut to at most `limit` characters with `…` as the last one where it was cut.
pub(crate) fn fit(text: &str, limit: usize) -> Cow<'_, str> {
    // The byte where character number `limit` begins; none if the text is not longer.
    if text.char_indices().nth(limit).is_none() {
        return Cow::Borrowed(text);
    }
    let mut cut: String = text.chars().take(limit.saturating_sub(1)).collect();
    if limit > 0 {
        cut.push('…');
    }
    Cow::Owned(cut)
}

/// The first characters of something that came from outside, escaped, to show in a message.
pub(crate) fn excerpt(text: &str, limit: usize) -> String {
    let head: String = text.chars().take(limit.saturating_add(1)).collect();
    fit(&escape(&head), limit).into_owned()
}

/// A duration in the unit one reads it in: `812 µs`, `50.3 ms`, `1.25 s`, `2 m 05 s`.
pub(crate) fn duration(microseconds: u64) -> String {
    let mut text = String::with_capacity(10);
    let milliseconds = microseconds as f64 / 1e3;
    // Limits lie where rounding would carry into the next unit. Writing to a string cannot fail.
    let _ = match microseconds {
        0..=999 => write!(text, "{microseconds} µs"),
        1_000..=999_949 => write!(text, "{milliseconds:.1} ms"),
        999_950..=59_994_999 => write!(text, "{:.2} s", milliseconds / 1e3),
        _ => {
            let seconds = microseconds.saturating_add(500_000) / 1_000_000;
            match seconds / 60 {
                minutes @ 0..=119 => write!(text, "{minutes} m {:02} s", seconds % 60),
                minutes => write!(text, "{} h {:02} m", minutes / 60, minutes % 60),
            }
        }
    };
    text
}

#[cfg(test)]
mod tests;

//! Text from outside, made fit for one line of a log.

use spanline_core::escape::Escaped;

/// The most characters that are quoted.
pub(super) const QUOTED: usize = 200;

/// At most 200 characters of a text, with everything escaped that could steer a terminal.
pub(crate) fn escape(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", Escaped(text.get(..end).unwrap_or_default())),
        None => Escaped(text).to_string(),
    }
}

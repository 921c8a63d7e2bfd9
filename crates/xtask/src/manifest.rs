//! The part of TOML that Cargo's own files use, read line by line.
//!
//! Enough for sections, `key = value` with values over several lines, and arrays of tables such as
//! `[[bin]]`. It keeps values as they are written and judges nothing: Cargo has read the same file
//! before and refuses a broken one.

/// One `key = value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    /// The section it stands in, without brackets.
    pub(crate) section: &'a str,
    /// As written, without quotes.
    pub(crate) key: &'a str,
    /// As written; lines of a long value are joined by a space.
    pub(crate) value: String,
    /// Where the key stands, counted from 1.
    pub(crate) line: usize,
}

impl Entry<'_> {
    /// The value without its quotes.
    pub(crate) fn text(&self) -> &str {
        self.value.trim_matches('"')
    }
}

/// A manifest or a lock file.
#[derive(Debug, Default)]
pub(crate) struct Manifest<'a> {
    entries: Vec<Entry<'a>>,
}

impl<'a> Manifest<'a> {
    /// Reads a whole file.
    pub(crate) fn read(text: &'a str) -> Self {
        let mut manifest = Self::default();
        let mut section = "";
        let mut open_brackets = 0_isize;
        for (number, line) in text.lines().enumerate() {
            let line = without_comment(line).trim();
            if open_brackets > 0 {
                if let Some(entry) = manifest.entries.last_mut() {
                    entry.value.push(' ');
                    entry.value.push_str(line);
                }
                open_brackets += balance(line);
            } else if line.starts_with('[') {
                section = line.trim_matches(['[', ']']);
            } else if let Some((key, value)) = line.split_once('=') {
                let key = key.trim().trim_matches('"');
                let value = value.trim().to_owned();
                open_brackets = balance(&value);
                manifest.entries.push(Entry {
                    section,
                    key,
                    value,
                    line: number + 1,
                });
            }
        }
        manifest
    }

    /// The entries of a section; for an array of tables, of all of them.
    pub(crate) fn entries(&self, section: &str) -> impl Iterator<Item = &Entry<'a>> {
        self.entries
            .iter()
            .filter(move |entry| entry.section == section)
    }

    /// The values of one key, without quotes.
    pub(crate) fn values(&self, section: &str, key: &str) -> impl Iterator<Item = &str> {
        self.entries(section)
            .filter(move |entry| entry.key == key)
            .map(Entry::text)
    }
}

/// The line up to a `#` outside quotes.
fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    for (at, character) in line.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '#' if !quoted => return line.get(..at).unwrap_or_default(),
            _ => {}
        }
    }
    line
}

/// How many brackets a line leaves open.
fn balance(line: &str) -> isize {
    let mut quoted = false;
    line.chars().fold(0, |open, character| match character {
        '"' => {
            quoted = !quoted;
            open
        }
        '[' | '{' if !quoted => open + 1,
        ']' | '}' if !quoted => open - 1,
        _ => open,
    })
}

#[cfg(test)]
mod tests;

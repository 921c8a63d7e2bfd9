//! JSON (RFC 8259) as a tree, for what programs that are not ours read and answer. Small and not quick;
//! what is wrong is refused, and nobody is told where.

use std::fmt;

/// A value; numbers stay as they were written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    /// `null`, `true`, `false` and numbers.
    Word(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(crate) fn of(text: impl Into<String>) -> Json {
        Json::Text(text.into())
    }

    /// `null`, `true`, `false` or a number, as it is written.
    pub(crate) fn word(word: impl fmt::Display) -> Json {
        Json::Word(word.to_string())
    }

    pub(crate) fn null() -> Json {
        Json::word("null")
    }

    pub(crate) fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Json)>) -> Json {
        let members = members.into_iter().map(|(key, value)| (key.into(), value));
        Json::Object(members.collect())
    }

    /// The member of an object.
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The elements of a list, or of the list that is this member; none if there is none.
    pub(crate) fn list(&self, name: &str) -> &[Json] {
        match self.get(name) {
            Some(Json::List(elements)) => elements,
            _ => &[],
        }
    }

    /// A member that is a text or a word, as it reads.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Json::Text(text) | Json::Word(text) => Some(text),
            _ => None,
        }
    }
}

/// The value that is all of the text.
pub(crate) fn parse(text: &str) -> Option<Json> {
    let mut rest = text;
    let json = value(&mut rest)?;
    rest.trim_start().is_empty().then_some(json)
}

fn value(rest: &mut &str) -> Option<Json> {
    *rest = rest.trim_start();
    match rest.chars().next()? {
        '"' => string(rest).map(Json::Text),
        '[' => {
            let mut elements = Vec::new();
            series(rest, ']', |rest| {
                elements.push(value(rest)?);
                Some(())
            })?;
            Some(Json::List(elements))
        }
        '{' => {
            let mut members = Vec::new();
            series(rest, '}', |rest| {
                let key = string(rest)?;
                *rest = rest.trim_start().strip_prefix(':')?;
                members.push((key, value(rest)?));
                Some(())
            })?;
            Some(Json::Object(members))
        }
        _ => {
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)))
                .unwrap_or(rest.len());
            let (word, after) = rest
                .split_at_checked(end)
                .filter(|(word, _)| !word.is_empty())?;
            *rest = after;
            Some(Json::Word(word.to_owned()))
        }
    }
}

/// What stands between brackets, with commas between.
fn series(
    rest: &mut &str,
    close: char,
    mut one: impl FnMut(&mut &str) -> Option<()>,
) -> Option<()> {
    *rest = rest.get(1..)?.trim_start();
    if let Some(after) = rest.strip_prefix(close) {
        *rest = after;
        return Some(());
    }
    loop {
        *rest = rest.trim_start();
        one(rest)?;
        *rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix(close) {
            *rest = after;
            return Some(());
        }
        *rest = rest.strip_prefix(',')?;
    }
}

fn string(rest: &mut &str) -> Option<String> {
    let mut text = String::new();
    let inside = rest.trim_start().strip_prefix('"')?;
    let mut characters = inside.char_indices();
    loop {
        match characters.next()? {
            (at, '"') => {
                *rest = inside.get(at + 1..)?;
                return Some(text);
            }
            (_, '\\') => text.push(match characters.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'u' => {
                    let unit = four_digits(&mut characters)?;
                    match u32::from(unit) {
                        // The first half of a pair; the second one follows (section 7).
                        0xD800..0xDC00 => {
                            let next = (characters.next()?.1, characters.next()?.1);
                            let pair = [unit, four_digits(&mut characters)?];
                            let read = String::from_utf16(&pair).ok()?;
                            read.chars().next().filter(|_| next == ('\\', 'u'))?
                        }
                        code => char::from_u32(code)?,
                    }
                }
                other => other,
            }),
            (_, character) => text.push(character),
        }
    }
}

fn four_digits(characters: &mut std::str::CharIndices<'_>) -> Option<u16> {
    let digits: String = characters.take(4).map(|(_, c)| c).collect();
    u16::from_str_radix(&digits, 16).ok()
}

impl fmt::Display for Json {
    /// As one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Word(word) => f.write_str(word),
            Json::Text(text) => write_text(f, text),
            Json::List(elements) => {
                f.write_str("[")?;
                for (n, element) in elements.iter().enumerate() {
                    let comma = if n > 0 { "," } else { "" };
                    write!(f, "{comma}{element}")?;
                }
                f.write_str("]")
            }
            Json::Object(members) => {
                f.write_str("{")?;
                for (n, (key, value)) in members.iter().enumerate() {
                    f.write_str(if n > 0 { "," } else { "" })?;
                    write_text(f, key)?;
                    write!(f, ":{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for character in text.chars() {
        match character {
            '"' | '\\' => write!(f, "\\{character}")?,
            '\0'..' ' => write!(f, "\\u{:04x}", character as u32)?,
            _ => write!(f, "{character}")?,
        }
    }
    f.write_str("\"")
}

#[cfg(test)]
mod tests;

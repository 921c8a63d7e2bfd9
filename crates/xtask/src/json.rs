//! JSON (RFC 8259) as a tree, for the answers of servers that are not ours. Small and not quick; what
//! is wrong is refused, and nobody is told where.

/// A value; numbers stay as they were written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    /// `null`, `true`, `false` and numbers.
    Word(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The member of an object.
    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The elements of a list, or of the list that is this member; none if there is none.
    pub(super) fn list(&self, name: &str) -> &[Json] {
        match self.get(name) {
            Some(Json::List(elements)) => elements,
            _ => &[],
        }
    }

    /// A member that is a text or a word, as it reads.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Json::Text(text) | Json::Word(text) => Some(text),
            _ => None,
        }
    }
}

/// The value that is all of the text.
pub(super) fn parse(text: &str) -> Option<Json> {
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
                    let digits: String = (&mut characters).take(4).map(|(_, c)| c).collect();
                    let code = u32::from_str_radix(&digits, 16).ok()?;
                    // Halves of pairs: nothing that is compared here has them.
                    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                }
                other => other,
            }),
            (_, character) => text.push(character),
        }
    }
}

#[cfg(test)]
mod tests;

//! Which part of a file is test code: items under `#[cfg(test)]`, and whole files that say or are
//! called so.
//!
//! Only `cfg(test)` and `cfg(all(test, ...))` count. `cfg(any(test, feature = "x"))` also compiles
//! into the library, so it is judged as library code.

use super::{Source, Token, matching, starts_with};

/// What may begin an item; anything else behind an attribute is a field, an arm or a statement.
const ITEM_WORDS: [&str; 15] = [
    "async",
    "const",
    "enum",
    "extern",
    "fn",
    "impl",
    "macro_rules",
    "mod",
    "pub",
    "static",
    "struct",
    "trait",
    "type",
    "union",
    "use",
];

/// Whether a path names test code: a file under `tests/`, or a sibling `tests.rs`.
pub(crate) fn is_test_path(path: &str) -> bool {
    path.split('/')
        .any(|part| part == "tests" || part == "tests.rs")
}

/// The code without its `#[cfg(test)]` items, and the test items alone.
#[derive(Debug, Default)]
pub(crate) struct Parted<'a> {
    /// What compiles into the library or program.
    pub(crate) shipped: Vec<Token<'a>>,
    /// What compiles under test only.
    pub(crate) tests: Vec<Token<'a>>,
    /// The modules that the test part declares in files of their own.
    pub(crate) test_modules: Vec<&'a str>,
}

/// Parts a file.
pub(crate) fn part<'a>(source: &Source<'a>) -> Parted<'a> {
    let tokens = &source.tokens;
    let mut parted = Parted::default();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let end = match test_attribute(tokens, at) {
            Some(Attribute {
                whole_file: true, ..
            }) => tokens.len(),
            Some(Attribute { end, .. }) => item_end(tokens, end),
            None => {
                parted.shipped.push(*token);
                at += 1;
                continue;
            }
        };
        let item = tokens.get(at..end).unwrap_or_default();
        parted.test_modules.extend(declared_module(item));
        parted.tests.extend_from_slice(item);
        at = end;
    }
    parted
}

struct Attribute {
    end: usize,
    whole_file: bool,
}

/// The attribute at `at`, if it is one that means "under test only".
fn test_attribute(tokens: &[Token<'_>], at: usize) -> Option<Attribute> {
    let rest = tokens.get(at..)?;
    let whole_file = starts_with(rest, &["#", "!", "["]);
    let open = if whole_file { at + 2 } else { at + 1 };
    let inside = tokens.get(open + 1..)?;
    let says_test = starts_with(inside, &["cfg", "(", "test", ")"])
        || starts_with(inside, &["cfg", "(", "all", "(", "test"])
        || starts_with(inside, &["test", "]"]);
    let is_attribute = whole_file || starts_with(rest, &["#", "["]);
    (is_attribute && says_test).then(|| Attribute {
        end: matching(tokens, open) + 1,
        whole_file,
    })
}

/// The index behind the item at `start`, its further attributes included.
fn item_end(tokens: &[Token<'_>], start: usize) -> usize {
    let mut at = start;
    while tokens
        .get(at..)
        .is_some_and(|rest| starts_with(rest, &["#", "["]))
    {
        at = matching(tokens, at + 1) + 1;
    }
    let is_item = tokens
        .get(at)
        .is_some_and(|token| ITEM_WORDS.contains(&token.text));
    while let Some(token) = tokens.get(at) {
        match token.text {
            ";" => return at + 1,
            "," if !is_item => return at + 1,
            "}" | ")" | "]" => return at,
            "{" if is_item && !in_use_tree(tokens, start, at) => return matching(tokens, at) + 1,
            "{" | "(" | "[" => at = matching(tokens, at) + 1,
            _ => at += 1,
        }
    }
    at.min(tokens.len())
}

/// Whether the brace at `brace` belongs to `use a::{...};`, which ends at its semicolon.
fn in_use_tree(tokens: &[Token<'_>], start: usize, brace: usize) -> bool {
    tokens
        .get(start..brace)
        .unwrap_or_default()
        .iter()
        .any(|token| token.text == "use")
}

/// The name in `mod name;`, if the item is that.
fn declared_module<'a>(item: &[Token<'a>]) -> Option<&'a str> {
    let [.., keyword, name, semicolon] = item else {
        return None;
    };
    (keyword.text == "mod" && semicolon.text == ";").then_some(name.text)
}

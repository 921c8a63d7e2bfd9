//! Paths as code writes them: `a::b::c`, and the trees of `use a::{b, c as d}`.
//!
//! Both are read by one function, since a plain path is a tree with one leaf. Generic arguments end
//! a path.

use super::Token;

/// One leaf of a use tree, or one plain path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path<'a> {
    /// As written, with `crate`, `self` and `super`; the last may be `*`.
    pub(crate) segments: Vec<&'a str>,
    /// The name that comes into scope: the last segment, or what stands behind `as`.
    pub(crate) name: &'a str,
    /// Where the leaf stands.
    pub(crate) line: usize,
}

impl<'a> Path<'a> {
    /// The first segment; paths are never empty.
    pub(crate) fn first(&self) -> &'a str {
        self.segments.first().copied().unwrap_or_default()
    }
}

/// Reads the path or tree that begins at `start`; also gives the index behind it.
pub(crate) fn read<'a>(tokens: &[Token<'a>], start: usize) -> (Vec<Path<'a>>, usize) {
    let mut leaves = Vec::new();
    let end = read_under(tokens, start, &[], &mut leaves);
    (leaves, end)
}

fn read_under<'a>(
    tokens: &[Token<'a>],
    start: usize,
    above: &[&'a str],
    leaves: &mut Vec<Path<'a>>,
) -> usize {
    let mut segments = above.to_vec();
    let mut at = start;
    while let Some(token) = tokens.get(at) {
        if token.text == "{" {
            return read_group(tokens, at + 1, &segments, leaves);
        }
        if token.text != "*" && !token.is_word() {
            break;
        }
        segments.push(token.text);
        at += 1;
        let continues = |next: &Token<'_>| next.is_word() || next.text == "{" || next.text == "*";
        if tokens.get(at).is_some_and(|t| t.text == "::")
            && tokens.get(at + 1).is_some_and(continues)
        {
            at += 1;
        } else {
            break;
        }
    }
    let (Some(&last), Some(token)) = (segments.last(), tokens.get(at.saturating_sub(1))) else {
        return at;
    };
    let line = token.line;
    let mut name = last;
    if let Some([keyword, alias]) = tokens.get(at..at + 2) {
        if keyword.text == "as" {
            name = alias.text;
            at += 2;
        }
    }
    leaves.push(Path {
        segments,
        name,
        line,
    });
    at
}

fn read_group<'a>(
    tokens: &[Token<'a>],
    start: usize,
    above: &[&'a str],
    leaves: &mut Vec<Path<'a>>,
) -> usize {
    let mut at = start;
    while let Some(token) = tokens.get(at) {
        match token.text {
            "}" => return at + 1,
            "," => at += 1,
            _ => at = read_under(tokens, at, above, leaves).max(at + 1),
        }
    }
    at
}

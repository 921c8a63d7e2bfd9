//! Rule: each atomic ordering of the queue has a comment near it.
//!
//! The charter wants the comment to name the ordering's partner ("Release: pairs with the Acquire
//! in ..."). A machine sees only that something is said on the line itself or on one of the three
//! above it.

use super::{Finding, Tree};
use crate::source::{Source, Token, matching, test_code};

const ORDERINGS: [&str; 5] = ["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"];
const LINES_ABOVE: usize = 3;

pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    let in_queue =
        |path: &str| path.starts_with("crates/spanline-queue/src/") && !tree.is_test_file(path);
    for (path, text) in tree.rust().filter(|(path, _)| in_queue(path)) {
        let source = Source::read(text);
        for token in used(&test_code::part(&source).shipped) {
            if !source.has_comment_in(token.line.saturating_sub(LINES_ABOVE), token.line) {
                let text = format!(
                    "{} without a comment; say which ordering it pairs with, and why",
                    token.text
                );
                findings.push(Finding::new(path, token.line, text));
            }
        }
    }
}

/// The orderings in expressions; imports do not order anything.
fn used<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at = if token.text == "use" {
            import_end(tokens, at)
        } else {
            at + 1
        };
        if ORDERINGS.contains(&token.text) {
            found.push(*token);
        }
    }
    found
}

/// The index behind the semicolon of an import.
fn import_end(tokens: &[Token<'_>], start: usize) -> usize {
    let mut at = start;
    while let Some(token) = tokens.get(at) {
        match token.text {
            ";" => return at + 1,
            "{" => at = matching(tokens, at) + 1,
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests;

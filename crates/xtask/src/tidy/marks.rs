//! Rule: nothing unfinished, no waiting by the clock in tests, and no channel without a bound.
//!
//! Three small bans on words. Each looks only where the word means what it says: marks in code and
//! comments but not in strings, sleeping in test code, channels in what ships.

use super::{Finding, Tree};
use crate::source::{Source, Token, starts_with, test_code};

/// Words that say "later". In pieces, so that a plain search finds only real ones.
const MARKS: [&str; 3] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];
/// Macros that say "later".
const PLACEHOLDERS: [&str; 2] = [concat!("to", "do"), concat!("un", "implemented")];

pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for (path, text) in tree.rust() {
        let source = Source::read(text);
        unfinished(path, &source, findings);
        let parted = test_code::part(&source);
        let whole = tree.is_test_file(path);
        sleeping(
            path,
            if whole { &source.tokens } else { &parted.tests },
            findings,
        );
        if !whole && path.starts_with("crates/") && path.contains("/src/") {
            channels(path, &parted.shipped, findings);
        }
    }
}

fn unfinished(path: &str, source: &Source<'_>, findings: &mut Vec<Finding>) {
    let mut report = |line, word| {
        findings.push(Finding::new(
            path,
            line,
            format!("says {word}; finish it, or open an issue and remove the mark"),
        ));
    };
    for pair in source.tokens.windows(2) {
        if let [name, bang] = pair {
            if bang.text == "!" && PLACEHOLDERS.contains(&name.text) {
                report(name.line, name.text);
            }
        }
    }
    for comment in &source.comments {
        for (offset, line) in comment.text.lines().enumerate() {
            let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
            if let Some(mark) = words.find(|word| MARKS.contains(word)) {
                report(comment.line + offset, mark);
            }
        }
    }
}

/// Calls of a function `sleep`, of std or of a runtime; a method of that name is somebody's own.
fn sleeping(path: &str, tokens: &[Token<'_>], findings: &mut Vec<Finding>) {
    let text = "a test sleeps; let a gate exporter or a manual clock decide when things happen";
    for three in tokens.windows(3) {
        if let [before, call, open] = three {
            let is_function = !matches!(before.text, "." | "fn");
            if is_function && call.text == "sleep" && open.text == "(" {
                findings.push(Finding::new(path, call.line, text));
            }
        }
    }
}

fn channels(path: &str, tokens: &[Token<'_>], findings: &mut Vec<Finding>) {
    for (at, token) in tokens.iter().enumerate() {
        let rest = tokens.get(at..).unwrap_or_default();
        let is_call = |words: &[&str]| {
            let behind = rest.get(words.len()).map(|next| next.text);
            starts_with(rest, words) && matches!(behind, Some("(" | "::"))
        };
        if is_call(&["unbounded"]) || is_call(&["mpsc", "::", "channel"]) {
            let text = "makes a channel without a bound; give it one, and count what it refuses";
            findings.push(Finding::new(path, token.line, text));
        }
    }
}

#[cfg(test)]
mod tests;

//! Rule: every Rust file opens with `//!` lines that say what it is.
//!
//! The charter asks for two to ten lines: what the file is, where it stands in the flow, what it
//! does not do. A machine can only see that the opening is there.

use super::{Finding, Tree};

pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for (path, text) in tree.rust() {
        let opening = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("//!"));
        if opening.is_none_or(|words| words.trim().is_empty()) {
            let text =
                "does not open with `//!`; say what it is, where it stands, what it does not do";
            findings.push(Finding::new(path, 1, text));
        }
    }
}

#[cfg(test)]
mod tests;

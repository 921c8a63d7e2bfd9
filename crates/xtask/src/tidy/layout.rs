//! Rule: the top level holds what the README shows, and nothing else.
//!
//! Tools keep their settings in dotfiles, which are free to come and go; everything else there is a
//! promise.

use super::{Finding, Tree};

const TOP_LEVEL: [&str; 9] = [
    "Cargo.toml",
    "Cargo.lock",
    "crates",
    "docs",
    "benches",
    "fuzz",
    "README.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
];

pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for path in tree
        .paths()
        .filter(|path| !path.contains('/') && !path.starts_with('.'))
    {
        if !TOP_LEVEL.contains(&path) {
            let text = "does not belong at the top level; move it into a folder, or remove it";
            findings.push(Finding::new(path, 1, text));
        }
    }
    for path in TOP_LEVEL.into_iter().filter(|path| !tree.has(path)) {
        findings.push(Finding::new(path, 1, "is missing at the top level; add it"));
    }
}

#[cfg(test)]
mod tests;

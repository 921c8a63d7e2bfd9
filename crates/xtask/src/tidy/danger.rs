//! Rule: unsafe code lives in two named files, and each of its blocks says why it is sound.
//!
//! The compiler forbids it crate by crate; this rule keeps the compiler's instructions in place,
//! and counts the reasons. Clippy checks that a reason stands next to its block; whether the reason
//! is true remains the reviewer's work.

use super::{Finding, Tree};
use crate::manifest::Manifest;
use crate::source::{Source, Token};

/// The keyword. Put together, so that a plain search for it finds only code that uses it.
const KEYWORD: &str = concat!("un", "safe");

/// The crate that may, and its files that do.
const DANGEROUS_CRATE: &str = "crates/spanline-queue";
const DANGEROUS_FILES: [&str; 2] = [
    "crates/spanline-queue/src/shard.rs",
    "crates/spanline-queue/src/buffer.rs",
];

pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for (path, text) in tree.rust() {
        let source = Source::read(text);
        if DANGEROUS_FILES.contains(&path) {
            findings.extend(unexplained(path, &source));
        } else {
            findings.extend(
                source
                    .tokens
                    .iter()
                    .filter(|token| token.text == KEYWORD)
                    .map(|token| {
                        let text = format!(
                            "uses `{KEYWORD}`; only {} may",
                            DANGEROUS_FILES.join(" and ")
                        );
                        Finding::new(path, token.line, text)
                    }),
            );
        }
    }
    for folder in tree.crates() {
        let level = if folder == DANGEROUS_CRATE {
            "deny"
        } else {
            "forbid"
        };
        for root in roots(tree, folder) {
            let source = Source::read(tree.text(&root).unwrap_or_default());
            if !source.has_sequence(&["#", "!", "[", level, "(", "unsafe_code"]) {
                let text =
                    format!("this crate root does not say `#![{level}(unsafe_code)]`; add it");
                findings.push(Finding::new(&root, 1, text));
            }
        }
    }
}

/// The first block without a reason, by count: fewer SAFETY comments than blocks and
/// implementations.
fn unexplained(path: &str, source: &Source<'_>) -> Option<Finding> {
    let opens_block = |pair: &[Token<'_>]| match pair {
        [keyword, next] => keyword.text == KEYWORD && matches!(next.text, "{" | "impl"),
        _ => false,
    };
    let blocks = source
        .tokens
        .windows(2)
        .filter(|pair| opens_block(pair))
        .count();
    let reasons = source
        .comments
        .iter()
        .filter(|comment| is_reason(comment.text))
        .count();
    (reasons < blocks).then(|| {
        let text = format!(
            "{blocks} {KEYWORD} blocks, {reasons} SAFETY comments; give each block its sentence"
        );
        Finding::new(path, 1, text)
    })
}

/// Whether a comment opens with SAFETY.
fn is_reason(comment: &str) -> bool {
    comment
        .trim_start_matches(['/', '*', '!', ' '])
        .starts_with("SAFETY")
}

/// The files that a crate's library and programs begin with.
fn roots(tree: &Tree, folder: &str) -> Vec<String> {
    let manifest = Manifest::read(
        tree.text(&format!("{folder}/Cargo.toml"))
            .unwrap_or_default(),
    );
    let named = manifest
        .values("lib", "path")
        .next()
        .map(|path| format!("{folder}/{path}"));
    let usual = ["lib.rs", "main.rs"].map(|name| format!("{folder}/src/{name}"));
    let programs = tree.rust().map(|(path, _)| path).filter(|path| {
        let inside = path.strip_prefix(&format!("{folder}/src/bin/"));
        inside.is_some_and(|inside| !inside.contains('/') || inside.ends_with("/main.rs"))
    });
    named
        .into_iter()
        .chain(usual)
        .chain(programs.map(str::to_owned))
        .filter(|path| tree.text(path).is_some())
        .collect()
}

#[cfg(test)]
mod tests;

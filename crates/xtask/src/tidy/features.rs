//! Rule: each feature of the front-door crate is explained to its users.
//!
//! A feature counts as explained when a table row in `README.md` or in the crate's `lib.rs` begins
//! with its name in backticks. Features of the inner crates are our own affair.

use super::{Finding, Tree};
use crate::manifest::Manifest;

const MANIFEST: &str = "crates/spanline/Cargo.toml";
const PAGES: [&str; 2] = ["README.md", "crates/spanline/src/lib.rs"];

pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    let Some(manifest) = tree.text(MANIFEST) else {
        return;
    };
    for entry in Manifest::read(manifest)
        .entries("features")
        .filter(|entry| entry.key != "default")
    {
        let explained = PAGES
            .iter()
            .filter_map(|page| tree.text(page))
            .any(|text| has_row(text, entry.key));
        if !explained {
            let text = format!(
                "feature {} has no row in the feature table of {}; add one",
                entry.key,
                PAGES.join(" or ")
            );
            findings.push(Finding::new(MANIFEST, entry.line, text));
        }
    }
}

/// Whether a table row, in Markdown or in a doc comment, begins with the name.
fn has_row(text: &str, feature: &str) -> bool {
    let first_cell = format!("`{feature}`");
    text.lines().any(|line| {
        let line = line.trim_start().trim_start_matches("//!").trim_start();
        line.strip_prefix('|')
            .and_then(|row| row.split('|').next())
            .is_some_and(|cell| cell.contains(&first_cell))
    })
}

#[cfg(test)]
mod tests;

//! `cargo tidy`: what the repository promises about itself and no compiler checks.
//!
//! Each rule is one file below and one pure function from the tree of files to findings, so that
//! its tests hand it a few lines of text. This file knows the list of rules, runs them and prints;
//! it decides nothing.

mod arrows;
mod danger;
mod features;
mod layout;
mod marks;
mod names;
mod openings;
mod orderings;
mod pins;
mod tree;

use std::fmt;
use std::path::Path;

use crate::outcome::{Failure, Outcome};
pub(crate) use tree::Tree;

/// One broken promise: where, what, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    text: String,
}

impl Finding {
    /// Lines count from 1; what concerns a whole file stands at its first line.
    pub(crate) fn new(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            text: text.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.text)
    }
}

/// A rule looks at the tree and appends what it finds.
type Rule = fn(&Tree, &mut Vec<Finding>);

const RULES: [Rule; 9] = [
    layout::check,
    openings::check,
    arrows::check,
    danger::check,
    orderings::check,
    marks::check,
    names::check,
    features::check,
    pins::check,
];

/// Runs every rule on the repository and prints what is wrong.
pub(crate) fn run(root: &Path) -> Outcome {
    let findings = findings(&Tree::load(root)?);
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => Err(Failure::new("tidy: 1 finding")),
        many => Err(Failure::new(format!("tidy: {many} findings"))),
    }
}

/// What all rules find, sorted by place.
fn findings(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES {
        rule(tree, &mut findings);
    }
    findings.sort();
    findings.dedup();
    findings
}

#[cfg(test)]
mod tests;

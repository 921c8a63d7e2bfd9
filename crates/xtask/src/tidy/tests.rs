//! The repository itself, and what the rules' own tests share.

use super::{Finding, Rule, Tree, findings};

/// What one rule says about a tree of a few files.
pub(crate) fn found_by(rule: Rule, files: &[(&str, &str)]) -> Vec<String> {
    let mut findings = Vec::new();
    rule(&Tree::of(files), &mut findings);
    findings.iter().map(Finding::to_string).collect()
}

/// Asserts that the rule finds exactly one thing, at `place` and naming `word`.
#[track_caller]
pub(crate) fn assert_found(rule: Rule, files: &[(&str, &str)], place: &str, word: &str) {
    let found = found_by(rule, files);
    let [only] = found.as_slice() else {
        panic!("expected one finding, got {found:#?}")
    };
    assert!(
        only.starts_with(&format!("{place}: ")),
        "expected it at {place}: {only}"
    );
    assert!(only.contains(word), "expected {word:?} in {only:?}");
}

/// Asserts that the rule is content.
#[track_caller]
pub(crate) fn assert_clean(rule: Rule, files: &[(&str, &str)]) {
    assert_eq!(found_by(rule, files), Vec::<String>::new());
}

#[test]
fn the_repository_is_tidy() {
    let root = crate::repository::root().unwrap();
    let found: Vec<_> = findings(&Tree::load(&root).unwrap())
        .iter()
        .map(Finding::to_string)
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

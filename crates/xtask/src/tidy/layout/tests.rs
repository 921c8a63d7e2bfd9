//! The top level with one entry too many, and with one too few.

use super::super::tests::{assert_clean, assert_found};
use super::{TOP_LEVEL, check};

fn files() -> Vec<(&'static str, &'static str)> {
    TOP_LEVEL
        .into_iter()
        .chain([".deny.toml"])
        .map(|path| (path, ""))
        .collect()
}

#[test]
fn the_nine_entries_and_dotfiles_are_welcome() {
    assert_clean(check, &files());
}

#[test]
fn a_tenth_entry_is_found() {
    let mut files = files();
    files.push(("notes.txt", ""));
    assert_found(check, &files, "notes.txt:1", "does not belong");
}

#[test]
fn a_missing_entry_is_found() {
    let files = files()
        .into_iter()
        .filter(|(path, _)| *path != "LICENSE-MIT")
        .collect::<Vec<_>>();
    assert_found(check, &files, "LICENSE-MIT:1", "is missing");
}

//! Files that introduce themselves, and files that do not.

use super::super::tests::{assert_clean, assert_found};
use super::check;

#[test]
fn an_opening_is_welcome() {
    assert_clean(
        check,
        &[
            ("crates/a/src/lib.rs", "//! What it is.\n"),
            ("crates/a/notes.txt", ""),
        ],
    );
}

#[test]
fn a_file_without_one_is_found() {
    assert_found(
        check,
        &[("crates/a/src/b.rs", "use std::fmt;\n")],
        "crates/a/src/b.rs:1",
        "//!",
    );
    assert_found(
        check,
        &[("fuzz/fuzz_targets/b.rs", "")],
        "fuzz/fuzz_targets/b.rs:1",
        "//!",
    );
    assert_found(
        check,
        &[("benches/b.rs", "//!\nuse a;")],
        "benches/b.rs:1",
        "//!",
    );
}

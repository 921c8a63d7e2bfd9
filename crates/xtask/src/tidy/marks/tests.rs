//! Each ban, broken once.

use super::super::tests::{assert_clean, assert_found};
use super::{MARKS, PLACEHOLDERS, check};

const PATH: &str = "crates/a/src/b.rs";

#[test]
fn finished_code_is_welcome() {
    assert_clean(
        check,
        &[(
            PATH,
            "//! Todo lists are fine.\nfn todo() { bounded(3); sync_channel(1); }",
        )],
    );
    assert_clean(
        check,
        &[("crates/a/examples/b.rs", "fn main() { sleep(step); }")],
    );
    assert_clean(
        check,
        &[(
            "crates/a/tests/b.rs",
            "let (a, b) = mpsc::channel(); worker.sleep(b);",
        )],
    );
}

#[test]
fn marks_are_found() {
    for mark in MARKS {
        assert_found(
            check,
            &[(PATH, &format!("\n/* a\n {mark}: b */"))],
            "crates/a/src/b.rs:3",
            mark,
        );
    }
    for name in PLACEHOLDERS {
        assert_found(
            check,
            &[(PATH, &format!("\nfn f() {{ {name}!() }}"))],
            "crates/a/src/b.rs:2",
            name,
        );
    }
}

#[test]
fn a_sleeping_test_is_found() {
    let sleep = "\nfn f() { thread::park(); sleep(SHORT); }";
    assert_found(
        check,
        &[("crates/a/tests/b.rs", sleep)],
        "crates/a/tests/b.rs:2",
        "sleeps",
    );
    assert_found(
        check,
        &[("crates/a/src/b/tests.rs", sleep)],
        "crates/a/src/b/tests.rs:2",
        "sleeps",
    );
    let inline =
        "#[cfg(test)]\nmod tests { use std::thread::{self, sleep}; fn f() { sleep(SHORT); } }";
    assert_found(check, &[(PATH, inline)], "crates/a/src/b.rs:2", "sleeps");
}

#[test]
fn a_channel_without_a_bound_is_found() {
    for call in [
        "crossbeam_channel::unbounded()",
        "unbounded::<u8>()",
        "std::sync::mpsc::channel()",
    ] {
        assert_found(
            check,
            &[(PATH, &format!("let x = {call};"))],
            "crates/a/src/b.rs:1",
            "bound",
        );
    }
}

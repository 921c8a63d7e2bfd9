//! Fixtures write DANGER where the keyword stands, so that a search for the keyword does not end
//! here.

use super::super::tests::{assert_clean, assert_found};
use super::{KEYWORD, check};

const FORBID: &str = "//! x\n#![forbid(unsafe_code)]\n";
const SHARD: &str = "crates/spanline-queue/src/shard.rs";

fn written(fixture: &str) -> String {
    fixture
        .replace("DANGER", KEYWORD)
        .replace("REASON", "SAFETY")
}

#[track_caller]
fn assert_found_in(path: &str, text: &str, place: &str, word: &str) {
    assert_found(check, &[(path, &written(text))], place, word);
}

#[track_caller]
fn assert_clean_in(path: &str, text: &str) {
    assert_clean(check, &[(path, &written(text))]);
}

#[test]
fn the_word_alone_is_harmless() {
    assert_clean_in(
        "crates/a/src/b.rs",
        "// DANGER\n#![expect(unsafe_code)]\nfn f() { g(\"DANGER { }\") }",
    );
}

#[test]
fn the_keyword_elsewhere_is_found() {
    let place = "crates/a/src/b.rs:2";
    for text in [
        "\nfn f() { DANGER { g() } }",
        "\nDANGER impl Send for X {}",
        "\n#[DANGER(no_mangle)] fn f() {}",
    ] {
        assert_found_in(
            "crates/a/src/b.rs",
            text,
            place,
            "only crates/spanline-queue/src/shard.rs",
        );
    }
    assert_found_in(
        "crates/a/tests/b.rs",
        "\n\nDANGER fn f() {}",
        "crates/a/tests/b.rs:3",
        "only",
    );
}

#[test]
fn a_reason_for_each_block_is_welcome() {
    assert_clean_in(
        SHARD,
        "// REASON: one.\nDANGER { a() }\n// REASON: two.\nDANGER impl Send for X {}\n\
         DANGER fn f() {}",
    );
}

#[test]
fn a_block_without_a_reason_is_found() {
    let text = "\n// REASON: one.\nDANGER { a() }\nDANGER { b() } // no reason";
    assert_found_in(SHARD, text, "crates/spanline-queue/src/shard.rs:1", "2 ");
}

#[test]
fn every_root_forbids_and_the_queue_denies() {
    assert_clean(
        check,
        &[
            ("crates/a/Cargo.toml", ""),
            ("crates/a/src/lib.rs", FORBID),
            ("crates/a/src/main.rs", FORBID),
            ("crates/a/src/bin/b/main.rs", FORBID),
            ("crates/a/src/bin/b/options.rs", "fn f() {}"),
            ("crates/spanline-queue/Cargo.toml", ""),
            ("crates/spanline-queue/src/lib.rs", "#![deny(unsafe_code)]"),
            ("benches/Cargo.toml", "[lib]\npath = \"workload.rs\""),
            ("benches/workload.rs", FORBID),
        ],
    );
}

#[test]
fn a_root_that_does_not_say_so_is_found() {
    let denies = ("crates/a/src/lib.rs", "#![deny(unsafe_code)]");
    assert_found(
        check,
        &[("crates/a/Cargo.toml", ""), denies],
        "crates/a/src/lib.rs:1",
        "forbid",
    );
    let program = ("crates/a/src/bin/b.rs", "// #![forbid(unsafe_code)]");
    assert_found(
        check,
        &[("crates/a/Cargo.toml", ""), program],
        "crates/a/src/bin/b.rs:1",
        "forbid",
    );
    let queue = ("crates/spanline-queue/src/lib.rs", "");
    assert_found(
        check,
        &[("crates/spanline-queue/Cargo.toml", ""), queue],
        "crates/spanline-queue/src/lib.rs:1",
        "deny",
    );
    let benches = [
        ("benches/Cargo.toml", "[lib]\npath = \"workload.rs\""),
        ("benches/workload.rs", ""),
    ];
    assert_found(check, &benches, "benches/workload.rs:1", "forbid");
}

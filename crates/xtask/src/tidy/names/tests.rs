//! Documents that tell the truth, and documents that do not.

use super::super::tests::{assert_clean, assert_found};
use super::check;

const CODE: &str = "//! x\npub mod global;\npub struct Span { pub limit: usize }\n\
    impl Span { pub fn end(self) {} }\npub enum Status { Unset, Error(String) }\n\
    id_type!(TraceId, 16);\npub use std::sync::mpsc::Sender as Post;\n\
    #[cfg(test)] fn hidden() {}\n";

/// A repository with one crate and one document.
fn with<'a>(path: &'a str, text: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        (
            "Cargo.lock",
            "[[package]]\nname = \"http\"\n[[package]]\nname = \"our-core\"\n",
        ),
        ("crates/core/Cargo.toml", "[package]\nname = \"our-core\"\n"),
        ("crates/core/src/lib.rs", CODE),
        (
            "crates/core/src/global.rs",
            "pub fn install() {} pub mod http {}",
        ),
        (path, text),
    ]
}

#[test]
fn what_exists_may_be_named() {
    let text = "`crates/core/src/lib.rs` `crates/core/` `crates/*/src/global.rs`\n\
        `crates/**/lib.rs` `docs/x.md` \
        `our_core::global::install` `global::install()` `Span::end` `Span::limit`\n\
        `Status::Error(\"x\")` `TraceId::end` `our_core::Post` `our_core::*` \
        `Result<TraceId, Status::Unset>` `use our_core::{Span, Status};`";
    assert_clean(check, &with("docs/x.md", text));
}

#[test]
fn foreign_code_is_none_of_our_business() {
    let text = "`std::thread::spawn` `tokio::spawn` `Arc::ptr_eq` `Ordering::Release` \
        `http::HeaderMap` `fuzz/artifacts/x` \
        `opentelemetry_sdk::trace::Tracer` `a/b` `src/lib.rs` \
        `application/json` `crates/<name>/src`";
    assert_clean(check, &with("README.md", text));
}

#[test]
fn fenced_blocks_and_other_files_are_passed_over() {
    assert_clean(
        check,
        &with(
            "docs/x.md",
            "```text\n`crates/gone.rs`\n```\n~~~\n`Gone::end`\n~~~",
        ),
    );
    assert_clean(check, &with("crates/core/notes.md", "`crates/gone.rs`"));
}

#[test]
fn a_missing_path_is_found() {
    for path in [
        "crates/core/src/gone.rs",
        "docs/gone/",
        "benches/*.rs",
        ".ci/gone",
    ] {
        assert_found(
            check,
            &with("docs/x.md", &format!("Words.\n\n`{path}`")),
            "docs/x.md:3",
            "is not there",
        );
    }
}

#[test]
fn a_line_number_is_found() {
    assert_found(
        check,
        &with("docs/x.md", "`crates/core/src/lib.rs:3`"),
        "docs/x.md:1",
        "refers to a line",
    );
}

#[test]
fn a_missing_item_is_found() {
    for (item, missing) in [
        ("Span::finish", "finish"),
        ("our_core::Gone", "Gone"),
        ("our_core::gone::install", "gone"),
        ("global::gone()", "gone"),
        ("Status::Fatal", "Fatal"),
        ("Gone::end", "Gone"),
        ("impl From<our_core::Gone>", "Gone"),
        ("crate::gone", "gone"),
        ("our_core::hidden", "hidden"),
    ] {
        let text = format!("Words.\n- `{item}`");
        assert_found(
            check,
            &with("docs/x.md", &text),
            "docs/x.md:2",
            &format!("no {missing} is declared"),
        );
    }
}

#[test]
fn code_may_go_on_over_a_line_break_but_not_over_a_gap() {
    assert_found(
        check,
        &with("docs/x.md", "a ``Span::\nfinish`` b"),
        "docs/x.md:1",
        "finish",
    );
    assert_found(
        check,
        &with("docs/x.md", "stray ` mark\n\n`Span::finish`"),
        "docs/x.md:3",
        "finish",
    );
}

#[test]
fn links_lead_somewhere() {
    let good = "[a](../README.md) [b](y/z.md#part) [c](#here) [d](https://example.org/x) \
        [e](../crates/core/)";
    let mut files = with("docs/x.md", good);
    files.extend([
        ("README.md", "[docs](docs)"),
        ("docs/y/z.md", "[up](../x.md)"),
    ]);
    assert_clean(check, &files);
    assert_found(
        check,
        &with("docs/x.md", "[a](gone.md)"),
        "docs/x.md:1",
        "gone.md",
    );
    assert_found(
        check,
        &with("docs/x.md", "[a](../../x.md)"),
        "docs/x.md:1",
        "../../x.md",
    );
}

/// The same with tests to refer to.
fn with_tests(text: &str) -> Vec<(&str, &str)> {
    let mut files = with("docs/x.md", text);
    files.extend([
        (
            "crates/core/tests/promise.rs",
            "#[test]\nfn it_holds() {}\nproptest! { fn for_any_number(n: u8) {} }",
        ),
        ("crates/core/tests/other.rs", "fn it_holds() {}"),
        ("crates/core/tests/corpora_hold.rs", "hold! { a x; b y; }"),
    ]);
    files
}

#[test]
fn a_proof_stands_in_the_file_that_is_linked_before_it() {
    let rows = "| `unlinked` | [p](../crates/core/tests/promise.rs): `it_holds`, `for_any_number` |\n\
        [o](../crates/core/tests/other.rs), [p](../crates/core/tests/promise.rs): `for_any_number`\n\
        [c](../crates/core/tests/corpora_hold.rs): `a`, `b`; `cargo test`, `SIZE`\n\
        `elsewhere` [x](#here) `elsewhere`";
    assert_clean(check, &with_tests(rows));
    for (row, missing) in [
        (
            "[p](../crates/core/tests/promise.rs): `gone`",
            "no function",
        ),
        (
            "[p](../crates/core/tests/promise.rs): `it_holds`, `gone`",
            "names gone",
        ),
        (
            "[p](../crates/core/tests/promise.rs): `it_holds`; [o](../crates/core/tests/other.rs): `for_any_number`",
            "other.rs has no",
        ),
        ("[c](../crates/core/tests/corpora_hold.rs): `x`", "names x"),
        ("[p](../crates/core/tests/promise.rs): `n`", "names n"),
    ] {
        let text = format!("Words.\n\n{row}");
        assert_found(check, &with_tests(&text), "docs/x.md:3", missing);
    }
}

#[test]
fn a_file_under_a_heading_stands_in_the_headings_folder() {
    let good = "# `crates/core/src`\n| `lib.rs` | `Span::end` |\n\n## Words\n`gone.rs` `gone/x`";
    assert_clean(check, &with("docs/x.md", good));
    for name in ["gone.rs", "global/gone.rs", "gone/x"] {
        let text = format!("# `crates/core/src`: words\n\n| `{name}` | words |");
        assert_found(
            check,
            &with("docs/x.md", &text),
            "docs/x.md:3",
            "is not there",
        );
    }
}

#[test]
fn a_changelog_is_held_to_its_newest_section_only() {
    let history = "# Changelog\n\n## [Unreleased]\n- `Span::end`\n\n## [0.1.0]\n- `Span::finish`\n";
    assert_clean(check, &with("docs/CHANGELOG.md", history));
    let news = "# Changelog\n\n## [Unreleased]\n- `Span::finish`\n";
    assert_found(
        check,
        &with("docs/CHANGELOG.md", news),
        "docs/CHANGELOG.md:4",
        "finish",
    );
}

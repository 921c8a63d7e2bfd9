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

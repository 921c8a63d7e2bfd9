//! A crate of three modules, `top`, `middle` and `bottom`, and every way to point the wrong way.

use super::super::tests::{assert_clean, assert_found};
use super::check;

const LIB: &str = "//! x\npub mod top;\n#[cfg(feature = \"f\")]\nmod middle;\nmod bottom;\n\
                   #[cfg(test)]\nmod helpers;\n\
                   pub use top::{Span, Start as Begin};\npub use bottom::Id;\n";

/// The crate with one file of its own.
fn with<'a>(path: &'a str, text: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("crates/a/Cargo.toml", ""),
        ("crates/a/src/lib.rs", LIB),
        (path, text),
    ]
}

#[test]
fn downward_and_inward_arrows_are_welcome() {
    let text = "use crate::{bottom::Id, middle::inner};\nuse super::bottom;\n\
                fn f() { crate::middle::g(); }";
    assert_clean(check, &with("crates/a/src/middle.rs", text));
    assert_clean(
        check,
        &with(
            "crates/a/src/top/inner.rs",
            "use super::super::bottom; use super::x; use crate::top;",
        ),
    );
    assert_clean(
        check,
        &with(
            "crates/a/src/bottom.rs",
            "// crate::top\nfn f() -> &str { \"crate::top\" }",
        ),
    );
    assert_clean(
        check,
        &with(
            "crates/a/src/bottom.rs",
            "pub(crate) fn f() { std::mem::drop(other::top::x) }",
        ),
    );
}

#[test]
fn an_import_from_above_is_found() {
    let place = "crates/a/src/bottom.rs:2";
    for text in [
        "\nuse crate::top::Span;",
        "\nuse crate::{bottom::x, top};",
        "\nfn f() { crate::middle::g() }",
        "\nuse super::top;",
        "\nuse super::{top::Span, bottom};",
        "\nmod inner { use super::super::top; }",
        "\nuse self::super::middle;",
        "\nmacro_rules! m { () => { $crate::top::f() } }",
    ] {
        assert_found(
            check,
            &with("crates/a/src/bottom.rs", text),
            place,
            "lists above it",
        );
    }
    let nested = with(
        "crates/a/src/bottom/deep.rs",
        "use super::super::middle::x;",
    );
    assert_found(
        check,
        &nested,
        "crates/a/src/bottom/deep.rs:1",
        "bottom imports middle",
    );
}

#[test]
fn a_reexported_name_counts_as_its_module() {
    let path = "crates/a/src/middle.rs";
    assert_found(
        check,
        &with(path, "use crate::Span;"),
        "crates/a/src/middle.rs:1",
        "imports top",
    );
    assert_found(
        check,
        &with(path, "use crate::{Begin, Id};"),
        "crates/a/src/middle.rs:1",
        "imports top",
    );
    assert_clean(check, &with(path, "use crate::Id;"));
}

#[test]
fn importing_everything_is_found() {
    let files = with("crates/a/src/bottom.rs", "use crate::*;");
    assert_found(check, &files, "crates/a/src/bottom.rs:1", "whole crate");
}

#[test]
fn an_unlisted_module_is_found() {
    let files = with("crates/a/src/stray.rs", "\nuse crate::bottom;");
    assert_found(check, &files, "crates/a/src/stray.rs:1", "not listed");
}

#[test]
fn test_code_points_anywhere() {
    let inline = "fn f() {} #[cfg(test)] mod tests { use super::*; use crate::top::Span; }";
    assert_clean(check, &with("crates/a/src/bottom.rs", inline));
    assert_clean(
        check,
        &with("crates/a/src/bottom/tests.rs", "use crate::top::Span;"),
    );
    assert_clean(
        check,
        &with("crates/a/src/helpers.rs", "use crate::top::Span;"),
    );
}

#[test]
fn programs_and_other_crates_are_free() {
    assert_clean(check, &with("crates/a/src/main.rs", "use crate::top;"));
    assert_clean(
        check,
        &[
            ("crates/b/Cargo.toml", ""),
            ("crates/b/src/main.rs", "mod x;"),
        ],
    );
}

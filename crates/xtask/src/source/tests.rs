//! The lexer on the places where a naive search for words goes wrong.

use super::{Source, paths, test_code};

fn words(text: &str) -> Vec<&str> {
    Source::read(text)
        .tokens
        .iter()
        .map(|token| token.text)
        .collect()
}

#[test]
fn strings_and_comments_are_not_code() {
    let text = "let a = \"danger\\\" danger\"; // danger\n\
                let b = r#\"danger \" danger\"#; /* a /* danger */ b */ c";
    assert_eq!(
        words(text),
        ["let", "a", "=", "\"", ";", "let", "b", "=", "\"", ";", "c"]
    );
}

#[test]
fn bytes_and_c_strings_are_strings() {
    assert_eq!(
        words("f(b\"x\", c\"y\", b'z', br##\"\"#\"##)"),
        ["f", "(", "\"", ",", "\"", ",", "\"", ",", "\"", ")"]
    );
}

#[test]
fn a_lifetime_is_not_a_character() {
    assert_eq!(
        words("fn f<'a>(x: &'a str) -> char { '\\'' }"),
        [
            "fn", "f", "<", ">", "(", "x", ":", "&", "str", ")", "-", ">", "char", "{", "\"", "}"
        ]
    );
    assert_eq!(
        words("['a', '{', 'ä']"),
        ["[", "\"", ",", "\"", ",", "\"", "]"]
    );
}

#[test]
fn a_raw_identifier_is_its_name() {
    assert_eq!(
        words("r#type break b c r"),
        ["type", "break", "b", "c", "r"]
    );
}

#[test]
fn lines_count_through_literals_and_comments() {
    let source = Source::read("\"a\nb\"\n/* c\n d */ e // f\ng");
    assert_eq!(
        source
            .tokens
            .iter()
            .map(|token| token.line)
            .collect::<Vec<_>>(),
        [1, 4, 5]
    );
    assert_eq!(
        source
            .comments
            .iter()
            .map(|c| (c.line, c.last_line))
            .collect::<Vec<_>>(),
        [(3, 4), (4, 4)]
    );
    assert!(source.has_comment_in(4, 4) && !source.has_comment_in(1, 2));
}

#[test]
fn an_unfinished_literal_ends_with_the_file() {
    assert_eq!(words("a \"b"), ["a", "\""]);
    assert_eq!(words("a /* b"), ["a"]);
    assert_eq!(words("'"), Vec::<&str>::new());
}

#[test]
fn a_use_tree_has_its_leaves() {
    let source = Source::read("crate::{a, b::{C as D, self}, e::*};");
    let (leaves, end) = paths::read(&source.tokens, 0);
    let written: Vec<_> = leaves
        .iter()
        .map(|leaf| (leaf.segments.join("::"), leaf.name))
        .collect();
    let expected = [
        ("crate::a", "a"),
        ("crate::b::C", "D"),
        ("crate::b::self", "self"),
        ("crate::e::*", "*"),
    ];
    assert_eq!(
        written,
        expected.map(|(path, name)| (path.to_owned(), name))
    );
    assert_eq!(source.tokens.get(end).map(|token| token.text), Some(";"));
}

#[test]
fn generic_arguments_end_a_path() {
    let source = Source::read("Vec::<u8>::new()");
    let (leaves, end) = paths::read(&source.tokens, 0);
    assert_eq!(
        leaves
            .iter()
            .map(|leaf| leaf.segments.clone())
            .collect::<Vec<_>>(),
        [["Vec"]]
    );
    assert_eq!(end, 1);
}

#[test]
fn test_items_are_parted_from_shipped_ones() {
    let source = Source::read(
        "fn a() {} #[cfg(test)] #[path = \"x\"] mod probe; #[cfg(all(test, loom))] fn b() { c(); } \
         #[cfg(test)] use d::{e, f}; struct S { #[cfg(test)] g: u8, h: u8 } \
         #[cfg(any(test, x))] fn i() {}",
    );
    let parted = test_code::part(&source);
    let has = |tokens: &[super::Token<'_>], word| tokens.iter().any(|token| token.text == word);
    for word in ["probe", "b", "c", "d", "e", "f", "g"] {
        assert!(
            has(&parted.tests, word) && !has(&parted.shipped, word),
            "{word} is test code"
        );
    }
    for word in ["a", "S", "h", "i"] {
        assert!(
            !has(&parted.tests, word) && has(&parted.shipped, word),
            "{word} ships"
        );
    }
    assert_eq!(parted.test_modules, ["probe"]);
}

#[test]
fn an_inner_attribute_makes_the_whole_file_test_code() {
    let parted = test_code::part(&Source::read("#![cfg(test)] fn a() {} fn b() {}"));
    assert!(parted.shipped.is_empty());
}

#[test]
fn test_paths_are_known_by_name() {
    assert!(test_code::is_test_path("crates/a/tests/promise.rs"));
    assert!(test_code::is_test_path("crates/a/src/b/tests.rs"));
    assert!(!test_code::is_test_path("crates/a/src/testing.rs"));
}

//! Every name that our crates declare, and whether a path can be made of them.
//!
//! Names are collected from the shipped code of `crates/*/src` without asking which type a method
//! belongs to: enough to notice what was renamed or removed, at the price of a wrong pair of two
//! existing names.

use std::collections::BTreeSet;

use super::super::Tree;
use super::STD_TYPES;
use crate::manifest::Manifest;
use crate::source::{Source, Token, matching, paths, test_code};

/// The word behind one of these is a name.
const KEYWORDS: [&str; 9] = [
    "const", "enum", "fn", "mod", "static", "struct", "trait", "type", "union",
];

/// The names of ours.
#[derive(Debug, Default)]
pub(super) struct Declared {
    crates: BTreeSet<String>,
    modules: BTreeSet<String>,
    names: BTreeSet<String>,
    foreign_crates: BTreeSet<String>,
}

impl Declared {
    /// Collects from the whole tree.
    pub(super) fn read(tree: &Tree) -> Self {
        let mut declared = Self::default();
        for folder in tree.crates() {
            let manifest = Manifest::read(
                tree.text(&format!("{folder}/Cargo.toml"))
                    .unwrap_or_default(),
            );
            declared.crates.extend(
                manifest
                    .values("package", "name")
                    .map(|name| name.replace('-', "_")),
            );
        }
        let lock = Manifest::read(tree.text("Cargo.lock").unwrap_or_default());
        let packages = lock
            .values("package", "name")
            .map(|name| name.replace('-', "_"));
        declared.foreign_crates = packages
            .filter(|name| !declared.crates.contains(name))
            .collect();
        for (path, text) in tree.rust().filter(|(path, _)| !tree.is_test_file(path)) {
            if path.starts_with("crates/") && path.contains("/src/") {
                declared.collect(&test_code::part(&Source::read(text)).shipped);
            }
        }
        declared
    }

    /// The first segment of a path that ought to be ours and is not declared.
    pub(super) fn missing<'a>(&self, segments: &[&'a str]) -> Option<&'a str> {
        let path = match segments {
            ["crate" | "self" | "super", path @ ..] => path,
            [first, path @ ..] if self.crates.contains(*first) => path,
            [first, path @ ..]
                if self.modules.contains(*first) && !self.foreign_crates.contains(*first) =>
            {
                path
            }
            [first, ..] if self.is_foreign(first) => &[],
            path => path,
        };
        path.iter()
            .copied()
            .find(|segment| *segment != "*" && !self.names.contains(*segment))
    }

    /// Whether a path that begins so is not about our code: a crate or module of others, or a type
    /// of std.
    fn is_foreign(&self, first: &str) -> bool {
        let is_type = first.starts_with(char::is_uppercase);
        !is_type || (STD_TYPES.contains(&first) && !self.names.contains(first))
    }

    fn collect(&mut self, tokens: &[Token<'_>]) {
        let mut depth = 0_usize;
        for (at, token) in tokens.iter().enumerate() {
            let next = tokens.get(at + 1).copied();
            match token.text {
                "{" => depth += 1,
                "}" => depth = depth.saturating_sub(1),
                "use" => {
                    let (leaves, _) = paths::read(tokens, at + 1);
                    self.names.extend(
                        leaves
                            .iter()
                            .filter(|leaf| leaf.segments.len() > 1)
                            .map(|leaf| leaf.name.to_owned()),
                    );
                }
                "!" if depth == 0 => self.collect_from_macro(tokens, at),
                keyword if KEYWORDS.contains(&keyword) => {
                    let Some(name) = next.filter(Token::is_word) else {
                        continue;
                    };
                    self.names.insert(name.text.to_owned());
                    match keyword {
                        "mod" => drop(self.modules.insert(name.text.to_owned())),
                        "enum" | "struct" | "union" => self.collect_members(tokens, at),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }

    /// Fields and variants: the first word of each part of the body, behind attributes and
    /// visibility.
    fn collect_members(&mut self, tokens: &[Token<'_>], keyword: usize) {
        let body = tokens
            .iter()
            .enumerate()
            .skip(keyword)
            .find(|(_, token)| matches!(token.text, "{" | ";" | "("));
        let Some((open, _)) = body.filter(|(_, token)| token.text == "{") else {
            return;
        };
        let close = matching(tokens, open);
        let mut at = open + 1;
        let mut expecting = true;
        while at < close {
            let Some(token) = tokens.get(at) else { return };
            match token.text {
                "," => expecting = true,
                "#" | "pub" => {}
                "[" | "(" | "{" => at = matching(tokens, at),
                name if expecting => {
                    self.names.insert(name.to_owned());
                    expecting = false;
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// What an item macro is called with may be declared by it: `id_type!(TraceId, 16)`.
    fn collect_from_macro(&mut self, tokens: &[Token<'_>], bang: usize) {
        let Some(open) = (bang + 1..=bang + 2).find(|at| {
            tokens
                .get(*at)
                .is_some_and(|token| matches!(token.text, "{" | "(" | "["))
        }) else {
            return;
        };
        let arguments = tokens
            .get(bang + 1..matching(tokens, open))
            .unwrap_or_default();
        self.names.extend(
            arguments
                .iter()
                .filter(|token| token.is_word())
                .map(|token| token.text.to_owned()),
        );
    }
}

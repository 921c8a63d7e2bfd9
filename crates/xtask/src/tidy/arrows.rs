//! Rule: arrows point down. In a library crate a file imports only modules listed below its own in
//! `lib.rs`.
//!
//! The `mod` lines of `lib.rs` stand in the order in which a span flows, so they read as a table of
//! contents; this rule keeps them true. It follows `crate::x`, `super::x` and names that `lib.rs`
//! re-exports. Test code is free, and so is `lib.rs` itself. It does not order the submodules of
//! one module among each other.

use std::collections::BTreeMap;

use super::{Finding, Tree};
use crate::source::{Source, Token, paths, test_code};

pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for folder in tree.crates() {
        let source_folder = format!("{folder}/src/");
        let Some(contents) = tree.text(&format!("{source_folder}lib.rs")) else {
            continue;
        };
        let order = Order::read(contents);
        for (path, text) in tree.rust().filter(|(path, _)| !tree.is_test_file(path)) {
            let Some(inside) = path.strip_prefix(&source_folder) else {
                continue;
            };
            let Some(modules) = module_path(inside) else {
                continue;
            };
            let parted = test_code::part(&Source::read(text));
            for arrow in arrows(&parted.shipped, &modules) {
                findings.extend(order.judge(path, &modules, &arrow));
            }
        }
    }
}

/// The modules of a file by its place under `src/`; `None` for the roots of the crate and of its
/// programs.
fn module_path(inside: &str) -> Option<Vec<&str>> {
    let stem = inside.strip_suffix(".rs")?;
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    let is_root = matches!(stem, "lib" | "main") || stem.starts_with("bin/");
    (!is_root).then(|| stem.split('/').collect())
}

/// What `lib.rs` says: the place of each module, and which module a re-exported name comes from.
#[derive(Default)]
struct Order<'a> {
    places: BTreeMap<&'a str, usize>,
    origins: BTreeMap<&'a str, &'a str>,
}

impl<'a> Order<'a> {
    fn read(contents: &'a str) -> Self {
        let tokens = test_code::part(&Source::read(contents)).shipped;
        let mut order = Self::default();
        let mut depth = 0_usize;
        for (at, token) in tokens.iter().enumerate() {
            match token.text {
                "{" => depth += 1,
                "}" => depth = depth.saturating_sub(1),
                "mod" if depth == 0 => {
                    let place = order.places.len();
                    order
                        .places
                        .extend(tokens.get(at + 1).map(|name| (name.text, place)));
                }
                "use" if depth == 0 => {
                    for leaf in paths::read(&tokens, at + 1).0 {
                        let inside = leaf
                            .segments
                            .iter()
                            .find(|segment| !matches!(**segment, "crate" | "self"));
                        order
                            .origins
                            .extend(inside.map(|module| (leaf.name, *module)));
                    }
                }
                _ => {}
            }
        }
        order
    }

    /// The top-level module that a name at the crate's root stands for.
    fn module(&self, name: &str) -> Option<(&'a str, usize)> {
        let direct = self.places.get_key_value(name);
        let found = direct.or_else(|| self.places.get_key_value(self.origins.get(name)?));
        found.map(|(module, place)| (*module, *place))
    }

    fn judge(&self, path: &str, modules: &[&str], arrow: &Arrow<'_>) -> Option<Finding> {
        let own = *modules.first()?;
        if arrow.to == "*" {
            let text = "imports the whole crate; name what it needs, so that the arrow can be seen";
            return Some(Finding::new(path, arrow.line, text));
        }
        let Some((_, own_place)) = self.module(own) else {
            let text = format!(
                "module {own} is not listed in lib.rs; add its mod line where it stands in the flow"
            );
            return Some(Finding::new(path, 1, text));
        };
        let (target, place) = self.module(arrow.to)?;
        (place < own_place).then(|| {
            let text = format!(
                "{own} imports {target}, which lib.rs lists above it; move what both need down"
            );
            Finding::new(path, arrow.line, text)
        })
    }
}

/// A name at the crate's root that a file uses.
struct Arrow<'a> {
    to: &'a str,
    line: usize,
}

/// All arrows of one file, inline modules included.
fn arrows<'a>(tokens: &[Token<'a>], modules: &[&'a str]) -> Vec<Arrow<'a>> {
    let mut found = Vec::new();
    let mut inline: Vec<(usize, &str)> = Vec::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let mut next = at + 1;
        match token.text {
            "{" => {
                inline.extend(inline_module(tokens, at).map(|name| (depth, name)));
                depth += 1;
            }
            "}" => {
                depth = depth.saturating_sub(1);
                inline.retain(|(opened, _)| *opened < depth);
            }
            "crate" | "super" | "self" if begins_path(tokens, at) => {
                let (leaves, end) = paths::read(tokens, at);
                let names: Vec<_> = modules
                    .iter()
                    .copied()
                    .chain(inline.iter().map(|(_, name)| *name))
                    .collect();
                found.extend(leaves.iter().filter_map(|leaf| root_name(leaf, &names)));
                next = end.max(next);
            }
            _ => {}
        }
        at = next;
    }
    found
}

/// The name in `mod name {`, where `brace` is its brace.
fn inline_module<'a>(tokens: &[Token<'a>], brace: usize) -> Option<&'a str> {
    match tokens.get(brace.checked_sub(2)?..brace)? {
        [keyword, name] if keyword.text == "mod" => Some(name.text),
        _ => None,
    }
}

/// Whether the word at `at` is followed by `::` and not preceded by it.
fn begins_path(tokens: &[Token<'_>], at: usize) -> bool {
    let is_colons = |token: Option<&Token<'_>>| token.is_some_and(|token| token.text == "::");
    is_colons(tokens.get(at + 1))
        && !is_colons(at.checked_sub(1).and_then(|before| tokens.get(before)))
}

/// The name at the crate's root that a path leads to, seen from inside `modules`.
fn root_name<'a>(leaf: &paths::Path<'a>, modules: &[&'a str]) -> Option<Arrow<'a>> {
    let line = leaf.line;
    if leaf.first() == "crate" {
        return leaf.segments.get(1).map(|to| Arrow { to, line });
    }
    let path = leaf
        .segments
        .strip_prefix(&["self"])
        .unwrap_or(&leaf.segments);
    let ups = path
        .iter()
        .take_while(|segment| **segment == "super")
        .count();
    let above = modules.len().checked_sub(ups)?;
    if above > 0 {
        return None; // still inside the file's own top-level module
    }
    path.get(ups).map(|to| Arrow { to, line })
}

#[cfg(test)]
mod tests;

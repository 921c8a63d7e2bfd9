//! Rule: what the documents name exists.
//!
//! Read are `README.md` and everything under `docs/` (of the changelog only the newest section:
//! history may name what is gone). Looked at are relative links, and inline code outside fenced
//! blocks, of four forms:
//!
//! - a **path** holds a `/` and begins with a folder of the top level; it must stand in the tree
//!   (`*` matches within a name, a placeholder such as `<name>` is not looked at);
//! - an **item** holds a `::`. It is ours if it begins with one of our crates, modules or types;
//!   then each of its segments must be declared somewhere in `crates/*/src`. A path that begins in
//!   lower case with anything else is foreign. A type that is neither ours nor well known from std
//!   is a finding: name foreign types by their full path;
//! - a **proof** is a lower-case word behind a link to a `.rs` file, on the same line: that file
//!   must have a function of this name, or, if it replays corpora, a case;
//! - a **file of a folder** stands under a heading that names the folder, as in the code map.
//!
//! Line numbers are no references: they go stale with the next edit.

mod beside;
mod declared;
mod markdown;

use super::{Finding, Tree};
use crate::source::{Source, paths};
use beside::Beside;
use declared::Declared;
use markdown::{Page, Piece};

/// Where paths begin; what tools make there is not in the tree.
const FOLDERS: [&str; 7] = [
    "crates", "docs", "benches", "fuzz", ".ci", ".github", ".cargo",
];
const OUTPUTS: [&str; 3] = ["fuzz/target", "fuzz/artifacts", "fuzz/coverage"];

/// Types of std that may stand in the documents without their path.
const STD_TYPES: [&str; 36] = [
    "Acquire",
    "Arc",
    "AtomicBool",
    "AtomicPtr",
    "AtomicU32",
    "AtomicU64",
    "AtomicUsize",
    "BTreeMap",
    "Box",
    "Cell",
    "Cow",
    "Duration",
    "Error",
    "HashMap",
    "Instant",
    "IntoIterator",
    "Iterator",
    "MaybeUninit",
    "Mutex",
    "Once",
    "OnceLock",
    "Option",
    "Ordering",
    "Pin",
    "Rc",
    "RefCell",
    "Result",
    "RwLock",
    "Self",
    "String",
    "SystemTime",
    "UnsafeCell",
    "Vec",
    "VecDeque",
    "Waker",
    "Weak",
];

pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    let declared = Declared::read(tree);
    for (path, text) in tree.texts().filter(|(path, _)| is_document(path)) {
        let text = if path.ends_with("CHANGELOG.md") {
            newest_section(text)
        } else {
            text
        };
        let mut beside = Beside::default();
        for piece in Page::new(text) {
            match piece {
                Piece::Heading { line } => beside.heading(line),
                Piece::Code { line, text } => {
                    let mut report = |words| findings.push(Finding::new(path, line, words));
                    check_code(tree, &declared, text, &mut report);
                    beside.code(tree, line, text).into_iter().for_each(report);
                }
                Piece::Link { line, target } => match link_target(path, target) {
                    Some(file) if file.is_empty() || tree.has(&file) => beside.link(line, file),
                    _ => {
                        let text = format!("links to {target}, which is not there; mend the link");
                        findings.push(Finding::new(path, line, text));
                    }
                },
            }
        }
    }
}

fn is_document(path: &str) -> bool {
    path == "README.md" || (path.starts_with("docs/") && path.ends_with(".md"))
}

/// A changelog up to its second section that holds a version.
fn newest_section(text: &str) -> &str {
    let end = text
        .match_indices("\n## ")
        .nth(1)
        .map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text)
}

/// One piece of inline code; `report` gets a sentence for each thing that is wrong with it.
fn check_code(tree: &Tree, declared: &Declared, code: &str, report: &mut dyn FnMut(String)) {
    if is_path(code) {
        let (path, line_number) = match code.split_once(':') {
            Some((path, rest)) => (path, !rest.starts_with(':')),
            None => (code, false),
        };
        if line_number {
            report(format!(
                "refers to a line, {code}; lines move, name the item instead"
            ));
        } else if !path_exists(tree, path.trim_end_matches('/')) {
            report(format!(
                "names the path {path}, which is not there; correct it"
            ));
        }
        return;
    }
    let source = Source::read(code);
    let mut at = 0;
    while at < source.tokens.len() {
        let (leaves, end) = paths::read(&source.tokens, at);
        for leaf in leaves.iter().filter(|leaf| leaf.segments.len() > 1) {
            if let Some(missing) = declared.missing(&leaf.segments) {
                let path = leaf.segments.join("::");
                report(format!(
                    "names {path}, but no {missing} is declared in crates/*/src; correct it"
                ));
            }
        }
        at = end.max(at + 1);
    }
}

/// Whether inline code is a path of ours that can be looked up.
fn is_path(code: &str) -> bool {
    let begins = FOLDERS.iter().any(|folder| {
        code.strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
    });
    begins && !code.contains([' ', '<', '{', '…'])
}

fn path_exists(tree: &Tree, path: &str) -> bool {
    let is_output = OUTPUTS.iter().any(|output| path.starts_with(output));
    is_output
        || tree.has(path)
        || (path.contains('*') && tree.paths().any(|candidate| matches(path, candidate)))
}

/// Whether a path fits a pattern; `*` stands for any characters within one name, `**` for any
/// names.
fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((head, tail)) => path.strip_prefix(head).is_some_and(|rest| {
            let (tail, crosses) = tail
                .strip_prefix('*')
                .map_or((tail, false), |tail| (tail, true));
            let reach = if crosses {
                rest.len()
            } else {
                rest.find('/').unwrap_or(rest.len())
            };
            (0..=reach)
                .filter_map(|at| rest.get(at..))
                .any(|rest| matches(tail, rest))
        }),
    }
}

/// The path in the repository that a link leads to: empty where it leads out of the repository,
/// within the page or to the top; `None` above the top.
fn link_target(page: &str, target: &str) -> Option<String> {
    let target = target.split('#').next().unwrap_or_default();
    if target.is_empty() || target.contains(':') {
        return Some(String::new());
    }
    let mut folders: Vec<_> = page.split('/').collect();
    folders.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(folders.pop()?),
            name => folders.push(name),
        }
    }
    Some(folders.join("/"))
}

#[cfg(test)]
mod tests;

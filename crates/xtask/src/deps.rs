//! `cargo xtask deps`: what we make our users compile, and on which terms.
//!
//! Four questions: is every package from the registry, is its licence on the list, does the
//! front-door crate stay within its budget of packages, and is core as bare as promised. Where
//! cargo-deny is installed it runs as well, since it also knows of security advisories
//! (`.deny.toml` holds its settings).

mod licence;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::manifest::Manifest;
use crate::outcome::{Failure, Outcome};
use crate::step::{Step, TARGET, skipped};

/// The one place that packages come from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// What a library gets that depends on `spanline` without default features.
const BARE: [&str; 3] = ["pin-project-lite", "spanline", "spanline-core"];

/// How many packages, ours included, a user compiles. Raising one is a decision: write it down with
/// the dependency.
const BUDGETS: [(&str, usize); 6] = [
    ("sdk", 15),
    ("sdk,jaeger,otlp,zipkin", 25),
    ("sdk,jaeger,otlp,zipkin,gzip", 30),
    ("sdk,jaeger,otlp,zipkin,json", 29),
    ("sdk,jaeger,otlp,zipkin,tls", 34),
    ("sdk,grpc", 40),
];

pub(crate) fn run(root: &Path) -> Outcome {
    let mut wrong = Vec::new();
    for folder in ["", "fuzz/"] {
        let lock = format!("{folder}Cargo.lock");
        if let Ok(text) = fs::read_to_string(root.join(&lock)) {
            wrong.extend(strangers(&lock, &text));
            let manifest = format!("{folder}Cargo.toml");
            wrong.extend(unlicensed(&licences(root, &manifest)?));
        }
    }
    wrong.extend(overweight(root)?);
    for sentence in &wrong {
        println!("{sentence}");
    }
    if Step::cargo(root, &["deny", "--version"]).succeeds() {
        Step::cargo(root, &["deny", "--all-features", "check"]).run()?;
    } else {
        skipped(
            "cargo deny",
            "it is not installed; security advisories were not looked up",
        )?;
    }
    match wrong.len() {
        0 => Ok(()),
        many => Err(Failure::new(format!(
            "deps: {many} of the rules above are broken"
        ))),
    }
}

/// Packages of a lock file that come from elsewhere than the registry, and versions of ours that
/// came twice.
fn strangers(lock: &str, text: &str) -> Vec<String> {
    let manifest = Manifest::read(text);
    let sources = manifest
        .entries("package")
        .filter(|entry| entry.key == "source" && entry.text() != REGISTRY);
    let foreign = sources.map(|entry| {
        format!(
            "{lock}:{}: comes from {}; take packages from the registry only",
            entry.line,
            entry.text()
        )
    });
    let mut seen = BTreeSet::new();
    let ours = manifest
        .entries("package")
        .filter(|entry| entry.key == "name" && entry.text().starts_with("spanline"));
    let twice = ours
        .filter(|entry| !seen.insert(entry.text().to_owned()))
        .map(|entry| {
            format!(
                "{lock}:{}: holds {} twice; two versions would mean two globals",
                entry.line,
                entry.text()
            )
        });
    foreign.chain(twice).collect()
}

/// `name version|licence` of every package, for every platform and with every feature.
fn licences(root: &Path, manifest: &str) -> Result<BTreeSet<String>, Failure> {
    let tree = [
        "tree",
        "--locked",
        "--workspace",
        "--all-features",
        "--target",
        "all",
        "--prefix",
        "none",
    ];
    let format = [
        "--no-dedupe",
        "--edges",
        "normal,build,dev",
        "--format",
        "{p}|{l}",
        "--manifest-path",
        manifest,
    ];
    let output = Step::cargo(root, &tree).args(&format).output()?;
    // A package that depends on itself for its tests is marked with a star the second time.
    let lines = output
        .lines()
        .map(|line| line.trim_end_matches(" (*)").to_owned());
    Ok(lines.collect())
}

/// The packages whose licence is not on the list.
fn unlicensed(packages: &BTreeSet<String>) -> Vec<String> {
    let split = packages.iter().filter_map(|line| line.rsplit_once('|'));
    let refused = split.filter(|(_, licence)| !licence::is_allowed(licence));
    refused
        .map(|(package, licence)| {
            format!("{package}: licence {licence:?} is not on the list; find another crate")
        })
        .collect()
}

/// The feature sets that bring more packages than promised.
fn overweight(root: &Path) -> Result<Vec<String>, Failure> {
    let mut wrong = Vec::new();
    let bare = packages(root, &[])?;
    if !bare
        .iter()
        .filter_map(|package| package.split(' ').next())
        .eq(BARE)
    {
        wrong.push(format!(
            "spanline without features brings {bare:?}; the promise is {BARE:?}"
        ));
    }
    for (features, budget) in BUDGETS {
        let count = packages(root, &["--features", features])?.len();
        println!("spanline with {features}: {count} packages, the budget is {budget}");
        if count > budget {
            wrong.push(format!(
                "spanline with {features} brings {count} packages; the budget is {budget}"
            ));
        }
    }
    Ok(wrong)
}

/// The packages, as `name version`, that a user of the front-door crate compiles; on one platform,
/// so that the count is the same everywhere.
fn packages(root: &Path, features: &[&str]) -> Result<BTreeSet<String>, Failure> {
    let tree = [
        "tree",
        "--locked",
        "--package",
        "spanline",
        "--no-default-features",
        "--edges",
        "normal",
    ];
    let output = Step::cargo(root, &tree)
        .args(&["--prefix", "none", "--target", TARGET])
        .args(features)
        .output()?;
    let names = output.lines().filter(|line| !line.is_empty());
    Ok(names
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect())
}

#[cfg(test)]
mod tests;

//! Rule: our crates pin each other exactly, and no lock file names an OpenTelemetry crate.
//!
//! Pins live in the root manifest, so every other one says `workspace = true`. Licences, sources
//! and the number of packages need Cargo's help and are looked at by `cargo xtask deps`.

use super::{Finding, Tree};
use crate::manifest::{Entry, Manifest};

const DEPENDENCIES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    if let Some(root) = tree.text("Cargo.toml") {
        pinned(&Manifest::read(root), findings);
    }
    for folder in tree.crates() {
        let path = format!("{folder}/Cargo.toml");
        inherited(
            &path,
            &Manifest::read(tree.text(&path).unwrap_or_default()),
            findings,
        );
    }
    for (path, text) in tree
        .texts()
        .filter(|(path, _)| path.ends_with("Cargo.lock"))
    {
        for entry in Manifest::read(text)
            .entries("package")
            .filter(|entry| entry.key == "name")
        {
            if entry.text().starts_with("opentelemetry") {
                let text = format!(
                    "names {}; this project stands without OpenTelemetry crates, find another way",
                    entry.text()
                );
                findings.push(Finding::new(path, entry.line, text));
            }
        }
    }
}

/// In the root: each crate of ours as `version = "=x.y.z"`, where x.y.z is the workspace's version.
fn pinned(root: &Manifest<'_>, findings: &mut Vec<Finding>) {
    let version = root
        .values("workspace.package", "version")
        .next()
        .unwrap_or_default();
    for entry in root
        .entries("workspace.dependencies")
        .filter(|entry| is_ours(entry))
    {
        let pin = format!("version = \"={version}\"");
        if !entry.value.contains(&pin) {
            let text = format!("{} is not pinned; write `{pin}`", entry.key);
            findings.push(Finding::new("Cargo.toml", entry.line, text));
        }
    }
}

/// In a member: each crate of ours by `workspace = true`.
fn inherited(path: &str, manifest: &Manifest<'_>, findings: &mut Vec<Finding>) {
    for section in DEPENDENCIES {
        for entry in manifest.entries(section).filter(|entry| is_ours(entry)) {
            let text = format!(
                "{} has a path of its own; write `workspace = true`, the root pins it",
                entry.key
            );
            findings.push(Finding::new(path, entry.line, text));
        }
    }
}

/// Whether a dependency is one of our crates: only those have a path.
fn is_ours(entry: &Entry<'_>) -> bool {
    entry.value.contains("path = ")
}

#[cfg(test)]
mod tests;

//! `cargo xtask features`: features only add, so each must compile alone, and all of them together.

use std::fs;
use std::path::Path;

use crate::manifest::Manifest;
use crate::outcome::{Failure, Outcome};
use crate::step::Step;

const CRATE: &str = "spanline";

pub(crate) fn run(root: &Path) -> Outcome {
    let path = root.join("crates").join(CRATE).join("Cargo.toml");
    let text = fs::read_to_string(&path);
    let text =
        text.map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))?;
    let alone = [
        "check",
        "--quiet",
        "--package",
        CRATE,
        "--no-default-features",
    ];
    Step::cargo(root, &alone).run()?;
    for entry in Manifest::read(&text).entries("features") {
        Step::cargo(root, &alone)
            .args(&["--features", entry.key])
            .run()?;
    }
    Step::cargo(
        root,
        &["check", "--quiet", "--package", CRATE, "--all-features"],
    )
    .run()
}

//! `cargo xtask check`: what CI's fast half runs, in the order in which it fails soonest.

use std::path::Path;

use crate::outcome::Outcome;
use crate::step::Step;
use crate::{deps, tidy};

pub(crate) fn run(root: &Path, _: &[String]) -> Outcome {
    Step::cargo(root, &["fmt", "--all", "--check"]).run()?;
    tidy::run(root)?;
    deps::run(root)?;
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    Step::cargo(root, &clippy).run()?;
    Step::cargo(root, &["test", "--workspace"]).run()?;
    let doc = Step::cargo(root, &["doc", "--workspace", "--no-deps"]);
    doc.env("RUSTDOCFLAGS", "-D warnings").run()?;
    println!("all well");
    Ok(())
}

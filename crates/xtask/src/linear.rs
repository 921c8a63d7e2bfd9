//! `cargo xtask linear`: twice the input is about twice the work, for every parser.
//!
//! Runs the programs called `work_is_linear`. They measure time, which tests must not; so Cargo knows
//! them as tests that `cargo test` passes over.

use std::path::Path;

use crate::outcome::Outcome;
use crate::step::Step;

pub(crate) fn run(root: &Path) -> Outcome {
    let test = [
        "test",
        "--release",
        "--package",
        "spanline-core",
        "--package",
        "spanline-sdk",
        "--package",
        "spanline-sink",
        "--test",
        "work_is_linear",
    ];
    Step::cargo(root, &test).run()
}

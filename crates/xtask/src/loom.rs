//! `cargo xtask loom`: the models of the queue, of what a process installs and of a shutdown, explored
//! by loom.
//!
//! They are in `tests/model.rs` of three crates. Two settings bound the search: three pre-emptions per
//! execution (a model of one's own may ask for fewer) and ten thousand branches. The build has a
//! target folder of its own, since the cfg would otherwise rebuild everything twice.

use std::path::Path;
use std::time::Instant;

use crate::outcome::Outcome;
use crate::repository;
use crate::step::Step;

pub(crate) fn run(root: &Path, arguments: &[String]) -> Outcome {
    let start = Instant::now();
    let test = [
        "test",
        "--release",
        "--package",
        "spanline-queue",
        "--package",
        "spanline-core",
        "--package",
        "spanline-sdk",
        "--test",
        "model",
    ];
    Step::cargo(root, &test)
        .args(arguments)
        .env("LOOM_MAX_BRANCHES", "10000")
        .env("LOOM_MAX_PREEMPTIONS", "3")
        .env("CARGO_TARGET_DIR", repository::output(root, "loom"))
        .env("RUSTFLAGS", "--cfg loom")
        .run()?;
    println!(
        "models explored in {:.0} s, build included",
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

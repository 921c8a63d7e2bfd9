//! `cargo xtask fuzz-smoke`: each fuzz target for a short while, from its committed corpus.
//!
//! Builds the targets as cargo-fuzz does, but through plain Cargo, so that nothing needs
//! installing: with AddressSanitizer on a nightly toolchain, guided by coverage alone on a stable
//! one. Finds go to `target/fuzz-smoke`, never to the committed corpus. The seed is fixed: a smoke run
//! asks whether the change at hand broke something, and two runs of one tree should answer alike; the
//! search for something new is the long run, with cargo-fuzz and a seed of its own.

use std::fs;
use std::path::Path;

use crate::manifest::Manifest;
use crate::outcome::{Failure, Outcome};
use crate::repository;
use crate::step::{Step, TARGET, has_nightly, skipped};

const DEFAULT_SECONDS: &str = "30";

/// Coverage for libFuzzer: counters, their places in the code, and the operands of comparisons.
const COVERAGE: &str = "--cfg fuzzing -Cdebug-assertions -Ccodegen-units=1 -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";

pub(crate) fn run(root: &Path, arguments: &[String]) -> Outcome {
    let seconds = arguments.first().map_or(DEFAULT_SECONDS, String::as_str);
    if seconds.parse::<u32>().is_err() {
        return Err(Failure::new(format!(
            "{seconds} is not a number of seconds"
        )));
    }
    let folder = root.join("fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml"));
    let manifest =
        manifest.map_err(|error| Failure::new(format!("cannot read fuzz/Cargo.toml: {error}")))?;
    let manifest = Manifest::read(&manifest);
    let targets: Vec<_> = manifest.values("bin", "name").collect();
    if targets.is_empty() {
        return skipped("fuzz-smoke", "fuzz/Cargo.toml lists no target");
    }
    let built = build(root)?;
    for target in targets {
        smoke(root, &built, target, seconds)?;
    }
    Ok(())
}

/// Builds all targets; gives the folder that they are in.
fn build(root: &Path) -> Result<std::path::PathBuf, Failure> {
    let output = repository::output(root, "fuzz-build");
    let build = [
        "build",
        "--release",
        "--manifest-path",
        "fuzz/Cargo.toml",
        "--bins",
        "--target",
        TARGET,
    ];
    let (step, flags) = if has_nightly(root) {
        (
            Step::nightly_cargo(root, &build),
            format!("{COVERAGE} -Zsanitizer=address"),
        )
    } else {
        println!("no nightly toolchain: coverage-guided, without AddressSanitizer");
        (Step::cargo(root, &build), COVERAGE.to_owned())
    };
    step.env("CARGO_TARGET_DIR", &output)
        .env("RUSTFLAGS", flags)
        .run()?;
    Ok(output.join(TARGET).join("release"))
}

/// Runs one target; what it finds worth keeping lands in a scratch folder.
fn smoke(root: &Path, built: &Path, target: &str, seconds: &str) -> Outcome {
    let scratch = repository::output(root, "fuzz-smoke").join(target);
    fs::create_dir_all(&scratch)
        .map_err(|error| Failure::new(format!("cannot make {}: {error}", scratch.display())))?;
    let committed = root.join("fuzz/corpus").join(target);
    let corpora = [
        Some(scratch.as_os_str()),
        committed.is_dir().then_some(committed.as_os_str()),
    ];
    let artifacts = format!("-artifact_prefix={}/crash-", scratch.display());
    Step::program(
        root,
        built.join(target),
        &[
            &format!("-max_total_time={seconds}"),
            "-seed=1",
            "-print_final_stats=1",
            "-verbosity=0",
            &artifacts,
        ],
    )
    .args(&corpora.into_iter().flatten().collect::<Vec<_>>())
    .run()
}

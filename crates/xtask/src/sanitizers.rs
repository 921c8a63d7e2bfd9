//! `cargo xtask asan`, `tsan` and `miri`: the machines that watch unsafe and concurrent code while
//! its tests run.
//!
//! All three need a nightly toolchain, the latter two a component of it. Where that is missing they
//! say so in one line that begins with `skipped:` and succeed: the tools add to loom and the tests,
//! they are not the only check.

use std::path::Path;

use crate::outcome::Outcome;
use crate::repository;
use crate::step::{Step, TARGET, has_nightly, skipped};

/// The crate with the unsafe code, and the one that drives it from several threads.
const QUEUE_AND_SDK: [&str; 4] = ["--package", "spanline-queue", "--package", "spanline-sdk"];

/// Strict provenance and symbolic alignment: pointers must come from where they say, aligned by
/// right and not by luck.
const MIRI_FLAGS: &str =
    "-Zmiri-strict-provenance -Zmiri-symbolic-alignment-check -Zmiri-disable-isolation";

/// Use after free, out of bounds, leaks.
pub(crate) fn address(root: &Path) -> Outcome {
    if !has_nightly(root) {
        return skipped("asan", "no nightly toolchain");
    }
    // Also how a test knows that it must not fork beside threads at work.
    tests(root, "asan", "-Zsanitizer=address", &[])
        .env("ASAN_OPTIONS", "detect_leaks=1")
        .run()
}

/// Data races. Needs a std that is instrumented too, or it reports races that are none.
pub(crate) fn thread(root: &Path) -> Outcome {
    if !has_nightly(root) {
        return skipped("tsan", "no nightly toolchain");
    }
    if !has_std_source(root) {
        return skipped(
            "tsan",
            "the nightly toolchain has no rust-src to rebuild std from",
        );
    }
    // The tests of forks have children that start threads, which TSan refuses unless told otherwise.
    tests(root, "tsan", "-Zsanitizer=thread", &["-Zbuild-std"])
        .env("TSAN_OPTIONS", "die_after_fork=0")
        .run()
}

/// Undefined behaviour of any kind, at a thousandth of the speed.
pub(crate) fn miri(root: &Path) -> Outcome {
    if !has_nightly(root) {
        return skipped("miri", "no nightly toolchain");
    }
    if !Step::nightly_cargo(root, &["miri", "--version"]).succeeds() {
        return skipped("miri", "the nightly toolchain has no miri component");
    }
    let test = [
        "miri",
        "test",
        "--package",
        "spanline-queue",
        "--lib",
        "--tests",
    ];
    Step::nightly_cargo(root, &test)
        .env("CARGO_TARGET_DIR", repository::output(root, "miri"))
        .env("MIRIFLAGS", MIRI_FLAGS)
        .run()
}

/// The tests of both crates with one sanitizer. Without doctests: rustdoc would need flags of its
/// own.
fn tests(root: &Path, name: &str, flags: &str, more: &[&str]) -> Step {
    // To the end: one finding should not hide the next.
    Step::nightly_cargo(
        root,
        &[
            "test",
            "--no-fail-fast",
            "--lib",
            "--tests",
            "--target",
            TARGET,
        ],
    )
    .args(&QUEUE_AND_SDK)
    .args(more)
    .env("CARGO_TARGET_DIR", repository::output(root, name))
    .env("RUSTFLAGS", flags)
}

/// Whether the nightly toolchain can rebuild std.
fn has_std_source(root: &Path) -> bool {
    let sysroot = Step::program(root, "rustc", &["+nightly", "--print", "sysroot"]).output();
    sysroot.is_ok_and(|path| {
        Path::new(path.trim())
            .join("lib/rustlib/src/rust/library")
            .is_dir()
    })
}

//! `cargo xtask shuttle`: the whole batch processor under random schedules.
//!
//! The stories are in `crates/spanline-sdk/tests/schedules.rs`. Each gets so many schedules drawn at
//! random, and a fifth as many more with at most three decisive pre-emptions (PCT), which finds what
//! uniform chance takes long to hit. The build has a target folder of its own, as for loom. The seed
//! is fixed, so two runs of one tree answer alike; `SCHEDULE_SEED` sets another.

use std::path::Path;
use std::time::Instant;

use crate::outcome::{Failure, Outcome};
use crate::repository;
use crate::step::Step;

const DEFAULT_SCHEDULES: u32 = 100_000;

pub(crate) fn run(root: &Path, arguments: &[String]) -> Outcome {
    let start = Instant::now();
    let (schedules, filter) = match arguments.split_first() {
        None => (DEFAULT_SCHEDULES, arguments),
        Some((first, rest)) => match first.parse() {
            Ok(schedules) => (schedules, rest),
            Err(_) => (DEFAULT_SCHEDULES, arguments),
        },
    };
    if schedules == 0 {
        return Err(Failure::new("at least one schedule, please"));
    }
    explore(root, "random", schedules, filter)?;
    explore(root, "pct", (schedules / 5).max(1), filter)?;
    println!(
        "schedules explored in {:.0} s, build included",
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

fn explore(root: &Path, scheduler: &str, schedules: u32, filter: &[String]) -> Outcome {
    let test = [
        "test",
        "--release",
        "--package",
        "spanline-sdk",
        "--test",
        "schedules",
    ];
    Step::cargo(root, &test)
        .args(filter)
        .env("SCHEDULES", schedules.to_string())
        .env("SCHEDULER", scheduler)
        .env("CARGO_TARGET_DIR", repository::output(root, "shuttle"))
        .env("RUSTFLAGS", "--cfg shuttle")
        .run()
}

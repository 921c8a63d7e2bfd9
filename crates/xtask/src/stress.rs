//! `cargo xtask stress`: the promises about load, deadlines and silence, with their full figures.
//!
//! Each scenario is an ordinary test as well, with small figures and no clock; here it gets a release
//! build, a process of its own and `STRESS=full`, and prints what it measured. Times are asserted, so
//! the machine should have nothing else to do. `SOAK_SECONDS` and `SOAK_RATE` reach the soak.

use std::path::Path;
use std::time::Instant;

use crate::outcome::{Failure, Outcome};
use crate::step::Step;

struct Scenario {
    name: &'static str,
    package: &'static str,
    /// The test binary, and the test in it.
    test: (&'static str, &'static str),
}

const fn sdk(name: &'static str, test: &'static str) -> Scenario {
    Scenario {
        name,
        package: "spanline-sdk",
        test: ("stress", test),
    }
}

const fn front_door(name: &'static str, file: &'static str) -> Scenario {
    Scenario {
        name,
        package: "spanline",
        test: (file, ""),
    }
}

const SCENARIOS: [Scenario; 20] = [
    Scenario {
        name: "queue",
        package: "spanline-queue",
        test: ("nothing_is_lost_or_doubled", "with_"),
    },
    sdk("zero-loss", "load::zero_loss_below_capacity"),
    sdk("batches", "load::batches_under_load_are_full"),
    sdk("drops", "load::drops_are_counted_exactly"),
    sdk("chaos", "load::chaos_balances"),
    sdk("wake-ups", "lifecycle::no_wake_up_is_lost"),
    Scenario {
        name: "flush",
        package: "spanline-sdk",
        test: ("flush_is_a_point_in_time", "what_ended_before_is_covered"),
    },
    sdk("shutdown", "lifecycle::shutdown_meets_producers"),
    sdk("everything", "lifecycle::everything_at_once"),
    Scenario {
        name: "panic",
        package: "spanline-sdk",
        test: ("survives_a_panicking_exporter", "a_panic_costs_one_batch"),
    },
    sdk("latency", "load::a_full_queue_is_quick_to_say_no"),
    sdk("threads", "load::short_threads_lose_nothing"),
    sdk("runtimes", "runtimes::"),
    sdk("hung", "deadlines::a_hung_exporter_is_abandoned_in_time"),
    front_door("exits", "exits"),
    Scenario {
        name: "fork",
        package: "spanline-sdk",
        test: ("a_forked_child_starts_over", ""),
    },
    sdk("idle", "quiet::an_idle_worker_sleeps"),
    Scenario {
        name: "callers",
        package: "spanline-sdk",
        test: ("caller_never_waits", ""),
    },
    front_door("outage", "outage"),
    front_door("soak", "soak"),
];

pub(crate) fn run(root: &Path, arguments: &[String]) -> Outcome {
    let wanted = |scenario: &&Scenario| {
        arguments.is_empty() || arguments.iter().any(|name| name == scenario.name)
    };
    let unknown = |name: &&String| SCENARIOS.iter().all(|scenario| scenario.name != *name);
    if let Some(name) = arguments.iter().find(unknown) {
        let names: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        return Err(Failure::new(format!(
            "no scenario is called {name}; there are {}",
            names.join(", ")
        )));
    }
    let mut failed = Vec::new();
    for scenario in SCENARIOS.iter().filter(wanted) {
        let start = Instant::now();
        println!("== {}", scenario.name);
        if let Err(failure) = one(root, scenario) {
            println!("{failure}");
            failed.push(scenario.name);
        }
        println!("   {:.0} s", start.elapsed().as_secs_f64());
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("stress: {}", failed.join(", "))))
}

fn one(root: &Path, scenario: &Scenario) -> Outcome {
    let (binary, filter) = scenario.test;
    let test = [
        "test",
        "--release",
        "--quiet",
        "--package",
        scenario.package,
    ];
    let rest = [
        "--test",
        binary,
        "--",
        filter,
        "--nocapture",
        "--test-threads=1",
    ];
    Step::cargo(root, &test)
        .args(&rest)
        .env("STRESS", "full")
        .env("STRESS_RECORDS", "100000")
        .run()
}

//! `cargo xtask`: the tasks of this repository, in plain Rust and without a dependency.
//!
//! Each command is one module: `tidy` reads files itself, the others call Cargo with the right
//! flags and say how long it took. What a fresh machine must install first is the business of
//! `.ci/run`, which calls these same commands.
#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a task talks to the person who called it"
)]

mod check;
mod features;
mod fuzz;
mod linear;
mod loom;
mod shuttle;
mod stress;
mod oracle;
mod interop;
mod bench_report;
mod sanitizers;
mod deps;
mod tidy;
mod source;
mod manifest;
mod export;
mod http;
mod json;
mod step;
mod repository;
mod outcome;

use std::path::Path;
use std::process::ExitCode;

use outcome::{Failure, Outcome};

/// One word after `cargo xtask`.
struct Command {
    name: &'static str,
    arguments: &'static str,
    /// On two cores, with dependencies built.
    usual_time: &'static str,
    does: &'static str,
    run: fn(&Path, &[String]) -> Outcome,
}

const COMMANDS: [Command; 15] = [
    Command {
        name: "check",
        arguments: "",
        usual_time: "2 min",
        does: "what to run before a commit: fmt, clippy, test, doc, tidy, deps",
        run: check::run,
    },
    Command {
        name: "tidy",
        arguments: "",
        usual_time: "1 s",
        does: "what the repository promises about itself (also: cargo tidy)",
        run: |root, _| tidy::run(root),
    },
    Command {
        name: "deps",
        arguments: "",
        usual_time: "3 s",
        does: "licences, sources, forbidden crates, and how many packages a user compiles",
        run: |root, _| deps::run(root),
    },
    Command {
        name: "features",
        arguments: "",
        usual_time: "30 s",
        does: "cargo check with each feature of spanline alone, with none and with all",
        run: |root, _| features::run(root),
    },
    Command {
        name: "loom",
        arguments: "[FILTER]",
        usual_time: "30 s",
        does: "the models of queue, global and shutdown, every interleaving up to three pre-emptions",
        run: loom::run,
    },
    Command {
        name: "shuttle",
        arguments: "[SCHEDULES] [FILTER]",
        usual_time: "95 s",
        does: "the whole batch processor under 100,000 random schedules per story",
        run: shuttle::run,
    },
    Command {
        name: "stress",
        arguments: "[NAME]...",
        usual_time: "13 min",
        does: "load, deadlines, exits, outages and silence with full figures, in release builds",
        run: stress::run,
    },
    Command {
        name: "fuzz-smoke",
        arguments: "[SECONDS]",
        usual_time: "30 s per target",
        does: "each fuzz target for a short while, from its committed corpus",
        run: fuzz::run,
    },
    Command {
        name: "linear",
        arguments: "",
        usual_time: "10 s",
        does: "every parser's time for twice the input: at most 2.5 times as long",
        run: |root, _| linear::run(root),
    },
    Command {
        name: "asan",
        arguments: "",
        usual_time: "90 s",
        does: "the queue's and the machinery's tests under AddressSanitizer (nightly)",
        run: |root, _| sanitizers::address(root),
    },
    Command {
        name: "tsan",
        arguments: "",
        usual_time: "3 min",
        does: "the same under ThreadSanitizer (nightly with rust-src)",
        run: |root, _| sanitizers::thread(root),
    },
    Command {
        name: "miri",
        arguments: "",
        usual_time: "11 min",
        does: "the queue's tests under Miri (nightly with miri)",
        run: |root, _| sanitizers::miri(root),
    },
    Command {
        name: "oracle",
        arguments: "FOLDER [PYTHON] [SPANS]",
        usual_time: "40 s",
        does: "300 random spans by each exporter, judged by the Python module span_oracle in FOLDER",
        run: oracle::run,
    },
    Command {
        name: "interop",
        arguments: "[SERVER...]",
        usual_time: "15 min, then 1 min",
        does: "zipkin, jaeger, an OpenTelemetry collector and otelite show what they are sent",
        run: interop::run,
    },
    Command {
        name: "bench-report",
        arguments: "[BENCH] [OPTION]",
        usual_time: "15 min",
        does: "runs the benches and rewrites the tables of docs/benchmarks.md",
        run: bench_report::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Outcome {
    let Some((name, rest)) = arguments.split_first() else {
        help();
        return Ok(());
    };
    let command = COMMANDS
        .iter()
        .find(|command| command.name == name.as_str());
    let command = command.ok_or_else(|| {
        help();
        Failure::new(format!("no command is called {name}"))
    })?;
    (command.run)(&repository::root()?, rest)
}

fn help() {
    println!("cargo xtask COMMAND\n");
    for Command {
        name,
        arguments,
        usual_time,
        does,
        ..
    } in COMMANDS
    {
        println!(
            "  {:<24} {usual_time:>15}   {does}",
            format!("{name} {arguments}")
        );
    }
}

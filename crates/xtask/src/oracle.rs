//! `cargo xtask oracle`: the shopping example sends its trace to an independent decoder, which
//! judges it.
//!
//! The decoder is a Python module called `span_oracle`, which is not part of this repository: a
//! fake collector that decodes with third-party libraries and refuses whatever the wire formats do
//! not allow. Here: start it, start the example with an exporter pointed at it, and ask for eight
//! spans of one trace without a malformed payload or a warning.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::outcome::{Failure, Outcome};
use crate::repository;
use crate::step::Step;

const EXAMPLE: [&str; 5] = ["run", "--release", "--quiet", "--example", "shopping"];
const SPANS: usize = 8;
const START_LIMIT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);

/// One exporter, chosen and pointed by the environment as the OpenTelemetry specification names it.
struct Wire {
    exporter: &'static str,
    endpoint_variable: &'static str,
    path: &'static str,
}

const WIRES: [Wire; 2] = [
    Wire {
        exporter: "jaeger",
        endpoint_variable: "OTEL_EXPORTER_JAEGER_ENDPOINT",
        path: "/api/traces",
    },
    Wire {
        exporter: "zipkin",
        endpoint_variable: "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
        path: "/api/v2/spans",
    },
];

pub(crate) fn run(root: &Path, arguments: &[String]) -> Outcome {
    let (folder, python) = match arguments {
        [folder] => (folder, "python3"),
        [folder, python] => (folder, python.as_str()),
        _ => return Err(Failure::new("usage: cargo xtask oracle FOLDER [PYTHON]")),
    };
    let absolute = |path: &str| {
        fs::canonicalize(path).map_err(|error| Failure::new(format!("{path}: {error}")))
    };
    let folder = absolute(folder)?;
    if !folder.join("span_oracle").is_dir() {
        return Err(Failure::new(format!(
            "{} holds no module span_oracle",
            folder.display()
        )));
    }
    for wire in &WIRES {
        judge(root, &folder, python, wire)?;
    }
    Ok(())
}

/// One trace over one wire.
fn judge(root: &Path, folder: &Path, python: &str, wire: &Wire) -> Outcome {
    let scratch = repository::output(root, "oracle").join(wire.exporter);
    // What an earlier run left would pass for this run's answer.
    let _ = fs::remove_dir_all(&scratch);
    fs::create_dir_all(&scratch)
        .map_err(|error| Failure::new(format!("cannot make {}: {error}", scratch.display())))?;
    let (ready, rows) = (scratch.join("ready.json"), scratch.join("spans.jsonl"));
    let mut oracle = Oracle::start(
        root,
        folder,
        python,
        &[
            ("--ready-file", &ready.to_string_lossy()),
            ("--out", &rows.to_string_lossy()),
            ("--once", &SPANS.to_string()),
        ],
    )?;
    let port = oracle.port(&ready)?;
    let endpoint = format!("http://127.0.0.1:{port}{}", wire.path);
    Step::cargo(root, &EXAMPLE)
        .env(wire.endpoint_variable, endpoint)
        .env("OTEL_TRACES_EXPORTER", wire.exporter)
        .run()?;
    oracle.verdict()?;
    let rows = fs::read_to_string(&rows);
    let rows = rows.map_err(|error| Failure::new(format!("the oracle wrote no rows: {error}")))?;
    one_whole_trace(&rows)?;
    println!(
        "oracle: {SPANS} spans over {}, one trace, nothing malformed, no warning",
        wire.exporter
    );
    Ok(())
}

/// Whether the rows are the expected number of spans, all of one trace.
fn one_whole_trace(rows: &str) -> Outcome {
    let spans = rows
        .lines()
        .filter(|row| field(row, "record") == Some("span"))
        .count();
    let traces: BTreeSet<_> = rows
        .lines()
        .filter_map(|row| field(row, "trace_id"))
        .collect();
    if spans != SPANS || spans != rows.lines().count() {
        return Err(Failure::new(format!(
            "expected {SPANS} spans and nothing else, the oracle wrote:\n{rows}"
        )));
    }
    match traces.len() {
        1 => Ok(()),
        many => Err(Failure::new(format!(
            "expected one trace, got {many}: {traces:?}"
        ))),
    }
}

/// The first value of a text field in a row. A row's own fields stand before those of its links.
fn field<'a>(row: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = row.split_once(&format!("\"{name}\": \""))?;
    rest.split('"').next()
}

/// The running decoder; ended when dropped, whatever happened in between.
struct Oracle {
    process: Child,
}

impl Oracle {
    /// Warnings count as errors; after a minute without all spans it gives up by itself.
    fn start(
        root: &Path,
        folder: &Path,
        python: &str,
        options: &[(&str, &str)],
    ) -> Result<Self, Failure> {
        let fixed = [
            "-m",
            "span_oracle",
            "serve",
            "--exact",
            "--werror",
            "--fail-fast",
            "--timeout",
            "60",
        ];
        let ports = ["--http-port", "0", "--udp-compact-port", "off"];
        let mut step = Step::program(root, python, &fixed)
            .args(&ports)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONPATH", folder);
        for (option, value) in options {
            step = step.args(&[option, value]);
        }
        let process = step.into_command().stdin(Stdio::null()).spawn();
        let process =
            process.map_err(|error| Failure::new(format!("cannot start {python}: {error}")))?;
        Ok(Self { process })
    }

    /// Waits until it listens; gives its HTTP port.
    fn port(&mut self, ready: &Path) -> Result<u16, Failure> {
        let start = Instant::now();
        while start.elapsed() < START_LIMIT {
            if let Ok(text) = fs::read_to_string(ready) {
                return port_in(&text)
                    .ok_or_else(|| Failure::new(format!("no HTTP port in {text}")));
            }
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(Failure::new(format!(
                    "the oracle ended with {status} before it listened"
                )));
            }
            thread::sleep(POLL);
        }
        Err(Failure::new("the oracle did not listen within 30 s"))
    }

    /// Its exit status: 0 says that exactly the expected spans came, all well-formed.
    fn verdict(&mut self) -> Outcome {
        match self.process.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Failure::new(format!(
                "the oracle refuses the trace: {status}"
            ))),
            Err(error) => Err(Failure::new(format!("cannot wait for the oracle: {error}"))),
        }
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // It has usually ended by itself; then both calls fail and change nothing.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The number behind `"http":`.
fn port_in(ready: &str) -> Option<u16> {
    let (_, rest) = ready.split_once("\"http\":")?;
    let digits = rest.trim_start();
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    digits.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests;

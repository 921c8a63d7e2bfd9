//! `cargo xtask oracle`: spans are sent to an independent decoder, which judges them.
//!
//! The decoder is a Python module called `span_oracle`, which is not part of this repository: a
//! fake collector that decodes with third-party libraries and refuses whatever the wire formats do
//! not allow. Here: start it, start a program with an exporter pointed at it, and ask for exactly its
//! spans without a malformed payload or a warning. Two programs: the shopping example, set up as users
//! do, must give one trace of eight spans; the conformance program sends the committed spans through
//! every exporter, and what OTLP carries must come back letter by letter.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
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

/// An exporter as the conformance program names it, and where the decoder takes what it sends.
struct Route {
    exporter: &'static str,
    gzip: bool,
    /// The name of the port in the decoder's list.
    port: &'static str,
    /// The path of HTTP; empty for datagrams.
    path: &'static str,
    /// Whether the format carries all there is to a span.
    whole: bool,
}

const fn http(exporter: &'static str, gzip: bool, path: &'static str, whole: bool) -> Route {
    Route {
        exporter,
        gzip,
        port: "http",
        path,
        whole,
    }
}

const fn datagrams(exporter: &'static str, port: &'static str) -> Route {
    Route {
        exporter,
        gzip: false,
        port,
        path: "",
        whole: false,
    }
}

const fn grpc(gzip: bool) -> Route {
    Route {
        exporter: "otlp-grpc",
        gzip,
        port: "grpc",
        path: "/",
        whole: true,
    }
}

const ROUTES: [Route; 11] = [
    grpc(false),
    grpc(true),
    http("jaeger-http", false, "/api/traces", false),
    datagrams("jaeger-udp-compact", "udp_compact"),
    datagrams("jaeger-udp-binary", "udp_binary"),
    http("zipkin", false, "/api/v2/spans", false),
    http("zipkin", true, "/api/v2/spans", false),
    http("otlp-http-protobuf", false, "/v1/traces", true),
    http("otlp-http-protobuf", true, "/v1/traces", true),
    http("otlp-http-json", false, "/v1/traces", true),
    http("otlp-http-json", true, "/v1/traces", true),
];

/// The committed spans, as the decoder writes them: with every kind of value and of awkward text.
const ROWS: &str = "crates/conformance/tests/spans.jsonl";

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
    // A first build takes longer than a decoder waits.
    Step::cargo(
        root,
        &["build", "--release", "--quiet", "--example", "shopping"],
    )
    .run()?;
    for wire in &WIRES {
        judge(root, &folder, python, wire)?;
    }
    // Not by `run`: what the program writes would mix with what is told here.
    Step::cargo(root, &["build", "--quiet", "-p", "spanline-conformance"]).run()?;
    let sent = fs::read_to_string(root.join(ROWS))
        .map_err(|error| Failure::new(format!("cannot read {ROWS}: {error}")))?;
    for route in &ROUTES {
        compare(root, &folder, python, route, &sent)?;
    }
    Ok(())
}

/// The committed spans by one route.
fn compare(root: &Path, folder: &Path, python: &str, route: &Route, sent: &str) -> Outcome {
    let name = format!(
        "{}{}",
        route.exporter,
        if route.gzip { "+gzip" } else { "" }
    );
    let count = sent.lines().count();
    let mut oracle = Oracle::start(root, folder, python, &name, count)?;
    let port = oracle.port(route.port)?;
    let endpoint = match route.path {
        "" => format!("127.0.0.1:{port}"),
        path => format!("http://127.0.0.1:{port}{path}"),
    };
    let rows = fs::File::open(root.join(ROWS))
        .map_err(|error| Failure::new(format!("cannot read {ROWS}: {error}")))?;
    let program = repository::output(root, "debug").join("spanline-conformance");
    let words = [
        "export",
        "--exporter",
        route.exporter,
        "--endpoint",
        &endpoint,
    ];
    let mut step = Step::program(root, program, &words);
    if route.gzip {
        step = step.args(&["--gzip"]);
    }
    let status = step
        .into_command()
        .stdin(rows)
        .stdout(Stdio::null())
        .status();
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => {
            return Err(Failure::new(format!(
                "{name}: the export ended with {status}"
            )));
        }
        Err(error) => return Err(Failure::new(format!("{name}: cannot export: {error}"))),
    }
    oracle.verdict()?;
    same_spans(&name, sent, &oracle.rows()?, route.whole)?;
    let whole = if route.whole {
        ", letter by letter"
    } else {
        ""
    };
    println!("oracle: {count} spans by {name}, nothing malformed, no warning, as sent{whole}");
    Ok(())
}

/// Whether the spans that came are those that were sent: their ids and parents, and where the format
/// is a whole one everything up to what the decoder adds.
fn same_spans(name: &str, sent: &str, came: &str, whole: bool) -> Outcome {
    let part = |row: &str| {
        let start = row.find("\"trace_id\": ").unwrap_or(row.len());
        let until = if whole {
            ", \"extra\": "
        } else {
            ", \"trace_state\": "
        };
        let rest = row.get(start..).unwrap_or_default();
        let end = rest.find(until).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default().to_owned()
    };
    let sent: BTreeSet<_> = sent.lines().map(part).collect();
    let came: BTreeSet<_> = came.lines().map(part).collect();
    let lacking: Vec<_> = sent.difference(&came).collect();
    let others: Vec<_> = came.difference(&sent).collect();
    if lacking.is_empty() && others.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{name}: sent, but not received:\n{lacking:#?}\nreceived, but not sent:\n{others:#?}"
    )))
}

/// One trace over one wire.
fn judge(root: &Path, folder: &Path, python: &str, wire: &Wire) -> Outcome {
    let mut oracle = Oracle::start(root, folder, python, wire.exporter, SPANS)?;
    let port = oracle.port("http")?;
    let endpoint = format!("http://127.0.0.1:{port}{}", wire.path);
    Step::cargo(root, &EXAMPLE)
        .env(wire.endpoint_variable, endpoint)
        .env("OTEL_TRACES_EXPORTER", wire.exporter)
        .run()?;
    oracle.verdict()?;
    one_whole_trace(&oracle.rows()?)?;
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
    ready: PathBuf,
    rows: PathBuf,
}

impl Oracle {
    /// Waits for so many spans. Warnings count as errors; after a minute without all spans it gives
    /// up by itself.
    fn start(
        root: &Path,
        folder: &Path,
        python: &str,
        name: &str,
        spans: usize,
    ) -> Result<Self, Failure> {
        let scratch = repository::output(root, "oracle").join(name);
        // What an earlier run left would pass for this run's answer.
        let _ = fs::remove_dir_all(&scratch);
        fs::create_dir_all(&scratch)
            .map_err(|error| Failure::new(format!("cannot make {}: {error}", scratch.display())))?;
        let (ready, rows) = (scratch.join("ready.json"), scratch.join("spans.jsonl"));
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
        let ports = [
            "--http-port",
            "--udp-compact-port",
            "--udp-binary-port",
            "--grpc-port",
        ];
        let mut step = Step::program(root, python, &fixed)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONPATH", folder)
            .args(&["--once", &spans.to_string()])
            .args(&["--ready-file", &ready.to_string_lossy()])
            .args(&["--out", &rows.to_string_lossy()]);
        for port in ports {
            step = step.args(&[port, "0"]);
        }
        let process = step.into_command().stdin(Stdio::null()).spawn();
        let process =
            process.map_err(|error| Failure::new(format!("cannot start {python}: {error}")))?;
        Ok(Self {
            process,
            ready,
            rows,
        })
    }

    /// Waits until it listens; gives the port of this name.
    fn port(&mut self, name: &str) -> Result<u16, Failure> {
        let start = Instant::now();
        while start.elapsed() < START_LIMIT {
            if let Ok(text) = fs::read_to_string(&self.ready) {
                return port_in(&text, name)
                    .ok_or_else(|| Failure::new(format!("no port {name} in {text}")));
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

    /// What it wrote.
    fn rows(&self) -> Result<String, Failure> {
        fs::read_to_string(&self.rows)
            .map_err(|error| Failure::new(format!("the oracle wrote no rows: {error}")))
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

/// The number behind the name of a port.
fn port_in(ready: &str, name: &str) -> Option<u16> {
    let (_, rest) = ready.split_once(&format!("\"{name}\":"))?;
    let digits = rest.trim_start();
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    digits.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests;

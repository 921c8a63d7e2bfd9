//! The independent decoder as a child process: its ports, its rows, its verdict.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::http;
use crate::json::{self, Json};
use crate::outcome::{Failure, Outcome};
use crate::repository;
use crate::step::Step;

const START_LIMIT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);

/// How long what was sent may take to arrive.
const ARRIVAL_LIMIT: Duration = Duration::from_secs(20);

/// How to start it.
pub(super) struct Call {
    /// The folder that holds the module.
    pub(super) folder: PathBuf,
    pub(super) python: String,
}

/// The running decoder; ended when dropped, whatever happened in between.
pub(super) struct Decoder {
    process: Child,
    ports: Json,
    rows: PathBuf,
}

impl Decoder {
    /// Starts it and waits until it listens. It waits for so many spans; warnings count as errors, and
    /// after a minute without all spans it gives up by itself.
    pub(super) fn start(
        root: &Path,
        call: &Call,
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
        let mut step = Step::program(root, &call.python, &fixed)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONPATH", &call.folder)
            .args(&["--once", &spans.to_string()])
            .args(&["--ready-file", &ready.to_string_lossy()])
            .args(&["--out", &rows.to_string_lossy()]);
        for port in ports {
            step = step.args(&[port, "0"]);
        }
        let process = step.into_command().stdin(Stdio::null()).spawn();
        let process = process
            .map_err(|error| Failure::new(format!("cannot start {}: {error}", call.python)))?;
        let mut decoder = Self {
            process,
            ports: Json::null(),
            rows,
        };
        decoder.ports = decoder.wait_for_ports(&ready)?;
        Ok(decoder)
    }

    fn wait_for_ports(&mut self, ready: &Path) -> Result<Json, Failure> {
        let start = Instant::now();
        while start.elapsed() < START_LIMIT {
            if let Ok(text) = fs::read_to_string(ready) {
                let ports = json::parse(&text).and_then(|answer| answer.get("ready").cloned());
                return ports.ok_or_else(|| Failure::new(format!("no ports in {text}")));
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

    /// The port of this name.
    pub(super) fn port(&self, name: &str) -> Result<u16, Failure> {
        let port = self.ports.text(name).and_then(|port| port.parse().ok());
        port.ok_or_else(|| Failure::new(format!("no port {name} in {}", self.ports)))
    }

    /// Waits until it has so many spans.
    pub(super) fn wait_for(&self, spans: usize) -> Outcome {
        let port = self.port("http")?;
        let start = Instant::now();
        let mut last = String::new();
        while start.elapsed() < ARRIVAL_LIMIT {
            last = http::get(port, "/health")?;
            let counts = json::parse(&last);
            let came = counts
                .as_ref()
                .and_then(|counts| counts.text("spans")?.parse().ok());
            if came.is_some_and(|came: usize| came >= spans) {
                return Ok(());
            }
            thread::sleep(POLL / 5);
        }
        Err(Failure::new(format!(
            "{spans} spans were sent, the oracle has {last}"
        )))
    }

    /// Waits for its end, and gives what it wrote. The status says whether exactly the expected spans
    /// came, all well-formed.
    pub(super) fn verdict(&mut self) -> Result<Vec<Json>, Failure> {
        match self.process.wait() {
            Ok(status) if status.success() => {}
            Ok(status) => {
                return Err(Failure::new(format!(
                    "the oracle refuses what was sent: {status}"
                )));
            }
            Err(error) => {
                return Err(Failure::new(format!("cannot wait for the oracle: {error}")));
            }
        }
        let text = fs::read_to_string(&self.rows)
            .map_err(|error| Failure::new(format!("the oracle wrote no rows: {error}")))?;
        rows(&text)
    }
}

/// JSON Lines as trees.
pub(super) fn rows(text: &str) -> Result<Vec<Json>, Failure> {
    let row = |line| json::parse(line).ok_or_else(|| Failure::new(format!("no JSON: {line}")));
    text.lines().map(row).collect()
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // It has usually ended by itself; then both calls fail and change nothing.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

//! The conformance program's `export` at work: rows in, spans out by one exporter.
//!
//! Used by the checks that send spans to somebody else, `oracle` and `interop`; what is to come of them is
//! theirs to say. The program has been built before.

use std::io::Write;
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};

use crate::outcome::{Failure, Outcome};
use crate::repository;
use crate::step::Step;

/// The program while it runs. Killed where it is dropped unfinished.
pub(crate) struct Export {
    process: Child,
    input: Option<ChildStdin>,
}

impl Export {
    /// Starts it with this exporter, as the program names it, and further options.
    pub(crate) fn start(
        root: &Path,
        exporter: &str,
        endpoint: &str,
        gzip: bool,
        options: &[&str],
    ) -> Result<Self, Failure> {
        let program = repository::output(root, "debug").join("spanline-conformance");
        let words = ["export", "--exporter", exporter, "--endpoint", endpoint];
        let packed: &[&str] = if gzip { &["--gzip"] } else { &[] };
        let process = Step::program(root, program, &words)
            .args(packed)
            .args(options)
            .into_command()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn();
        let mut process =
            process.map_err(|error| Failure::new(format!("cannot start the export: {error}")))?;
        Ok(Self {
            input: process.stdin.take(),
            process,
        })
    }

    /// Gives it rows, each with its line's end.
    pub(crate) fn send(&mut self, rows: &str) {
        if let Some(input) = &mut self.input {
            // A program that fails does not read; its status tells.
            let _ = input.write_all(rows.as_bytes());
        }
    }

    /// Waits until it has sent everything and ended.
    pub(crate) fn finish(&mut self) -> Outcome {
        drop(self.input.take());
        match self.process.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Failure::new(format!("the export ended with {status}"))),
            Err(error) => Err(Failure::new(format!("cannot wait for the export: {error}"))),
        }
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        // It has usually ended by itself; then both calls fail and change nothing.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

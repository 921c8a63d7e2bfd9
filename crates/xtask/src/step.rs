//! One call of another program, shown before it runs and timed.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::outcome::{Failure, Outcome};

/// The triple that sanitizers and fuzz targets are built for, where Cargo wants one spelled out.
pub(crate) const TARGET: &str = "x86_64-unknown-linux-gnu";

/// A program with its arguments and environment, not yet running.
pub(crate) struct Step {
    command: Command,
    shown: String,
}

impl Step {
    /// Cargo, of the toolchain that runs this program.
    pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Self {
        Self::program(root, "cargo", arguments)
    }

    /// Cargo of the nightly toolchain; ask [`has_nightly`] first.
    pub(crate) fn nightly_cargo(root: &Path, arguments: &[&str]) -> Self {
        let mut step = Self::program(root, "cargo", &["+nightly"]);
        step.command.env_remove("RUSTUP_TOOLCHAIN");
        step.args(arguments)
    }

    /// Any program.
    pub(crate) fn program(root: &Path, program: impl AsRef<OsStr>, arguments: &[&str]) -> Self {
        let program = program.as_ref();
        let mut command = Command::new(program);
        command.current_dir(root);
        let shown = program.to_string_lossy().into_owned();
        Self { command, shown }.args(arguments)
    }

    /// More arguments.
    pub(crate) fn args(mut self, arguments: &[impl AsRef<OsStr>]) -> Self {
        for argument in arguments {
            self.shown.push(' ');
            self.shown.push_str(&argument.as_ref().to_string_lossy());
            self.command.arg(argument);
        }
        self
    }

    /// A variable, shown in front as a shell would want it.
    pub(crate) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        let shown = value.as_ref().to_string_lossy();
        let quote = if shown.contains(' ') { "'" } else { "" };
        self.shown = format!("{key}={quote}{shown}{quote} {}", self.shown);
        self.command.env(key, value);
        self
    }

    /// Runs it with this program's input and output, and says how long that took.
    pub(crate) fn run(mut self) -> Outcome {
        println!("$ {}", self.shown);
        let start = Instant::now();
        let status = self.command.status();
        let seconds = start.elapsed().as_secs_f64();
        match status {
            Ok(status) if status.success() => {
                println!("  {seconds:.1} s");
                Ok(())
            }
            Ok(status) => Err(Failure::new(format!(
                "{} ended with {status} after {seconds:.1} s",
                self.shown
            ))),
            Err(error) => Err(Failure::new(format!(
                "cannot start {}: {error}",
                self.shown
            ))),
        }
    }

    /// Runs it silently and gives its standard output; its errors go to the terminal.
    pub(crate) fn output(mut self) -> Result<String, Failure> {
        let output = self.command.stderr(Stdio::inherit()).output();
        let output = output
            .map_err(|error| Failure::new(format!("cannot start {}: {error}", self.shown)))?;
        if !output.status.success() {
            return Err(Failure::new(format!(
                "{} ended with {}",
                self.shown, output.status
            )));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Whether it runs and succeeds; nothing is shown.
    pub(crate) fn succeeds(mut self) -> bool {
        let status = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    }

    /// The prepared command, for callers that talk to the program while it runs.
    pub(crate) fn into_command(self) -> Command {
        self.command
    }
}

/// Whether a nightly toolchain is installed.
pub(crate) fn has_nightly(root: &Path) -> bool {
    Step::nightly_cargo(root, &["--version"]).succeeds()
}

/// Says, in a line that can be searched for, that something did not run.
pub(crate) fn skipped(what: &str, why: &str) -> Outcome {
    println!("skipped: {what}: {why}");
    Ok(())
}

//! Runs the program and reads what it answers.

#![allow(dead_code, reason = "each test file uses its part")]
#![expect(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in its helpers too"
)]

use serde_json::Value;
use std::io::Write;
use std::process::{Child, Command, Output, Stdio};

/// What the program did.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: Option<i32>,
    pub(crate) rows: Vec<Value>,
    pub(crate) errors: String,
}

impl Answer {
    /// The only row.
    pub(crate) fn row(&self) -> &Value {
        match self.rows.as_slice() {
            [row] => row,
            _ => panic!("not one row: {self:?}"),
        }
    }
}

/// Runs the program with these arguments, separated by blanks, and this input.
pub(crate) fn run(arguments: &str, input: &str) -> Answer {
    let mut child = start(arguments);
    let mut stdin = child.stdin.take().unwrap();
    // A program that refuses its arguments does not read; then the pipe breaks.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    let stdout = String::from_utf8(stdout).unwrap();
    let rows = stdout.lines().map(|line| match serde_json::from_str(line) {
        Ok(row) => row,
        Err(error) => panic!("{error}: {line}"),
    });
    Answer {
        status: status.code(),
        rows: rows.collect(),
        errors: String::from_utf8(stderr).unwrap(),
    }
}

/// Starts the program with pipes for all it reads and writes.
pub(crate) fn start(arguments: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_spanline-conformance"))
        .args(arguments.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

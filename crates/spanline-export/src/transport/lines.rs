//! A transport that writes each request on a line of its own: to a file, or to any stream.
//!
//! It fits formats whose requests have no line ends in them, as JSON has none unless it is asked for.
//! Nothing is retried, rotated or locked here.

use super::{SendError, Transport};
use spanline_core::deadline::Deadline;
use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

/// A line above this gives its memory back.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// Writes requests as lines.
///
/// A line and its end are handed over in one call, so that lines stay whole where several processes
/// append to one file. How long writing takes is up to the stream: a deadline that has passed begins
/// no line, but one that passes meanwhile interrupts nothing.
pub struct LinesTransport {
    out: Box<dyn Write + Send>,
    /// What is written to, for error messages.
    target: String,
    line: Vec<u8>,
    /// The last line broke off, so the next one must not be glued to it.
    broken: bool,
}

impl LinesTransport {
    /// Appends to a file, and makes it if it is not there.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened; the message says which one.
    pub fn append(path: impl AsRef<Path>) -> io::Result<LinesTransport> {
        let path = path.as_ref();
        let file = OpenOptions::new().append(true).create(true).open(path);
        let file = file.map_err(|error| {
            // Quoted, since it may be empty or end in a blank.
            io::Error::new(error.kind(), format!("{path:?}: {error}"))
        })?;
        Ok(LinesTransport::to(path.display().to_string(), file))
    }

    /// Writes to anything that takes bytes. `target` says to whom, in error messages.
    pub fn to(target: impl Into<String>, out: impl Write + Send + 'static) -> LinesTransport {
        LinesTransport {
            out: Box::new(out),
            target: target.into(),
            line: Vec::new(),
            broken: false,
        }
    }
}

impl Transport for LinesTransport {
    fn send(&mut self, body: &[u8], deadline: Deadline) -> Result<(), SendError> {
        if deadline.has_passed() {
            return Err(SendError::DeadlinePassed);
        }
        self.line.clear();
        self.line.shrink_to(KEPT_BYTES);
        if self.broken {
            self.line.push(b'\n');
        }
        self.line.extend_from_slice(body);
        self.line.push(b'\n');
        let written = self
            .out
            .write_all(&self.line)
            .and_then(|()| self.out.flush());
        self.broken = written.is_err();
        written.map_err(SendError::Write)
    }

    fn target(&self) -> &str {
        &self.target
    }

    fn flush(&mut self, _: Deadline) -> Result<(), SendError> {
        self.out.flush().map_err(SendError::Write)
    }
}

impl fmt::Debug for LinesTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinesTransport")
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

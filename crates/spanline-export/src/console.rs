//! Spans as trees of text, for people who look at a terminal.
//!
//! Each trace of a batch is drawn by itself: `tree` decides who hangs under whom, `line` writes a
//! span. For debugging only: the form may change at any time, and nobody should parse it.

mod tree;
mod line;
mod foreign;

use spanline_core::deadline::Deadline;
use spanline_core::export::{Batch, ExportError, Exported, FailedRequest, SpanExporter};
use std::fmt;
use std::io::{self, Write};
use tree::Tree;

/// A batch that took more text than this gives its memory back.
const KEPT_BYTES: usize = 1024 * 1024;

/// Draws the traces of each batch as trees of text, one line a span.
///
/// A child stands under its parent if both are in the batch; siblings stand in the order in which
/// they started. A span whose parent came earlier, comes later or lives in another process stands at
/// the top and says so. Lines say the span's id, name, kind, duration, start after the first span of
/// the trace, status, attributes, events and links, times in milliseconds:
///
/// ```text
/// trace 0af7651916cd43dd8448eb211c80319c of shop: 3 spans
///   b7ad6b7169203331  POST /orders  server  12.000 ms at +0.000  order.id=42
///   00f067aa0ba902b7  ├─ charge card  client  8.500 ms at +1.000  ERROR: declined
///   53995c3f42cd8ad8  └─ ship  internal  1.000 ms at +10.000  * packed at +10.200 boxes=2
/// ```
///
/// A trace with one span in the batch takes one line. Behind a simple processor, where
/// `OTEL_TRACES_EXPORTER=console` puts it, every span comes alone: it is shown the moment it ends, and
/// there are no trees. Behind a batch processor there are.
///
/// Nothing that came from outside can steer the terminal: control characters, line ends and what
/// changes the direction of writing are shown as escapes, and each text is cut after 200 characters.
/// The work for a batch is bounded by its size, whatever its spans say of each other.
///
/// The batch is written in one piece. How long that takes is up to the stream: a deadline that has
/// passed begins nothing, one that passes meanwhile interrupts nothing.
pub struct ConsoleExporter {
    out: Box<dyn Write + Send>,
    tree: Tree,
    /// The batch as text, written at once so that lines stay whole.
    text: String,
    shut_down: bool,
}

impl ConsoleExporter {
    /// To standard output.
    #[must_use]
    pub fn stdout() -> ConsoleExporter {
        ConsoleExporter::to(io::stdout())
    }

    /// To anything that takes bytes.
    #[must_use]
    pub fn to(out: impl Write + Send + 'static) -> ConsoleExporter {
        ConsoleExporter {
            out: Box::new(out),
            tree: Tree::default(),
            text: String::new(),
            shut_down: false,
        }
    }
}

impl SpanExporter for ConsoleExporter {
    fn export(&mut self, batch: Batch<'_>, deadline: Deadline) -> Result<Exported, ExportError> {
        if self.shut_down {
            return Err(ExportError::ShutDown);
        }
        if deadline.has_passed() {
            return Err(ExportError::DeadlinePassed);
        }
        self.text.clear();
        self.text.shrink_to(KEPT_BYTES);
        self.tree.arrange(batch);
        // Writing to a string does not fail.
        let _ = line::draw(&mut self.text, &self.tree, batch);
        let written = self
            .out
            .write_all(self.text.as_bytes())
            .and_then(|()| self.out.flush());
        written.map_err(|error| {
            let drawn = (self.tree.len() as u64, self.text.len() as u64);
            let request = FailedRequest::new("the console", drawn.0, drawn.1);
            ExportError::other(error).of_request(request)
        })?;
        // A record that is none cannot be drawn, but was counted by the batch.
        let broken = batch.len().saturating_sub(self.tree.len());
        Ok(Exported::ALL.with_encode_error(broken as u64))
    }

    fn shutdown(&mut self, _: Deadline) -> Result<(), ExportError> {
        self.shut_down = true;
        Ok(())
    }

    fn name(&self) -> &str {
        "console_span_exporter"
    }
}

impl fmt::Debug for ConsoleExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleExporter").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

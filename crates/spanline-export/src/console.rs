//! Spans as lines of text, for people who look at a terminal.
//!
//! For debugging only: the form may change at any time, and nobody should parse it. One line a span,
//! with every control character that came from outside escaped, so that an attribute cannot move
//! the cursor or colour the screen.

use spanline_core::Status;
use spanline_core::deadline::Deadline;
use spanline_core::escape::Escaped;
use spanline_core::export::{Batch, ExportError, Exported, SpanExporter};
use spanline_core::view::{Attributes, SpanView};
use std::fmt::{self, Write as _};
use std::io::{self, Write};

/// Writes every span as a line of text.
pub struct ConsoleExporter {
    out: Box<dyn Write + Send>,
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
            text: String::new(),
            shut_down: false,
        }
    }
}

impl SpanExporter for ConsoleExporter {
    fn export(&mut self, batch: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        if self.shut_down {
            return Err(ExportError::ShutDown);
        }
        self.text.clear();
        for span in batch {
            // Writing to a string does not fail.
            let _ = line(&mut self.text, span);
        }
        let written = self
            .out
            .write_all(self.text.as_bytes())
            .and_then(|()| self.out.flush());
        written.map_err(ExportError::other)?;
        Ok(Exported::ALL)
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

fn line(text: &mut String, span: SpanView<'_>) -> fmt::Result {
    let nanos = span
        .end_unix_nanos()
        .saturating_sub(span.start_unix_nanos());
    write!(text, "{} {}", span.trace_id(), span.span_id())?;
    match span.parent_span_id() {
        Some(parent) => write!(text, " <- {parent}")?,
        None => text.write_str(" root                ")?,
    }
    write!(
        text,
        " {:>10.3} ms  {}",
        nanos as f64 / 1e6,
        Escaped(span.name())
    )?;
    write!(text, "  [{:?}]", span.kind())?;
    attributes(text, span.attributes())?;
    for event in span.events().iter() {
        write!(text, "  * {}", Escaped(event.name()))?;
        attributes(text, event.attributes())?;
    }
    match span.status() {
        Status::Unset => {}
        Status::Ok => text.write_str("  ok")?,
        Status::Error(description) => write!(text, "  ERROR {}", Escaped(&description))?,
    }
    text.write_char('\n')
}

fn attributes(text: &mut String, attributes: Attributes<'_>) -> fmt::Result {
    for attribute in attributes.iter() {
        let value = attribute.value.to_string();
        write!(text, " {}={}", Escaped(attribute.key), Escaped(&value))?;
    }
    Ok(())
}

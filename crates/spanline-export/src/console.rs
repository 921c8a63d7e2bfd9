//! Spans as lines of text, for people who look at a terminal.
//!
//! For debugging only: the form may change at any time, and nobody should parse it. One line a span,
//! with every control character that came from outside escaped, so that an attribute cannot move
//! the cursor or colour the screen.

use spanline_core::Status;
use spanline_core::deadline::Deadline;
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

/// Text from outside, with what could steer a terminal written as an escape.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            // Line ends of Unicode, and marks that turn the direction of writing around.
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                write!(f, "{}", character.escape_unicode())
            }
            character if character.is_control() => write!(f, "{}", character.escape_default()),
            character => f.write_char(character),
        })
    }
}

#[cfg(test)]
mod tests {
    //! One line a span, and nothing in it that a terminal would obey.

    use super::*;

    #[test]
    fn control_characters_and_direction_marks_are_escaped() {
        let hostile = "\u{1b}[2J\r\n\u{9b}31m\u{202e}x";
        let shown = Escaped(hostile).to_string();
        assert_eq!(shown, r"\u{1b}[2J\r\n\u{9b}31m\u{202e}x");
    }
}

//! `export`: spans given as rows leave through the batch processor and an exporter.
//!
//! For judges that decode what arrives and compare it with what was sent. Nothing is lost on the way
//! by being too quick: the queue is flushed before it fills. Spans of one resource share a provider,
//! as they would in a program.

mod rebuild;
mod row;

use crate::args::Args;
use crate::counts::Counts;
use crate::exporter;
use crate::failure::Failure;
use crate::rows;
use rebuild::Rebuilder;
use row::SpanRow;
use spanline::diagnostics::{self, Diagnostic, DiagnosticKind};
use spanline::sdk::{BatchConfig, BatchSpanProcessor};
use std::io::{self, Write};
use std::time::Duration;

/// How many providers live at once. Rows with more resources than that are sent all the same, in
/// smaller batches.
const MOST_PROVIDERS: usize = 16;

/// The memory that waiting spans may take. Those of one thread share a 24th of it, so this is
/// also the limit of a span: 4 MiB.
const QUEUE_BYTES: usize = 24 * 4 * 1024 * 1024;

/// A flush comes when rows of this size have been sent; a record is smaller than its row.
const FLUSH_AT_BYTES: usize = 1024 * 1024;

/// How long a flush or a shutdown may take: longer than any export, retries included.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn run(words: impl Iterator<Item = String>) -> Result<(), Failure> {
    let options = ["exporter", "endpoint", "batch", "timeout"];
    let args = Args::parse(words, &options, &["gzip"])?;
    diagnostics::set_handler(tell);
    let mut sender = Sender::new(&args)?;
    let mut rows_read = 0;
    rows::each(|row: SpanRow, bytes| {
        rows_read += 1;
        sender.send(&row, bytes)
    })?;
    let counts = sender.finish();
    rows::answer(&counts)?;
    if counts.exported == rows_read {
        return Ok(());
    }
    let exported = counts.exported;
    Err(Failure::failed(format_args!(
        "{exported} of {rows_read} spans were exported"
    )))
}

/// Tells what the library tells, save that a row has no scope: that is the row's good right.
fn tell(diagnostic: &Diagnostic<'_>) {
    if diagnostic.component != "tracer provider" || diagnostic.kind != DiagnosticKind::Config {
        // Nobody may be listening; the counts tell the rest.
        let _ = writeln!(io::stderr(), "spanline: {diagnostic}");
    }
}

struct Sender<'a> {
    args: &'a Args,
    batch: usize,
    /// Providers by resource.
    lines: Vec<(String, Line)>,
    /// Of the providers that are gone.
    counts: Counts,
}

/// One provider, and what may still wait in its queue.
struct Line {
    rebuilder: Rebuilder,
    waiting: usize,
    waiting_bytes: usize,
}

impl<'a> Sender<'a> {
    fn new(args: &'a Args) -> Result<Sender<'a>, Failure> {
        let sender = Sender {
            args,
            batch: args.number("batch", 1, 65_536)?.unwrap_or(512),
            lines: Vec::new(),
            counts: Counts::default(),
        };
        // Arguments are judged even if no row follows.
        exporter::open(args)?;
        Ok(sender)
    }

    fn send(&mut self, row: &SpanRow, bytes: usize) -> Result<(), Failure> {
        let queue = self.queue_size();
        let line = self.line(row)?;
        line.rebuilder.send(row);
        line.waiting += 1;
        line.waiting_bytes += bytes;
        if line.waiting * 2 >= queue || line.waiting_bytes >= FLUSH_AT_BYTES {
            // What could not be sent in time shows in the counts.
            let _ = line.rebuilder.provider().force_flush(PATIENCE);
            line.waiting = 0;
            line.waiting_bytes = 0;
        }
        Ok(())
    }

    fn queue_size(&self) -> usize {
        2048.max(4 * self.batch)
    }

    /// The provider of this row's resource.
    fn line(&mut self, row: &SpanRow) -> Result<&mut Line, Failure> {
        let key = format!("{:?}{:?}", row.service, row.resource);
        let found = self.lines.iter().position(|(known, _)| *known == key);
        let at = match found {
            Some(at) => at,
            None => {
                let line = self.open_line(row)?;
                if self.lines.len() >= MOST_PROVIDERS {
                    self.close_lines();
                }
                self.lines.push((key, line));
                self.lines.len() - 1
            }
        };
        let line = self.lines.get_mut(at).map(|(_, line)| line);
        line.ok_or_else(|| Failure::failed("a provider is missing"))
    }

    fn open_line(&self, row: &SpanRow) -> Result<Line, Failure> {
        let config = BatchConfig::default()
            .max_queue_size(self.queue_size())
            .max_queue_bytes(QUEUE_BYTES)
            .max_export_batch_size(self.batch);
        let exporter = exporter::open(self.args)?;
        let processor = BatchSpanProcessor::new(exporter, config).map_err(Failure::failed)?;
        Ok(Line {
            rebuilder: Rebuilder::new(row.resource(), processor)?,
            waiting: 0,
            waiting_bytes: 0,
        })
    }

    fn close_lines(&mut self) {
        for (_, line) in self.lines.drain(..) {
            let provider = line.rebuilder.provider();
            // What did not arrive shows in the counts.
            let _ = provider.shutdown(PATIENCE);
            self.counts += Counts::of(&provider.stats());
        }
    }

    fn finish(mut self) -> Counts {
        self.close_lines();
        self.counts
    }
}

//! The simple processor: every sampled span is exported as it ends, on the thread that ends it.
//!
//! For tests, consoles and debugging. Threads wait for each other and for the exporter; programs
//! that care for their latency use the batch processor.

mod seat;

use super::telling::{AFTER_SHUTDOWN, Telling};
use super::{Pipeline, SpanProcessor, Watches, said};
use crate::clock::TickClock;
use crate::inside::{Inside, REFUSED};
use crate::lifecycle;
use crate::shutdown::ShutdownOnce;
use crate::sync::{Mutex, now};
use seat::{Absent, Seat};
use spanline_core::contain::contain;
use spanline_core::diagnostics::{self, DiagnosticKind};
use spanline_core::export::{Batch, ExportError, Exported, SpanExporter};
use spanline_core::view::SpanView;
use spanline_core::{Deadline, FlushError, LossReport, ProcessorStats, ShutdownError};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How long one export may take.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(30);

static COUNT: AtomicU64 = AtomicU64::new(0);

/// Exports every sampled span as it ends. Calls of the exporter never overlap.
///
/// A span that an exporter ends is not exported but counted as abandoned: it would wait for the
/// exporter that waits for it. Spans whose threads wait for the exporter count as queued.
///
/// A forked child shares the exporter's connection with its parent, and this processor does nothing
/// about that: in programs that fork, use the batch processor.
pub struct SimpleSpanProcessor {
    name: String,
    /// Whoever has the exporter in hand may call it, so calls never overlap.
    seat: Arc<Seat>,
    books: Mutex<Books>,
    telling: Telling,
    shutdown: ShutdownOnce,
    /// The provider's clock. Nobody else moves it along if there is no batch processor.
    clock: OnceLock<Arc<TickClock>>,
}

/// Each span moves from one count to the next in one step, so the law holds at any time.
struct Books {
    counts: ProcessorStats,
    /// A shutdown could not wait: what was queued or in flight then stays abandoned.
    given_up: bool,
}

impl Books {
    /// A queued span goes to the exporter. False: too late, it was abandoned.
    fn hand_over(&mut self) -> bool {
        if !self.given_up {
            self.counts.queued -= 1;
            self.counts.in_flight += 1;
        }
        !self.given_up
    }

    /// A queued span does not get the exporter.
    fn refuse(&mut self, absent: Absent) {
        if self.given_up {
            return;
        }
        self.counts.queued -= 1;
        match absent {
            Absent::GivenUp => self.counts.dropped.abandoned += 1,
            _ => self.counts.dropped.after_shutdown += 1,
        }
    }

    /// The exporter is done with a span.
    fn settle(&mut self, outcome: &Result<Exported, ExportError>) {
        if self.given_up {
            return;
        }
        let counts = &mut self.counts;
        counts.in_flight -= 1;
        match outcome {
            Err(_) => counts.failed += 1,
            Ok(exported) if exported.oversize > 0 => counts.dropped.oversize += 1,
            Ok(exported) if exported.encode_error > 0 => counts.dropped.encode_error += 1,
            Ok(exported) if exported.rejected > 0 => counts.rejected += 1,
            Ok(exported) if exported.failed > 0 => counts.failed += 1,
            Ok(_) => counts.exported += 1,
        }
    }

    fn give_up(&mut self) {
        self.given_up = true;
        let counts = &mut self.counts;
        counts.dropped.abandoned += counts.queued + counts.in_flight;
        (counts.queued, counts.in_flight) = (0, 0);
    }
}

impl SimpleSpanProcessor {
    /// A processor that exports with `exporter`.
    pub fn new(exporter: impl SpanExporter + 'static) -> SimpleSpanProcessor {
        // Relaxed: only a number.
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("simple_span_processor/{number}");
        SimpleSpanProcessor {
            books: Mutex::new(Books {
                counts: ProcessorStats::new(name.as_str()),
                given_up: false,
            }),
            name,
            telling: Telling::of(&exporter),
            seat: Arc::new(Seat::new(Box::new(exporter))),
            shutdown: ShutdownOnce::new(),
            clock: OnceLock::new(),
        }
    }

    /// Counts a span as ended; says whether it is to be exported.
    fn admit(&self) -> bool {
        let mut books = self.books.lock();
        let is_over = books.given_up || self.shutdown.has_begun();
        let counts = &mut books.counts;
        counts.ended_sampled += 1;
        if Inside::is_entered() {
            counts.dropped.abandoned += 1;
        } else if is_over {
            counts.dropped.after_shutdown += 1;
            let is_first = counts.dropped.after_shutdown == 1;
            drop(books);
            if is_first {
                let text = format_args!("{AFTER_SHUTDOWN}");
                diagnostics::report(DiagnosticKind::Shutdown, &self.name, text);
            }
        } else {
            counts.queued += 1;
            return true;
        }
        false
    }

    fn export(&self, span: SpanView<'_>) {
        let mut exporter = match self.seat.take(Deadline::NEVER) {
            Ok(exporter) => exporter,
            Err(absent) => return self.books.lock().refuse(absent),
        };
        if !self.books.lock().hand_over() {
            return put_back(&self.seat, exporter);
        }
        let records = [span.raw().bytes()];
        let batch = Batch::new(&records, span.times(), span.resource());
        let deadline = Deadline::after(EXPORT_TIMEOUT);
        if let Some(clock) = self.clock.get() {
            clock.refresh();
        }
        let outcome = guarded(|| exporter.export(batch, deadline));
        // Counted before the exporter is free: a flush that gets it finds all counts settled.
        self.books.lock().settle(&outcome);
        put_back(&self.seat, exporter);
        self.telling.answered(&self.name, 1, &outcome);
        self.telling.came_back(&self.name, deadline, now());
        // An error is the program's code, to its destructor.
        let _ = contain(|| drop(outcome));
    }

    /// A shutdown is late, wherever it is: the span under way is not waited for any more, nor are
    /// those behind it. What is lost, for good.
    pub(super) fn abandon(&self) -> LossReport {
        self.seat.give_up();
        let mut books = self.books.lock();
        books.give_up();
        books.counts.lost()
    }

    fn read(&self) -> ProcessorStats {
        self.books.lock().counts.clone()
    }

    /// Flushes the exporter once the export under way has returned. On a thread of its own: the caller
    /// leaves at its deadline, and the exporter may not come back by then.
    fn flush(&self, deadline: Deadline) -> Result<(), FlushError> {
        let seat = Arc::clone(&self.seat);
        let flushed = lifecycle::run(move || {
            let mut exporter = seat.take(deadline)?;
            let outcome = guarded(|| exporter.force_flush(deadline)).map_err(said);
            put_back(&seat, exporter);
            Ok(outcome)
        });
        match flushed.wait(deadline).unwrap_or(Err(Absent::Late)) {
            Ok(outcome) => outcome.map_err(FlushError::Exporter),
            Err(Absent::Late) => {
                let counts = self.read();
                Err(FlushError::DeadlinePassed {
                    unsent: counts.queued + counts.in_flight,
                })
            }
            Err(Absent::Ended | Absent::GivenUp) => Err(FlushError::AlreadyShutDown),
        }
    }

    /// Ends the exporter once the export under way has returned, on a thread as above.
    fn end(&self, deadline: Deadline) -> Result<LossReport, ShutdownError> {
        let seat = Arc::clone(&self.seat);
        let ended = lifecycle::run(move || {
            let (on_time, exporter) = match seat.take(deadline) {
                Ok(exporter) => (Ok(()), Some(exporter)),
                Err(absent) => {
                    // Too late, and it gets its end all the same: here if nobody has it, and else from
                    // whoever puts it back.
                    seat.give_up();
                    (Err(absent), seat.clear())
                }
            };
            let outcome = exporter.map_or(Ok(()), |exporter| end(exporter, deadline));
            on_time.map(|()| {
                seat.end();
                outcome
            })
        });
        match ended.wait(deadline) {
            Some(Ok(Ok(()))) => Ok(self.read().lost()),
            Some(Ok(Err(text))) => Err(ShutdownError::Exporter(self.read().lost(), text)),
            Some(Err(_)) | None => Err(ShutdownError::DeadlinePassed(self.abandon())),
        }
    }
}

impl SpanProcessor for SimpleSpanProcessor {
    fn on_end(&self, span: SpanView<'_>) {
        if span.trace_flags().is_sampled() && self.admit() {
            self.export(span);
        }
    }

    fn watches(&self) -> Watches {
        Watches::ONLY_ENDS
    }

    fn connect(&self, pipeline: &Pipeline) {
        // A second provider has a clock of its own, which its own processors keep.
        let _ = self.clock.set(Arc::clone(pipeline.clock()));
    }

    fn force_flush(&self, deadline: Deadline) -> Result<(), FlushError> {
        if self.shutdown.has_begun() {
            return Err(FlushError::AlreadyShutDown);
        }
        if Inside::is_entered() {
            return Err(FlushError::Exporter(REFUSED.into()));
        }
        self.flush(deadline)
    }

    fn shutdown(&self, deadline: Deadline) -> Result<LossReport, ShutdownError> {
        if Inside::is_entered() {
            return Err(ShutdownError::Exporter(self.read().lost(), REFUSED.into()));
        }
        self.shutdown
            .run(deadline, || self.end(deadline), || self.read().lost())
    }

    fn stats(&self) -> Option<ProcessorStats> {
        Some(self.read())
    }
}

impl fmt::Debug for SimpleSpanProcessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimpleSpanProcessor")
            .field("counts", &self.read())
            .finish_non_exhaustive()
    }
}

/// Frees the exporter, or ends it if a shutdown has given up waiting for it meanwhile.
fn put_back(seat: &Seat, exporter: Box<dyn SpanExporter>) {
    if let Some(unwanted) = seat.put_back(exporter) {
        let _ = end(unwanted, Deadline::after(Duration::ZERO));
    }
}

/// Shuts the exporter down and drops it. Both are the program's code.
fn end(mut exporter: Box<dyn SpanExporter>, deadline: Deadline) -> Result<(), String> {
    let outcome = guarded(|| exporter.shutdown(deadline)).map_err(said);
    let _inside = Inside::enter();
    let _ = contain(|| drop(exporter));
    outcome
}

fn guarded<R>(work: impl FnOnce() -> Result<R, ExportError>) -> Result<R, ExportError> {
    let _inside = Inside::enter();
    // What the exporter does must not be traced into what it exports.
    let _suppressed = spanline_core::suppress();
    contain(work).unwrap_or_else(|panicked| {
        let text = format!("the exporter panicked: {}", panicked.0);
        Err(ExportError::other(text))
    })
}

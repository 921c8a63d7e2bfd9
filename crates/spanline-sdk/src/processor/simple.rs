//! The simple processor: every sampled span is exported as it ends, on the thread that ends it.
//!
//! For tests, consoles and debugging. Threads wait for each other and for the exporter; programs
//! that care for their latency use the batch processor.

use super::{Pipeline, SpanProcessor, Watches, text_of};
use crate::clock::TickClock;
use crate::counters::PerThread;
use crate::inside::{Inside, REFUSED};
use crate::shutdown::ShutdownOnce;
use parking_lot::Mutex;
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
/// exporter that waits for it.
pub struct SimpleSpanProcessor {
    name: String,
    /// Held during an export: that is what serialises the calls.
    exporter: Mutex<Box<dyn SpanExporter>>,
    ended: PerThread<1>,
    counts: Mutex<ProcessorStats>,
    shutdown: ShutdownOnce,
    /// The provider's clock. Nobody else moves it along if there is no batch processor.
    clock: OnceLock<Arc<TickClock>>,
}

impl SimpleSpanProcessor {
    /// A processor that exports with `exporter`.
    pub fn new(exporter: impl SpanExporter + 'static) -> SimpleSpanProcessor {
        // Relaxed: only a number.
        let name = format!(
            "simple_span_processor/{}",
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        SimpleSpanProcessor {
            counts: Mutex::new(ProcessorStats::new(name.as_str())),
            name,
            exporter: Mutex::new(Box::new(exporter)),
            ended: PerThread::new(),
            shutdown: ShutdownOnce::new(),
            clock: OnceLock::new(),
        }
    }

    fn export(&self, span: SpanView<'_>) {
        let records = [span.raw().bytes()];
        let batch = Batch::new(&records, span.times(), span.resource());
        let deadline = Deadline::after(EXPORT_TIMEOUT);
        if let Some(clock) = self.clock.get() {
            clock.refresh();
        }
        let outcome = {
            let mut exporter = self.exporter.lock();
            if self.shutdown.has_begun() {
                self.counts.lock().dropped.after_shutdown += 1;
                return;
            }
            self.counts.lock().in_flight += 1;
            guarded(|| exporter.export(batch, deadline))
        };
        self.settle(outcome);
    }

    fn settle(&self, outcome: Result<Exported, ExportError>) {
        let mut counts = self.counts.lock();
        counts.in_flight -= 1;
        match &outcome {
            Err(_) => counts.failed += 1,
            Ok(exported) if exported.oversize > 0 => counts.dropped.oversize += 1,
            Ok(exported) if exported.encode_error > 0 => counts.dropped.encode_error += 1,
            Ok(exported) if exported.rejected > 0 => counts.rejected += 1,
            Ok(exported) if exported.failed > 0 => counts.failed += 1,
            Ok(_) => counts.exported += 1,
        }
        drop(counts);
        if let Err(error) = outcome {
            let text = format_args!("1 span failed: {error}");
            diagnostics::report(DiagnosticKind::ExportFailed, &self.name, text);
        }
    }

    fn read(&self) -> ProcessorStats {
        let mut counts = self.counts.lock().clone();
        let [ended] = self.ended.sum();
        counts.ended_sampled = ended;
        counts
    }

    /// Calls the exporter's lifecycle once the export under way has returned.
    fn lifecycle(
        &self,
        deadline: Deadline,
        work: impl FnOnce(&mut dyn SpanExporter) -> Result<(), ExportError>,
    ) -> Result<(), FlushError> {
        let exporter = match deadline.instant() {
            None => Some(self.exporter.lock()),
            Some(until) => self.exporter.try_lock_until(until),
        };
        let Some(mut exporter) = exporter else {
            return Err(FlushError::DeadlinePassed {
                unsent: self.read().in_flight,
            });
        };
        guarded(|| work(exporter.as_mut())).map_err(|error| FlushError::Exporter(text_of(&error)))
    }
}

impl SpanProcessor for SimpleSpanProcessor {
    fn on_end(&self, span: SpanView<'_>) {
        if !span.trace_flags().is_sampled() {
            return;
        }
        self.ended.add(0, 1);
        if Inside::is_entered() {
            self.counts.lock().dropped.abandoned += 1;
        } else if self.shutdown.has_begun() {
            self.counts.lock().dropped.after_shutdown += 1;
        } else {
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
        self.lifecycle(deadline, |exporter| exporter.force_flush(deadline))
    }

    fn shutdown(&self, deadline: Deadline) -> Result<LossReport, ShutdownError> {
        if Inside::is_entered() {
            return Err(ShutdownError::Exporter(self.read().lost(), REFUSED.into()));
        }
        let work = || match self.lifecycle(deadline, |exporter| exporter.shutdown(deadline)) {
            Ok(()) => Ok(self.read().lost()),
            Err(FlushError::Exporter(text)) => {
                Err(ShutdownError::Exporter(self.read().lost(), text))
            }
            Err(_) => {
                // The span under way is not waited for any more.
                let counts = self.read();
                let mut lost = counts.lost();
                lost.dropped.abandoned += counts.in_flight;
                Err(ShutdownError::DeadlinePassed(lost))
            }
        };
        self.shutdown.run(deadline, work, || self.read().lost())
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

fn guarded<R>(work: impl FnOnce() -> Result<R, ExportError>) -> Result<R, ExportError> {
    let _inside = Inside::enter();
    // What the exporter does must not be traced into what it exports.
    let _suppressed = spanline_core::suppress();
    contain(work).unwrap_or_else(|panicked| {
        let text = format!("the exporter panicked: {}", panicked.0);
        Err(ExportError::other(text))
    })
}

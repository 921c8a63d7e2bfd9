//! The batch processor: ended spans cross to one worker, which exports them in batches.
//!
//! The program's side is here: a copy into a lock-free queue, and a count. The worker's side is in
//! `worker.rs`, what it decides in `assembly.rs`, what both count in `ledger.rs`. A forked child has
//! neither, and starts over with a processor of its own behind this one.

mod config;
mod control;
mod worker;
mod assembly;
mod ledger;

pub use config::BatchConfig;

use super::{Pipeline, SpanProcessor, Watches};
use crate::build_error::BuildError;
use crate::inside::{Inside, REFUSED};
use crate::lineage::Lineage;
use crate::shutdown::ShutdownOnce;
use crate::sync::{Mutex, has_passed, thread};
use control::{Answer, Control, Lane, Request};
use ledger::Ledger;
use spanline_core::contain::contain;
use spanline_core::diagnostics::{self, DiagnosticKind};
use spanline_core::export::SpanExporter;
use spanline_core::record::RawRecord;
use spanline_core::view::SpanView;
use spanline_core::{Deadline, FlushError, LossReport, ProcessorStats, ShutdownError};
use spanline_queue::{Producer, Settings};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use worker::Worker;

/// Between two looks whether a worker that has answered is through with its last steps.
const LAST_STEPS: Duration = Duration::from_micros(50);

/// What a forked child is told whose exporter has no twin.
const ORPHAN: &str =
    "the process was forked, and its exporter has no twin; build a provider in the child";

/// Numbers processors within the process, for the names of their counts.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Hands ended spans to a worker thread that exports them in batches.
///
/// A batch goes out when it is full, when the schedule delay has passed since the one before, on a
/// flush, and at shutdown. Ending a span costs a copy into a lock-free queue; when the queue is
/// full the newest span is dropped and counted. Spans that are not sampled pass by.
///
/// # After a fork
///
/// A forked child starts over when it first ends a span, flushes, shuts down or reads the counts: an
/// empty queue, a worker of its own, and the exporter's [`twin`](SpanExporter::twin), which shares no
/// connection with the parent's. Its counts begin with the spans that were queued in the parent, as
/// dropped for `forked`: the parent sends those. In the parent nothing happens, and no thread is
/// started there for it. Without a twin the child's spans are dropped for `forked` too.
///
/// The fork must be the C library's; a bare `clone` system call goes unnoticed. A span that was open
/// during the fork is open in both processes: end it in one of them.
pub struct BatchSpanProcessor {
    producer: Producer,
    ledger: Arc<Ledger>,
    lane: Lane,
    shutdown: ShutdownOnce,
    worker: Mutex<Option<thread::JoinHandle<()>>>,
    /// The process that has the worker.
    lineage: Lineage,
    estate: Estate,
}

/// What a forked child needs to start over, and what it makes of it.
struct Estate {
    config: BatchConfig,
    /// Taken by the child that starts over.
    twin: Mutex<Option<Box<dyn SpanExporter>>>,
    /// In a forked child, the processor that works in place of this one.
    heir: OnceLock<Box<BatchSpanProcessor>>,
    /// This is an heir without an exporter: nothing is sent.
    is_orphan: bool,
}

impl BatchSpanProcessor {
    /// Starts the worker. No I/O is done.
    ///
    /// # Errors
    /// [`BuildError::SpawnWorker`] if the system gives no thread.
    pub fn new(
        exporter: impl SpanExporter + 'static,
        config: BatchConfig,
    ) -> Result<BatchSpanProcessor, BuildError> {
        // Relaxed: only a number.
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("batching_span_processor/{number}");
        Self::start(Box::new(exporter), config, Ledger::new(name))
    }

    fn start(
        exporter: Box<dyn SpanExporter>,
        config: BatchConfig,
        ledger: Ledger,
    ) -> Result<BatchSpanProcessor, BuildError> {
        let (producer, consumer) = spanline_queue::queue(Settings {
            max_records: config.queue_size(),
            max_bytes: config.queue_bytes(),
        });
        config.check(ledger.name());
        let twin = contain(|| exporter.twin()).unwrap_or(None);
        let ledger = Arc::new(ledger);
        let (lane, requests) = Lane::new(producer.clone());
        let worker = Worker::new(consumer, requests, Arc::clone(&ledger), &config, exporter);
        let thread = thread::Builder::new()
            .name("spanline-worker".into())
            .spawn(move || worker.run())
            .map_err(BuildError::SpawnWorker)?;
        Ok(BatchSpanProcessor {
            producer,
            ledger,
            lane,
            shutdown: ShutdownOnce::new(),
            worker: Mutex::new(Some(thread)),
            lineage: Lineage::here(),
            estate: Estate {
                config,
                twin: Mutex::new(twin),
                heir: OnceLock::new(),
                is_orphan: false,
            },
        })
    }

    /// One that takes nothing and says why: for a child that cannot send.
    fn orphan(ledger: Ledger) -> BatchSpanProcessor {
        // Without their other ends queue and lane are closed.
        let (producer, _) = spanline_queue::queue(Settings {
            max_records: 1,
            max_bytes: 0,
        });
        let (lane, _) = Lane::new(producer.clone());
        ledger.orphan();
        BatchSpanProcessor {
            producer,
            ledger: Arc::new(ledger),
            lane,
            shutdown: ShutdownOnce::new(),
            worker: Mutex::new(None),
            lineage: Lineage::here(),
            estate: Estate {
                config: BatchConfig::default(),
                twin: Mutex::new(None),
                heir: OnceLock::new(),
                is_orphan: true,
            },
        }
    }

    /// Takes a span that has ended.
    #[inline(always)]
    pub(super) fn take(&self, span: RawRecord<'_>) {
        if !span.header().flags.trace_flags().is_sampled() {
            return;
        }
        let here = self.here();
        here.ledger.ended();
        if let Err(refused) = here.producer.push(span.bytes()) {
            here.ledger.refused(refused);
        }
    }

    /// The processor that works in this process: this one, unless the process was forked.
    #[inline]
    fn here(&self) -> &BatchSpanProcessor {
        if self.lineage.is_inherited() {
            self.heir()
        } else {
            self
        }
    }

    #[cold]
    fn heir(&self) -> &BatchSpanProcessor {
        // A loop and not a recursion: a child may fork again.
        let mut heir = self;
        while heir.lineage.is_inherited() {
            heir = heir.estate.heir.get_or_init(|| Box::new(heir.succeed()));
        }
        heir
    }

    /// Starts over in a forked child.
    ///
    /// Nothing of the parent's is locked here or waited for: whoever held it is not in this process.
    fn succeed(&self) -> BatchSpanProcessor {
        self.forget_worker();
        let name = self.ledger.name().to_owned();
        let books = || {
            let ledger = Ledger::new(name.clone());
            if let Some(pipeline) = self.ledger.pipeline() {
                ledger.connect(pipeline);
            }
            ledger.inherit(self.producer.waiting().total() as u64);
            ledger
        };
        let twin = self.estate.twin.try_lock().and_then(|mut twin| twin.take());
        let Some(twin) = twin.filter(|_| !self.shutdown.has_begun()) else {
            return Self::orphan(books());
        };
        Self::start(twin, self.estate.config.clone(), books()).unwrap_or_else(|error| {
            let text = format_args!("a forked child sends no spans: {error}");
            diagnostics::report(DiagnosticKind::Dropped, &name, text);
            Self::orphan(books())
        })
    }

    /// The handle names a thread that this process does not have. Joining or detaching it could hit
    /// another thread that was given the same place.
    fn forget_worker(&self) {
        if let Some(mut worker) = self.worker.try_lock() {
            std::mem::forget(worker.take());
        }
    }

    /// What was lost so far.
    fn losses(&self) -> LossReport {
        self.counts().lost()
    }

    fn counts(&self) -> ProcessorStats {
        self.ledger.read(|| self.producer.waiting())
    }

    /// Asks the worker and waits for its answer; `None` if the deadline passes first.
    fn ask(&self, request: Request, deadline: Deadline) -> Option<Answer> {
        match self.lane.ask(request, deadline) {
            Ok(outcome) => outcome.wait(deadline),
            Err(Control::Full) => None,
            Err(Control::Gone) => Some(Err(FlushError::AlreadyShutDown)),
        }
    }

    fn flush(&self, deadline: Deadline) -> Result<(), FlushError> {
        if self.shutdown.has_begun() {
            return Err(FlushError::AlreadyShutDown);
        }
        if self.estate.is_orphan {
            return Err(FlushError::Exporter(ORPHAN.into()));
        }
        if Inside::is_entered() {
            return Err(FlushError::Exporter(REFUSED.into()));
        }
        let answer = self.ask(Request::Flush, deadline);
        answer.unwrap_or_else(|| {
            let counts = self.counts();
            Err(FlushError::DeadlinePassed {
                unsent: counts.queued + counts.in_flight,
            })
        })
    }

    fn close_and_wait(&self, deadline: Deadline) -> Result<LossReport, ShutdownError> {
        if self.estate.is_orphan {
            return Err(ShutdownError::Exporter(self.losses(), ORPHAN.into()));
        }
        self.producer.close();
        match self.ask(Request::Shutdown, deadline) {
            Some(answer) => {
                self.part(deadline);
                match answer {
                    Ok(()) => Ok(self.losses()),
                    Err(FlushError::Exporter(text)) => {
                        Err(ShutdownError::Exporter(self.losses(), text))
                    }
                    Err(_) => Err(self.give_up()),
                }
            }
            None => Err(self.give_up()),
        }
    }

    /// The deadline has passed: what is queued or in flight is abandoned and counted so. The worker
    /// leaves when its exporter lets go of it.
    fn give_up(&self) -> ShutdownError {
        self.ledger.give_up();
        self.producer.ring();
        ShutdownError::DeadlinePassed(self.losses())
    }

    /// Lets go of the worker's thread, which has answered: at the end of its last steps, or at the
    /// deadline. It is not joined, since what an exporter has put into thread-locals is dropped at the
    /// very end of a thread, and that may take its time.
    fn part(&self, deadline: Deadline) {
        let worker = self.worker.lock().take();
        while worker.as_ref().is_some_and(|worker| !worker.is_finished()) && !has_passed(deadline) {
            thread::sleep(LAST_STEPS);
        }
    }
}

impl SpanProcessor for BatchSpanProcessor {
    fn on_end(&self, span: SpanView<'_>) {
        self.take(span.raw());
    }

    fn watches(&self) -> Watches {
        Watches::ONLY_ENDS
    }

    fn connect(&self, pipeline: &Pipeline) {
        self.here().ledger.connect(pipeline);
    }

    fn force_flush(&self, deadline: Deadline) -> Result<(), FlushError> {
        self.here().flush(deadline)
    }

    fn shutdown(&self, deadline: Deadline) -> Result<LossReport, ShutdownError> {
        let here = self.here();
        if Inside::is_entered() {
            return Err(ShutdownError::Exporter(here.losses(), REFUSED.into()));
        }
        here.shutdown
            .run(deadline, || here.close_and_wait(deadline), || here.losses())
    }

    fn stats(&self) -> Option<ProcessorStats> {
        Some(self.here().counts())
    }
}

impl Drop for BatchSpanProcessor {
    /// A processor that nobody shut down closes its queue; the worker drains it and leaves.
    fn drop(&mut self) {
        if self.lineage.is_inherited() {
            self.forget_worker();
        } else if !self.shutdown.has_begun() {
            self.producer.close();
            self.ledger.leave_alone();
            self.producer.ring();
        }
    }
}

impl fmt::Debug for BatchSpanProcessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchSpanProcessor")
            .field("counts", &self.here().counts())
            .finish()
    }
}

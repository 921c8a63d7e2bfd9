//! The batch processor: ended spans cross to one worker, which exports them in batches.
//!
//! The program's side is here: a copy into a lock-free queue, and a count. The worker's side is in
//! `worker.rs`, what it decides in `assembly.rs`, what both count in `ledger.rs`.

mod config;
mod control;
mod worker;
mod assembly;
mod ledger;
mod lineage;

pub use config::BatchConfig;

use super::{Pipeline, SpanProcessor, Watches};
use crate::build_error::BuildError;
use crate::inside::{Inside, REFUSED};
use crate::shutdown::ShutdownOnce;
use crate::sync::{Mutex, thread};
use control::{Answer, Control, Lane, Request};
use ledger::Ledger;
use lineage::Lineage;
use spanline_core::export::SpanExporter;
use spanline_core::view::SpanView;
use spanline_core::{Deadline, FlushError, LossReport, ProcessorStats, ShutdownError};
use spanline_queue::{Producer, Refused, Settings};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use worker::Worker;

/// What a forked child is told: threads do not survive a fork.
const ORPHAN: &str = "the process was forked after the provider was built; build one in the child";

/// Numbers processors within the process, for the names of their counts.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Hands ended spans to a worker thread that exports them in batches.
///
/// A batch goes out when it is full, when the schedule delay has passed since the one before, on a
/// flush, and at shutdown. Ending a span costs a copy into a lock-free queue; when the queue is
/// full the newest span is dropped and counted. Spans that are not sampled pass by.
pub struct BatchSpanProcessor {
    producer: Producer,
    ledger: Arc<Ledger>,
    lane: Lane,
    shutdown: ShutdownOnce,
    worker: Mutex<Option<thread::JoinHandle<()>>>,
    lineage: Lineage,
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
        let (producer, consumer) = spanline_queue::queue(Settings {
            max_records: config.queue_size(),
            max_bytes: config.queue_bytes(),
        });
        // Relaxed: only a number.
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("batching_span_processor/{number}");
        let ledger = Arc::new(Ledger::new(name));
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
        })
    }

    /// Whether the worker stayed behind in a parent process. Found out once: then the queue, a copy
    /// that nobody reads, is closed, and new ids are seeded afresh. Asked off the hot path only.
    fn is_orphan(&self) -> bool {
        match self.lineage.is_child() {
            None => false,
            Some(first) => {
                if first {
                    self.ledger.forked();
                    self.producer.close();
                    crate::id_generator::reseed_after_fork();
                }
                true
            }
        }
    }

    /// Off the hot path: a full queue may mean that nobody reads it.
    #[cold]
    fn refused(&self, refused: Refused) {
        if refused == Refused::Full {
            self.is_orphan();
        }
        self.ledger.refused(refused);
    }

    /// What was lost so far.
    fn losses(&self) -> LossReport {
        self.counts().lost()
    }

    fn counts(&self) -> ProcessorStats {
        self.ledger.read(|| self.producer.queued() as u64)
    }

    /// Asks the worker and waits for its answer; `None` if the deadline passes first.
    fn ask(&self, request: Request, deadline: Deadline) -> Option<Answer> {
        match self.lane.ask(request, deadline) {
            Ok(outcome) => outcome.wait(deadline),
            Err(Control::Full) => None,
            Err(Control::Gone) => Some(Err(FlushError::AlreadyShutDown)),
        }
    }

    fn close_and_wait(&self, deadline: Deadline) -> Result<LossReport, ShutdownError> {
        if self.is_orphan() {
            return Err(ShutdownError::Exporter(self.losses(), ORPHAN.into()));
        }
        self.producer.close();
        match self.ask(Request::Shutdown, deadline) {
            Some(answer) => {
                self.join();
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

    /// Waits for the worker's last steps after it has answered: no user code is left in them.
    fn join(&self) {
        let worker = self.worker.lock().take();
        if let Some(worker) = worker {
            // A panic of the worker's thread was contained and told; there is nothing to add.
            let _ = worker.join();
        }
    }
}

impl SpanProcessor for BatchSpanProcessor {
    #[inline]
    fn on_end(&self, span: SpanView<'_>) {
        if !span.trace_flags().is_sampled() {
            return;
        }
        self.ledger.ended();
        if let Err(refused) = self.producer.push(span.raw().bytes()) {
            self.refused(refused);
        }
    }

    fn watches(&self) -> Watches {
        Watches::ONLY_ENDS
    }

    fn is_ours(&self) -> bool {
        true
    }

    fn connect(&self, pipeline: &Pipeline) {
        self.ledger.connect(pipeline);
    }

    fn force_flush(&self, deadline: Deadline) -> Result<(), FlushError> {
        if self.shutdown.has_begun() {
            return Err(FlushError::AlreadyShutDown);
        }
        if self.is_orphan() {
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

    fn shutdown(&self, deadline: Deadline) -> Result<LossReport, ShutdownError> {
        if Inside::is_entered() {
            return Err(ShutdownError::Exporter(self.losses(), REFUSED.into()));
        }
        self.shutdown
            .run(deadline, || self.close_and_wait(deadline), || self.losses())
    }

    fn stats(&self) -> Option<ProcessorStats> {
        Some(self.counts())
    }
}

impl Drop for BatchSpanProcessor {
    /// A processor that nobody shut down closes its queue; the worker drains it and leaves.
    fn drop(&mut self) {
        if !self.shutdown.has_begun() {
            self.producer.close();
            self.ledger.leave_alone();
            self.producer.ring();
        }
    }
}

impl fmt::Debug for BatchSpanProcessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchSpanProcessor")
            .field("counts", &self.counts())
            .finish()
    }
}

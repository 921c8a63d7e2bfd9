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
use crate::lifecycle;
use crate::lineage::Lineage;
use crate::outcome::Outcome;
use crate::shutdown::ShutdownOnce;
use crate::sync::{Mutex, thread};
use control::{Answer, Control, Lane, Request, Requests};
use ledger::Ledger;
use once_cell::race::OnceBox;
use spanline_core::contain::contain;
use spanline_core::diagnostics::{self, DiagnosticKind};
use spanline_core::export::SpanExporter;
use spanline_core::record::RawRecord;
use spanline_core::view::SpanView;
use spanline_core::{Deadline, FlushError, LossReport, ProcessorStats, ShutdownError};
use spanline_queue::{Consumer, Producer, Settings};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use worker::Worker;

/// What a forked child is told that has no exporter: there was no twin for it, or no thread.
const ORPHAN: &str =
    "the process was forked, and has no exporter that sends; build a provider in the child";

/// How long building waits for the worker's thread to run: far more than a busy machine needs.
const BEGINNING: Duration = Duration::from_millis(100);

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
    /// Settled when the worker has done all that it does. Its thread is not joined: what an exporter
    /// has put into thread-locals is dropped at the very end of a thread, and that may take its time.
    /// And a forked child has no such thread.
    over: Arc<Outcome<()>>,
    /// The process that has the worker.
    lineage: Lineage,
    estate: Estate,
}

/// What a forked child needs to start over, and what it makes of it.
struct Estate {
    config: BatchConfig,
    /// Left once, by the process that has the worker; taken once, by a child that starts over. No
    /// thread ever waits for the lock.
    twin: Mutex<Option<Box<dyn SpanExporter>>>,
    /// A twin was left. Stays true when it is taken.
    has_twin: AtomicBool,
    /// In a forked child, the processor that works in place of this one. Set by one exchange, so a
    /// fork can leave it empty or filled, and nothing between that a grandchild would wait for.
    heir: OnceBox<BatchSpanProcessor>,
    /// This is an heir without an exporter: nothing is sent.
    is_orphan: AtomicBool,
}

impl Estate {
    fn new(config: BatchConfig) -> Estate {
        Estate {
            config,
            twin: Mutex::new(None),
            has_twin: AtomicBool::new(false),
            heir: OnceBox::new(),
            is_orphan: AtomicBool::new(false),
        }
    }

    /// Keeps the exporter's twin for a child.
    fn leave(&self, twin: Box<dyn SpanExporter>) {
        if let Some(mut place) = self.twin.try_lock() {
            *place = Some(twin);
            drop(place);
            // Release: pairs with the Acquire in `has_twin`; the lock is free again.
            self.has_twin.store(true, Ordering::Release);
        }
    }

    /// Whether a child finds a twin. In a forked child this never changes, so all its threads agree.
    fn has_twin(&self) -> bool {
        // Acquire: pairs with the Release in `leave`.
        self.has_twin.load(Ordering::Acquire)
    }

    fn take_twin(&self) -> Option<Box<dyn SpanExporter>> {
        self.twin.try_lock().and_then(|mut twin| twin.take())
    }

    fn is_orphan(&self) -> bool {
        // Relaxed: what is told to whoever asks, no more.
        self.is_orphan.load(Ordering::Relaxed)
    }

    fn orphan(&self) {
        self.is_orphan.store(true, Ordering::Relaxed);
    }
}

/// The worker's ends of queue and lane.
struct Ends {
    consumer: Consumer,
    requests: Requests,
}

impl BatchSpanProcessor {
    /// Starts the worker, and returns when its thread runs, some 0.1 ms later and 100 ms at most, so
    /// that a fork comes after all that starting a thread locks. No I/O is done.
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
        config.check(&name);
        let (processor, ends) = Self::open(config, Ledger::new(name));
        let begun = processor.begin(ends, Box::new(exporter))?;
        // A thread that has not run by then may come later: nothing but a fork would mind.
        begun.wait(Deadline::after(BEGINNING));
        Ok(processor)
    }

    /// One that takes spans and requests, for a worker that [`begin`](Self::begin) starts.
    fn open(config: BatchConfig, ledger: Ledger) -> (BatchSpanProcessor, Ends) {
        let (producer, consumer) = spanline_queue::queue(Settings {
            max_records: config.queue_size(),
            max_bytes: config.queue_bytes(),
        });
        let (lane, requests) = Lane::new(producer.clone());
        let processor = BatchSpanProcessor {
            producer,
            ledger: Arc::new(ledger),
            lane,
            shutdown: ShutdownOnce::new(),
            over: Outcome::new(),
            lineage: Lineage::here(),
            estate: Estate::new(config),
        };
        (processor, Ends { consumer, requests })
    }

    /// Starts the worker; settled when its thread runs. Without a thread for it, queue and lane are
    /// closed.
    fn begin(
        &self,
        ends: Ends,
        exporter: Box<dyn SpanExporter>,
    ) -> Result<Arc<Outcome<()>>, BuildError> {
        if let Ok(Some(twin)) = contain(|| exporter.twin()) {
            self.estate.leave(twin);
        }
        let ledger = Arc::clone(&self.ledger);
        let config = &self.estate.config;
        let worker = Worker::new(ends.consumer, ends.requests, ledger, config, exporter);
        let begun = Outcome::new();
        let (begins, over) = (Arc::clone(&begun), Arc::clone(&self.over));
        let work = move || {
            begins.settle(());
            let _ = contain(|| worker.run());
            over.settle(());
        };
        thread::Builder::new()
            .name("spanline-worker".into())
            .spawn(work)
            .map_err(BuildError::SpawnWorker)?;
        Ok(begun)
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
        let estate = Estate::new(BatchConfig::default());
        estate.orphan();
        BatchSpanProcessor {
            producer,
            ledger: Arc::new(ledger),
            lane,
            shutdown: ShutdownOnce::new(),
            over: Outcome::new(),
            lineage: Lineage::here(),
            estate,
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
            here.ledger.refused(refused, span.bytes().len());
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
            match heir.estate.heir.get() {
                Some(next) => heir = next,
                None => heir.succeed(),
            }
        }
        heir
    }

    /// Starts over in a forked child: afterwards there is an heir.
    ///
    /// Nothing of the parent's is waited for, since whoever held it is not in this process; nor is a
    /// thread of this one, which a fork could leave behind as well. So the heir comes first, by one
    /// exchange, open for spans and requests; then its worker, by the thread that won. Threads that
    /// came at the same time have built an heir for nothing, and use the winner's. A grandchild that
    /// is forked between the two finds an heir that was left no twin, and is an orphan.
    fn succeed(&self) {
        // Alike for all threads: neither changes in a process that does not work with it.
        if self.shutdown.has_begun() || !self.estate.has_twin() {
            let _ = self.estate.heir.set(Box::new(Self::orphan(self.books())));
            return;
        }
        let (heir, ends) = Self::open(self.estate.config.clone(), self.books());
        if self.estate.heir.set(Box::new(heir)).is_err() {
            return;
        }
        let Some(heir) = self.estate.heir.get() else {
            return;
        };
        let why = match self.estate.take_twin().map(|twin| heir.begin(ends, twin)) {
            Some(Ok(_)) => return,
            Some(Err(error)) => error.to_string(),
            None => "its exporter's twin is lost".into(),
        };
        // What came meanwhile is given up, what comes is refused, as to an orphan.
        heir.estate.orphan();
        heir.ledger.orphan();
        heir.ledger.give_up();
        heir.over.settle(());
        let text = format_args!("a forked child sends no spans: {why}");
        diagnostics::report(DiagnosticKind::Dropped, heir.ledger.name(), text);
    }

    /// The books that a child opens.
    fn books(&self) -> Ledger {
        let ledger = Ledger::new(self.ledger.name().to_owned());
        if let Some(pipeline) = self.ledger.pipeline() {
            ledger.connect(pipeline);
        }
        ledger.inherit(self.producer.waiting().total() as u64);
        ledger
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
        if self.estate.is_orphan() {
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
        if self.estate.is_orphan() {
            return Err(ShutdownError::Exporter(self.losses(), ORPHAN.into()));
        }
        self.producer.close();
        match self.ask(Request::Shutdown, deadline) {
            Some(answer) => {
                self.over.wait(deadline);
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

    /// A child of a process that has shut down sends nothing. The twin is the program's code, to its
    /// destructor, and may not come back from there.
    fn drop_twin(&self, deadline: Deadline) {
        let Some(twin) = self.estate.take_twin() else {
            return;
        };
        let dropped = lifecycle::start(move || {
            let _inside = Inside::enter();
            let _ = contain(|| drop(twin));
        });
        let _ = dropped.map(|dropped| dropped.wait(deadline));
    }

    /// A shutdown is late, wherever it is: nothing more is sent. What is lost, for good.
    pub(super) fn abandon(&self) -> LossReport {
        let here = self.here();
        here.producer.close();
        let _ = here.give_up();
        here.losses()
    }

    /// The deadline has passed: what is queued or in flight is abandoned and counted so. The worker
    /// leaves when its exporter lets go of it.
    fn give_up(&self) -> ShutdownError {
        self.ledger.give_up();
        self.producer.ring();
        ShutdownError::DeadlinePassed(self.losses())
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
        let work = || {
            let outcome = here.close_and_wait(deadline);
            here.drop_twin(deadline);
            outcome
        };
        here.shutdown.run(deadline, work, || here.losses())
    }

    fn stats(&self) -> Option<ProcessorStats> {
        Some(self.here().counts())
    }
}

impl Drop for BatchSpanProcessor {
    /// A processor that nobody shut down closes its queue; the worker drains it and leaves.
    fn drop(&mut self) {
        if !self.lineage.is_inherited() && !self.shutdown.has_begun() {
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

//! What the behaviour tests share: an exporter that is watched, and a gate that holds it up.
//!
//! Nothing here sleeps. Whoever waits is woken by what it waits for; a watchdog turns a wait
//! without end into a failure that says what was missing.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed unwrap is a failed test"
)]
#![allow(dead_code, reason = "which parts are unused differs from test to test")]

use spanline_core::diagnostics::{self, Diagnostic, DiagnosticKind};
use spanline_core::export::{Batch, ExportError, Exported, SpanExporter};
use spanline_core::{Deadline, ProcessorStats, TracerProvider};
use spanline_sdk::processor::{BatchConfig, BatchSpanProcessor};
use spanline_sdk::provider::TracerProviderBuilder;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

/// Longer than anything here takes on a loaded machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A schedule delay that never passes: batches go out for other reasons.
pub(crate) const NEVER: Duration = Duration::from_secs(3600);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A state that threads watch.
#[derive(Debug, Default)]
pub(crate) struct Watched<T> {
    state: Mutex<T>,
    changed: Condvar,
}

impl<T> Watched<T> {
    /// Changes the state and tells everybody.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut lock(&self.state));
        self.changed.notify_all();
        result
    }

    /// Reads the state.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        read(&lock(&self.state))
    }

    /// Waits until the state is so; false if the deadline passes first.
    pub(crate) fn wait(&self, deadline: Deadline, is: impl Fn(&T) -> bool) -> bool {
        let mut state = lock(&self.state);
        while !is(&state) {
            let left = deadline.remaining().unwrap_or(PATIENCE);
            if left.is_zero() {
                return false;
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }

    /// Waits until the state is so, and fails the test if that takes too long.
    pub(crate) fn until(&self, what: &str, is: impl Fn(&T) -> bool) {
        let came = self.wait(Deadline::after(PATIENCE), is);
        assert!(came, "waited in vain until {what}");
    }
}

/// Where exporters wait until the test lets them through.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<Watched<Passing>>);

#[derive(Debug, Default)]
struct Passing {
    /// How many may still pass while the gate is shut.
    passes: usize,
    open: bool,
    waiting: usize,
}

impl Gate {
    /// A gate that lets nobody through.
    pub(crate) fn shut() -> Gate {
        Gate::default()
    }

    /// Lets everybody through, now and later.
    pub(crate) fn open(&self) {
        self.0.change(|gate| gate.open = true);
    }

    /// Lets so many through.
    pub(crate) fn let_through(&self, passes: usize) {
        self.0.change(|gate| gate.passes += passes);
    }

    /// Waits to be let through, however long that takes.
    pub(crate) fn pass(&self) {
        assert!(self.pass_until(Deadline::NEVER), "never passes");
    }

    /// Waits to be let through; false if the deadline passes first.
    pub(crate) fn pass_until(&self, deadline: Deadline) -> bool {
        self.0.change(|gate| gate.waiting += 1);
        let free = self.0.wait(deadline, |gate| gate.open || gate.passes > 0);
        self.0.change(|gate| {
            gate.waiting -= 1;
            if free && !gate.open {
                gate.passes -= 1;
            }
        });
        free
    }

    /// Waits until somebody stands before the gate.
    pub(crate) fn until_reached(&self) {
        self.0
            .until("somebody stands at the gate", |gate| gate.waiting > 0);
    }
}

/// What an exporter has seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// The names of the spans of each batch, in the order of the calls.
    pub(crate) batches: Vec<Vec<String>>,
    /// Calls of `export` under way.
    pub(crate) inside: usize,
    /// The most of them at one time.
    pub(crate) most_inside: usize,
    /// Calls of `force_flush`.
    pub(crate) flushes: usize,
    /// Calls of `shutdown`.
    pub(crate) shutdowns: usize,
    /// The exporter was dropped: its worker is gone.
    pub(crate) dropped: bool,
}

impl Seen {
    /// How many spans were offered.
    pub(crate) fn spans(&self) -> usize {
        self.batches.iter().map(Vec::len).sum()
    }

    /// The names of all spans.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.batches.iter().flatten().map(String::as_str)
    }
}

type Reply = dyn FnMut(Batch<'_>, Deadline) -> Result<Exported, ExportError> + Send;

/// An exporter that writes down what it sees and answers as it is told.
pub(crate) struct Probe {
    seen: Arc<Watched<Seen>>,
    reply: Box<Reply>,
}

impl Probe {
    /// Answers every batch with `reply`.
    pub(crate) fn new(
        reply: impl FnMut(Batch<'_>, Deadline) -> Result<Exported, ExportError> + Send + 'static,
    ) -> (Probe, Arc<Watched<Seen>>) {
        let seen = Arc::new(Watched::default());
        let probe = Probe {
            seen: Arc::clone(&seen),
            reply: Box::new(reply),
        };
        (probe, seen)
    }

    /// Takes every batch at once.
    pub(crate) fn willing() -> (Probe, Arc<Watched<Seen>>) {
        Probe::new(|_, _| Ok(Exported::ALL))
    }

    /// Takes every batch when the gate lets it, whatever its deadline says.
    pub(crate) fn behind(gate: &Gate) -> (Probe, Arc<Watched<Seen>>) {
        let gate = gate.clone();
        Probe::new(move |_, _| {
            gate.pass();
            Ok(Exported::ALL)
        })
    }
}

impl SpanExporter for Probe {
    fn export(&mut self, batch: Batch<'_>, deadline: Deadline) -> Result<Exported, ExportError> {
        let names = batch.iter().map(|span| span.name().to_owned()).collect();
        self.seen.change(|seen| {
            seen.inside += 1;
            seen.most_inside = seen.most_inside.max(seen.inside);
            seen.batches.push(names);
        });
        let _leaving = Leaving(&self.seen);
        (self.reply)(batch, deadline)
    }

    fn force_flush(&mut self, _: Deadline) -> Result<(), ExportError> {
        self.seen.change(|seen| seen.flushes += 1);
        Ok(())
    }

    fn shutdown(&mut self, _: Deadline) -> Result<(), ExportError> {
        self.seen.change(|seen| seen.shutdowns += 1);
        Ok(())
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.seen.change(|seen| seen.dropped = true);
    }
}

/// Counts a call as over, also when it panics.
struct Leaving<'a>(&'a Watched<Seen>);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.change(|seen| seen.inside -= 1);
    }
}

/// A provider with one batch processor.
pub(crate) fn batching(
    exporter: impl SpanExporter + 'static,
    config: BatchConfig,
) -> TracerProvider {
    TracerProviderBuilder::new()
        .processor(BatchSpanProcessor::new(exporter, config).unwrap())
        .build()
        .unwrap()
}

/// The counts of the only processor.
pub(crate) fn counts(provider: &TracerProvider) -> ProcessorStats {
    let stats = provider.stats();
    assert_eq!(stats.processors.len(), 1);
    stats.processors[0].clone()
}

/// Starts and ends so many spans.
pub(crate) fn end_spans(provider: &TracerProvider, spans: usize) {
    let tracer = provider.tracer("test");
    for _ in 0..spans {
        tracer.start("span").end();
    }
}

/// Runs `work` and fails if it has not returned within [`PATIENCE`].
pub(crate) fn in_time<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || tell.send(work()));
    told.recv_timeout(PATIENCE).expect("it never came back")
}

/// The smallest executor there is: parks until it is woken.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut task = Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut task) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// How long `work` took, and what it said.
pub(crate) fn timed<R>(work: impl FnOnce() -> R) -> (Duration, R) {
    let start = Instant::now();
    let result = work();
    (start.elapsed(), result)
}

/// One listener per process: whoever listens holds this.
static LISTENING: Mutex<()> = Mutex::new(());

/// Hears the diagnostics until it is dropped.
pub(crate) struct Ear {
    heard: Arc<Watched<Vec<(DiagnosticKind, String)>>>,
    _alone: MutexGuard<'static, ()>,
}

impl Ear {
    /// Listens. Tests of one file that listen take turns.
    pub(crate) fn new() -> Ear {
        let alone = lock(&LISTENING);
        let heard = Arc::new(Watched::default());
        let hearing = Arc::clone(&heard);
        diagnostics::set_handler(move |told: &Diagnostic<'_>| {
            let line = format!("{}: {}", told.component, told.message);
            hearing.change(|heard: &mut Vec<_>| heard.push((told.kind, line)));
        });
        Ear {
            heard,
            _alone: alone,
        }
    }

    /// Whether something of this kind with this text was told.
    pub(crate) fn has_heard(&self, kind: DiagnosticKind, text: &str) -> bool {
        self.heard(kind, text) > 0
    }

    /// How often something of this kind with this text was told.
    pub(crate) fn heard(&self, kind: DiagnosticKind, text: &str) -> usize {
        self.heard.read(|heard| {
            let heard = heard.iter();
            heard
                .filter(|(known, line)| *known == kind && line.contains(text))
                .count()
        })
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        diagnostics::reset_handler();
    }
}

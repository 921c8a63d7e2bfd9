//! Where every span of a batch processor is counted, exactly once.
//!
//! The law: `ended_sampled = exported + failed + rejected + Σ dropped + queued + in_flight`. Each
//! term has one writer or is a shared count off the hot path; none is derived from another, so that
//! the law can fail if the code is wrong.

use super::super::Pipeline;
use super::super::telling::AFTER_SHUTDOWN;
use crate::counters::PerThread;
use crate::sync::{AtomicBool, AtomicU64, Mutex};
use spanline_core::ProcessorStats;
use spanline_core::diagnostics::{self, DiagnosticKind};
use spanline_core::export::{ExportError, Exported};
use spanline_queue::{Refused, Waiting};
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

/// The counts of one batch processor, shared by the program's threads, the worker and readers.
pub(super) struct Ledger {
    name: String,
    pipeline: OnceLock<Pipeline>,
    /// Sampled spans that ended; counted per thread, without a shared write.
    ended: PerThread<1>,
    queue_full: AtomicU64,
    byte_cap: AtomicU64,
    /// Spans larger than the queue can ever take.
    too_large: AtomicU64,
    after_shutdown: AtomicU64,
    /// Spans find no room, and that was told.
    is_full: AtomicBool,
    /// Refusals for want of room when the worker last looked.
    seen: AtomicU64,
    /// Spans that a forked child found in its copy of the queue, or could not hand to anybody.
    forked: AtomicU64,
    /// This is a forked child without an exporter. Set before any span, unless it got no thread.
    is_orphan: AtomicBool,
    /// Written by the worker and by whoever gives up on it.
    settled: Mutex<Settled>,
    /// The shutdown's deadline has passed: what is left is abandoned. Set under the lock.
    given_up: AtomicBool,
    /// The processor is gone, and nobody shut it down.
    left_alone: AtomicBool,
}

/// What became of spans that the queue accepted.
#[derive(Clone, Copy, Debug, Default)]
struct Settled {
    exported: u64,
    failed: u64,
    rejected: u64,
    oversize: u64,
    encode_error: u64,
    abandoned: u64,
    /// With the exporter.
    in_flight: u64,
}

impl Ledger {
    pub(super) fn new(name: String) -> Self {
        Ledger {
            name,
            pipeline: OnceLock::new(),
            ended: PerThread::new(),
            queue_full: AtomicU64::new(0),
            byte_cap: AtomicU64::new(0),
            too_large: AtomicU64::new(0),
            after_shutdown: AtomicU64::new(0),
            is_full: AtomicBool::new(false),
            seen: AtomicU64::new(0),
            forked: AtomicU64::new(0),
            is_orphan: AtomicBool::new(false),
            settled: Mutex::new(Settled::default()),
            given_up: AtomicBool::new(false),
            left_alone: AtomicBool::new(false),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn connect(&self, pipeline: &Pipeline) {
        if self.pipeline.set(pipeline.clone()).is_err() {
            diagnostics::report(
                DiagnosticKind::Misuse,
                &self.name,
                format_args!(
                    "the processor belongs to two providers; the first one's resource counts"
                ),
            );
        }
    }

    pub(super) fn pipeline(&self) -> Option<&Pipeline> {
        self.pipeline.get()
    }

    /// A sampled span has ended.
    #[inline]
    pub(super) fn ended(&self) {
        self.ended.add(0, 1);
    }

    /// The queue refused a span of so many bytes.
    #[cold]
    pub(super) fn refused(&self, reason: Refused, bytes: usize) {
        let count = match reason {
            Refused::Bytes => &self.byte_cap,
            Refused::TooLarge => &self.too_large,
            // Relaxed: only the reason hangs on it.
            Refused::Closed if self.is_orphan.load(Ordering::Relaxed) => &self.forked,
            Refused::Closed => &self.after_shutdown,
            _ => &self.queue_full,
        };
        // Relaxed: only a number.
        let before = count.fetch_add(1, Ordering::Relaxed);
        match reason {
            Refused::Closed if before == 0 && std::ptr::eq(count, &self.after_shutdown) => {
                let text = format_args!("{AFTER_SHUTDOWN}");
                diagnostics::report(DiagnosticKind::Shutdown, &self.name, text);
            }
            Refused::TooLarge => self.tell_of_too_large(before, bytes),
            Refused::Closed => {}
            _ => self.tell_of_no_room(),
        }
    }

    /// The first span that no buffer takes: it is the program's limits that let such spans come.
    fn tell_of_too_large(&self, before: u64, bytes: usize) {
        if before == 0 {
            let text = format_args!(
                "a span of {bytes} bytes is larger than a 24th of max_queue_bytes; it and all such are \
                 dropped as oversize"
            );
            // Not `Dropped`, under which a full queue may have spoken a moment ago.
            diagnostics::report(DiagnosticKind::Limit, &self.name, text);
        }
    }

    /// A loss begins: told by the thread that sees it first, since the worker may be in an exporter
    /// that does not come back. A report allocates; there is one for each loss, not for each span.
    fn tell_of_no_room(&self) {
        // Relaxed, here and below: a word too many or too few, and no more, hangs on the order.
        if !self.is_full.load(Ordering::Relaxed) && !self.is_full.swap(true, Ordering::Relaxed) {
            let text = format_args!("the queue is full: spans are dropped until there is room");
            diagnostics::report(DiagnosticKind::Dropped, &self.name, text);
        }
    }

    /// The worker has exported. The loss is over if nothing was refused since the worker asked last;
    /// while it goes on, it is in the counts, and nothing is told again.
    pub(super) fn tell_of_room(&self) {
        if !self.is_full.load(Ordering::Relaxed) {
            return;
        }
        let (full, bytes) = self.refusals();
        let lost = full + bytes;
        if self.seen.swap(lost, Ordering::Relaxed) == lost {
            self.is_full.store(false, Ordering::Relaxed);
            let text = format_args!(
                "the queue has room again: so far {full} spans dropped for max_queue_size, {bytes} for max_queue_bytes"
            );
            diagnostics::report(DiagnosticKind::Recovered, &self.name, text);
        }
    }

    /// The worker hands spans to the exporter; `take` lets go of them in the queue. Both in one
    /// step, so that no reader finds them in two places or in none. False: too late, they are
    /// abandoned.
    #[must_use]
    pub(super) fn hand_over(&self, spans: u64, take: impl FnOnce()) -> bool {
        let mut settled = self.settled.lock();
        if self.has_given_up() {
            return false;
        }
        settled.in_flight += spans;
        take();
        true
    }

    /// The worker claims spans for its next batch; `claim` does. Not while somebody counts.
    pub(super) fn claim(&self, claim: impl FnOnce()) {
        let _settled = self.settled.lock();
        claim();
    }

    /// The exporter is done with spans handed over before. What was abandoned meanwhile stays so.
    pub(super) fn settle(&self, spans: u64, outcome: &Result<Exported, ExportError>) {
        let mut settled = self.settled.lock();
        if settled.in_flight < spans {
            return;
        }
        settled.in_flight -= spans;
        match outcome {
            Err(_) => settled.failed += spans,
            Ok(exported) => {
                // An exporter cannot lose more than it was given.
                let oversize = exported.oversize.min(spans);
                let encode_error = exported.encode_error.min(spans - oversize);
                let rejected = exported.rejected.min(spans - oversize - encode_error);
                let arrived = spans - oversize - encode_error - rejected;
                let failed = exported.failed.min(arrived);
                settled.oversize += oversize;
                settled.encode_error += encode_error;
                settled.rejected += rejected;
                settled.failed += failed;
                settled.exported += arrived - failed;
            }
        }
    }

    /// The worker throws away what waits; `throw` does, and says how many that were.
    pub(super) fn abandon(&self, throw: impl FnOnce() -> u64) {
        let mut settled = self.settled.lock();
        settled.abandoned += throw();
    }

    /// The worker lost its way, with a batch in flight or with one in hand: `let_go` does, and says
    /// how many spans of it had not been handed over, and on the way out how many waited.
    pub(super) fn lose(&self, let_go: impl FnOnce() -> u64) {
        let mut settled = self.settled.lock();
        // Nothing is in flight any more if somebody has given up: it was counted then.
        let in_flight = std::mem::take(&mut settled.in_flight);
        settled.abandoned += in_flight + let_go();
    }

    /// Nobody is left who could ask for anything.
    pub(super) fn leave_alone(&self) {
        // Release: pairs with the Acquire in `is_left_alone`; the queue was closed before.
        self.left_alone.store(true, Ordering::Release);
    }

    pub(super) fn is_left_alone(&self) -> bool {
        // Acquire: pairs with the Release in `leave_alone`.
        self.left_alone.load(Ordering::Acquire)
    }

    /// The books of a forked child open with what lay in its copy of the parent's queue: ended, and
    /// dropped here, since the parent sends it.
    pub(super) fn inherit(&self, queued: u64) {
        self.ended.add(0, queued);
        // Relaxed: only a number.
        self.forked.fetch_add(queued, Ordering::Relaxed);
    }

    /// Nobody here sends anything: what the closed queue refuses is lost to the fork.
    pub(super) fn orphan(&self) {
        self.is_orphan.store(true, Ordering::Relaxed);
    }

    /// From now on what is in flight or waits counts as abandoned. An exporter that is away with some
    /// of it is told about: it may never come back.
    pub(super) fn give_up(&self) {
        let away = {
            let mut settled = self.settled.lock();
            // Release: pairs with the Acquire in `has_given_up`; under the lock for `read`.
            self.given_up.store(true, Ordering::Release);
            let away = std::mem::take(&mut settled.in_flight);
            settled.abandoned += away;
            away
        };
        if away > 0 {
            let text = format_args!(
                "the exporter has not come back with {away} spans; the shutdown waits no longer"
            );
            diagnostics::report(DiagnosticKind::Late, &self.name, text);
        }
    }

    pub(super) fn has_given_up(&self) -> bool {
        // Acquire: pairs with the Release in `give_up`.
        self.given_up.load(Ordering::Acquire)
    }

    /// All counts; `waiting` asks the queue, while nothing moves from it to here.
    pub(super) fn read(&self, waiting: impl FnOnce() -> Waiting) -> ProcessorStats {
        let mut stats = ProcessorStats::new(self.name.as_str());
        {
            let settled = self.settled.lock();
            let waiting = waiting();
            if self.has_given_up() {
                stats.dropped.abandoned = waiting.total() as u64;
            } else {
                stats.queued = waiting.queued as u64;
                stats.in_flight = waiting.claimed as u64;
            }
            stats.exported = settled.exported;
            stats.failed = settled.failed;
            stats.rejected = settled.rejected;
            stats.in_flight += settled.in_flight;
            stats.dropped.oversize = settled.oversize;
            stats.dropped.encode_error = settled.encode_error;
            stats.dropped.abandoned += settled.abandoned;
        }
        // Relaxed, all: only numbers.
        stats.dropped.queue_full = self.queue_full.load(Ordering::Relaxed);
        stats.dropped.byte_cap = self.byte_cap.load(Ordering::Relaxed);
        stats.dropped.oversize += self.too_large.load(Ordering::Relaxed);
        stats.dropped.after_shutdown = self.after_shutdown.load(Ordering::Relaxed);
        stats.dropped.forked = self.forked.load(Ordering::Relaxed);
        let [ended] = self.ended.sum();
        stats.ended_sampled = ended;
        stats
    }

    /// Spans refused so far for want of credits and for want of bytes.
    pub(super) fn refusals(&self) -> (u64, u64) {
        // Relaxed, both: only numbers.
        (
            self.queue_full.load(Ordering::Relaxed),
            self.byte_cap.load(Ordering::Relaxed),
        )
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests;

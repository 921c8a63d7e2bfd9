//! The worker: one thread, one loop, five triggers: size, delay, flush, shutdown, first span.
//!
//! It decides nothing: `assembly.rs` says when to export, requests say until when. It alone calls
//! the exporter, one call at a time; a call that panics costs its batch.

use super::super::said;
use super::super::telling::Telling;
use super::assembly::{Assembly, Step, pause};
use super::config::{BatchConfig, Watcher};
use super::control::{Answer, Request, Requests, Ticket};
use super::ledger::Ledger;
use crate::inside::Inside;
use crate::outcome::Outcome;
use crate::sync::{has_passed, now, thread};
use spanline_core::contain::contain;
use spanline_core::diagnostics::{self, DiagnosticKind};
use spanline_core::export::{
    Batch, ExportCause, ExportError, ExportReport, Exported, Records, SpanExporter,
};
use spanline_core::view::Timeline;
use spanline_core::{Deadline, FlushError, Resource};
use spanline_queue::{Consumer, Entries, Sleep};
use std::sync::Arc;
use std::time::Duration;

/// See the module.
pub(super) struct Worker {
    consumer: Consumer,
    /// The batch in hand: collected, not released.
    entries: Entries,
    /// The batch in hand is the exporter's: its spans are in flight, or were given up on.
    handed_over: bool,
    requests: Requests,
    ledger: Arc<Ledger>,
    assembly: Assembly,
    /// Exports in a row that found nothing.
    fruitless: u32,
    exporter: Box<dyn SpanExporter>,
    telling: Telling,
    max_batch: usize,
    export_timeout: Option<Duration>,
    watcher: Option<Watcher>,
    /// A shutdown was asked for.
    leaving: bool,
}

impl Worker {
    pub(super) fn new(
        consumer: Consumer,
        requests: Requests,
        ledger: Arc<Ledger>,
        config: &BatchConfig,
        exporter: Box<dyn SpanExporter>,
    ) -> Self {
        let capacity = config.queue_size();
        let max_batch = config.batch_size();
        let mut worker = Worker {
            consumer,
            entries: Entries::new(),
            handed_over: false,
            requests,
            ledger,
            assembly: Assembly::new(max_batch, capacity, config.delay()),
            fruitless: 0,
            telling: Telling::of(&*exporter),
            exporter,
            max_batch,
            export_timeout: config.timeout(),
            watcher: config.watcher(),
            leaving: false,
        };
        worker.claim();
        worker
    }

    /// Works until a shutdown has been asked for and answered.
    pub(super) fn run(mut self) {
        // What the exporter does must not be traced into what it exports.
        // (Threads of an explored schedule would share this mark.)
        #[cfg(not(shuttle))]
        let _suppressed = spanline_core::suppress();
        let _inside = Inside::enter();
        self.consumer.bind();
        while contain(|| self.round()).unwrap_or_else(|_| self.recover()) {}
    }

    /// One look at requests and queue, one step. False: the end.
    fn round(&mut self) -> bool {
        if self.ledger.has_given_up() {
            self.abandon();
            return false;
        }
        if let Some(ticket) = self.requests.next() {
            return self.serve(&ticket);
        }
        if self.ledger.is_left_alone() {
            return self.serve(&Ticket {
                request: Request::Shutdown,
                deadline: Deadline::NEVER,
                outcome: Outcome::new(),
            });
        }
        match self.assembly.next(now(), self.waiting()) {
            Step::Export(cause) => {
                if self.export(cause, Deadline::NEVER).is_none() {
                    self.wait_for_producer(Deadline::NEVER);
                }
            }
            Step::Nap { limit, level } => self.sleep(Sleep::Nap { limit, level }),
            Step::Idle => self.sleep(Sleep::Idle),
        }
        true
    }

    fn sleep(&mut self, how: Sleep) {
        self.fruitless = 0;
        let start = now();
        self.consumer.sleep(how);
        self.assembly
            .woke(now().saturating_duration_since(start), self.waiting());
    }

    /// Spans that lie in the queue, claimed or not.
    fn waiting(&self) -> usize {
        self.consumer.waiting().total()
    }

    /// Begins the next batch: the spans that will be in it are in flight from the moment they come, so
    /// that producers have all of the queue for those behind them.
    fn claim(&mut self) {
        let (consumer, max_batch) = (&mut self.consumer, self.max_batch);
        self.ledger.claim(|| consumer.claim(max_batch));
    }

    /// After a panic of our own, which should not happen: the batch in hand is lost, the rest goes
    /// on. False: it happened on the way out, and the rest is lost as well.
    #[cold]
    fn recover(&mut self) -> bool {
        let leaving = self.leaving;
        let then = if leaving { "leaves" } else { "goes on" };
        let text = format_args!("the worker panicked and {then}");
        diagnostics::report(DiagnosticKind::Panic, self.ledger.name(), text);
        let (consumer, entries) = (&mut self.consumer, &mut self.entries);
        let in_hand = if self.handed_over { 0 } else { entries.len() };
        self.ledger.lose(|| {
            consumer.release(entries);
            let rest = if leaving { consumer.abandon() } else { 0 };
            (in_hand + rest) as u64
        });
        self.handed_over = false;
        self.claim();
        if self.leaving {
            self.leave();
        }
        !self.leaving
    }

    /// Answers one request. False: it was the last one.
    fn serve(&mut self, ticket: &Ticket) -> bool {
        let cause = match ticket.request {
            Request::Flush => ExportCause::Flush,
            Request::Shutdown => ExportCause::Shutdown,
        };
        self.leaving = ticket.request == Request::Shutdown;
        let drained = self.drain(cause, ticket.deadline);
        if self.ledger.has_given_up() {
            // The caller has left with what it knew.
            self.abandon();
            return false;
        }
        let ended = match ticket.request {
            Request::Flush => self.call(|exporter| exporter.force_flush(ticket.deadline)),
            Request::Shutdown => self.call(|exporter| exporter.shutdown(ticket.deadline)),
        };
        let answer = drained.and(ended.map_err(|error| FlushError::Exporter(said(error))));
        if self.leaving {
            self.leave();
        }
        ticket.outcome.settle(answer);
        !self.leaving
    }

    /// Exports until everything that was accepted before this call is handed over.
    fn drain(&mut self, cause: ExportCause, deadline: Deadline) -> Answer {
        let mark = self.consumer.mark();
        let mut answer = Ok(());
        // Whoever flushes leaves at their own deadline; a batch does not fail for it that had time
        // left. A shutdown is the end: there the exporter must be done by then.
        let limit = match cause {
            ExportCause::Shutdown => deadline,
            _ => Deadline::NEVER,
        };
        while !self.consumer.has_passed(&mark) {
            if has_passed(deadline) {
                let unsent = self.waiting() as u64;
                return Err(FlushError::DeadlinePassed { unsent });
            }
            match self.export(cause, limit) {
                Some(Ok(())) => {}
                Some(Err(error)) => answer = Err(FlushError::Exporter(error)),
                None => self.wait_for_producer(deadline),
            }
            if self.ledger.has_given_up() {
                break;
            }
        }
        answer
    }

    /// What waits is still being written: a producer is between its reservation and its last store. Not
    /// a nap, since that producer will not ring.
    #[cold]
    fn wait_for_producer(&mut self, deadline: Deadline) {
        match pause(self.fruitless) {
            None => thread::yield_now(),
            Some(pause) => thread::sleep(deadline.sooner(pause).remaining().unwrap_or(pause)),
        }
        self.fruitless = self.fruitless.saturating_add(1);
    }

    /// Collects a batch and exports it. `None`: there was nothing to collect.
    fn export(&mut self, cause: ExportCause, deadline: Deadline) -> Option<Result<(), String>> {
        let walk = self.consumer.collect(&mut self.entries, self.max_batch);
        if walk.uncommitted && self.entries.len() < self.max_batch {
            // A producer was interrupted in the middle of a copy: one chance to come along.
            thread::yield_now();
            self.consumer.collect(&mut self.entries, self.max_batch);
        }
        let spans = self.entries.len();
        if spans == 0 {
            return None;
        }
        self.fruitless = 0;
        let deadline = match self.export_timeout {
            Some(timeout) => deadline.sooner(timeout),
            None => deadline,
        };
        let take = || self.consumer.take(&self.entries);
        self.handed_over = self.ledger.hand_over(spans as u64, take);
        if !self.handed_over {
            return None;
        }
        let start = now();
        let outcome = self.call_export(deadline);
        let end = now();
        let took = end.saturating_duration_since(start);
        self.release();
        self.ledger.settle(spans as u64, &outcome);
        self.claim();
        self.assembly.exported(end);
        let component = self.ledger.name();
        self.telling.answered(component, spans as u64, &outcome);
        self.telling.came_back(component, deadline, end);
        self.ledger.tell_of_room();
        self.watch(&ExportReport::new(spans, took, cause, &outcome));
        Some(outcome.map(drop).map_err(said))
    }

    /// Lets go of the batch in hand.
    fn release(&mut self) {
        self.consumer.release(&mut self.entries);
        self.handed_over = false;
    }

    /// The one place where spans meet the exporter.
    fn call_export(&mut self, deadline: Deadline) -> Result<Exported, ExportError> {
        let nobody = Resource::empty();
        // The line from ticks to time stays the same for the whole batch.
        let (times, resource) = match self.ledger.pipeline() {
            Some(pipeline) => (pipeline.clock().refresh(), pipeline.resource()),
            None => (Timeline::UNIX, &nobody),
        };
        let records = InPlace {
            consumer: &self.consumer,
            entries: &self.entries,
        };
        let (full, bytes) = self.ledger.refusals();
        let batch = Batch::new(&records, &times, resource).with_queue_dropped(full + bytes);
        let exporter = &mut self.exporter;
        contained(|| exporter.export(batch, deadline))
    }

    fn call(
        &mut self,
        work: impl FnOnce(&mut dyn SpanExporter) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let exporter = &mut self.exporter;
        contained(|| work(exporter.as_mut()))
    }

    fn watch(&self, report: &ExportReport<'_>) {
        let Some(watcher) = &self.watcher else { return };
        if contain(|| watcher(report)).is_err() {
            let text = format_args!("the on_export callback panicked");
            diagnostics::report(DiagnosticKind::Panic, self.ledger.name(), text);
        }
    }

    /// Throws away what is left, because whoever wanted it has given up.
    fn abandon(&mut self) {
        let (consumer, entries) = (&mut self.consumer, &mut self.entries);
        self.ledger.abandon(|| {
            // Collected, but not handed over: they wait until they are released.
            let in_hand = entries.len();
            consumer.release(entries);
            (in_hand + consumer.abandon()) as u64
        });
        let _ = self.call(|exporter| exporter.shutdown(Deadline::after(Duration::ZERO)));
        self.leave();
    }

    /// Lets go of everything that is the program's code, while whoever shuts down still watches the
    /// time, and answers those who asked too late.
    fn leave(&mut self) {
        let exporter = std::mem::replace(&mut self.exporter, Box::new(Gone));
        let _ = contain(|| drop(exporter));
        let watcher = self.watcher.take();
        let _ = contain(|| drop(watcher));
        self.requests.close();
    }
}

/// Runs an exporter's code; a panic is an error like any other.
fn contained<R>(work: impl FnOnce() -> Result<R, ExportError>) -> Result<R, ExportError> {
    contain(work).unwrap_or_else(|panicked| {
        let text = format!("the exporter panicked: {}", panicked.0);
        Err(ExportError::other(text))
    })
}

/// In the place of an exporter that was shut down and dropped.
struct Gone;

impl SpanExporter for Gone {
    fn export(&mut self, _: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        Err(ExportError::ShutDown)
    }
}

/// A batch that lies in the queue's own buffers.
struct InPlace<'a> {
    consumer: &'a Consumer,
    entries: &'a Entries,
}

impl Records for InPlace<'_> {
    fn len(&self) -> usize {
        self.entries.len()
    }

    fn get(&self, n: usize) -> Option<&[u8]> {
        self.consumer.record(self.entries, n)
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests;

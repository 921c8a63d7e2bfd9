//! The last traces, and the counts of everything that came, behind one lock.
//!
//! The routes put payloads in, the sink's handle reads them out and waits for them. Three limits
//! hold the memory: traces kept, spans kept in each, bytes over all. What goes over them is
//! counted and never silently lost. No code of the embedding program runs while the lock is held.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde::Serialize;

use crate::decode::Decoded;
use crate::model::{ClientStats, Format, ReceivedSpan, TraceId};
use crate::trace::Trace;

/// Refusals remembered with their reasons; older ones are only counted.
const MALFORMED_KEPT: usize = 100;

/// A payload that was taken, as `on_payload` sees it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Payload<'a> {
    /// Its format.
    pub format: Format,
    /// Size of the body in bytes, unpacked, or of the datagram.
    pub bytes: usize,
    /// When the whole of it had arrived.
    pub received_at: SystemTime,
    /// Its spans, numbered in `arrival`.
    pub spans: &'a [ReceivedSpan],
    /// The sender's number of the batch (Jaeger, optional).
    pub seq_no: Option<i64>,
    /// What the sender says it lost (Jaeger, optional).
    pub client_stats: Option<ClientStats>,
}

/// A payload that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Malformed {
    /// The format of the address it was sent to.
    pub format: Format,
    /// The status it was answered with; 0 for a datagram, which nobody answers.
    pub status: u16,
    /// What is wrong and where, as in the body of the answer; safe to print.
    pub reason: String,
}

/// Everything that was counted since the sink started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Stats {
    /// Payloads taken.
    pub payloads: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
    /// Spans in them: kept now, dropped or evicted since.
    pub spans: u64,
    /// Payloads refused.
    pub malformed: u64,
    /// Spans not kept, because their trace or the whole store was full.
    pub dropped_spans: u64,
    /// Traces given up for newer ones.
    pub evicted_traces: u64,
    /// Spans given up with them.
    pub evicted_spans: u64,
}

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keep {
    pub(crate) traces: usize,
    pub(crate) spans_per_trace: usize,
    pub(crate) bytes: usize,
}

/// The store; shared by the threads of the server and the sink's handle.
pub(crate) struct Store {
    keep: Keep,
    state: Mutex<State>,
    /// Rung after each change of the number of spans or refusals.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stats: Stats,
    /// The number of the span numbered last; runs ahead of `stats.spans` while callbacks run.
    numbered: u64,
    /// In order of arrival; the front has number `first`.
    traces: VecDeque<Entry>,
    /// Number of the trace at the front of `traces`.
    first: u64,
    /// From trace id to its number; holds exactly the ids in `traces`.
    numbers: HashMap<TraceId, u64>,
    /// Sum of the weights of all kept spans.
    bytes: usize,
    malformed: VecDeque<Malformed>,
}

struct Entry {
    trace: Trace,
    bytes: usize,
    last_received: Instant,
    /// Whether `settled` has handed it out as it is now.
    handed_out: bool,
}

impl Store {
    pub(crate) fn new(keep: Keep) -> Self {
        Self {
            keep,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// A panic elsewhere leaves counts that are at worst one step old, and no reason to stop.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives each span its number of arrival.
    pub(crate) fn number(&self, spans: &mut [ReceivedSpan]) {
        let mut state = self.lock();
        for span in spans {
            state.numbered += 1;
            span.arrival = state.numbered;
        }
    }

    /// Takes a payload's spans and wakes those who wait for them.
    pub(crate) fn take(&self, decoded: Decoded, bytes: usize) {
        let mut state = self.lock();
        state.stats.payloads += 1;
        state.stats.bytes += bytes as u64;
        state.stats.spans += decoded.spans.len() as u64;
        for span in decoded.spans {
            state.insert(span, self.keep);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Counts a refusal.
    pub(crate) fn refuse(&self, malformed: Malformed) {
        let mut state = self.lock();
        state.stats.malformed += 1;
        if state.malformed.len() == MALFORMED_KEPT {
            state.malformed.pop_front();
        }
        state.malformed.push_back(malformed);
        drop(state);
        self.changed.notify_all();
    }

    pub(crate) fn stats(&self) -> Stats {
        self.lock().stats
    }

    pub(crate) fn malformed(&self) -> Vec<Malformed> {
        self.lock().malformed.iter().cloned().collect()
    }

    pub(crate) fn traces(&self) -> Vec<Trace> {
        self.lock()
            .traces
            .iter()
            .map(|entry| entry.trace.clone())
            .collect()
    }

    pub(crate) fn settled(&self, quiet: Duration) -> Vec<Trace> {
        let mut state = self.lock();
        let settled =
            |entry: &&mut Entry| !entry.handed_out && entry.last_received.elapsed() >= quiet;
        let hand_out = |entry: &mut Entry| {
            entry.handed_out = true;
            let trace = entry.trace.clone();
            entry.trace.updates += 1;
            trace
        };
        state
            .traces
            .iter_mut()
            .filter(settled)
            .map(hand_out)
            .collect()
    }

    /// Waits until `enough` says so of the counts, or the time is over; the counts in both cases.
    pub(crate) fn wait(
        &self,
        timeout: Duration,
        enough: impl Fn(&Stats) -> bool,
    ) -> Result<Stats, Stats> {
        let waiting = |state: &mut State| !enough(&state.stats);
        let (state, outcome) = self
            .changed
            .wait_timeout_while(self.lock(), timeout, waiting)
            .unwrap_or_else(PoisonError::into_inner);
        if outcome.timed_out() {
            Err(state.stats)
        } else {
            Ok(state.stats)
        }
    }
}

impl State {
    fn insert(&mut self, span: ReceivedSpan, keep: Keep) {
        let id = span.trace_id;
        if !self.numbers.contains_key(&id) {
            self.open(id, keep);
        }
        let weight = span.weight();
        while self.bytes.saturating_add(weight) > keep.bytes && self.front_id() != Some(id) {
            self.evict();
        }
        let full = self.bytes.saturating_add(weight) > keep.bytes;
        let number = self.numbers.get(&id).copied().unwrap_or_default();
        let place = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let Some(entry) = self.traces.get_mut(place) else {
            self.stats.dropped_spans += 1;
            return;
        };
        entry.last_received = Instant::now();
        entry.handed_out = false;
        if full || entry.trace.spans.len() >= keep.spans_per_trace {
            entry.trace.dropped_spans += 1;
            self.stats.dropped_spans += 1;
            return;
        }
        entry.bytes += weight;
        self.bytes += weight;
        entry.trace.spans.push(span);
    }

    /// Makes room for a trace and opens it at the back.
    fn open(&mut self, id: TraceId, keep: Keep) {
        while self.traces.len() >= keep.traces.max(1) {
            self.evict();
        }
        self.numbers
            .insert(id, self.first + self.traces.len() as u64);
        self.traces.push_back(Entry {
            trace: Trace::empty(id),
            bytes: 0,
            last_received: Instant::now(),
            handed_out: false,
        });
    }

    fn front_id(&self) -> Option<TraceId> {
        self.traces.front().map(|entry| entry.trace.trace_id)
    }

    /// Gives up the trace that came first.
    fn evict(&mut self) {
        if let Some(entry) = self.traces.pop_front() {
            self.first += 1;
            self.numbers.remove(&entry.trace.trace_id);
            self.bytes -= entry.bytes;
            self.stats.evicted_traces += 1;
            self.stats.evicted_spans += entry.trace.spans.len() as u64;
        }
    }
}

#[cfg(test)]
mod tests;

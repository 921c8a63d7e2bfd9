//! When to export and how long to sleep: decided as a pure value, so that it can be tested without
//! a thread or a clock.
//!
//! The worker sleeps in one of three ways. *Idle*: nothing waits; the first span wakes it.
//! *Calm*: a few spans wait for company; a full batch wakes it, or the schedule delay. *Busy*:
//! batches fill up all the time; it times its naps so that it wakes by itself when five sixteenths of
//! a queue are waiting, because being woken costs the program's threads 12 µs. With the usual sizes
//! that is a batch and a quarter: a full one, and some to spare for a nap that was too short. It is
//! rung at a half: on a busy machine a thread that is due runs milliseconds later, and at 400,000
//! spans a second queue and claims of the usual size are full in six.

use spanline_core::export::ExportCause;
use std::time::{Duration, Instant};

/// The shortest nap: shorter ones cost more in waking than they save in waiting.
const SHORTEST_NAP: Duration = Duration::from_micros(250);

/// The longest wait for the last spans of a batch that is nearly full. A producer learns the level
/// only once per block of credits, so the very last span may not ring.
const NEARLY_FULL_NAP: Duration = Duration::from_millis(50);

/// Naps of a busy queue that may end with less than a batch before it is busy no longer: one that was
/// too short.
const PATIENCE: u32 = 1;

/// The longest nap that is timed instead of ended by a ring.
const LONGEST_BUSY_NAP: Duration = Duration::from_millis(50);

/// How far the level that producers see can be from what waits: a block per shard.
const LEVEL_BLUR: usize = 256;

/// Exports in a row that find nothing before the worker pauses.
const YIELDS: u32 = 16;

/// The first pause, and how often it is doubled: to 3.2 ms.
const SHORTEST_PAUSE: Duration = Duration::from_micros(50);
const PAUSE_DOUBLINGS: u32 = 6;

/// See the module.
#[derive(Debug)]
pub(super) struct Assembly {
    max_batch: usize,
    capacity: usize,
    delay: Duration,
    /// Since when the spans that are there have waited, as far as we know: since a span was first seen
    /// after an idle time, or since the last export. Nothing while idle.
    since: Option<Instant>,
    /// Spans that waited when this batch began, or, if the queue is not busy, when the worker last
    /// fell asleep.
    before: usize,
    /// How long the worker has slept since then.
    slept: Duration,
    /// Naps in a row that ended with less than a batch.
    short: u32,
    /// How long it takes to fill the queue to where it should be at a waking; nothing while not
    /// busy.
    busy: Option<Duration>,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Export up to a full batch.
    Export(ExportCause),
    /// Sleep at most this long, or until so many spans wait.
    Nap { limit: Duration, level: usize },
    /// Sleep until there is a span.
    Idle,
}

impl Assembly {
    pub(super) fn new(max_batch: usize, capacity: usize, delay: Duration) -> Self {
        Assembly {
            max_batch,
            capacity,
            delay,
            since: None,
            before: 0,
            slept: Duration::ZERO,
            short: 0,
            busy: None,
        }
    }

    /// Decides by what waits in the queue, claimed or not.
    pub(super) fn next(&mut self, now: Instant, waiting: usize) -> Step {
        if waiting >= self.max_batch {
            return Step::Export(ExportCause::Size);
        }
        if self.slept.is_zero() {
            self.before = waiting;
        }
        if waiting == 0 && self.busy.is_none() {
            self.since = None;
            return Step::Idle;
        }
        let since = *self.since.get_or_insert(now);
        let waited = now.saturating_duration_since(since);
        if waiting > 0 && waited >= self.delay {
            return Step::Export(ExportCause::Delay);
        }
        let left = self.delay.saturating_sub(waited).max(SHORTEST_NAP);
        match self.busy {
            Some(fill) => Step::Nap {
                limit: self.rest(fill, waiting).min(left),
                level: self.high().max(waiting + 1),
            },
            None if waiting + LEVEL_BLUR >= self.max_batch => Step::Nap {
                limit: left.min(NEARLY_FULL_NAP),
                level: self.low().max(waiting + 1),
            },
            None => Step::Nap {
                limit: left,
                level: self.low().max(waiting + 1),
            },
        }
    }

    /// The worker woke after so long and found so many spans.
    pub(super) fn woke(&mut self, slept: Duration, waiting: usize) {
        self.slept += slept;
        if waiting < self.max_batch {
            self.short = self.short.saturating_add(1);
            if self.busy.is_none() || self.short > PATIENCE {
                self.busy = None;
                self.slept = Duration::ZERO;
            }
            return;
        }
        self.short = 0;
        // Only what came meanwhile tells how fast they come. Spans come in bursts, and a time in
        // which few came is a small sample: none is taken for more than twice as long.
        let gained = waiting.saturating_sub(self.before).max(1);
        let factor = self.aim() as f64 / gained as f64;
        let slept = std::mem::take(&mut self.slept).max(SHORTEST_NAP);
        let fill = slept.mul_f64(factor.min(2.0));
        // Where a batch takes longer than this, being woken for each costs nothing that matters.
        self.busy = (fill <= LONGEST_BUSY_NAP).then_some(fill);
    }

    /// A batch has gone out, and the next one begins.
    pub(super) fn exported(&mut self, now: Instant) {
        self.since = Some(now);
        self.before = 0;
        self.slept = Duration::ZERO;
    }

    /// How much should wait when a busy nap ends.
    fn aim(&self) -> usize {
        (self.capacity * 5 / 16).max(self.max_batch)
    }

    /// How long until it does, if all of it takes `fill` and so many wait already.
    fn rest(&self, fill: Duration, waiting: usize) -> Duration {
        let missing = self.aim().saturating_sub(waiting) as f64 / self.aim() as f64;
        fill.mul_f64(missing).max(SHORTEST_NAP)
    }

    /// Where a busy queue rings: above where its naps should end.
    fn high(&self) -> usize {
        (self.capacity / 2).max(self.aim()).min(self.nearly_all())
    }

    /// Where a calm queue rings: at a full batch.
    fn low(&self) -> usize {
        self.max_batch.min(self.nearly_all()).max(1)
    }

    /// With more than this in it a queue that is being filled will soon be full.
    fn nearly_all(&self) -> usize {
        self.capacity * 3 / 4
    }
}

/// How long to pause after so many exports in a row that found nothing, although something waits: its
/// producer was stopped between reservation and last store. That takes nanoseconds, so at first the
/// worker only lets others run; or until that thread has a processor again.
pub(super) fn pause(fruitless: u32) -> Option<Duration> {
    let doublings = fruitless.checked_sub(YIELDS)?.min(PAUSE_DOUBLINGS);
    Some(SHORTEST_PAUSE * (1 << doublings))
}

#[cfg(test)]
mod tests;

//! Where spans get their time: a cycle counter, or a clock of the program's own.
//!
//! Reading a cycle counter is about three times cheaper than asking for the wall time, so records
//! hold its ticks, and the straight line that turns ticks into Unix time is applied when spans are
//! read. The line is drawn once and moved only when the wall clock turns out to be elsewhere
//! (`clock/anchor.rs`), so that durations are those of the counter, whatever happens to the wall
//! clock while a span is open.

use spanline_core::contain::contain;
use spanline_core::timestamp::Timestamp;
use spanline_core::view::{Timeline, Times};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

mod anchor;

#[cfg(test)]
mod tests;

use anchor::Anchor;

/// Tells the time, in place of the machine's clocks.
///
/// Called when a span starts, when it ends and for each event, on the thread that does so: it must
/// be quick. If it panics, the time it told last is used again. A clock that goes backwards makes
/// spans without duration, never negative ones.
pub trait Clock: Send + Sync {
    /// Nanoseconds since the Unix epoch.
    fn unix_nanos(&self) -> u64;
}

impl<C: Clock + ?Sized> Clock for Box<C> {
    fn unix_nanos(&self) -> u64 {
        (**self).unix_nanos()
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn unix_nanos(&self) -> u64 {
        (**self).unix_nanos()
    }
}

/// A provider's clock: ticks now, Unix time later.
pub(crate) struct TickClock {
    source: Source,
}

enum Source {
    /// The processor's cycle counter where it runs steadily, else the monotonic clock.
    Counter {
        counter: quanta::Clock,
        anchor: Anchor,
    },
    /// The program's clock: ticks are Unix nanoseconds.
    Custom {
        clock: Box<dyn Clock>,
        last: AtomicU64,
    },
}

impl TickClock {
    /// The machine's clock. The first call in a process takes up to 200 ms to measure how fast the
    /// counter runs.
    pub(crate) fn system() -> Self {
        let counter = quanta::Clock::new();
        let (ticks, unix_nanos) = reading(&counter);
        let anchor = Anchor::new(ticks, unix_nanos, nanos_per_tick(&counter));
        let source = Source::Counter { counter, anchor };
        Self { source }
    }

    /// The program's clock.
    pub(crate) fn custom(clock: Box<dyn Clock>) -> Self {
        let last = AtomicU64::new(0);
        let source = Source::Custom { clock, last };
        Self { source }
    }

    /// Ticks of this moment.
    #[inline]
    pub(crate) fn ticks(&self) -> u64 {
        match &self.source {
            Source::Counter { counter, .. } => counter.raw(),
            Source::Custom { clock, last } => ask(clock.as_ref(), last),
        }
    }

    /// Moves the line onto the wall clock if it is off by more than a millisecond, and gives a copy
    /// of it.
    ///
    /// Called by whoever reads spans, before each batch. Spans that are read through the copy keep
    /// their durations even if somebody else moves the line meanwhile. Costs a few readings of
    /// both clocks.
    pub(crate) fn refresh(&self) -> Timeline {
        match &self.source {
            Source::Counter { counter, anchor } => {
                let (ticks, unix_nanos) = reading(counter);
                anchor.correct(ticks, unix_nanos);
                anchor.timeline()
            }
            Source::Custom { .. } => Timeline::UNIX,
        }
    }
}

impl Times for TickClock {
    #[inline]
    fn unix_nanos(&self, ticks: u64) -> u64 {
        match &self.source {
            Source::Counter { anchor, .. } => anchor.unix_nanos(ticks),
            Source::Custom { .. } => ticks,
        }
    }
}

impl fmt::Debug for TickClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match &self.source {
            Source::Counter { .. } => "system",
            Source::Custom { .. } => "custom",
        };
        f.debug_struct("TickClock")
            .field("source", &source)
            .finish_non_exhaustive()
    }
}

/// Asks the program's clock, which may panic.
fn ask(clock: &dyn Clock, last: &AtomicU64) -> u64 {
    match contain(|| clock.unix_nanos()) {
        Ok(unix_nanos) => {
            // Relaxed: only a number to fall back on; any recent one will do.
            last.store(unix_nanos, Relaxed);
            unix_nanos
        }
        Err(_) => last.load(Relaxed),
    }
}

/// Both clocks at one moment: the closest of a few pairs, since a thread may be interrupted between
/// the two readings.
fn reading(counter: &quanta::Clock) -> (u64, u64) {
    const TRIES: usize = 4;
    let mut best = (u64::MAX, 0, 0);
    for _ in 0..TRIES {
        let before = counter.raw();
        let unix_nanos = Timestamp::now().unix_nanos();
        let apart = counter.raw().saturating_sub(before);
        if apart <= best.0 {
            best = (apart, before.saturating_add(apart / 2), unix_nanos);
        }
    }
    (best.1, best.2)
}

fn nanos_per_tick(counter: &quanta::Clock) -> f64 {
    const MANY: u64 = 1 << 40;
    counter.delta_as_nanos(0, MANY) as f64 / MANY as f64
}

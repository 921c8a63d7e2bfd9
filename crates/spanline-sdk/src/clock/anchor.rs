//! The line from ticks to Unix time, and when it moves.
//!
//! Its slope is measured once and stays. What changes is how high it lies, and that is one number:
//! reading the line takes no lock, and a correction is one store.

use spanline_core::view::{Timeline, Times};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// How far the line may be off before it is moved: what time services correct by slewing stays
/// below, a step of the wall clock or a night of sleep is above.
pub(super) const TOLERANCE_NANOS: u64 = 1_000_000;

/// A line that can be moved while others read it.
pub(super) struct Anchor {
    /// Where it was drawn.
    ticks: u64,
    unix_nanos: u64,
    nanos_per_tick: f64,
    /// The same as a line.
    drawn: Timeline,
    /// Nanoseconds by which the line lies higher than it was drawn. Written by
    /// [`Anchor::correct`]. Relaxed throughout: one number that nothing else goes with.
    shift: AtomicI64,
}

impl Anchor {
    pub(super) fn new(ticks: u64, unix_nanos: u64, nanos_per_tick: f64) -> Self {
        Self {
            ticks,
            unix_nanos,
            nanos_per_tick,
            drawn: Timeline::through(ticks, unix_nanos, nanos_per_tick),
            shift: AtomicI64::new(0),
        }
    }

    #[inline]
    pub(super) fn unix_nanos(&self, ticks: u64) -> u64 {
        let drawn = self.drawn.unix_nanos(ticks);
        drawn.saturating_add_signed(self.shift.load(Relaxed))
    }

    /// Moves the line through this point if it misses it by more than the tolerance; says whether
    /// it did. Of two corrections at once either may win: both are true.
    pub(super) fn correct(&self, ticks: u64, unix_nanos: u64) -> bool {
        if self.unix_nanos(ticks).abs_diff(unix_nanos) <= TOLERANCE_NANOS {
            return false;
        }
        let wanted = i128::from(unix_nanos) - i128::from(self.drawn.unix_nanos(ticks));
        let shift = wanted.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
        self.shift.store(shift, Relaxed);
        true
    }

    /// A copy of the line that stays where it is.
    pub(super) fn timeline(&self) -> Timeline {
        let unix_nanos = self
            .unix_nanos
            .saturating_add_signed(self.shift.load(Relaxed));
        Timeline::through(self.ticks, unix_nanos, self.nanos_per_tick)
    }
}

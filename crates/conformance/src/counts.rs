//! The counts of a processor as a row: what ended, and what became of it.
//!
//! The law of the library is that `ended` is the sum of all the others. Nothing here adds them up:
//! that is for the reader of the row.

use serde::{Serialize, Serializer};
use spanline::{Dropped, ProcessorStats, Stats};
use std::ops::AddAssign;

/// What became of spans that were to be exported.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Counts {
    /// Spans that ended, as their maker counts them where it can.
    pub(crate) ended: u64,
    pub(crate) exported: u64,
    pub(crate) failed: u64,
    pub(crate) rejected: u64,
    /// Every reason, zeros included.
    #[serde(serialize_with = "by_reason")]
    pub(crate) dropped: Dropped,
    /// Still waiting or under way; nothing once a provider is shut down.
    #[serde(skip)]
    pub(crate) queued: u64,
    #[serde(skip)]
    pub(crate) in_flight: u64,
}

impl Counts {
    /// All processors of a provider together; those that the subcommands build have one.
    pub(crate) fn of(stats: &Stats) -> Counts {
        let mut counts = Counts::default();
        for processor in &stats.processors {
            counts += Counts::of_processor(processor);
        }
        counts
    }

    fn of_processor(stats: &ProcessorStats) -> Counts {
        Counts {
            ended: stats.ended_sampled,
            exported: stats.exported,
            failed: stats.failed,
            rejected: stats.rejected,
            dropped: stats.dropped,
            queued: stats.queued,
            in_flight: stats.in_flight,
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.ended += other.ended;
        self.exported += other.exported;
        self.failed += other.failed;
        self.rejected += other.rejected;
        self.dropped += other.dropped;
        self.queued += other.queued;
        self.in_flight += other.in_flight;
    }
}

fn by_reason<S: Serializer>(dropped: &Dropped, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(dropped.iter())
}

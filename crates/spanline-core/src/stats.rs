//! What became of every span: counters to read at any time, and the losses that flush and shutdown
//! report.
//!
//! One law holds for each processor, exactly, whenever nothing is moving:
//!
//! ```text
//! ended_sampled = exported + failed + rejected + all dropped + queued + in_flight
//! ```
//!
//! These are plain values, copies of counters kept elsewhere; nothing counts here.

use std::error::Error;
use std::fmt;
use std::ops::AddAssign;

/// The counters of a provider since it was built, in spans.
///
/// Taken while spans are being made, the numbers come from slightly different moments; at rest they
/// are exact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Spans started, by what the sampler decided.
    pub started: Started,
    /// Recording spans that were started and have not ended.
    pub live: u64,
    /// One entry for each processor that exports, in their order.
    pub processors: Vec<ProcessorStats>,
}

impl Stats {
    /// Everything lost so far, over all processors.
    #[must_use]
    pub fn lost(&self) -> LossReport {
        let mut lost = LossReport::default();
        for processor in &self.processors {
            lost += processor.lost();
        }
        lost
    }

    /// Whether the law holds for every processor. True whenever nothing is moving.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.processors.iter().all(ProcessorStats::balances)
    }
}

impl fmt::Display for Stats {
    /// One line per processor, such as `batching_span_processor/0: ended 8 = exported 8`, with the
    /// terms that are not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let started = &self.started;
        write!(f, "started {}", started.total())?;
        for (what, count) in [
            ("not sampled", started.dropped),
            ("recorded only", started.record_only),
            ("live", self.live),
        ] {
            if count > 0 {
                write!(f, ", {what} {count}")?;
            }
        }
        self.processors
            .iter()
            .try_for_each(|processor| write!(f, "\n{processor}"))
    }
}

/// Spans started, by sampling decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Started {
    /// Neither recorded nor exported.
    pub dropped: u64,
    /// Recorded for processors, but not exported.
    pub record_only: u64,
    /// Recorded and handed to exporters.
    pub sampled: u64,
}

impl Started {
    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.dropped
            .saturating_add(self.record_only)
            .saturating_add(self.sampled)
    }
}

/// The counters of one processor, in spans. See the law above.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProcessorStats {
    /// Which one, as in diagnostics, such as `batching_span_processor/0`.
    pub component: String,
    /// Sampled spans that ended and were offered to this processor.
    pub ended_sampled: u64,
    /// Accepted by the peer.
    pub exported: u64,
    /// Given up by the exporter: an error, a time limit or a panic.
    pub failed: u64,
    /// Received and refused by the peer.
    pub rejected: u64,
    /// Never sent, by reason.
    pub dropped: Dropped,
    /// Waiting in the queue.
    pub queued: u64,
    /// Handed to the exporter, which has not answered yet, or claimed by the worker for the batch that
    /// it puts together.
    pub in_flight: u64,
}

impl ProcessorStats {
    /// All counters at zero.
    #[must_use]
    pub fn new(component: impl Into<String>) -> Self {
        Self {
            component: component.into(),
            ..Self::default()
        }
    }

    /// What this processor lost so far.
    #[must_use]
    pub const fn lost(&self) -> LossReport {
        LossReport {
            failed: self.failed,
            rejected: self.rejected,
            dropped: self.dropped,
        }
    }

    /// Whether the law holds. True whenever nothing is moving.
    #[must_use]
    pub fn balances(&self) -> bool {
        let outcomes = [
            self.exported,
            self.lost().total(),
            self.queued,
            self.in_flight,
        ]
        .into_iter();
        outcomes.fold(0_u64, u64::saturating_add) == self.ended_sampled
    }
}

impl fmt::Display for ProcessorStats {
    /// The law with this processor's numbers: `ended 8 = exported 6 + failed 2`. Terms that are zero
    /// are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ended {} =", self.component, self.ended_sampled)?;
        let terms = [
            ("exported", self.exported),
            ("failed", self.failed),
            ("rejected", self.rejected),
        ];
        let waiting = [("queued", self.queued), ("in_flight", self.in_flight)];
        let terms = terms.into_iter().chain(self.dropped.iter()).chain(waiting);
        let mut shown = 0;
        for (what, count) in terms.filter(|(_, count)| *count > 0) {
            let plus = if shown == 0 { "" } else { " +" };
            write!(f, "{plus} {what} {count}")?;
            shown += 1;
        }
        if shown == 0 {
            f.write_str(" 0")
        } else {
            Ok(())
        }
    }
}

/// Makes a struct of counters and the methods that treat them all alike.
macro_rules! counters {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[doc = $doc:literal])+ $field:ident,)+ }) => {
        $(#[$meta])*
        pub struct $name { $($(#[doc = $doc])+ pub $field: u64,)+ }

        impl $name {
            /// All reasons together.
            #[must_use]
            pub const fn total(&self) -> u64 {
                0_u64 $(.saturating_add(self.$field))+
            }

            /// Every reason with its name and number, zeros included.
            pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
                [$((stringify!($field), self.$field)),+].into_iter()
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                $(self.$field = self.$field.saturating_add(other.$field);)+
            }
        }
    };
}

counters! {
    /// Spans that ended but were never sent, by reason; each is counted under exactly one.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    #[non_exhaustive]
    pub struct Dropped {
        /// The queue held as many spans as it may.
        queue_full,
        /// The queue held as many bytes as it may.
        byte_cap,
        /// One span larger than a buffer of the queue, or alone larger than a request may be.
        oversize,
        /// The span could not be written in the exporter's format.
        encode_error,
        /// The span ended after shutdown had begun.
        after_shutdown,
        /// In the queue of the parent process when this one was forked: the parent sends them. Or
        /// ended in a forked child whose exporter had no twin: nobody sends them.
        forked,
        /// Still queued or with the exporter when a shutdown ran out of time; in the worker's hands
        /// when it panicked; or ended by the exporter of a simple processor, for which it would wait.
        abandoned,
        /// Thrown away by the program itself with `discard`.
        discarded,
    }
}

/// The spans that were lost, by how: of those that ended. Spans that are still open are in
/// [`Stats::live`], and those that the program discarded are in here.
///
/// Each processor counts for itself: a span that two exporters lost is lost twice.
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::LossReport;
///
/// let mut report = LossReport::default();
/// assert_eq!(report.to_string(), "nothing lost");
/// report.failed = 1;
/// report.dropped.queue_full = 2;
/// assert_eq!(report.to_string(), "3 lost: queue_full 2, failed 1");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LossReport {
    /// Given up by the exporter.
    pub failed: u64,
    /// Refused by the peer.
    pub rejected: u64,
    /// Never sent, by reason.
    pub dropped: Dropped,
}

impl LossReport {
    /// All of them together.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.dropped
            .total()
            .saturating_add(self.failed)
            .saturating_add(self.rejected)
    }

    /// Whether nothing was lost.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.total() == 0
    }
}

impl AddAssign for LossReport {
    fn add_assign(&mut self, other: Self) {
        self.failed = self.failed.saturating_add(other.failed);
        self.rejected = self.rejected.saturating_add(other.rejected);
        self.dropped += other.dropped;
    }
}

impl fmt::Debug for LossReport {
    /// As short as `Display`: programs print it when `main` returns an error that holds it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LossReport({self})")
    }
}

impl fmt::Display for LossReport {
    /// `3 lost: queue_full 2, failed 1`, or `nothing lost`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing lost");
        }
        write!(f, "{} lost", self.total())?;
        let sent = [("failed", self.failed), ("rejected", self.rejected)];
        let reasons = self
            .dropped
            .iter()
            .chain(sent)
            .filter(|(_, count)| *count > 0);
        for (n, (reason, count)) in reasons.enumerate() {
            write!(f, "{} {reason} {count}", if n == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

/// Why a flush did not do all it should.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlushError {
    /// The time was up; what was not sent stays queued, or with the exporter. Nothing is lost by it.
    DeadlinePassed {
        /// Spans that were queued or with the exporter by then; those that ended after the flush
        /// began may be among them.
        unsent: u64,
    },
    /// There is nothing left to flush.
    AlreadyShutDown,
    /// The exporter failed, with its message.
    Exporter(String),
}

impl fmt::Display for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DeadlinePassed { unsent } => {
                write!(f, "flush ran out of time with {unsent} spans unsent")
            }
            Self::AlreadyShutDown => f.write_str("already shut down"),
            Self::Exporter(message) => write!(f, "exporter failed to flush: {message}"),
        }
    }
}

impl Error for FlushError {}

/// Why a shutdown did not go as it should. Whatever the reason, it is done: nothing is sent later.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShutdownError {
    /// The time was up; what was not sent is counted as abandoned.
    DeadlinePassed(LossReport),
    /// An earlier call did it, and has its outcome.
    AlreadyShutDown,
    /// An exporter failed, with its message.
    Exporter(LossReport, String),
}

impl ShutdownError {
    /// The losses since the provider was built; `None` if an earlier call reported them.
    #[must_use]
    pub const fn loss(&self) -> Option<LossReport> {
        match self {
            Self::DeadlinePassed(loss) | Self::Exporter(loss, _) => Some(*loss),
            Self::AlreadyShutDown => None,
        }
    }
}

impl fmt::Display for ShutdownError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DeadlinePassed(loss) => write!(f, "shutdown ran out of time; {loss}"),
            Self::AlreadyShutDown => f.write_str("already shut down"),
            Self::Exporter(loss, message) => {
                write!(f, "the exporter failed: {message}; {loss}")
            }
        }
    }
}

impl Error for ShutdownError {}

#[cfg(test)]
mod tests;

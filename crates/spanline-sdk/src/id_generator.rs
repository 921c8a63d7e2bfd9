//! Where trace ids and span ids come from.
//!
//! Random by default, drawn on the starting thread from a small generator of its own that the
//! operating system seeds. Programs may bring another source; it is asked for both ids.
//!
//! Ids are names, not secrets. They are spread evenly and say nothing of the machine, the program or
//! the time. But the trace id of a root is all that its thread's generator knows: whoever sees *one*,
//! and every peer sees it in a header, can work out all ids of that thread, those before and those to
//! come, and from two of them how many were drawn in between. For names that is good enough: whoever
//! wants to write into foreign traces can do so with ids that were sent to them, and a table of ids
//! that come from elsewhere must bear chosen ones anyway. Programs for which it is not bring an
//! [`IdGenerator`] of their own.

use crate::lineage::Lineage;
use sequence::Sequence;
use spanline_core::diagnostics::{self, DiagnosticKind};
use spanline_core::id::{SpanId, TraceId};
use spanline_core::timestamp::Timestamp;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

mod sequence;

#[cfg(test)]
mod tests;

/// Names new traces and spans.
///
/// Called on the thread that starts a span, before anything else is known about it, so it must be
/// quick. If it panics, random ids are used instead.
pub trait IdGenerator: Send + Sync {
    /// The id of a new trace, asked for when a span has no parent.
    fn new_trace_id(&self) -> TraceId;

    /// The id of a new span, asked for whatever the sampler decides.
    fn new_span_id(&self) -> SpanId;

    /// Whether at least the right-most seven bytes of every trace id are drawn at random, each
    /// value as likely as any other. Only then do new traces carry the random flag (W3C Trace
    /// Context Level 2, "random-trace-id flag").
    fn is_random(&self) -> bool {
        false
    }
}

impl<G: IdGenerator + ?Sized> IdGenerator for Box<G> {
    fn new_trace_id(&self) -> TraceId {
        (**self).new_trace_id()
    }

    fn new_span_id(&self) -> SpanId {
        (**self).new_span_id()
    }

    fn is_random(&self) -> bool {
        (**self).is_random()
    }
}

impl<G: IdGenerator + ?Sized> IdGenerator for Arc<G> {
    fn new_trace_id(&self) -> TraceId {
        (**self).new_trace_id()
    }

    fn new_span_id(&self) -> SpanId {
        (**self).new_span_id()
    }

    fn is_random(&self) -> bool {
        (**self).is_random()
    }
}

/// The default: all bits random, never zero, and the right-most eight bytes of a trace id never
/// zero either, since some systems keep only those.
///
/// Every thread has a generator of its own: about a nanosecond per eight bytes.
///
/// # Not for secrets
///
/// From one trace id, which travels in headers, all ids of the thread that drew it can be worked out,
/// earlier and later ones, and from two how many lie between. Do not take ids for tokens, and do not
/// let a stranger's knowing one mean anything. Who needs ids that nobody can foretell, or does not want
/// to tell how much a thread traces, brings an [`IdGenerator`] that draws from a cryptographic source.
/// W3C Trace Context asks for random ids and no more ("Considerations for trace-id field generation").
///
/// # After a fork
///
/// A forked child begins with a copy of the parent's generator and would draw the same ids. Each
/// draw therefore looks whether the process has been forked, which is one load, and seeds afresh if
/// so: before the child's first id, not some time later. (Noticed is the C library's `fork`; a bare
/// `clone` system call is not.)
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIdGenerator;

impl IdGenerator for RandomIdGenerator {
    #[inline]
    fn new_trace_id(&self) -> TraceId {
        let (trace_id, _) = Self::root_ids();
        trace_id
    }

    #[inline]
    fn new_span_id(&self) -> SpanId {
        span_id(drawn(Sequence::word))
    }

    fn is_random(&self) -> bool {
        true
    }
}

impl RandomIdGenerator {
    /// The ids of a root in one go.
    pub(crate) fn root_ids() -> (TraceId, SpanId) {
        root_ids(drawn(Sequence::root))
    }

    /// The ids of a root, unless the generator has to be seeded first.
    #[inline(always)]
    pub(crate) fn ready_root_ids() -> Option<(TraceId, SpanId)> {
        drawn_from_seed(Sequence::root).map(root_ids)
    }

    /// The id of a child, unless the generator has to be seeded first.
    #[inline(always)]
    pub(crate) fn ready_span_id() -> Option<SpanId> {
        drawn_from_seed(Sequence::word).map(span_id)
    }
}

#[inline]
fn root_ids([high, low, span]: [u64; 3]) -> (TraceId, SpanId) {
    let number = u128::from(high) << 64 | u128::from(low.max(1));
    let trace_id = TraceId::from_u128(number).unwrap_or(TraceId::MIN);
    (trace_id, span_id(span))
}

#[inline]
fn span_id(word: u64) -> SpanId {
    SpanId::from_u64(word.max(1)).unwrap_or(SpanId::MIN)
}

thread_local! {
    /// Has no destructor, so ids can be drawn to the very end of a thread.
    static GENERATOR: Generator = const {
        Generator {
            sequence: Cell::new(Sequence::from_seed(0)),
            seeded: Cell::new(None),
        }
    };
}

/// What `draw` takes from this thread's sequence.
fn drawn<R>(draw: impl FnOnce(&mut Sequence) -> R) -> R {
    GENERATOR.with(|own| {
        if own.needs_seed() {
            own.seed();
        }
        own.draw(draw)
    })
}

/// The same, unless this thread has no seed yet or, for all we know, that of the process before a
/// fork.
#[inline(always)]
fn drawn_from_seed<R>(draw: impl FnOnce(&mut Sequence) -> R) -> Option<R> {
    GENERATOR.with(|own| own.has_seed().then(|| own.draw(draw)))
}

/// One thread's generator.
struct Generator {
    sequence: Cell<Sequence>,
    /// The process that seeded it; nobody, before the first draw.
    seeded: Cell<Option<Lineage>>,
}

impl Generator {
    #[inline(always)]
    fn seeded(&self) -> Option<Lineage> {
        let seeded = self.seeded.take();
        self.seeded.set(seeded.clone());
        seeded
    }

    #[inline(always)]
    fn has_seed(&self) -> bool {
        self.seeded().is_some_and(|by| by.is_own())
    }

    fn needs_seed(&self) -> bool {
        self.seeded().is_none_or(|by| by.is_inherited())
    }

    #[inline(always)]
    fn draw<R>(&self, draw: impl FnOnce(&mut Sequence) -> R) -> R {
        let mut sequence = self.sequence.get();
        let drawn = draw(&mut sequence);
        self.sequence.set(sequence);
        drawn
    }

    #[cold]
    fn seed(&self) {
        let mut seed = [0; 16];
        if getrandom::fill(&mut seed).is_err() {
            seed = without_system();
        }
        self.sequence
            .set(Sequence::from_seed(u128::from_le_bytes(seed)));
        self.seeded.set(Some(Lineage::here()));
    }
}

/// A seed for systems that refuse random numbers.
#[cold]
fn without_system() -> [u8; 16] {
    diagnostics::report(
        DiagnosticKind::Config,
        "random_id_generator",
        format_args!("the system gives no random numbers; ids begin from time and process id"),
    );
    makeshift_seed()
}

/// Different for every call and, most likely, every process.
fn makeshift_seed() -> [u8; 16] {
    static CALLS: AtomicU64 = AtomicU64::new(1);
    // Relaxed: only a number that is used once.
    let call = u128::from(CALLS.fetch_add(1, Relaxed)) << 96;
    let process = u128::from(std::process::id()) << 64;
    (call ^ process ^ u128::from(Timestamp::now().unix_nanos())).to_le_bytes()
}

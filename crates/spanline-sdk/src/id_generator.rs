//! Where trace ids and span ids come from.
//!
//! Random by default, drawn on the starting thread from a small generator of its own that the
//! operating system seeds. Programs may bring another source; it is asked for both ids.
//!
//! Ids are names, not secrets: who sees many of them can foretell the next ones of that thread.

use crate::lineage::Lineage;
use rand::rngs::{SmallRng, SysRng};
use rand::{Rng, SeedableRng};
use spanline_core::diagnostics::{self, DiagnosticKind};
use spanline_core::id::{SpanId, TraceId};
use spanline_core::timestamp::Timestamp;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

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
/// Costs one thread-local access and about a nanosecond per eight bytes.
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
    fn new_trace_id(&self) -> TraceId {
        let (high, low) = with_generator(|random| (random.next_u64(), word(random)));
        let number = u128::from(high) << 64 | u128::from(low);
        TraceId::from_u128(number).unwrap_or(TraceId::MIN)
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from_u64(Self::span_word()).unwrap_or(SpanId::MIN)
    }

    fn is_random(&self) -> bool {
        true
    }
}

impl RandomIdGenerator {
    /// The ids of a root in one go: upper and lower half of the trace id, span id.
    #[inline]
    pub(crate) fn words() -> (u64, u64, u64) {
        with_generator(|random| (random.next_u64(), word(random), word(random)))
    }

    /// The id of a child.
    #[inline]
    pub(crate) fn span_word() -> u64 {
        with_generator(word)
    }
}

thread_local! {
    /// Has no destructor, so ids can be drawn to the very end of a thread. Never borrowed while
    /// code of others runs.
    static GENERATOR: RefCell<Option<Generator>> = const { RefCell::new(None) };
}

/// A word that is not zero. One value in 2^64 is drawn twice as often.
#[inline]
fn word(random: &mut SmallRng) -> u64 {
    random.next_u64().max(1)
}

#[inline]
fn with_generator<R>(draw: impl Fn(&mut SmallRng) -> R) -> R {
    let drawn = GENERATOR.try_with(|cell| {
        let mut generator = cell.try_borrow_mut().ok()?;
        let generator = generator.as_mut()?;
        (!generator.born.is_inherited()).then(|| draw(&mut generator.random))
    });
    match drawn {
        Ok(Some(drawn)) => drawn,
        _ => with_fresh_generator(draw),
    }
}

#[cold]
fn with_fresh_generator<R>(draw: impl Fn(&mut SmallRng) -> R) -> R {
    let mut generator = Generator::seeded();
    let drawn = draw(&mut generator.random);
    let _ = GENERATOR.try_with(|cell| {
        if let Ok(mut place) = cell.try_borrow_mut() {
            *place = Some(generator);
        }
    });
    drawn
}

/// One thread's generator, and the process that seeded it.
struct Generator {
    random: SmallRng,
    born: Lineage,
}

impl Generator {
    fn seeded() -> Self {
        Self {
            born: Lineage::here(),
            random: SmallRng::try_from_rng(&mut SysRng).unwrap_or_else(|_| without_system()),
        }
    }
}

/// A generator for systems that refuse random numbers.
#[cold]
fn without_system() -> SmallRng {
    diagnostics::report(
        DiagnosticKind::Config,
        "random_id_generator",
        format_args!("the system gives no random numbers; ids begin from time and process id"),
    );
    SmallRng::seed_from_u64(makeshift_seed())
}

/// Different for every call and, most likely, every process.
fn makeshift_seed() -> u64 {
    static CALLS: AtomicU64 = AtomicU64::new(1);
    let call = CALLS.fetch_add(1, Relaxed) << 48;
    call ^ u64::from(std::process::id()) << 32 ^ Timestamp::now().unix_nanos()
}

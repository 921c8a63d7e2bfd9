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
use std::cell::{Cell, RefCell};
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
/// Words are drawn 64 at a time and handed out from a buffer of the thread's own: about a nanosecond
/// per eight bytes.
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
        let [high, low] = words();
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
        let [high, low, span] = words();
        (high, low, span)
    }

    /// The id of a child.
    #[inline]
    pub(crate) fn span_word() -> u64 {
        let [word] = words();
        word
    }
}

/// Words drawn at a time.
const DRAWN: usize = 64;

thread_local! {
    /// Has no destructor, so ids can be drawn to the very end of a thread.
    static WORDS: Words = const {
        Words {
            left: Cell::new(0),
            born: Cell::new(Lineage::UNKNOWN),
            drawn: [const { Cell::new(0) }; DRAWN],
        }
    };

    /// Likewise. Never borrowed while code of others runs.
    static GENERATOR: RefCell<Option<Generator>> = const { RefCell::new(None) };
}

/// Words that were drawn and not handed out yet.
struct Words {
    left: Cell<usize>,
    /// The process that drew them.
    born: Cell<Lineage>,
    drawn: [Cell<u64>; DRAWN],
}

/// Random words that are not zero. One value in 2^64 is drawn twice as often.
#[inline]
fn words<const N: usize>() -> [u64; N] {
    WORDS.with(|words| match words.take() {
        Some(taken) => taken,
        None => words.fill_and_take(),
    })
}

impl Words {
    /// The next words, unless too few are left or they belong to the process before a fork.
    #[inline]
    fn take<const N: usize>(&self) -> Option<[u64; N]> {
        let left = self.left.get().checked_sub(N)?;
        if self.are_inherited() {
            return None;
        }
        let taken = self.drawn.get(left..)?.first_chunk::<N>()?;
        self.left.set(left);
        Some(taken.each_ref().map(Cell::get))
    }

    /// Whether they belong to the process before a fork.
    #[inline]
    fn are_inherited(&self) -> bool {
        let born = self.born.replace(Lineage::UNKNOWN);
        let inherited = born.is_inherited();
        self.born.set(born);
        inherited
    }

    #[cold]
    fn fill_and_take<const N: usize>(&self) -> [u64; N] {
        with_generator(|random| {
            for word in &self.drawn {
                word.set(random.next_u64().max(1));
            }
        });
        self.born.set(Lineage::here());
        self.left.set(DRAWN);
        self.take().unwrap_or([1; N])
    }
}

/// Draws from the thread's generator, which is made first if there is none for this process.
fn with_generator(draw: impl Fn(&mut SmallRng)) {
    GENERATOR.with(|cell| {
        // Nobody else can have it borrowed; if so, a fresh one does as well.
        let Ok(mut place) = cell.try_borrow_mut() else {
            return draw(&mut Generator::seeded().random);
        };
        let generator = match place.take().filter(|one| !one.born.is_inherited()) {
            Some(generator) => generator,
            None => Generator::seeded(),
        };
        draw(&mut place.insert(generator).random);
    });
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

//! Counters that every thread may raise at once without meeting another one.
//!
//! A shared counter costs a contended read-modify-write per span. Here each thread has a block of
//! its own in every set of counters, raised by a plain load and store, since nobody else writes
//! there; reading adds up all blocks. Which block is a thread's own is decided once per thread
//! (`counters/slot.rs`), so finding it costs one thread-local read and an array step, however many
//! sets there are.
//!
//! What the counters mean is not known here.

use crate::sync::AtomicU64;
use once_cell::race::OnceBox;
use std::array;
use std::sync::atomic::Ordering::Relaxed;

mod slot;

#[cfg(test)]
mod tests;

/// Counters in one block: 128 bytes, two cache lines, since neighbours are fetched in pairs. Where
/// schedules are explored there are fewer, here and below: each costs time in every run.
const BLOCK: usize = if cfg!(shuttle) { 5 } else { 16 };

/// Blocks in one piece of memory, allocated together when a thread first needs one of them.
const CHUNK: usize = if cfg!(shuttle) { 2 } else { 16 };

/// Further pieces of memory in a set.
const CHUNKS: usize = slot::THREADS / CHUNK - 1;

/// `N` counters, at most 16, that start at zero and are exact.
///
/// A thread that ends leaves what it counted, and its block goes to a thread that starts later. A
/// set takes 2.6 KiB, and 2 KiB for each 16 threads above 16 that lived at one time. Beyond 1024 such
/// threads, and while a thread is being torn down, counting works but costs a read-modify-write.
///
/// Not for use in signal handlers: an interrupted addition would undo theirs.
pub(crate) struct PerThread<const N: usize> {
    /// The blocks of the first threads, there from the start: most programs need no others.
    first: Box<[Block; CHUNK]>,
    /// Threads that need the same piece at the same time do not wait for each other, which a fork could
    /// make last for ever: one allocates for nothing.
    more: [OnceBox<[Block; CHUNK]>; CHUNKS],
    /// For threads without a block: the only one with several writers.
    shared: Block,
}

#[repr(align(128))]
#[derive(Default)]
struct Block([AtomicU64; BLOCK]);

impl<const N: usize> PerThread<N> {
    const FITS: () = assert!(N <= BLOCK, "a block has room for 16 counters");

    pub(crate) fn new() -> Self {
        let () = Self::FITS;
        Self {
            first: Box::default(),
            more: array::from_fn(|_| OnceBox::new()),
            shared: Block::default(),
        }
    }

    /// Raises the counter `index` by `n`. Does nothing if there is no such counter.
    #[inline]
    pub(crate) fn add(&self, index: usize, n: u64) {
        match self.ready() {
            Some(own) => own.add(index, n),
            None => self.add_first(index, n),
        }
    }

    /// The calling thread's own counters; `None` before it has raised one, and if it can have none.
    #[inline(always)]
    pub(crate) fn ready(&self) -> Option<Own<'_>> {
        let slot = slot::known();
        let block = match self.first.get(slot) {
            Some(block) => block,
            None => self.further(slot)?.get()?.get(slot % CHUNK)?,
        };
        Some(Own(block))
    }

    /// Where the block of a thread lies that is not among the first; `None` for marks.
    #[inline]
    fn further(&self, slot: usize) -> Option<&OnceBox<[Block; CHUNK]>> {
        self.more.get((slot / CHUNK).wrapping_sub(1))
    }

    /// Raises a counter of a thread that has no block here yet.
    #[cold]
    fn add_first(&self, index: usize, n: u64) {
        let further = slot::own().and_then(|slot| {
            let chunk = self.further(slot)?.get_or_init(Box::default);
            chunk.get(slot % CHUNK)
        });
        match self.ready().or(further.map(Own)) {
            Some(own) => own.add(index, n),
            None => self.add_shared(index, n),
        }
    }

    fn add_shared(&self, index: usize, n: u64) {
        if let Some(counter) = self.shared.0.get(index) {
            // Relaxed: only a number.
            counter.fetch_add(n, Relaxed);
        }
    }

    /// All counters, each summed over all threads.
    ///
    /// Exact for everything that happened before the call; what happens meanwhile may be in it.
    pub(crate) fn sum(&self) -> [u64; N] {
        let more = self.more.iter().filter_map(OnceBox::get);
        let blocks = self.first.iter().chain(more.flat_map(|chunk| chunk.iter()));
        let mut sum = [0_u64; N];
        for block in blocks.chain([&self.shared]) {
            for (total, counter) in sum.iter_mut().zip(&block.0) {
                *total = total.wrapping_add(counter.load(Relaxed));
            }
        }
        sum
    }
}

/// One thread's counters in a set.
pub(crate) struct Own<'a>(&'a Block);

impl Own<'_> {
    /// Raises the counter `index` by `n`. Does nothing if there is no such counter.
    #[inline]
    pub(crate) fn add(&self, index: usize, n: u64) {
        if let Some(counter) = self.0.0.get(index) {
            // Relaxed: this thread alone writes here, and a thread that takes the block over does so
            // after us by the exchange of the slots. Readers want only the number.
            counter.store(counter.load(Relaxed).wrapping_add(n), Relaxed);
        }
    }
}

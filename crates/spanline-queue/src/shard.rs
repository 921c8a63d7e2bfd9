//! A shard: one state word, three buffers, and the rules by which producers and the consumer share
//! them. The heart of the crate.
//!
//! Producers reserve and publish in the current buffer; the consumer flips them to another one and
//! reads at leisure what they left. `shards.rs` picks the shard and holds all of them;
//! the packed word is in `state.rs`, the memory in `buffer.rs`.
#![expect(
    unsafe_code,
    reason = "vouches for exclusive writing and stable reading of a buffer"
)]

use std::sync::atomic::Ordering;

use crate::buffer::{Buffer, Place};
use crate::credits::{Block, Credits, Level};
use crate::pad::Padded;
use crate::state::{BUFFERS, Published, State};
use crate::sync::{AtomicU64, AtomicUsize, guess};

/// One of the queue's independent parts.
#[derive(Debug)]
pub(crate) struct Shard {
    /// Everything a producer decides by. Producers and the consumer exchange it.
    state: AtomicU64,
    /// The state names the one that producers write to. The last place is never named and has no
    /// memory: it is there so that any two bits are the number of a place.
    buffers: [Buffer; PLACES],
    /// Per buffer, its entries that were handed out and are not released yet. The consumer counts
    /// up; whoever releases counts down. Zero when the buffer is handed to producers. On lines of
    /// their own: no producer reads them, and each write would take the state away from them.
    held: Padded<[AtomicUsize; BUFFERS]>,
}

/// The consumer's place in one shard. Made together with its shard and never copied: who borrows it
/// mutably is the only one that moves buffers back to the producers.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// The buffer that was flipped away from producers last. All others, but for the one that
    /// producers write to, were read to their end.
    buffer: usize,
    /// The buffer that producers write to.
    ahead: usize,
    /// Its first record that was not read yet.
    next: usize,
    /// Its records.
    end: usize,
    /// Records before this one were abandoned: they are cleared as they commit, not handed out.
    skip: usize,
    /// The same for the buffer `ahead`: its first `skip_ahead` records.
    skip_ahead: usize,
    /// Records reserved in all buffers flipped so far, the one in `buffer` included.
    flipped: u64,
}

/// A committed record that was handed out: its bytes stay where they are until it is released.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The shard's number, for whoever keeps entries of several.
    pub(crate) shard: u8,
    buffer: u8,
    offset: u32,
    length: u32,
}

/// Places for buffers: as many as the state's two bits can name.
const PLACES: usize = BUFFERS.next_power_of_two();

/// Per buffer of a shard, how many of its entries somebody has in hand.
pub(crate) type Held = [usize; BUFFERS];

/// The proof that a compare-exchange has reserved this place, for whoever holds it.
#[must_use]
struct Reserved<'a>(Place<'a>);

/// Why a shard did not take a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Miss {
    /// It is closed, for ever.
    Closed,
    /// Not enough words or index entries are left. It has no credits any more.
    NoRoom,
    /// It has room, but no credit, and none is free.
    NoCredit,
}

/// The producers' half.
impl Shard {
    /// A shard whose buffers have that many words and index entries, and its reader.
    pub(crate) fn new(words: usize, entries: usize) -> (Self, Reader) {
        let buffers = std::array::from_fn(|number| match number {
            0..BUFFERS => Buffer::new(words, entries),
            _ => Buffer::new(0, 0),
        });
        let state = AtomicU64::new(State::NEW.bits());
        // The reader stands at the end of another buffer, with nothing read and nothing held.
        let reader = Reader {
            buffer: 1,
            ahead: State::NEW.buffer(),
            ..Reader::default()
        };
        (
            Self {
                state,
                buffers,
                held: Padded(std::array::from_fn(|_| AtomicUsize::new(0))),
            },
            reader,
        )
    }

    /// Reserves, copies and publishes a record, if the shard has a credit and room for it. If not,
    /// the state that it was found in goes to [`push_with_block`](Self::push_with_block).
    ///
    /// One attempt: if another push, a flip or a close was quicker, the rest is that one's too.
    #[inline(always)]
    pub(crate) fn push(&self, record: &[u8]) -> Result<(), State> {
        let state = State::from_bits(guess(&self.state));
        // A closed shard has no credits, so this asks for that too.
        if state.credits() == 0 {
            return Err(state);
        }
        let place = self.place(state, record).ok_or(state)?;
        self.reserve(state, place, 0)?.commit();
        Ok(())
    }

    /// The rest of [`push`](Self::push): a block of credits must come in (one push of 32), or the
    /// state has changed, or the shard refuses and says why.
    ///
    /// Lock-free: a failed compare-exchange means that another push, a flip or a close succeeded.
    pub(crate) fn push_with_block(
        &self,
        mut state: State,
        record: &[u8],
        credits: &Credits,
    ) -> Result<Level, Miss> {
        let mut block: Option<Block> = None;
        let miss = loop {
            if state.is_closed() {
                break Miss::Closed;
            }
            let Some(place) = self.place(state, record) else {
                match self.surrender_credits(state, credits) {
                    Ok(()) => break Miss::NoRoom,
                    Err(now) => state = now,
                }
                continue;
            };
            if state.credits() > 0 {
                // Others brought some in meanwhile, and two blocks do not fit: back with ours.
                credits.give(block.take().map_or(0, |block| block.credits));
            } else if block.is_none() {
                block = credits.take();
                if block.is_none() {
                    break Miss::NoCredit;
                }
            }
            let brought = block.as_ref().map_or(0, |block| block.credits);
            match self.reserve(state, place, brought) {
                Ok(reserved) => {
                    reserved.commit();
                    return Ok(block.map_or(Level::Low, |block| block.settle(credits)));
                }
                Err(now) => state = now,
            }
        };
        credits.give(block.map_or(0, |block| block.credits));
        Err(miss)
    }

    /// No push is accepted after this; every push reserved before it is in. Unused credits are given
    /// back, so that a push finds out by the credits alone.
    pub(crate) fn close(&self, credits: &Credits) {
        let mut state = State::from_bits(guess(&self.state));
        while !state.is_closed() {
            // Relaxed: the modification order of the one word already puts every push before or
            // after; as a read-modify-write it keeps the release sequence.
            match self.exchange(state, state.closed(), Ordering::Relaxed) {
                Ok(()) => return credits.give(state.credits()),
                Err(now) => state = now,
            }
        }
    }

    /// The state at some moment during the call, for counting.
    pub(crate) fn snapshot(&self) -> State {
        // Relaxed: a number to report; nothing is read on the strength of it.
        State::from_bits(self.state.load(Ordering::Relaxed))
    }

    /// The longest record, in bytes.
    pub(crate) fn max_record(&self) -> usize {
        self.buffers[0].max_record()
    }

    #[inline]
    fn place<'a>(&'a self, state: State, record: &'a [u8]) -> Option<Place<'a>> {
        let buffer = &self.buffers[state.buffer() % PLACES];
        buffer.place(state.offset(), state.records(), record)
    }

    #[inline]
    fn reserve<'a>(
        &self,
        from: State,
        place: Place<'a>,
        brought: usize,
    ) -> Result<Reserved<'a>, State> {
        let reserved = from.reserved(place.words(), brought);
        // Acquire: pairs with the Release in `flip`, whose consumer had read and cleared all of the
        // buffer now written to; and with the Release in `looks_empty`, whose worker had said that
        // it is idle. Pushes in between are read-modify-writes and keep those release sequences.
        self.exchange(from, reserved, Ordering::Acquire)?;
        Ok(Reserved(place))
    }

    /// Out of room: takes the unused credits out, so that others can use them elsewhere.
    fn surrender_credits(&self, state: State, credits: &Credits) -> Result<(), State> {
        if state.credits() > 0 {
            // Relaxed: moves only numbers; as a read-modify-write it keeps the release sequence.
            self.exchange(state, state.without_credits(), Ordering::Relaxed)?;
            credits.give(state.credits());
        }
        Ok(())
    }

    #[inline]
    fn exchange(&self, from: State, to: State, success: Ordering) -> Result<(), State> {
        // Relaxed on failure: the found state is only the next guess.
        self.state
            .compare_exchange(from.bits(), to.bits(), success, Ordering::Relaxed)
            .map(|_| ())
            .map_err(State::from_bits)
    }
}

impl Reserved<'_> {
    /// Copies the record and publishes it. Nothing in here can panic, allocate or run user code, so
    /// a reservation is always followed by its record.
    #[inline]
    fn commit(self) {
        // SAFETY: a `Reserved` exists only after the compare-exchange that reserved its place, and
        // only once ("exclusive writing").
        unsafe { self.0.write() };
        self.0.publish();
        self.0.prefetch_ahead();
    }
}

impl Block {
    /// The block is in the shard, and one of its credits is used.
    fn settle(self, credits: &Credits) -> Level {
        if self.credits > 1 {
            // The others can be had here now: who found none anywhere must look again.
            credits.announce();
        }
        self.level
    }
}

/// The consumer's half. Every method wants the shard's own reader.
impl Shard {
    /// Appends committed records to `entries` until it has `max` or nothing more can be read now,
    /// and counts them in `held`: to be [released](Self::release) some day.
    ///
    /// Reads what is left of the consumer's buffer, and then flips at most once for records: what
    /// came during this call is not worth a flip yet.
    pub(crate) fn collect(
        &self,
        reader: &mut Reader,
        number: usize,
        entries: &mut Vec<Entry>,
        held: &mut Held,
        max: usize,
    ) {
        self.read(reader, number, entries, held, max);
        let before = entries.len();
        // Nothing was in the buffer, or only abandoned records: on to the next one.
        while before < max && entries.len() == before && self.flip(reader) {
            self.read(reader, number, entries, held, max);
        }
    }

    /// Reads entries in order. Stops before one whose producer has not committed yet.
    fn read(
        &self,
        reader: &mut Reader,
        number: usize,
        entries: &mut Vec<Entry>,
        held: &mut Held,
        max: usize,
    ) {
        let before = entries.len();
        let buffer = &self.buffers[reader.buffer % PLACES];
        while reader.next < reader.end && entries.len() < max {
            let Some(published) = buffer.take_published(reader.next) else {
                break;
            };
            if reader.next >= reader.skip {
                entries.push(Entry {
                    shard: number as u8,
                    buffer: reader.buffer as u8,
                    offset: published.offset as u32,
                    length: published.length as u32,
                });
            }
            reader.next += 1;
        }
        let fresh = entries.len() - before;
        if fresh > 0 {
            held[reader.buffer] += fresh;
            // Relaxed: only the consumer counts up, and it is the one that looks before a flip.
            self.held[reader.buffer].fetch_add(fresh, Ordering::Relaxed);
        }
    }

    /// The bytes of a record. The reader is borrowed with them: nobody can flip meanwhile.
    #[inline]
    pub(crate) fn bytes<'a>(&'a self, _: &'a Reader, entry: &Entry) -> &'a [u8] {
        let buffer = &self.buffers[usize::from(entry.buffer) % PLACES];
        let published = Published {
            offset: entry.offset as usize,
            length: entry.length as usize,
        };
        // SAFETY: the entry was read from this buffer and is not released, so no flip has given the
        // buffer back since; none will while the slice borrows the reader ("stable reading").
        unsafe { buffer.bytes(published) }
    }

    /// So many entries of each buffer are gone; when all of one's are, it can be used again.
    pub(crate) fn release(&self, entries: Held) {
        for (held, gone) in self.held.iter().zip(entries) {
            if gone > 0 {
                // Relaxed: only a number. Bytes are read under a shared borrow of the consumer and
                // flips need an exclusive one, so that handing over the borrow already orders the
                // two.
                held.fetch_sub(gone, Ordering::Relaxed);
            }
        }
    }

    /// Records that [`collect`](Self::collect) has yet to bring, as far as this moment knows.
    pub(crate) fn left(&self, reader: &Reader) -> usize {
        reader.left() + self.snapshot().records().saturating_sub(reader.skip_ahead)
    }

    /// True if nothing is left. The last look before the worker parks without a timer.
    ///
    /// Either this read-modify-write comes after a push's on the same word and sees its records, or
    /// before it; then that push acquires what is released here and sees the bell at IDLE. Hence
    /// not a load, and hence a reservation counts, committed or not.
    pub(crate) fn looks_empty(&self, reader: &Reader) -> bool {
        // Release: pairs with the Acquire in `reserve`.
        let state = State::from_bits(self.state.fetch_or(0, Ordering::Release));
        reader.left() == 0 && state.records() <= reader.skip_ahead
    }

    /// Records ever reserved here, this moment's included.
    pub(crate) fn reserved(&self, reader: &Reader) -> u64 {
        reader.flipped + self.snapshot().records() as u64
    }

    /// Hands a spare buffer to producers, if there is one and something lies in the current one,
    /// which is the consumer's then. Says whether it did.
    fn flip(&self, reader: &mut Reader) -> bool {
        let Some(spare) = self.spare(reader) else {
            return false;
        };
        let mut state = State::from_bits(guess(&self.state));
        while !state.is_empty() {
            // Release: pairs with the Acquire in `reserve`; all reads and clearings of the buffer
            // handed out happen before the first write to it. Not Acquire: the record count is
            // exact because it comes out of the exchanged word, and bytes come with their entries.
            match self.exchange(state, state.flipped(spare), Ordering::Release) {
                Ok(()) => {
                    reader.turn_to(state, spare);
                    return true;
                }
                Err(now) => state = now,
            }
        }
        false
    }

    /// A buffer that can be handed to producers: all of its records were read and released. None
    /// while the consumer's own is not read to its end: the next one's turn comes after it.
    ///
    /// The one read last is preferred, since its lines are the nearest.
    fn spare(&self, reader: &Reader) -> Option<usize> {
        // Relaxed: as in `release`.
        let is_free = |buffer: &usize| self.held[*buffer].load(Ordering::Relaxed) == 0;
        let candidates = [reader.buffer, reader.third()];
        (reader.next == reader.end)
            .then(|| candidates.into_iter().find(is_free))
            .flatten()
    }

    /// Gives up everything that is here and says how much that was. Never waits.
    ///
    /// Committed records are cleared at once. One that is not, may yet be: its buffer stays with
    /// the consumer, and if nothing can be moved because of it the shard is sealed, so that
    /// producers go elsewhere instead of queueing behind it.
    pub(crate) fn abandon(&self, reader: &mut Reader, credits: &Credits) -> usize {
        let mut lost = self.skip_all(reader);
        if self.flip(reader) {
            lost += self.skip_all(reader);
        }
        if self.spare(reader).is_none() {
            let stuck = reader.next < reader.end;
            let state = if stuck {
                self.seal(credits)
            } else {
                self.snapshot()
            };
            lost += state.records() - reader.skip_ahead;
            reader.skip_ahead = state.records();
        }
        credits.give_for(lost);
        lost
    }

    /// Skips the rest of the consumer's buffer, now or as it commits.
    fn skip_all(&self, reader: &mut Reader) -> usize {
        let lost = reader.left();
        reader.skip = reader.end;
        // Hands nothing out, since all of it is skipped: number and maximum do not matter.
        self.read(reader, 0, &mut Vec::new(), &mut Held::default(), 1);
        lost
    }

    /// Leaves producers no room until the next flip. Returns the state that it found.
    fn seal(&self, credits: &Credits) -> State {
        let mut state = State::from_bits(guess(&self.state));
        loop {
            // Relaxed: moves only numbers; as a read-modify-write it keeps the release sequence.
            match self.exchange(state, state.sealed(), Ordering::Relaxed) {
                Ok(()) => {
                    credits.give(state.credits());
                    return state;
                }
                Err(now) => state = now,
            }
        }
    }
}

impl Reader {
    /// Records in the consumer's buffer that were neither read nor abandoned.
    fn left(&self) -> usize {
        self.end - self.next.max(self.skip)
    }

    /// Records of this shard that were read or abandoned so far.
    pub(crate) fn passed(&self) -> u64 {
        self.flipped - self.left() as u64 + self.skip_ahead as u64
    }

    /// True if a record that is reserved, and not abandoned, holds up the ones behind it.
    pub(crate) fn has_left(&self) -> bool {
        self.left() > 0
    }

    /// The buffer that is neither the consumer's nor the producers'.
    fn third(&self) -> usize {
        // Their numbers, 0, 1 and 2, add up to three.
        BUFFERS - self.buffer - self.ahead
    }

    /// A flip found this state: its buffer is the consumer's now, and `ahead` the producers'.
    fn turn_to(&mut self, state: State, ahead: usize) {
        *self = Self {
            buffer: state.buffer(),
            ahead,
            next: 0,
            end: state.records(),
            skip: std::mem::take(&mut self.skip_ahead),
            skip_ahead: 0,
            flipped: self.flipped + state.records() as u64,
        };
    }
}

#[cfg(test)]
mod tests;

//! Spanline's crossing: a bounded, lock-free queue of byte records, from any number of threads to
//! one worker.
//!
//! It stands between the threads that end spans and the worker that exports them, and knows nothing
//! of spans: a record is a run of bytes, copied in once and read in place. It never waits for
//! anybody, and never loses a record without saying so to whoever pushed it.
//!
//! ```text
//!              home shard by thread, then the others, then a counted refusal
//!  push ─┬─▶ shard 0   state ─ buffers A, B, C ──┐
//!        ├─▶ shard 1   state ─ buffers A, B, C ──┤  flip, read in place, release
//!        ┊      ┊                                ├─▶ worker
//!        └─▶ shard 7   state ─ buffers A, B, C ──┘
//!              credits: at most `max_records` queued        bell: wakes the worker
//! ```
//!
//! - A push *reserves* by one compare-exchange on its shard's state word, copies its bytes, and
//!   *publishes* them by one store. Between the two nothing can fail.
//! - The worker *flips* a shard: producers get another, empty buffer, and the full one is read
//!   where it lies. A third one is there for a batch that ends in the middle of a buffer: the next
//!   batch takes the rest and goes on in the next buffer, while the exporter still has the first. A
//!   record that is reserved and not yet published is passed over until later.
//! - *Credits* bound the records, exactly and over all shards; blocks of up to 32 keep them cheap.
//! - The worker can *claim* records for its next batch before they have come: the bound is for those
//!   behind them.
//! - *Closing* sets a bit in the state words and takes their credits out: a push is before it, or
//!   refused.
//! - The *bell* wakes the worker for a first push, at the level that it asked for, for a refused push,
//!   or for a message; else it naps.
//!
//! The files stand below in the order in which a record flows; the heart is `shard.rs`.
//!
//! # When not to use it
//!
//! There is one consumer, order holds only within a shard, and a full queue refuses the newest. A
//! consumer that polls without a pause makes every push flip a cold buffer: nap between walks. A
//! thread that stops for ever in the middle of a copy costs its shard, until it comes back; the
//! other seven work on.
//!
//! # Cost
//!
//! On a two-core x86-64 virtual machine that others used too, one thread, medians of several runs:
//! a push of 256 bytes 9 to 13 ns, of 8 bytes 6 to 11 ns; collecting, reading and releasing a record
//! 4 to 7 ns. Between two cores a record costs what its cache lines cost: 25 ns for 256 bytes and 13 to 16
//! for 8, one producer and one consumer as fast as they go. Memory is reserved at once and touched
//! as it is used. Nothing is allocated after that, but for batches that grow and for each new thread
//! that sleeps on the bell.
//!
//! # Memory orderings
//!
//! Each row is a write, and the read that it pairs with. What is not listed is Relaxed because it is
//! only a number, or only a guess that a compare-exchange checks.
//!
//! | word | written by | read by | what the pair makes visible |
//! |---|---|---|---|
//! | shard's state | flip: exchange, Release | reserve: exchange, Acquire | all reading and clearing of a buffer happens before the first write to it. Reservations between are read-modify-writes and keep the release sequence |
//! | shard's state | idle check: `fetch_or(0)`, Release | reserve: exchange, Acquire | the bell's IDLE, to a push that the idle check did not see |
//! | shard's state | reserve: exchange | idle check: `fetch_or(0)` | the reservation itself: of two read-modify-writes on one word, one is first |
//! | shard's state | close: exchange, Relaxed | reserve: exchange | the modification order alone makes it exact |
//! | index entry | publish: store, Release | reading: load, Acquire | the record's plain bytes |
//! | index entry | clearing: store, Relaxed | publish of a later record | ordered by the flip in between |
//! | `held` | collecting: `fetch_add`, release: `fetch_sub`, Relaxed | flip: load, Relaxed | nothing: the exclusive borrow of the consumer orders reading before flipping |
//! | `claimed` | claim, hand-over and abandoning: `fetch_add`, `fetch_update`, Relaxed | the same; claim, the level of a nap and counting: load, Relaxed | nothing: only the consumer adds; a batch released on another thread takes off, so a claim may find room a moment late. Each is one step, and the credits of `free` are another: a sum in between is off by as many |
//! | `free` | before a nap: `fetch_or(0)`, Release | taking a block: exchange, Acquire | the bell's DOZING and the level (`wake_at`), to a push that the nap's last look did not see. Credits given and taken in between are read-modify-writes and keep the release sequence |
//! | `releases` | announce: `fetch_add`, Release | search: load, Acquire | the credits that were given before |
//! | `full_at` | after a search: store, Relaxed | refusal: load, Relaxed | nothing: a stale value costs one search, or one early refusal |
//! | bell | ring: swap, Release | waking: swap, Acquire; a look whether it was rung: load, Acquire | what was sent before the ring |
//! | bell | falling asleep: exchange, Release | ring: swap, Acquire | the thread to unpark |
//! | bell | falling asleep: exchange | push: load, Relaxed; asleep?: load, Relaxed | nothing: IDLE comes over the state word, DOZING over `free` |
//!
//! No wake is lost, and no fence is needed. A worker that wants to park stores IDLE and then does a
//! read-modify-write on every state word; a push does one on its word and then loads the bell. On
//! one word one of the two is first. If the push is, the worker sees a reserved record and stays
//! awake. If the worker is, the push acquires its IDLE and rings. So the worker's look must be a
//! read-modify-write and not a load, and the bell must be read after the reservation, always.
//!
//! A nap is safe in the same way, by the word of the free credits: a push that takes a block is
//! seen by the look after DOZING, or sees DOZING and asks for the level.
//!
//! # How it is checked
//!
//! `tests/model.rs` runs the hand-overs under loom, with the bytes as tracked cells; the other files
//! in `tests/` are promises, one each, tested by threads at work.
#![deny(unsafe_code)]

mod queue;
mod producer;
mod consumer;
mod entries;
mod shards;
mod shard;
mod buffer;
mod credits;
mod state;
mod bell;
mod pad;
mod sync;

pub use consumer::{Consumer, Mark, Sleep, Walk, Woken};
pub use entries::Entries;
pub use producer::Producer;
pub use queue::{Settings, queue};
pub use shards::{Refused, Waiting};

#[cfg(loom)]
#[doc(hidden)]
pub use sync::live_at;

//! One load for every queue: who pushes, who drains, how much, and what of it is timed.
//!
//! A contender says how it is opened, pushed to and drained, and nothing else, so that no queue can
//! be given a kinder load than its rivals.

use std::hint;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// Items that fit: the capacity that the OpenTelemetry specification sets for a batch processor.
pub const CAPACITY: usize = 2048;
/// Pushed in a row, then popped in a row, where one thread does both.
pub const BURST: usize = 256;
/// The most that a consumer takes at a time: the specification's batch.
pub const BATCH: usize = 512;
/// Items that cross from thread to thread in one round.
pub const CROSSING: usize = 1 << 16;

/// Looks at an empty queue in a row before the consumer yields the processor.
const PATIENCE: u32 = 64;

/// What is queued: `N` bytes. Contenders get the same one again and again, so that making items is
/// not timed.
#[derive(Clone, Copy, Debug)]
pub struct Item<const N: usize>(pub [u8; N]);

impl<const N: usize> Default for Item<N> {
    fn default() -> Self {
        Self([7; N])
    }
}

/// A bounded queue of items.
pub trait Contender<const N: usize> {
    /// The end that pushes.
    type Sender: Send;
    /// The end that drains.
    type Receiver: Send;

    /// An empty queue for so many items.
    fn open(capacity: usize) -> (Self::Sender, Self::Receiver);

    /// A second end that pushes; `None` if there can be only one.
    fn another(sender: &Self::Sender) -> Option<Self::Sender>;

    /// Queues an item, or refuses it without waiting.
    fn push(sender: &mut Self::Sender, item: &Item<N>) -> bool;

    /// Takes up to `max` items and shows the bytes of each. Returns how many there were.
    fn drain(receiver: &mut Self::Receiver, max: usize, visit: impl FnMut(&[u8; N])) -> usize;
}

/// Pushes into a queue with room, a burst at a time; draining is not timed.
pub fn pushes<const N: usize, Q: Contender<N>>(items: u64) -> Duration {
    let (mut sender, mut receiver) = Q::open(CAPACITY);
    bursts(items, |burst| {
        let start = Instant::now();
        fill::<N, Q>(&mut sender, burst);
        let time = start.elapsed();
        empty::<N, Q>(&mut receiver, burst);
        time
    })
}

/// Pops what the same thread has just pushed; pushing is not timed.
pub fn pops<const N: usize, Q: Contender<N>>(items: u64) -> Duration {
    let (mut sender, mut receiver) = Q::open(CAPACITY);
    bursts(items, |burst| {
        fill::<N, Q>(&mut sender, burst);
        let start = Instant::now();
        empty::<N, Q>(&mut receiver, burst);
        start.elapsed()
    })
}

/// Pushes that a full queue refuses.
pub fn refusals<const N: usize, Q: Contender<N>>(items: u64) -> Duration {
    let (mut sender, receiver) = Q::open(CAPACITY);
    let item = Item::default();
    while Q::push(&mut sender, &item) {}
    let start = Instant::now();
    for _ in 0..items {
        hint::black_box(Q::push(&mut sender, hint::black_box(&item)));
    }
    let time = start.elapsed();
    drop(receiver);
    time
}

/// Drains a queue that another thread has filled, in batches, every byte of it read. A round is
/// [`CAPACITY`] items.
pub fn batches<const N: usize, Q: Contender<N>>(rounds: u64) -> Duration {
    let (mut sender, mut receiver) = Q::open(CAPACITY);
    let gate = Barrier::new(2);
    let mut time = Duration::ZERO;
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..rounds {
                gate.wait();
                fill::<N, Q>(&mut sender, CAPACITY);
                gate.wait();
            }
        });
        for _ in 0..rounds {
            gate.wait();
            gate.wait();
            let start = Instant::now();
            empty::<N, Q>(&mut receiver, CAPACITY);
            time += start.elapsed();
        }
    });
    time
}

/// Moves [`CROSSING`] items a round from so many threads to this one, as fast as they go: a refused
/// producer yields and tries again, a consumer that finds nothing looks a few times more and yields.
///
/// Threads and queue stay the same for all rounds, as in a program. A first round is not timed:
/// some queues touch their memory when they are made, others when they are used, and what the system
/// asks for new pages is not the price of an item.
pub fn crossings<const N: usize, Q: Contender<N>>(producers: usize, rounds: u64) -> Duration {
    let (sender, mut receiver) = Q::open(CAPACITY);
    let mut senders: Vec<_> = (1..producers).filter_map(|_| Q::another(&sender)).collect();
    senders.push(sender);
    assert_eq!(senders.len(), producers, "this queue has one producer only");
    let each = CROSSING / producers;
    let gate = Barrier::new(producers + 1);
    thread::scope(|scope| {
        for mut sender in senders {
            let gate = &gate;
            scope.spawn(move || {
                for _ in 0..=rounds {
                    gate.wait();
                    send::<N, Q>(&mut sender, each);
                }
            });
        }
        let mut round = || {
            gate.wait();
            let start = Instant::now();
            empty::<N, Q>(&mut receiver, each * producers);
            start.elapsed()
        };
        round();
        (0..rounds).map(|_| round()).sum()
    })
}

/// Pushes so many items, each until it is taken.
fn send<const N: usize, Q: Contender<N>>(sender: &mut Q::Sender, items: usize) {
    let item = Item::default();
    for _ in 0..items {
        while !Q::push(sender, hint::black_box(&item)) {
            thread::yield_now();
        }
    }
}

/// Calls `burst` until so many items went through, and adds up what it returns.
fn bursts(items: u64, mut burst: impl FnMut(usize) -> Duration) -> Duration {
    let mut left = items;
    let mut time = Duration::ZERO;
    while left > 0 {
        let size = left.min(BURST as u64);
        time += burst(size as usize);
        left -= size;
    }
    time
}

fn fill<const N: usize, Q: Contender<N>>(sender: &mut Q::Sender, items: usize) {
    let item = Item::default();
    for _ in 0..items {
        let taken = Q::push(sender, hint::black_box(&item));
        assert!(taken, "a queue with room refused an item");
    }
}

/// Drains until so many items came.
fn empty<const N: usize, Q: Contender<N>>(receiver: &mut Q::Receiver, items: usize) {
    let mut seen = 0;
    let mut sum = 0_u64;
    let mut idle = 0;
    while seen < items {
        let fresh = Q::drain(receiver, BATCH, |bytes| sum = sum.wrapping_add(read(bytes)));
        seen += fresh;
        idle = if fresh == 0 { idle + 1 } else { 0 };
        if idle > PATIENCE {
            thread::yield_now();
        } else if idle > 0 {
            hint::spin_loop();
        }
    }
    hint::black_box(sum);
}

/// Touches every byte, as an encoder would.
#[inline]
fn read<const N: usize>(bytes: &[u8; N]) -> u64 {
    let words = bytes.chunks_exact(8).filter_map(<[u8]>::first_chunk);
    words.fold(0, |sum, word| sum ^ u64::from_le_bytes(*word))
}

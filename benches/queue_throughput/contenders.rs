//! The queues, each used as its authors would: in place where it can be, in one go where that helps.
//!
//! Only how to open, push and drain. The load is the same for all and stands in
//! `workload/queue.rs`. No consumer here sleeps, so nobody is ever woken.

use spanline_benches::queue::{Contender, Item};
use spanline_queue::{Consumer, Entries, Producer, Settings};
use std::collections::VecDeque;

use std::iter;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Ours.
pub(crate) struct Spanline;

/// Its reading end, which is not to be polled: a walk that found little is followed by a pause.
pub(crate) struct Worker {
    consumer: Consumer,
    batch: Entries,
    found_little: bool,
}

/// A walk that brings fewer records than this is not worth the cache lines that it takes away from
/// the producers.
const LITTLE: usize = 128;

/// How long producers are left alone then. Nobody sleeps; whoever else wants the core may have it.
const PAUSE: Duration = Duration::from_micros(20);

impl<const N: usize> Contender<N> for Spanline {
    type Sender = Producer;
    type Receiver = Worker;

    fn open(capacity: usize) -> (Self::Sender, Self::Receiver) {
        let (producer, consumer) = spanline_queue::queue(Settings {
            max_records: capacity,
            ..Settings::default()
        });
        let worker = Worker {
            consumer,
            batch: Entries::new(),
            found_little: false,
        };
        (producer, worker)
    }

    fn another(sender: &Self::Sender) -> Option<Self::Sender> {
        Some(sender.clone())
    }

    #[inline]
    fn push(sender: &mut Self::Sender, item: &Item<N>) -> bool {
        sender.push(&item.0).is_ok()
    }

    #[inline]
    fn drain(receiver: &mut Self::Receiver, max: usize, mut visit: impl FnMut(&[u8; N])) -> usize {
        let Worker {
            consumer,
            batch,
            found_little,
        } = receiver;
        if *found_little {
            let start = Instant::now();
            while start.elapsed() < PAUSE {
                thread::yield_now();
            }
        }
        consumer.collect(batch, max);
        consumer.take(batch);
        let count = batch.len();
        for number in 0..count {
            let record = consumer.record(batch, number);
            record.and_then(<[u8]>::first_chunk).map(&mut visit);
        }
        consumer.release(batch);
        *found_little = count < LITTLE.min(max);
        count
    }
}

/// crossbeam's ring for any number of both.
pub(crate) struct ArrayQueue;

impl<const N: usize> Contender<N> for ArrayQueue {
    type Sender = Arc<crossbeam_queue::ArrayQueue<Item<N>>>;
    type Receiver = Self::Sender;

    fn open(capacity: usize) -> (Self::Sender, Self::Receiver) {
        let ring = Arc::new(crossbeam_queue::ArrayQueue::new(capacity));
        (Arc::clone(&ring), ring)
    }

    fn another(sender: &Self::Sender) -> Option<Self::Sender> {
        Some(Arc::clone(sender))
    }

    #[inline]
    fn push(sender: &mut Self::Sender, item: &Item<N>) -> bool {
        sender.push(*item).is_ok()
    }

    #[inline]
    fn drain(receiver: &mut Self::Receiver, max: usize, visit: impl FnMut(&[u8; N])) -> usize {
        one_by_one(max, || receiver.pop(), visit)
    }
}

/// crossbeam's channel, bounded.
pub(crate) struct Channel;

impl<const N: usize> Contender<N> for Channel {
    type Sender = crossbeam_channel::Sender<Item<N>>;
    type Receiver = crossbeam_channel::Receiver<Item<N>>;

    fn open(capacity: usize) -> (Self::Sender, Self::Receiver) {
        crossbeam_channel::bounded(capacity)
    }

    fn another(sender: &Self::Sender) -> Option<Self::Sender> {
        Some(sender.clone())
    }

    #[inline]
    fn push(sender: &mut Self::Sender, item: &Item<N>) -> bool {
        sender.try_send(*item).is_ok()
    }

    #[inline]
    fn drain(receiver: &mut Self::Receiver, max: usize, visit: impl FnMut(&[u8; N])) -> usize {
        one_by_one(max, || receiver.try_recv().ok(), visit)
    }
}

/// The channel of the standard library, bounded.
pub(crate) struct SyncChannel;

impl<const N: usize> Contender<N> for SyncChannel {
    type Sender = SyncSender<Item<N>>;
    type Receiver = Receiver<Item<N>>;

    fn open(capacity: usize) -> (Self::Sender, Self::Receiver) {
        sync_channel(capacity)
    }

    fn another(sender: &Self::Sender) -> Option<Self::Sender> {
        Some(sender.clone())
    }

    #[inline]
    fn push(sender: &mut Self::Sender, item: &Item<N>) -> bool {
        sender.try_send(*item).is_ok()
    }

    #[inline]
    fn drain(receiver: &mut Self::Receiver, max: usize, visit: impl FnMut(&[u8; N])) -> usize {
        one_by_one(max, || receiver.try_recv().ok(), visit)
    }
}

/// What one writes first: a lock and a ring. A batch is moved out under the lock and read outside.
pub(crate) struct MutexDeque;

/// The consumer's end, and where it keeps a batch.
pub(crate) type DequeReceiver<const N: usize> = (Arc<Mutex<VecDeque<Item<N>>>>, Vec<Item<N>>);

impl<const N: usize> Contender<N> for MutexDeque {
    type Sender = (Arc<Mutex<VecDeque<Item<N>>>>, usize);
    type Receiver = DequeReceiver<N>;

    fn open(capacity: usize) -> (Self::Sender, Self::Receiver) {
        let deque = Arc::new(Mutex::new(VecDeque::with_capacity(capacity)));
        ((Arc::clone(&deque), capacity), (deque, Vec::new()))
    }

    fn another(sender: &Self::Sender) -> Option<Self::Sender> {
        Some(sender.clone())
    }

    #[inline]
    fn push((deque, capacity): &mut Self::Sender, item: &Item<N>) -> bool {
        let mut deque = deque.lock().unwrap_or_else(PoisonError::into_inner);
        let has_room = deque.len() < *capacity;
        if has_room {
            deque.push_back(*item);
        }
        has_room
    }

    #[inline]
    fn drain(receiver: &mut Self::Receiver, max: usize, mut visit: impl FnMut(&[u8; N])) -> usize {
        let (deque, batch) = receiver;
        batch.clear();
        let mut deque = deque.lock().unwrap_or_else(PoisonError::into_inner);
        let count = deque.len().min(max);
        batch.extend(deque.drain(..count));
        drop(deque);
        batch.iter().for_each(|item| visit(&item.0));
        count
    }
}

/// thingbuf's ring, written and read in place.
pub(crate) struct ThingBuf;

impl<const N: usize> Contender<N> for ThingBuf {
    type Sender = Arc<thingbuf::ThingBuf<Item<N>>>;
    type Receiver = Self::Sender;

    fn open(capacity: usize) -> (Self::Sender, Self::Receiver) {
        let ring = Arc::new(thingbuf::ThingBuf::new(capacity));
        (Arc::clone(&ring), ring)
    }

    fn another(sender: &Self::Sender) -> Option<Self::Sender> {
        Some(Arc::clone(sender))
    }

    #[inline]
    fn push(sender: &mut Self::Sender, item: &Item<N>) -> bool {
        sender.push_ref().map(|mut place| *place = *item).is_ok()
    }

    #[inline]
    fn drain(receiver: &mut Self::Receiver, max: usize, mut visit: impl FnMut(&[u8; N])) -> usize {
        let places = iter::from_fn(|| receiver.pop_ref()).take(max);
        places.map(|place| visit(&place.0)).count()
    }
}

/// rtrb's ring for one producer and one consumer, read in place by chunks.
pub(crate) struct Rtrb;

impl<const N: usize> Contender<N> for Rtrb {
    type Sender = rtrb::Producer<Item<N>>;
    type Receiver = rtrb::Consumer<Item<N>>;

    fn open(capacity: usize) -> (Self::Sender, Self::Receiver) {
        rtrb::RingBuffer::new(capacity)
    }

    fn another(_: &Self::Sender) -> Option<Self::Sender> {
        None
    }

    #[inline]
    fn push(sender: &mut Self::Sender, item: &Item<N>) -> bool {
        sender.push(*item).is_ok()
    }

    #[inline]
    fn drain(receiver: &mut Self::Receiver, max: usize, mut visit: impl FnMut(&[u8; N])) -> usize {
        let count = receiver.slots().min(max);
        let Ok(chunk) = receiver.read_chunk(count) else {
            return 0;
        };
        let (front, back) = chunk.as_slices();
        front.iter().chain(back).for_each(|item| visit(&item.0));
        chunk.commit_all();
        count
    }
}

/// Pops until nothing is left or `max` are.
#[inline]
fn one_by_one<const N: usize>(
    max: usize,
    pop: impl FnMut() -> Option<Item<N>>,
    mut visit: impl FnMut(&[u8; N]),
) -> usize {
    let items = iter::from_fn(pop).take(max);
    items.map(|item| visit(&item.0)).count()
}

//! Round by round, without a thread: the queue is filled between two steps of the worker.

use super::super::control::Lane;
use super::*;
use crate::sync::Mutex;
use spanline_core::ProcessorStats;
use spanline_queue::{Producer, Refused, Settings};

const SIZE: usize = 64;
const QUARTER: usize = SIZE / 4;

/// Calls an exporter has had: batches with their sizes, and shutdowns.
#[derive(Debug, Default)]
struct Calls {
    batches: Vec<usize>,
    shutdowns: usize,
}

/// Takes everything; or does first what it is told to.
struct Counting {
    calls: Arc<Mutex<Calls>>,
    first: Box<dyn FnMut() + Send>,
}

impl SpanExporter for Counting {
    fn export(&mut self, batch: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        self.calls.lock().batches.push(batch.len());
        (self.first)();
        Ok(Exported::ALL)
    }

    fn shutdown(&mut self, _: Deadline) -> Result<(), ExportError> {
        self.calls.lock().shutdowns += 1;
        Ok(())
    }
}

/// A worker whose rounds are called one by one, with a queue as large as its batches.
struct Scene {
    worker: Worker,
    producer: Producer,
    ledger: Arc<Ledger>,
    calls: Arc<Mutex<Calls>>,
    _lane: Lane,
}

impl Scene {
    fn new(first: impl FnOnce(&Arc<Ledger>) -> Box<dyn FnMut() + Send>) -> Self {
        let config = BatchConfig::default()
            .max_queue_size(SIZE)
            .max_export_batch_size(SIZE);
        let (producer, consumer) = spanline_queue::queue(Settings {
            max_records: config.queue_size(),
            max_bytes: config.queue_bytes(),
        });
        let ledger = Arc::new(Ledger::new("test".into()));
        let (lane, requests) = Lane::new(producer.clone());
        let calls = Arc::new(Mutex::new(Calls::default()));
        let exporter = Box::new(Counting {
            calls: Arc::clone(&calls),
            first: first(&ledger),
        });
        let worker = Worker::new(consumer, requests, Arc::clone(&ledger), &config, exporter);
        Scene {
            worker,
            producer,
            ledger,
            calls,
            _lane: lane,
        }
    }

    fn willing() -> Self {
        Self::new(|_| Box::new(|| ()))
    }

    /// Ends so many spans, and says how many of them the queue took.
    fn end(&self, spans: usize) -> usize {
        let push = || {
            self.ledger.ended();
            let pushed = self.producer.push(b"a record");
            pushed.inspect_err(|refused| self.ledger.refused(*refused, 0))
        };
        (0..spans).filter(|_| push().is_ok()).count()
    }

    /// One round of the worker. A nap in it ends at once.
    fn round(&mut self) -> bool {
        self.producer.ring();
        self.worker.round()
    }

    fn counts(&self) -> ProcessorStats {
        let stats = self.ledger.read(|| self.producer.waiting());
        assert!(stats.balances(), "{stats:?}");
        stats
    }

    /// As many spans as fit: the queue's, and those that the worker has claimed.
    fn claimed_and_full() -> Self {
        let scene = Self::willing();
        assert_eq!(scene.end(2 * SIZE), SIZE + QUARTER, "a claim makes room");
        scene
    }
}

#[test]
fn a_worker_claims_a_quarter_of_the_queue_for_its_next_batch() {
    let mut scene = Scene::claimed_and_full();
    let counts = scene.counts();
    assert_eq!(counts.in_flight as usize, QUARTER);
    assert_eq!(counts.queued as usize, SIZE);
    assert_eq!(counts.dropped.queue_full as usize, SIZE - QUARTER);
    assert!(scene.round());
    assert_eq!(scene.calls.lock().batches, [SIZE], "no batch is larger");
    let counts = scene.counts();
    assert_eq!(counts.exported as usize, SIZE);
    assert_eq!(
        (counts.queued as usize, counts.in_flight as usize),
        (0, QUARTER),
        "the first ones are claimed for the batch after it"
    );
}

/// While a batch as large as the claim, or larger, is with the exporter, as many spans can wait as the
/// queue is large, and not one more.
#[test]
fn a_claim_ends_when_its_batch_goes_out() {
    let mut scene = Scene::claimed_and_full();
    let worker = &mut scene.worker;
    worker.consumer.collect(&mut worker.entries, SIZE);
    let take = || worker.consumer.take(&worker.entries);
    worker.handed_over = worker.ledger.hand_over(SIZE as u64, take);
    let counts = scene.counts();
    assert_eq!((counts.queued, counts.in_flight as usize), (16, SIZE));
    assert_eq!(scene.end(2 * SIZE), SIZE - QUARTER);
    let counts = scene.counts();
    assert_eq!((counts.queued, counts.in_flight), (64, 64));
}

#[test]
fn who_gives_up_while_spans_are_claimed_abandons_each_once() {
    let mut scene = Scene::claimed_and_full();
    scene.producer.close();
    scene.ledger.give_up();
    let all = SIZE + QUARTER;
    assert_eq!(scene.counts().dropped.abandoned as usize, all);
    assert!(!scene.round(), "the worker leaves");
    let counts = scene.counts();
    assert_eq!(counts.dropped.abandoned as usize, all);
    assert_eq!((counts.queued, counts.in_flight), (0, 0));
    let calls = scene.calls.lock();
    assert_eq!((calls.batches.len(), calls.shutdowns), (0, 1));
    drop(calls);
    assert_eq!(scene.producer.push(b"late"), Err(Refused::Closed));
}

#[test]
fn a_panic_while_spans_are_claimed_loses_only_what_was_in_hand() {
    let mut scene = Scene::claimed_and_full();
    let worker = &mut scene.worker;
    worker.consumer.collect(&mut worker.entries, QUARTER + 4);
    assert!(worker.recover());
    let counts = scene.counts();
    assert_eq!(counts.dropped.abandoned as usize, QUARTER + 4);
    assert_eq!(
        (counts.queued + counts.in_flight) as usize,
        SIZE - 4,
        "the rest is for the next batch and those after it"
    );
}

/// The shutdown's deadline passes while the exporter has the batch, and then the worker panics: whoever
/// gave up has counted the batch already.
#[test]
fn a_panic_after_giving_up_counts_nothing_twice() {
    let mut scene = Scene::new(|ledger| {
        let ledger = Arc::clone(ledger);
        Box::new(move || ledger.give_up())
    });
    assert_eq!(scene.end(SIZE), SIZE);
    let worker = &mut scene.worker;
    worker.consumer.collect(&mut worker.entries, SIZE);
    let take = || worker.consumer.take(&worker.entries);
    worker.handed_over = worker.ledger.hand_over(SIZE as u64, take);
    worker.call_export(Deadline::NEVER).unwrap();
    assert!(worker.recover());
    assert_eq!(scene.counts().dropped.abandoned as usize, SIZE);
    assert!(!scene.round());
    assert_eq!(scene.counts().dropped.abandoned as usize, SIZE);
}

#[test]
fn a_panic_on_the_way_out_abandons_all_that_is_left() {
    let mut scene = Scene::claimed_and_full();
    scene.producer.close();
    let worker = &mut scene.worker;
    worker.consumer.collect(&mut worker.entries, QUARTER);
    worker.leaving = true;
    assert!(!worker.recover(), "the worker leaves");
    let counts = scene.counts();
    assert_eq!(counts.dropped.abandoned as usize, SIZE + QUARTER);
    assert_eq!((counts.queued, counts.in_flight), (0, 0));
}

//! Many spans: nothing lost below the capacity, every loss counted above it.

use super::support::{Gate, NEVER, PATIENCE, Probe, batching, counts, end_spans};
use super::{is_full, sized, tell, unheard};
use spanline_core::export::{Batch, ExportCause, ExportError, Exported, SpanExporter};
use spanline_core::{Deadline, TracerProvider};
use spanline_sdk::processor::BatchConfig;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Counts what it gets.
struct Counting(Arc<AtomicUsize>);

impl SpanExporter for Counting {
    fn export(&mut self, batch: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        self.0.fetch_add(batch.len(), Relaxed);
        Ok(Exported::ALL)
    }
}

/// Eight threads that never have more than half a queue under way lose nothing.
#[test]
fn zero_loss_below_capacity() {
    const THREADS: usize = 8;
    let each = sized(5_000, 100_000);
    for _ in 0..sized(2, 20) {
        let exported = Arc::new(AtomicUsize::new(0));
        let started = AtomicUsize::new(0);
        let provider = batching(Counting(Arc::clone(&exported)), BatchConfig::default());
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    let tracer = provider.tracer("test");
                    for _ in 0..each {
                        let number = started.fetch_add(1, Relaxed);
                        while number >= exported.load(Relaxed) + 1024 {
                            thread::yield_now();
                        }
                        tracer.start("span").end();
                    }
                });
            }
        });
        assert!(provider.shutdown(PATIENCE).unwrap().is_empty());
        let counts = counts(&provider);
        assert_eq!(counts.exported as usize, THREADS * each, "{counts:?}");
        assert_eq!(exported.load(Relaxed), THREADS * each);
    }
    tell(format_args!(
        "{THREADS} threads, {each} spans each, {} rounds: none lost",
        sized(2, 20)
    ));
}

/// A batch that goes out because it is full is full, or nearly: what producers are writing just then,
/// and what lies in a buffer that cannot be had yet, is all that may be missing.
#[test]
fn batches_under_load_are_full() {
    const MOST: usize = 512;
    let each = sized(10_000, 400_000);
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&sizes);
    let config = BatchConfig::default()
        .max_export_batch_size(MOST)
        .on_export(move |report| {
            if report.cause == ExportCause::Size {
                seen.lock().unwrap().push(report.spans);
            }
        });
    let provider = batching(Counting(Arc::default()), config);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let step = Gate::shut();
                for _ in 0..each / 200 {
                    end_spans(&provider, 200);
                    step.pass_until(Deadline::after(Duration::from_millis(1)));
                }
            });
        }
    });
    provider.shutdown(PATIENCE).unwrap();
    let counts = counts(&provider);
    assert!(counts.balances(), "{counts:?}");
    assert_eq!(counts.ended_sampled as usize, 2 * each);
    let sizes = sizes.lock().unwrap();
    assert!(!sizes.is_empty() && sizes.iter().all(|spans| *spans <= MOST));
    let mean = sizes.iter().sum::<usize>() as f64 / sizes.len() as f64;
    tell(format_args!(
        "{} batches of {mean:.1} spans, at most {MOST}; {} spans dropped",
        sizes.len(),
        counts.dropped.queue_full
    ));
    if is_full() {
        assert!(mean >= 0.9 * MOST as f64, "{mean:.1} of {MOST}");
    }
}

/// With the exporter held up, exactly the queue's size is accepted beyond what is in flight.
#[test]
fn drops_are_counted_exactly() {
    const OFFERED: u64 = 100_000;
    let gate = Gate::shut();
    let (probe, seen) = Probe::behind(&gate);
    let config = BatchConfig::default()
        .max_queue_size(2048)
        .max_export_batch_size(512)
        .schedule_delay(NEVER);
    let provider = batching(probe, config);
    end_spans(&provider, 512);
    gate.until_reached();
    end_spans(&provider, OFFERED as usize - 512);
    let before = counts(&provider);
    let accepted = 2048 + before.in_flight;
    assert_eq!((before.queued, before.in_flight), (2048, 512));
    assert_eq!(before.dropped.queue_full, OFFERED - accepted);
    gate.open();
    provider.shutdown(PATIENCE).unwrap();
    let after = counts(&provider);
    assert_eq!(after.exported, accepted);
    assert_eq!(seen.read(super::support::Seen::spans) as u64, accepted);
    assert!(after.balances(), "{after:?}");
    tell(format_args!(
        "{OFFERED} offered, {accepted} accepted, {} dropped",
        after.dropped.queue_full
    ));
}

#[derive(Clone, Copy, Debug, Default)]
struct Books {
    exported: u64,
    failed: u64,
    panics: u64,
    hangs: u64,
}

/// Takes, fails (19 in 100), dawdles for up to 50 ms (1 in 100), panics (1 in 100), or hangs to its
/// timeout (1 in 1000).
fn chaotic(seed: u64, books: Arc<Mutex<Books>>) -> Probe {
    let mut state = seed * 2 + 1;
    let never = Gate::shut();
    let (probe, _) = Probe::new(move |batch, deadline| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let spans = batch.len() as u64;
        let mut books = books.lock().unwrap();
        match state % 1000 {
            0 => {
                books.failed += spans;
                books.hangs += 1;
                drop(books);
                never.pass_until(deadline);
                Err(ExportError::DeadlinePassed)
            }
            1..=10 => {
                books.failed += spans;
                books.panics += 1;
                drop(books);
                // Past the hook, which would print.
                std::panic::resume_unwind(Box::new("chaos"));
            }
            11..=200 => {
                books.failed += spans;
                Err(ExportError::other("chaos"))
            }
            201..=210 => {
                books.exported += spans;
                drop(books);
                let pause = Duration::from_millis((state >> 20) % 51);
                never.pass_until(Deadline::after(pause));
                Ok(Exported::ALL)
            }
            _ => {
                books.exported += spans;
                Ok(Exported::ALL)
            }
        }
    });
    probe
}

/// Whatever the exporter does, the accounts balance and agree with the exporter's own.
#[test]
fn chaos_balances() {
    unheard();
    let (threads, each) = (sized(4, 16), sized(2_000, 50_000));
    let mut total = Books::default();
    for seed in 0..sized(3, 20) as u64 {
        let books = Arc::new(Mutex::new(Books::default()));
        let config = BatchConfig::default()
            .max_export_batch_size(64)
            .export_timeout(Duration::from_millis(100));
        let provider = batching(chaotic(seed, Arc::clone(&books)), config);
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    // In steps, so that the exporter gets to see most of its moods.
                    let step = Gate::shut();
                    for _ in 0..each / 100 {
                        end_spans(&provider, 100);
                        step.pass_until(Deadline::after(Duration::from_millis(1)));
                    }
                });
            }
        });
        // The last batch may have failed: then that is the answer.
        let _ = provider.shutdown(PATIENCE);
        let counts = counts(&provider);
        let books = *books.lock().unwrap();
        assert!(counts.balances(), "seed {seed}: {counts:?}");
        assert_eq!(counts.ended_sampled as usize, threads * each);
        assert_eq!((counts.queued, counts.in_flight), (0, 0));
        let theirs = (books.exported, books.failed);
        assert_eq!((counts.exported, counts.failed), theirs, "seed {seed}");
        total.exported += books.exported;
        total.failed += books.failed;
        total.panics += books.panics;
        total.hangs += books.hangs;
    }
    let rounds = sized(3, 20);
    tell(format_args!(
        "{threads} threads, {each} spans each, {rounds} seeds: {total:?}"
    ));
}

/// Threads that live for a hundred spans lose none, and leave nothing behind.
#[test]
fn short_threads_lose_nothing() {
    let threads = sized(100, 1_000);
    let exported = Arc::new(AtomicUsize::new(0));
    let config = BatchConfig::default().max_queue_size(threads * 100 + 2048);
    let provider = batching(Counting(Arc::clone(&exported)), config);
    let start = Instant::now();
    for _ in 0..threads / 10 {
        thread::scope(|scope| {
            for _ in 0..10 {
                scope.spawn(|| end_spans(&provider, 100));
            }
        });
    }
    let took = start.elapsed();
    assert!(provider.shutdown(PATIENCE).unwrap().is_empty());
    assert_eq!(exported.load(Relaxed), threads * 100);
    assert_eq!(counts(&provider).exported as usize, threads * 100);
    tell(format_args!(
        "{threads} threads, 100 spans each, in {took:?}"
    ));
}

fn ends(provider: &TracerProvider, spans: usize) -> Vec<Duration> {
    let tracer = provider.tracer("test");
    let one = || {
        let span = tracer.start("span");
        let start = Instant::now();
        span.end();
        start.elapsed()
    };
    (0..spans).map(|_| one()).collect()
}

/// With the queue full and the exporter hung, ending a span is as quick as ever.
#[test]
fn a_full_queue_is_quick_to_say_no() {
    let gate = Gate::shut();
    let (probe, _) = Probe::behind(&gate);
    let provider = batching(probe, BatchConfig::default().schedule_delay(NEVER));
    end_spans(&provider, 512);
    gate.until_reached();
    end_spans(&provider, 4096);
    let full = AtomicU64::new(counts(&provider).dropped.queue_full);
    let spans = sized(10_000, 1_000_000);
    let mut took = ends(&provider, spans);
    let dropped = counts(&provider).dropped.queue_full - full.load(Relaxed);
    assert_eq!(dropped as usize, spans, "every one was refused");
    took.sort_unstable();
    let rank = |per_mille: usize| took[(spans - 1) * per_mille / 1000];
    let (median, high, most) = (rank(500), rank(999), rank(1000));
    tell(format_args!(
        "end() refused {spans} times: median {median:?}, p99.9 {high:?}, most {most:?}"
    ));
    if is_full() {
        assert!(high <= Duration::from_micros(5), "p99.9 {high:?}");
    }
    gate.open();
}

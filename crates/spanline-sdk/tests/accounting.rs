//! Every sampled span that ends is counted exactly once: exported, failed, rejected, or dropped for
//! a named reason.
//!
//! `ended = exported + failed + rejected + dropped + queued + in flight`, exactly, whenever nothing
//! moves. The exporter keeps books of its own here, so that the law cannot hold by construction.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use spanline_core::export::{Batch, ExportError, Exported, SpanExporter};
use spanline_core::{Deadline, Span, TracerProvider};
use spanline_sdk::processor::{BatchConfig, BatchSpanProcessor};
use spanline_sdk::provider::TracerProviderBuilder;
use spanline_sdk::sampler::{Sampler, SamplingDecision, SamplingInput, SamplingResult};
use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use support::{Gate, NEVER, PATIENCE, Probe, batching, counts, end_spans};

/// Ends so many spans on each of so many threads at once.
fn crowd(provider: &TracerProvider, threads: usize, spans: usize) {
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| end_spans(provider, spans));
        }
    });
}

/// An exporter slower than the program loses spans, and says how many ("Batching processor":
/// after `maxQueueSize` is reached spans are dropped).
#[test]
fn a_slow_exporter_loses_what_it_says() {
    let never = Gate::shut();
    let (probe, seen) = Probe::new(move |_, _| {
        never.pass_until(Deadline::after(Duration::from_millis(20)));
        Ok(Exported::ALL)
    });
    let provider = batching(probe, BatchConfig::default());
    crowd(&provider, 4, 10_000);
    let losses = provider.shutdown(PATIENCE).unwrap();
    let counts = counts(&provider);
    let exported = seen.read(|seen| seen.spans()) as u64;
    assert_eq!(counts.ended_sampled, 40_000);
    assert_eq!(counts.exported, exported);
    assert_eq!(counts.dropped.queue_full, 40_000 - exported);
    assert_eq!(losses.dropped.queue_full, 40_000 - exported);
    assert_eq!(losses.total(), 40_000 - exported);
    assert!(exported >= 2048, "at least what the queue held: {exported}");
    assert!(provider.stats().balances());
}

/// What an exporter says it did, added up by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Books {
    exported: u64,
    failed: u64,
    rejected: u64,
    oversize: u64,
    encode_error: u64,
}

/// Small steps of a generator whose seed is the whole test case.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// Takes, refuses, fails or panics as the dice say, and keeps books.
fn erratic(seed: u64, books: Arc<Mutex<Books>>) -> Probe {
    let mut dice = Dice(seed * 2 + 1);
    let (probe, _) = Probe::new(move |batch, _| {
        let spans = batch.len() as u64;
        let some = dice.roll(spans + 1);
        let mut books = books.lock().unwrap();
        match dice.roll(6) {
            0 => {
                books.failed += spans;
                Err(ExportError::other("the dice say no"))
            }
            1 => {
                books.rejected += some;
                books.exported += spans - some;
                Ok(Exported::rejected(some))
            }
            2 => {
                books.oversize += some;
                books.encode_error += spans - some;
                // More than there are: an exporter that cannot count does not break the law.
                Ok(Exported::rejected(7)
                    .with_oversize(some)
                    .with_encode_error(spans))
            }
            3 => {
                books.failed += spans;
                drop(books);
                panic!("the dice say panic");
            }
            _ => {
                books.exported += spans;
                Ok(Exported::ALL)
            }
        }
    });
    probe
}

/// Whatever exporters answer, every span is in exactly one count ("Export(batch)" returns success
/// or failure; a partial success names the rejected spans).
#[test]
fn the_law_holds_whatever_the_exporter_does() {
    for seed in 1..=8 {
        let books = Arc::new(Mutex::new(Books::default()));
        let config = BatchConfig::default()
            .max_queue_size(256)
            .max_export_batch_size(64);
        let provider = batching(erratic(seed, Arc::clone(&books)), config);
        thread::scope(|scope| {
            scope.spawn(|| crowd(&provider, 16, 500));
            for _ in 0..10 {
                let _ = provider.force_flush(PATIENCE);
            }
        });
        let losses = match provider.shutdown(PATIENCE) {
            Ok(losses) => losses,
            Err(error) => error.loss().unwrap(),
        };
        let counts = counts(&provider);
        let told = Books {
            exported: counts.exported,
            failed: counts.failed,
            rejected: counts.rejected,
            oversize: counts.dropped.oversize,
            encode_error: counts.dropped.encode_error,
        };
        assert_eq!(told, *books.lock().unwrap(), "seed {seed}");
        assert_eq!(counts.ended_sampled, 8_000, "seed {seed}");
        assert_eq!(counts.queued + counts.in_flight, 0, "seed {seed}");
        assert_eq!(losses.total(), 8_000 - counts.exported, "seed {seed}");
        assert!(counts.balances(), "seed {seed}: {counts:?}");
    }
}

/// Behind a shut gate the queue takes exactly its size, and each span beyond it is counted
/// ("Batching processor": `maxQueueSize`).
#[test]
fn drops_are_counted_exactly() {
    let gate = Gate::shut();
    let (probe, seen) = Probe::behind(&gate);
    let provider = batching(probe, BatchConfig::default().schedule_delay(NEVER));
    end_spans(&provider, 512);
    gate.until_reached();
    assert_eq!(counts(&provider).in_flight, 512);
    end_spans(&provider, 100_000 - 512);
    let full = counts(&provider);
    assert_eq!(full.in_flight, 512);
    assert_eq!(full.queued, 2048);
    assert_eq!(full.dropped.queue_full, 100_000 - 512 - 2048);
    assert!(full.balances());
    gate.open();
    let losses = provider.shutdown(PATIENCE).unwrap();
    assert_eq!(losses.total(), full.dropped.queue_full);
    assert_eq!(counts(&provider).exported, 512 + 2048);
    assert_eq!(seen.read(|seen| seen.spans()), 512 + 2048);
}

/// Writes down what batches say of spans that are not in them, and waits at the gate.
struct Listener {
    gate: Gate,
    told: Arc<Mutex<Vec<u64>>>,
}

impl SpanExporter for Listener {
    fn export(&mut self, batch: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        self.told.lock().unwrap().push(batch.queue_dropped());
        self.gate.pass();
        Ok(Exported::ALL)
    }
}

#[test]
fn a_batch_says_what_the_queue_had_no_room_for() {
    let gate = Gate::shut();
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = Listener {
        gate: gate.clone(),
        told: Arc::clone(&told),
    };
    let config = BatchConfig::default()
        .max_queue_size(4)
        .max_export_batch_size(2)
        .schedule_delay(NEVER);
    let provider = batching(listener, config);
    end_spans(&provider, 2);
    gate.until_reached();
    end_spans(&provider, 4 + 3);
    assert_eq!(counts(&provider).dropped.queue_full, 3);
    gate.open();
    provider.shutdown(PATIENCE).unwrap();
    assert_eq!(*told.lock().unwrap(), [0, 3, 3]);
}

/// While spans end, live counts never claim more outcomes than a span can have: the law holds at
/// rest, and reading it disturbs nobody.
#[test]
fn counts_can_be_read_at_any_time() {
    let (probe, _) = Probe::willing();
    let provider = batching(probe, BatchConfig::default());
    thread::scope(|scope| {
        let work = scope.spawn(|| crowd(&provider, 4, 3_000));
        while !work.is_finished() {
            let now = counts(&provider);
            assert!(now.ended_sampled <= 12_000);
            assert!(now.exported <= 12_000);
            assert!(now.queued <= 2048);
        }
    });
    provider.force_flush(PATIENCE).unwrap();
    assert!(provider.stats().balances());
    assert_eq!(counts(&provider).ended_sampled, 12_000);
}

/// Decides by the span's name.
struct ByName;

impl Sampler for ByName {
    fn should_sample(&self, input: &SamplingInput<'_>) -> SamplingResult {
        match input.name() {
            "drop" => SamplingDecision::Drop,
            "record" => SamplingDecision::RecordOnly,
            _ => SamplingDecision::RecordAndSample,
        }
        .into()
    }

    fn description(&self) -> Cow<'_, str> {
        "ByName".into()
    }
}

fn by_name(probe: Probe) -> TracerProvider {
    TracerProviderBuilder::new()
        .sampler(ByName)
        .processor(BatchSpanProcessor::new(probe, BatchConfig::default()).unwrap())
        .build()
        .unwrap()
}

/// Exporters get spans whose sampled flag is set, and no others ("Recording Sampled reaction
/// table"; "Built-in span processors" pass on only sampled spans).
#[test]
fn only_sampled_spans_are_exported() {
    let (probe, seen) = Probe::willing();
    let provider = by_name(probe);
    let tracer = provider.tracer("test");
    for name in ["drop", "record", "keep", "record", "drop", "keep", "drop"] {
        tracer.start(name).end();
    }
    provider.force_flush(PATIENCE).unwrap();
    seen.read(|seen| assert_eq!(seen.names().collect::<Vec<_>>(), ["keep", "keep"]));
    let stats = provider.stats();
    assert_eq!(stats.started.dropped, 3);
    assert_eq!(stats.started.record_only, 2);
    assert_eq!(stats.started.sampled, 2);
    assert_eq!(stats.live, 0);
    assert_eq!(stats.processors[0].ended_sampled, 2);
    assert!(stats.balances());
}

/// A span that the program throws away is not exported, and not forgotten either.
#[test]
fn discarded_spans_are_counted() {
    let (probe, seen) = Probe::willing();
    let provider = by_name(probe);
    let tracer = provider.tracer("test");
    tracer.start("thrown away").discard();
    tracer.start("record").discard();
    tracer.start("drop").discard();
    tracer.start("kept").end();
    let losses = provider.force_flush(PATIENCE).unwrap();
    assert_eq!(losses.dropped.discarded, 1);
    assert_eq!(losses.total(), 1);
    seen.read(|seen| assert_eq!(seen.names().collect::<Vec<_>>(), ["kept"]));
    let counts = counts(&provider);
    assert_eq!((counts.ended_sampled, counts.exported), (2, 1));
    assert!(counts.balances());
}

/// Spans that record and have not ended are alive; the others never were.
#[test]
fn live_spans_are_those_that_record() {
    let (probe, _) = Probe::willing();
    let provider = by_name(probe);
    let tracer = provider.tracer("test");
    let mut open: Vec<Span> = (0..5).map(|_| tracer.start("keep")).collect();
    open.push(tracer.start("record"));
    let unsampled = tracer.start("drop");
    assert_eq!(provider.stats().live, 6);
    drop(unsampled);
    open.pop();
    open.pop().unwrap().discard();
    assert_eq!(provider.stats().live, 4);
    // Ended on another thread than it was started on.
    thread::spawn(move || drop(open)).join().unwrap();
    assert_eq!(provider.stats().live, 0);
    assert_eq!(counts(&provider).ended_sampled, 5);
}

/// A span larger than the queue can ever take is dropped as oversize, not as if there were no room.
#[test]
fn a_span_that_never_fits_is_oversize() {
    let (probe, seen) = Probe::willing();
    let config = BatchConfig::default().max_queue_bytes(64 * 1024);
    let provider = batching(probe, config);
    let tracer = provider.tracer("test");
    let mut large = tracer.start("large");
    large.set_attribute("text", "x".repeat(8 * 1024).as_str());
    large.end();
    tracer.start("small").end();
    let losses = provider.shutdown(PATIENCE).unwrap();
    assert_eq!(losses.dropped.oversize, 1);
    assert_eq!(losses.total(), 1);
    seen.read(|seen| assert_eq!(seen.names().collect::<Vec<_>>(), ["small"]));
    assert!(provider.stats().balances());
}

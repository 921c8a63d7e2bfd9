//! A flush covers what ended before it, no matter what goes on meanwhile.
//!
//! OpenTelemetry specification, "Span processor", "ForceFlush()": tasks for spans that the
//! processor had received before the call should be completed, preferably before it returns.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use spanline_core::export::{Batch, ExportError, Exported, SpanExporter};
use spanline_core::{Deadline, FlushError, ShutdownError, TracerProvider};
use spanline_sdk::processor::{BatchConfig, BatchSpanProcessor, SimpleSpanProcessor};
use spanline_sdk::provider::TracerProviderBuilder;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::thread;
use support::{NEVER, PATIENCE, Probe, Watched, batching, counts, end_spans, in_time};

const PRODUCERS: usize = 4;

/// Counts what was exported of each producer.
struct PerProducer(Arc<[AtomicUsize; PRODUCERS]>);

impl SpanExporter for PerProducer {
    fn export(&mut self, batch: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        for span in batch {
            let number = usize::from(span.name().as_bytes()[0] - b'0');
            self.0[number].fetch_add(1, Ordering::Relaxed);
        }
        Ok(Exported::ALL)
    }
}

/// Four producers go on while others flush; each flush covers what each of them had ended before.
#[test]
fn what_ended_before_is_covered() {
    let full = std::env::var("STRESS").is_ok_and(|wanted| wanted == "full");
    let rounds = if full { 10_000 } else { 300 };
    /// Spans of one producer that may end in one round, before or during its flush.
    const EACH: usize = 100;
    let exported = Arc::new(<[AtomicUsize; PRODUCERS]>::default());
    let provider = batching(
        PerProducer(Arc::clone(&exported)),
        BatchConfig::default().schedule_delay(NEVER),
    );
    let ended = <[AtomicUsize; PRODUCERS]>::default();
    let allowed = AtomicUsize::new(0);
    thread::scope(|scope| {
        for (number, ended) in ended.iter().enumerate() {
            let (provider, allowed) = (&provider, &allowed);
            scope.spawn(move || {
                let tracer = provider.tracer("test");
                let mut mine = 0;
                while mine < rounds * EACH {
                    if mine == allowed.load(Ordering::Relaxed) {
                        thread::yield_now();
                        continue;
                    }
                    tracer.start(["0", "1", "2", "3"][number]).end();
                    mine += 1;
                    // Release: pairs with the Acquire before the flush.
                    ended.store(mine, Ordering::Release);
                }
            });
        }
        for round in 1..=rounds {
            allowed.store(round * EACH, Ordering::Relaxed);
            thread::yield_now();
            let before = ended.each_ref().map(|ended| ended.load(Ordering::Acquire));
            assert!(provider.force_flush(PATIENCE).unwrap().is_empty());
            for (before, exported) in before.into_iter().zip(&*exported) {
                assert!(exported.load(Ordering::Relaxed) >= before, "round {round}");
            }
            while ended
                .iter()
                .any(|ended| ended.load(Ordering::Relaxed) < round * EACH)
            {
                thread::yield_now();
            }
        }
    });
    assert!(provider.shutdown(PATIENCE).unwrap().is_empty());
    assert!(provider.stats().balances());
    assert_eq!(
        counts(&provider).exported,
        (PRODUCERS * rounds * EACH) as u64
    );
}

/// Many may flush at once; each gets its answer.
#[test]
fn concurrent_flushes_all_return() {
    let (probe, seen) = Probe::willing();
    let provider = batching(probe, BatchConfig::default().schedule_delay(NEVER));
    let crowd: Vec<_> = (0..32)
        .map(|_| {
            let provider = provider.clone();
            thread::spawn(move || {
                for _ in 0..20 {
                    end_spans(&provider, 3);
                    provider.force_flush(Deadline::NEVER).unwrap();
                }
            })
        })
        .collect();
    in_time(move || crowd.into_iter().for_each(|one| one.join().unwrap()));
    assert_eq!(counts(&provider).exported, 32 * 20 * 3);
    seen.read(|seen| assert_eq!(seen.flushes, 32 * 20));
}

/// A flush of an empty pipeline exports nothing, and flushes the exporter.
#[test]
fn nothing_to_flush_is_fine() {
    let (probe, seen) = Probe::willing();
    let provider = batching(probe, BatchConfig::default());
    assert!(provider.force_flush(PATIENCE).unwrap().is_empty());
    seen.read(|seen| assert_eq!((seen.batches.len(), seen.flushes), (0, 1)));
}

/// After shutdown there is nothing to flush any more.
#[test]
fn after_shutdown_it_is_an_error() {
    let (probe, _) = Probe::willing();
    let provider = batching(probe, BatchConfig::default());
    provider.shutdown(PATIENCE).unwrap();
    let flushed = provider.force_flush(PATIENCE);
    assert_eq!(flushed, Err(FlushError::AlreadyShutDown));
}

/// What an exporter heard when it asked its own provider.
#[derive(Debug, Default)]
struct Heard {
    flushes: Vec<bool>,
    shutdowns: Vec<bool>,
    dropped: bool,
}

/// Asks its own provider for a flush or a shutdown, from every call.
struct Introvert {
    provider: Arc<OnceLock<TracerProvider>>,
    heard: Arc<Watched<Heard>>,
    shuts_down: bool,
}

impl Introvert {
    fn ask(&self) {
        let provider = self.provider.get().unwrap();
        let flushed = provider.force_flush(Deadline::NEVER);
        let refused = !matches!(flushed, Err(FlushError::DeadlinePassed { .. }) | Ok(_));
        self.heard.change(|heard| heard.flushes.push(refused));
        if self.shuts_down {
            let ended = provider.shutdown(Deadline::NEVER);
            let refused = !matches!(ended, Err(ShutdownError::DeadlinePassed(_)) | Ok(_));
            self.heard.change(|heard| heard.shutdowns.push(refused));
        }
    }
}

impl SpanExporter for Introvert {
    fn export(&mut self, _: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        self.ask();
        Ok(Exported::ALL)
    }

    fn force_flush(&mut self, _: Deadline) -> Result<(), ExportError> {
        self.ask();
        Ok(())
    }

    fn shutdown(&mut self, _: Deadline) -> Result<(), ExportError> {
        self.ask();
        Ok(())
    }
}

impl Drop for Introvert {
    fn drop(&mut self) {
        self.heard.change(|heard| heard.dropped = true);
    }
}

/// Every pipeline around an exporter that asks its own provider.
fn introverts(shuts_down: bool) -> impl Iterator<Item = (TracerProvider, Arc<Watched<Heard>>)> {
    (0..3).map(move |shape| {
        let provider = Arc::new(OnceLock::new());
        let heard = Arc::new(Watched::<Heard>::default());
        let exporter = Introvert {
            provider: Arc::clone(&provider),
            heard: Arc::clone(&heard),
            shuts_down,
        };
        let batch = |exporter| BatchSpanProcessor::new(exporter, BatchConfig::default()).unwrap();
        let builder = TracerProviderBuilder::new();
        let builder = match shape {
            0 => builder.processor(batch(exporter)),
            1 => builder.processor(SimpleSpanProcessor::new(exporter)),
            _ => {
                let (probe, _) = Probe::willing();
                let beside = BatchSpanProcessor::new(probe, BatchConfig::default()).unwrap();
                builder.processor(beside).processor(batch(exporter))
            }
        };
        let built = builder.build().unwrap();
        provider.set(built.clone()).unwrap();
        (built, heard)
    })
}

/// An exporter that flushes its own provider would wait for itself: it gets an error instead.
#[test]
fn from_inside_an_exporter_it_is_an_error() {
    for (provider, heard) in introverts(false) {
        in_time(move || {
            end_spans(&provider, 2);
            provider.force_flush(Deadline::NEVER).unwrap();
            provider.shutdown(Deadline::NEVER).unwrap();
            assert!(provider.stats().balances());
        });
        heard.read(|heard| {
            assert!(heard.flushes.len() >= 3, "{heard:?}");
            assert!(heard.flushes.iter().all(|refused| *refused), "{heard:?}");
        });
    }
}

/// An exporter that shuts its own provider down does not wait for itself either, and the pipeline
/// ends.
#[test]
fn so_is_a_shutdown() {
    for (provider, heard) in introverts(true) {
        let ending = provider.clone();
        in_time(move || {
            end_spans(&ending, 1);
            let _ = ending.force_flush(Deadline::NEVER);
            let _ = ending.shutdown(Deadline::NEVER);
            assert!(!ending.tracer("test").enabled());
        });
        heard.until("it was refused", |heard| !heard.shutdowns.is_empty());
        heard.read(|heard| assert!(heard.shutdowns.iter().all(|refused| *refused)));
        assert!(provider.stats().balances());
    }
}

/// Lets another thread fill the queue during each export.
struct Refilled {
    fill: Sender<()>,
    is_full: Receiver<()>,
}

impl SpanExporter for Refilled {
    fn export(&mut self, _: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        if self.fill.send(()).is_ok() {
            let _ = self.is_full.recv();
        }
        Ok(Exported::ALL)
    }
}

/// However busy one thread is, another one's span has its turn, and a flush its end.
#[test]
fn a_flush_ends_while_another_thread_keeps_the_queue_full() {
    const QUEUE: usize = 64;
    let (fill, asked) = mpsc::channel();
    let (filled, is_full) = mpsc::channel();
    let (give_room, room) = mpsc::channel();
    let (took_it, taken) = mpsc::channel();
    let config = BatchConfig::default()
        .max_queue_size(QUEUE)
        .max_export_batch_size(QUEUE / 8)
        .schedule_delay(NEVER);
    let provider = batching(Refilled { fill, is_full }, config);
    thread::scope(|scope| {
        let busy = provider.clone();
        scope.spawn(move || {
            // More than fits, so that there always is another batch.
            end_spans(&busy, 2 * QUEUE);
            for exports in 1.. {
                if asked.recv().is_err() {
                    return;
                }
                if exports == 3 {
                    give_room.send(()).unwrap();
                    taken.recv().unwrap();
                }
                end_spans(&busy, 2 * QUEUE);
                let _ = filled.send(());
            }
        });
        room.recv().unwrap();
        end_spans(&provider, 1);
        took_it.send(()).unwrap();
        let flushed = provider.force_flush(PATIENCE);
        // Closed, nobody can fill it any more: so this ends, and the other thread with it.
        let ended = provider.shutdown(PATIENCE);
        assert!(flushed.is_ok() && ended.is_ok(), "{flushed:?}, {ended:?}");
    });
}

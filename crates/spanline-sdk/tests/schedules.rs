//! The whole batch processor under random schedules: real code, a fake exporter, and a scheduler
//! that chooses at every step which thread goes on (`cargo xtask shuttle`).
//!
//! Empty without `cfg(shuttle)`. Each test is a story of two to four threads. Whatever the schedule,
//! every flush and every shutdown returns (or the run is a deadlock, which fails), every span is
//! counted once, what the exporter saw is what the counts say, and the exporter is shut down once
//! and let go of. `SCHEDULES` says how many schedules each story gets, `SCHEDULER` which kind:
//! `random`, or `pct` with at most three decisive pre-emptions.
#![cfg(shuttle)]
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, Runner, thread};
use spanline_core::diagnostics::{self, Diagnostic};
use spanline_core::export::{Batch, ExportError, Exported, SpanExporter};
use spanline_core::id::{SpanId, TraceId};
use spanline_core::kind::SpanKind;
use spanline_core::record::{Parent, Record, SpanLimits, Start};
use spanline_core::scope::ScopeId;
use spanline_core::span_context::SpanContext;
use spanline_core::trace_flags::TraceFlags;
use spanline_core::view::{SpanView, Timeline};
use spanline_core::{Deadline, FlushError, ProcessorStats, Resource, ShutdownError};
use spanline_sdk::processor::{BatchConfig, BatchSpanProcessor, SpanProcessor};
use spanline_sdk::provider::TracerProviderBuilder;
use spanline_sdk::scheduled;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

/// Runs a story under as many schedules as the environment asks for.
fn explore(story: impl Fn() + Send + Sync + 'static) {
    let number = |key, default| {
        let text = std::env::var(key);
        text.map_or(default, |text| text.parse().unwrap())
    };
    let schedules = number("SCHEDULES", 1000);
    let seed = number("SCHEDULE_SEED", 1) as u64;
    // One line per trouble of each of so many pipelines would be all there is to read.
    diagnostics::set_handler(|_: &Diagnostic<'_>| {});
    let mut config = Config::new();
    config.stack_size = 1 << 18;
    let story = move || {
        scheduled::begin();
        story();
    };
    if std::env::var("SCHEDULER").is_ok_and(|name| name == "pct") {
        Runner::new(PctScheduler::new_from_seed(seed, 3, schedules), config).run(story);
    } else {
        Runner::new(RandomScheduler::new_from_seed(seed, schedules), config).run(story);
    }
}

/// What an exporter saw. Plain atomics: looking at them is no step of the schedule.
#[derive(Default)]
struct Seen {
    exported: AtomicU64,
    inside: AtomicBool,
    shutdowns: AtomicU64,
    dropped: AtomicBool,
}

/// An exporter that does what the story wants.
struct Fake {
    seen: Arc<Seen>,
    reply: Box<dyn FnMut(Deadline) -> Result<Exported, ExportError> + Send>,
}

impl SpanExporter for Fake {
    fn export(&mut self, batch: Batch<'_>, deadline: Deadline) -> Result<Exported, ExportError> {
        assert!(!self.seen.inside.swap(true, Relaxed), "two calls at once");
        thread::yield_now();
        let spans = batch.iter().filter(|span| span.name() == "span").count() as u64;
        assert_eq!(spans, batch.len() as u64, "a record is damaged");
        self.seen.inside.store(false, Relaxed);
        let reply = (self.reply)(deadline);
        if reply.is_ok() {
            self.seen.exported.fetch_add(spans, Relaxed);
        }
        reply
    }

    fn shutdown(&mut self, _: Deadline) -> Result<(), ExportError> {
        self.seen.shutdowns.fetch_add(1, Relaxed);
        Ok(())
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.seen.dropped.store(true, Relaxed);
    }
}

/// A processor with room for four spans, which go out in twos.
struct Stage {
    processor: Arc<BatchSpanProcessor>,
    seen: Arc<Seen>,
}

fn small() -> BatchConfig {
    BatchConfig::default()
        .max_queue_size(4)
        .max_queue_bytes(16 << 10)
        .max_export_batch_size(2)
        .schedule_delay(HOUR)
        .export_timeout(Duration::ZERO)
}

impl Stage {
    fn willing(config: BatchConfig) -> Stage {
        Stage::new(config, |_| Ok(Exported::ALL))
    }

    fn new(
        config: BatchConfig,
        reply: impl FnMut(Deadline) -> Result<Exported, ExportError> + Send + 'static,
    ) -> Stage {
        let seen = Arc::new(Seen::default());
        let fake = Fake {
            seen: Arc::clone(&seen),
            reply: Box::new(reply),
        };
        Stage {
            processor: Arc::new(BatchSpanProcessor::new(fake, config).unwrap()),
            seen,
        }
    }

    fn with<R: Send + 'static>(
        &self,
        work: impl FnOnce(&BatchSpanProcessor) -> R + Send + 'static,
    ) -> thread::JoinHandle<R> {
        let processor = Arc::clone(&self.processor);
        thread::spawn(move || work(&processor))
    }

    fn counts(&self) -> ProcessorStats {
        self.processor.stats().unwrap()
    }

    /// The story is over: ends what is still open, and looks at the books.
    fn close(self, ended: u64) -> ProcessorStats {
        match self.processor.shutdown(Deadline::NEVER) {
            Ok(_) | Err(ShutdownError::AlreadyShutDown) => {}
            other => panic!("{other:?}"),
        }
        let counts = self.counts();
        self.check(ended, &counts);
        counts
    }

    fn check(&self, ended: u64, counts: &ProcessorStats) {
        assert!(counts.balances(), "{counts:?}");
        assert_eq!(counts.ended_sampled, ended, "{counts:?}");
        assert_eq!((counts.queued, counts.in_flight), (0, 0), "{counts:?}");
        assert_eq!(counts.exported, self.seen.exported.load(Relaxed));
        assert_eq!(self.seen.shutdowns.load(Relaxed), 1);
        assert!(self.seen.dropped.load(Relaxed), "the exporter was kept");
    }
}

/// A sealed record, made once: no scheduler has to see that.
fn record() -> &'static [u8] {
    static RECORD: OnceLock<Vec<u8>> = OnceLock::new();
    RECORD.get_or_init(sealed)
}

fn sealed() -> Vec<u8> {
    let ids = (TraceId::from_u128(1), SpanId::from_u64(2));
    let (Some(trace), Some(span)) = ids else {
        panic!("neither is zero");
    };
    let mut record = Record::default();
    record.begin("span", &SpanLimits::default());
    record.identify(Start {
        context: &SpanContext::new(trace, span, TraceFlags::SAMPLED),
        parent: Parent::of(&SpanContext::INVALID),
        scope: ScopeId::UNNAMED,
        kind: SpanKind::Internal,
        ticks: 1,
        explicit: None,
    });
    record.end(2);
    record.seal().to_vec()
}

fn end(processor: &BatchSpanProcessor, spans: usize) {
    let nobody = Resource::empty();
    for _ in 0..spans {
        processor.on_end(SpanView::new(record(), &Timeline::UNIX, &nobody).unwrap());
    }
}

fn is_over<T>(outcome: &Result<T, FlushError>) -> bool {
    matches!(outcome, Ok(_) | Err(FlushError::AlreadyShutDown))
}

#[test]
fn spans_end_while_a_flush_runs() {
    explore(|| {
        // Room for all, whatever credits are being carried from one shard to another.
        let stage = Stage::willing(small().max_queue_size(16));
        end(&stage.processor, 1);
        let ending = [stage.with(|it| end(it, 2)), stage.with(|it| end(it, 1))];
        stage.processor.force_flush(Deadline::NEVER).unwrap();
        assert!(
            stage.seen.exported.load(Relaxed) >= 1,
            "ended before the flush"
        );
        ending.into_iter().for_each(|one| one.join().unwrap());
        let counts = stage.close(4);
        assert_eq!(counts.exported, 4, "{counts:?}");
    });
}

#[test]
fn spans_end_while_a_shutdown_runs() {
    explore(|| {
        let stage = Stage::willing(small().schedule_delay(Duration::ZERO));
        end(&stage.processor, 1);
        let ending = [stage.with(|it| end(it, 2)), stage.with(|it| end(it, 2))];
        let losses = stage.processor.shutdown(Deadline::NEVER).unwrap();
        assert_eq!(losses.dropped.abandoned, 0);
        ending.into_iter().for_each(|one| one.join().unwrap());
        let counts = stage.counts();
        let late = counts.dropped.after_shutdown + counts.dropped.queue_full;
        assert_eq!(counts.exported + late, 5, "{counts:?}");
        stage.check(5, &counts);
    });
}

#[test]
fn flushes_meet() {
    explore(|| {
        let stage = Stage::willing(small());
        end(&stage.processor, 1);
        let flush = |it: &BatchSpanProcessor| {
            end(it, 1);
            it.force_flush(Deadline::NEVER).unwrap();
        };
        let others = [stage.with(flush), stage.with(flush)];
        stage.processor.force_flush(Deadline::NEVER).unwrap();
        others.into_iter().for_each(|one| one.join().unwrap());
        assert_eq!(stage.seen.exported.load(Relaxed), 3, "all were flushed");
        stage.close(3);
    });
}

#[test]
fn shutdowns_meet() {
    explore(|| {
        let stage = Stage::willing(small());
        end(&stage.processor, 2);
        let down = |it: &BatchSpanProcessor| it.shutdown(Deadline::NEVER);
        let others = [stage.with(down), stage.with(down)];
        let mut outcomes = vec![stage.processor.shutdown(Deadline::NEVER)];
        outcomes.extend(others.map(|one| one.join().unwrap()));
        let well = |one: &Result<_, _>| matches!(one, Ok(_) | Err(ShutdownError::AlreadyShutDown));
        assert!(outcomes.iter().all(well), "{outcomes:?}");
        assert!(outcomes.iter().any(Result::is_ok), "{outcomes:?}");
        let counts = stage.close(2);
        assert_eq!(counts.exported, 2);
    });
}

#[test]
fn flushes_meet_a_shutdown() {
    explore(|| {
        let stage = Stage::willing(small());
        end(&stage.processor, 2);
        let flush = |it: &BatchSpanProcessor| it.force_flush(Deadline::NEVER);
        let others = [stage.with(flush), stage.with(flush)];
        stage.processor.shutdown(Deadline::NEVER).unwrap();
        for other in others {
            let outcome = other.join().unwrap();
            assert!(is_over(&outcome), "{outcome:?}");
        }
        let counts = stage.close(2);
        assert_eq!(counts.exported, 2);
    });
}

#[test]
fn an_exporter_panics_while_others_flush() {
    explore(|| {
        let mut batches = 0;
        let stage = Stage::new(small(), move |_| {
            batches += 1;
            if batches == 1 {
                // Past the hook, which would print.
                std::panic::resume_unwind(Box::new("the exporter has had enough"));
            }
            Ok(Exported::ALL)
        });
        end(&stage.processor, 1);
        let ending = stage.with(|it| end(it, 2));
        let other = stage.with(|it| it.force_flush(Deadline::NEVER));
        let outcomes = [
            stage.processor.force_flush(Deadline::NEVER),
            other.join().unwrap(),
        ];
        let told = |one: &Result<_, _>| matches!(one, Ok(()) | Err(FlushError::Exporter(_)));
        assert!(outcomes.iter().all(told), "{outcomes:?}");
        ending.join().unwrap();
        let counts = stage.close(3);
        assert!((1..=2).contains(&counts.failed), "one batch: {counts:?}");
        assert_eq!(counts.exported + counts.failed, 3, "{counts:?}");
    });
}

#[test]
fn a_full_queue_meets_its_worker() {
    explore(|| {
        let stage = Stage::willing(small().max_queue_size(2).max_export_batch_size(1));
        let ending = [stage.with(|it| end(it, 4)), stage.with(|it| end(it, 4))];
        ending.into_iter().for_each(|one| one.join().unwrap());
        // Nobody flushes: a full queue alone must wake the worker.
        let counts = stage.close(8);
        let full = counts.dropped.queue_full;
        assert_eq!(counts.exported + full, 8, "{counts:?}");
        assert!(counts.exported >= 2, "{counts:?}");
    });
}

/// A full queue is worked off without anybody asking for it: the wake-up alone does it.
#[test]
fn a_full_batch_wakes_the_worker() {
    explore(|| {
        let stage = Stage::willing(small().max_export_batch_size(1));
        let ending = [stage.with(|it| end(it, 1)), stage.with(|it| end(it, 1))];
        ending.into_iter().for_each(|one| one.join().unwrap());
        while stage.seen.exported.load(Relaxed) < 2 {
            thread::yield_now();
        }
        stage.close(2);
    });
}

#[test]
fn an_exporter_hangs_until_its_deadline_while_a_shutdown_waits() {
    explore(|| {
        let stage = Stage::new(small(), |deadline| {
            scheduled::sleep_until(deadline.sooner(Deadline::after(HOUR)));
            Err(ExportError::DeadlinePassed)
        });
        end(&stage.processor, 2);
        let ending = stage.with(|it| end(it, 1));
        let time = thread::spawn(|| scheduled::advance(2 * HOUR));
        let outcome = stage.processor.shutdown(Deadline::after(HOUR));
        time.join().unwrap();
        ending.join().unwrap();
        match outcome {
            // In time after all, with the exporter's own complaint.
            Ok(losses) | Err(ShutdownError::Exporter(losses, _)) => {
                assert_eq!(losses.dropped.abandoned, 0);
            }
            Err(ShutdownError::DeadlinePassed(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
        let counts = stage.counts();
        assert!(
            counts.balances(),
            "while the worker may still be at it: {counts:?}"
        );
        assert_eq!((counts.queued, counts.in_flight), (0, 0), "{counts:?}");
        while !stage.seen.dropped.load(Relaxed) {
            thread::yield_now();
        }
        let counts = stage.counts();
        stage.check(3, &counts);
    });
}

/// A deadline that passes at any moment of a flush costs no span.
#[test]
fn a_flush_runs_out_of_time() {
    explore(|| {
        let stage = Stage::willing(small());
        end(&stage.processor, 3);
        let time = thread::spawn(|| scheduled::advance(2 * HOUR));
        let outcome = stage.processor.force_flush(Deadline::after(HOUR));
        let fine = matches!(outcome, Ok(()) | Err(FlushError::DeadlinePassed { .. }));
        assert!(fine, "{outcome:?}");
        time.join().unwrap();
        let counts = stage.close(3);
        assert_eq!(counts.exported, 3, "{counts:?}");
    });
}

/// Nobody shuts the processor down: its worker sends what is queued, lets go and leaves.
#[test]
fn the_last_handle_goes_while_spans_end() {
    explore(|| {
        let Stage { processor, seen } = Stage::willing(small());
        let other = Arc::clone(&processor);
        let ending = thread::spawn(move || end(&other, 2));
        end(&processor, 1);
        drop(processor);
        ending.join().unwrap();
        while !seen.dropped.load(Relaxed) {
            thread::yield_now();
        }
        assert_eq!(seen.exported.load(Relaxed), 3);
        assert_eq!(seen.shutdowns.load(Relaxed), 1);
    });
}

/// The same with a provider around it, which shuts down when its last handle goes. (Spans are ended
/// past its tracers: their boxes stay with the system's thread, which all runs share.)
#[test]
fn a_provider_goes_while_spans_end() {
    explore(|| {
        let stage = Stage::willing(small());
        let provider = TracerProviderBuilder::new()
            .resource(Resource::empty())
            .processor(Arc::clone(&stage.processor))
            .build()
            .unwrap();
        let ending = [stage.with(|it| end(it, 2)), stage.with(|it| end(it, 1))];
        drop(provider);
        let counts = stage.counts();
        assert_eq!(stage.seen.shutdowns.load(Relaxed), 1, "{counts:?}");
        ending.into_iter().for_each(|one| one.join().unwrap());
        let counts = stage.close(3);
        assert_eq!(counts.exported + counts.dropped.after_shutdown, 3);
    });
}

//! Flush and shutdown come back by the caller's deadline, whatever the exporter does, and say what
//! was left behind.
//!
//! OpenTelemetry specification, "ForceFlush" and "Shutdown": both should complete or abort within
//! some timeout; "Batching processor": the timeout comes before finishing.

mod support;

use spanline_core::export::{Batch, ExportError, Exported, SpanExporter};
use spanline_core::view::SpanView;
use spanline_core::{Deadline, FlushError, LossReport, ShutdownError};
use spanline_sdk::processor::{
    BatchConfig, BatchSpanProcessor, SimpleSpanProcessor, SpanProcessor,
};
use spanline_sdk::provider::TracerProviderBuilder;
use std::cell::RefCell;
use std::thread;
use std::time::Duration;
use support::{Gate, NEVER, PATIENCE, Probe, batching, counts, end_spans, in_time, timed};

const LIMIT: Duration = Duration::from_millis(250);

/// What a caller may measure on an idle machine.
const KEPT: Duration = Duration::from_millis(300);

/// What it may measure when the machine is busy with something else.
const BUSY: Duration = Duration::from_secs(5);

fn small() -> BatchConfig {
    BatchConfig::default()
        .max_queue_size(100)
        .max_export_batch_size(10)
        .schedule_delay(NEVER)
        .export_timeout(Duration::ZERO)
}

/// The middle one says what the code does, the longest one what the machine did besides.
fn assert_kept(mut took: Vec<Duration>) {
    took.sort();
    assert!(took[0] >= LIMIT, "came back too early: {took:?}");
    assert!(took[took.len() / 2] <= KEPT, "{took:?}");
    assert!(took.iter().all(|one| *one <= BUSY), "{took:?}");
}

/// Twenty pipelines whose exporters hang: each shutdown returns in time, and what was queued or in
/// flight is abandoned.
#[test]
fn a_hung_exporter_does_not_hold_up_the_shutdown() {
    let runs: Vec<_> = (0..20)
        .map(|_| {
            let gate = Gate::shut();
            let (probe, seen) = Probe::behind(&gate);
            let provider = batching(probe, small());
            end_spans(&provider, 10);
            gate.until_reached();
            end_spans(&provider, 30);
            (gate, seen, provider)
        })
        .collect();
    let took = runs.iter().map(|(gate, seen, provider)| {
        thread::scope(|scope| {
            let ending = scope.spawn(|| timed(|| provider.shutdown(LIMIT)));
            let (took, outcome) = ending.join().unwrap();
            let Err(ShutdownError::DeadlinePassed(losses)) = outcome else {
                panic!("{outcome:?}");
            };
            assert_eq!((losses.dropped.abandoned, losses.total()), (40, 40));
            // Spans that end now are late; the law holds while the exporter still hangs.
            end_spans(provider, 1);
            assert!(provider.stats().balances());
            // Released, the worker sends nothing more, ends its exporter and leaves.
            gate.open();
            seen.until("the worker has left", |seen| seen.dropped);
            // One span less if its producer was between reservation and last store just then.
            seen.read(|seen| {
                assert_eq!((seen.batches.len(), seen.shutdowns), (1, 1));
                assert!((9..=10).contains(&seen.spans()), "{:?}", seen.batches);
            });
            let counts = counts(provider);
            assert_eq!(counts.dropped.abandoned, 40);
            assert!(counts.balances(), "{counts:?}");
            took
        })
    });
    assert_kept(took.take(20).collect());
}

/// The same for a flush, which says how many spans it leaves, and leaves them to be sent.
#[test]
fn a_hung_exporter_does_not_hold_up_a_flush() {
    let gate = Gate::shut();
    let (probe, seen) = Probe::behind(&gate);
    let provider = batching(probe, small());
    end_spans(&provider, 10);
    gate.until_reached();
    end_spans(&provider, 30);
    let took = (0..5).map(|_| {
        let (took, outcome) = timed(|| provider.force_flush(LIMIT));
        assert_eq!(outcome, Err(FlushError::DeadlinePassed { unsent: 40 }));
        took
    });
    assert_kept(took.collect());
    gate.open();
    assert!(provider.shutdown(PATIENCE).unwrap().is_empty());
    seen.read(|seen| assert_eq!(seen.spans(), 40));
}

/// A batch that is on its way when a flush runs out of time has as long as any other: no flush,
/// however short, costs a span.
#[test]
fn a_short_flush_does_not_make_a_batch_fail() {
    let gate = Gate::shut();
    let behind = gate.clone();
    let (probe, _) = Probe::new(move |_, deadline| {
        // An exporter as they should be: it gives up at its deadline.
        if behind.pass_until(deadline) {
            Ok(Exported::ALL)
        } else {
            Err(ExportError::DeadlinePassed)
        }
    });
    let provider = batching(probe, BatchConfig::default().schedule_delay(NEVER));
    end_spans(&provider, 10);
    let (took, outcome) = timed(|| provider.force_flush(LIMIT));
    assert_eq!(outcome, Err(FlushError::DeadlinePassed { unsent: 10 }));
    assert_kept(vec![took]);
    gate.open();
    assert!(provider.shutdown(PATIENCE).unwrap().is_empty());
    assert_eq!(counts(&provider).exported, 10);
}

/// Hundreds of callers who want to flush a hung pipeline all come back: those who found no room on
/// the way to the worker as well.
#[test]
fn a_crowd_of_flushes_comes_back() {
    let gate = Gate::shut();
    let (probe, seen) = Probe::behind(&gate);
    let provider = batching(probe, small());
    end_spans(&provider, 10);
    gate.until_reached();
    let crowd: Vec<_> = (0..200)
        .map(|_| {
            let provider = provider.clone();
            thread::spawn(move || provider.force_flush(LIMIT))
        })
        .collect();
    in_time(move || {
        for one in crowd {
            let outcome = one.join().unwrap();
            assert_eq!(outcome, Err(FlushError::DeadlinePassed { unsent: 10 }));
        }
    });
    // There is no room for the shutdown either; it is heard all the same.
    let (_, outcome) = timed(|| provider.shutdown(LIMIT));
    let losses = outcome.unwrap_err().loss().unwrap();
    assert_eq!(losses.dropped.abandoned, 10);
    gate.open();
    seen.until("the worker has left", |seen| seen.dropped);
    assert!(provider.stats().balances());
}

/// A flush without a limit, under way when a shutdown gives the exporter up, comes back with it.
#[test]
fn a_flush_without_a_limit_ends_with_the_pipeline() {
    let gate = Gate::shut();
    let (probe, _) = Probe::behind(&gate);
    let provider = batching(probe, small());
    end_spans(&provider, 3);
    let flushing = provider.clone();
    let flush = thread::spawn(move || flushing.force_flush(Deadline::NEVER));
    gate.until_reached();
    let waiting = provider.clone();
    let second = thread::spawn(move || waiting.force_flush(Deadline::NEVER));
    assert!(provider.shutdown(LIMIT).is_err());
    gate.open();
    in_time(move || {
        let _ = flush.join().unwrap();
        let _ = second.join().unwrap();
    });
}

/// Hangs in its flush, or in its destructor.
struct Hangs {
    probe: Probe,
    in_flush: Gate,
    in_drop: Gate,
}

impl SpanExporter for Hangs {
    fn export(&mut self, batch: Batch<'_>, deadline: Deadline) -> Result<Exported, ExportError> {
        self.probe.export(batch, deadline)
    }

    fn force_flush(&mut self, _: Deadline) -> Result<(), ExportError> {
        self.in_flush.pass();
        Ok(())
    }

    fn twin(&self) -> Option<Box<dyn SpanExporter>> {
        Some(Box::new(Hangs {
            probe: Probe::willing().0,
            in_flush: self.in_flush.clone(),
            in_drop: self.in_drop.clone(),
        }))
    }
}

impl Drop for Hangs {
    fn drop(&mut self) {
        self.in_drop.pass();
    }
}

/// A processor that is dropped while its lane is full of requests that nobody waits for any more
/// still leaves.
#[test]
fn a_processor_dropped_with_a_full_lane_leaves() {
    let (probe, seen) = Probe::willing();
    let (in_flush, in_drop) = (Gate::shut(), Gate::shut());
    in_drop.open();
    let hangs = Hangs {
        probe,
        in_flush: in_flush.clone(),
        in_drop,
    };
    let processor = BatchSpanProcessor::new(hangs, small()).unwrap();
    for _ in 0..100 {
        let soon = Deadline::after(Duration::from_millis(1));
        let outcome = processor.force_flush(soon);
        assert_eq!(outcome, Err(FlushError::DeadlinePassed { unsent: 0 }));
    }
    in_flush.until_reached();
    drop(processor);
    in_flush.open();
    seen.until("the worker has left", |seen| seen.dropped);
}

/// Dropping an exporter is the program's code too, and so is dropping its twin: it counts into the
/// shutdown's time.
#[test]
fn an_exporter_that_hangs_when_dropped_does_not_hold_up_the_shutdown() {
    let (probe, seen) = Probe::willing();
    let (in_flush, in_drop) = (Gate::shut(), Gate::shut());
    let hangs = Hangs {
        probe,
        in_flush,
        in_drop: in_drop.clone(),
    };
    let provider = batching(hangs, small());
    end_spans(&provider, 3);
    let ending = provider.clone();
    let (took, outcome) = in_time(move || timed(|| ending.shutdown(LIMIT)));
    assert!(took >= LIMIT && took <= BUSY, "{took:?}");
    // All was sent in time, so nothing is lost; what is late is the end.
    let Err(ShutdownError::DeadlinePassed(losses)) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(losses.is_empty());
    assert!(provider.stats().balances());
    in_drop.open();
    seen.until("the worker has left", |seen| seen.dropped);
}

/// A flush without a limit that comes while the pipeline ends gets an answer, whoever is first.
#[test]
fn a_flush_that_meets_a_shutdown_comes_back() {
    in_time(|| {
        for _ in 0..300 {
            let (probe, _) = Probe::willing();
            let provider = batching(probe, small());
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| provider.force_flush(Deadline::NEVER));
                }
                let _ = provider.shutdown(Deadline::NEVER);
            });
        }
    });
}

/// Of several processors one hangs: the others are flushed and shut down all the same.
#[test]
fn a_hung_processor_does_not_hold_up_the_others() {
    let gate = Gate::shut();
    let (hung, hung_seen) = Probe::behind(&gate);
    let (first, first_seen) = Probe::willing();
    let (last, last_seen) = Probe::willing();
    let batch = |probe| BatchSpanProcessor::new(probe, small()).unwrap();
    let provider = TracerProviderBuilder::new()
        .processor(batch(first))
        .processor(batch(hung))
        .processor(batch(last))
        .build()
        .unwrap();
    end_spans(&provider, 15);
    let outcome = provider.force_flush(LIMIT);
    assert_eq!(outcome, Err(FlushError::DeadlinePassed { unsent: 15 }));
    for seen in [&first_seen, &last_seen] {
        seen.read(|seen| assert_eq!((seen.spans(), seen.flushes), (15, 1)));
    }
    end_spans(&provider, 5);
    let outcome = provider.shutdown(LIMIT);
    let Err(ShutdownError::DeadlinePassed(losses)) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!((losses.dropped.abandoned, losses.total()), (20, 20));
    for seen in [&first_seen, &last_seen] {
        seen.read(|seen| assert_eq!((seen.spans(), seen.shutdowns), (20, 1)));
    }
    gate.open();
    hung_seen.until("the worker has left", |seen| seen.dropped);
    assert!(provider.stats().balances());
}

/// Of two callers each keeps its own deadline, whoever came first.
#[test]
fn each_caller_has_a_deadline_of_its_own() {
    let gate = Gate::shut();
    let (probe, seen) = Probe::behind(&gate);
    let provider = batching(probe, small());
    end_spans(&provider, 10);
    gate.until_reached();
    let patient = provider.clone();
    let first = thread::spawn(move || patient.shutdown(PATIENCE));
    let asking = provider.clone();
    in_time(move || {
        while asking.tracer("test").enabled() {
            thread::yield_now();
        }
    });
    let (took, outcome) = timed(|| provider.shutdown(LIMIT));
    assert!(matches!(outcome, Err(ShutdownError::DeadlinePassed(_))));
    assert!(took >= LIMIT && took <= BUSY, "{took:?}");
    // The impatient one gave up for itself only.
    gate.open();
    assert!(first.join().unwrap().unwrap().is_empty());
    seen.read(|seen| assert_eq!((seen.spans(), seen.shutdowns), (10, 1)));
}

/// Dropping the last handle of a provider waits for a hung exporter for seconds, not for ever.
#[test]
fn dropping_the_last_handle_is_bounded() {
    let gate = Gate::shut();
    let (probe, seen) = Probe::behind(&gate);
    let provider = batching(probe, small());
    end_spans(&provider, 10);
    gate.until_reached();
    let (took, ()) = timed(|| drop(provider));
    assert!(took <= Duration::from_secs(5) + BUSY, "{took:?}");
    gate.open();
    seen.until("the worker has left", |seen| seen.dropped);
}

/// The exporter is told its own timeout ("Batching processor": `exportTimeoutMillis`), or the
/// deadline of a shutdown if that is sooner.
#[test]
fn exporters_are_told_their_deadline() {
    let deadlines = std::sync::Arc::new(support::Watched::<Vec<Deadline>>::default());
    let telling = std::sync::Arc::clone(&deadlines);
    let (probe, _) = Probe::new(move |_, deadline| {
        telling.change(|told| told.push(deadline));
        Ok(spanline_core::export::Exported::ALL)
    });
    let minute = Duration::from_secs(60);
    let provider = batching(probe, small().export_timeout(minute));
    end_spans(&provider, 1);
    provider.force_flush(Duration::from_secs(10)).unwrap();
    end_spans(&provider, 1);
    provider.shutdown(Duration::from_secs(10)).unwrap();
    deadlines.read(|told| {
        let left: Vec<_> = told.iter().map(|one| one.remaining().unwrap()).collect();
        assert!(left[0] <= minute && left[0] > Duration::from_secs(10));
        assert!(left[1] <= Duration::from_secs(10));
    });
}

/// With `SimpleSpanProcessor` a hung export does not hold up flush and shutdown either.
#[test]
fn the_simple_processor_keeps_them_too() {
    let gate = Gate::shut();
    let (probe, _) = Probe::behind(&gate);
    let provider = TracerProviderBuilder::new()
        .processor(SimpleSpanProcessor::new(probe))
        .build()
        .unwrap();
    let ending = provider.clone();
    let exporting = thread::spawn(move || end_spans(&ending, 1));
    gate.until_reached();
    let (took, outcome) = timed(|| provider.force_flush(LIMIT));
    assert_eq!(outcome, Err(FlushError::DeadlinePassed { unsent: 1 }));
    assert!(took >= LIMIT && took <= BUSY, "{took:?}");
    let (took, outcome) = timed(|| provider.shutdown(LIMIT));
    assert!(matches!(outcome, Err(ShutdownError::DeadlinePassed(_))));
    assert!(took >= LIMIT && took <= BUSY, "{took:?}");
    gate.open();
    exporting.join().unwrap();
    assert!(provider.stats().balances());
}

/// What an exporter leaves in a thread-local is dropped when the worker's thread is at its very end:
/// whoever shuts down has left by then.
#[test]
fn the_last_words_of_the_workers_thread_do_not_hold_up_a_shutdown() {
    struct LastWords(Gate);

    impl Drop for LastWords {
        fn drop(&mut self) {
            self.0.pass();
        }
    }

    thread_local! {
        static LAST_WORDS: RefCell<Option<LastWords>> = const { RefCell::new(None) };
    }

    struct Talkative(Gate);

    impl SpanExporter for Talkative {
        fn export(&mut self, _: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
            LAST_WORDS.set(Some(LastWords(self.0.clone())));
            Ok(Exported::ALL)
        }
    }

    let gate = Gate::shut();
    let provider = batching(Talkative(gate.clone()), small());
    end_spans(&provider, 10);
    assert_eq!(provider.shutdown(Deadline::NEVER).unwrap().total(), 0);
    gate.until_reached();
    gate.open();
}

/// With several processors each has a thread of its own for its shutdown, and the caller leaves at the
/// deadline whatever they are at. What it is told then is what the counts say, and will go on saying.
#[test]
fn what_several_were_told_to_have_lost_stays_lost() {
    for _ in 0..50 {
        let gate = Gate::shut();
        let mut builder = TracerProviderBuilder::new();
        let mut probes = Vec::new();
        for _ in 0..3 {
            let (probe, seen) = Probe::behind(&gate);
            builder = builder.processor(BatchSpanProcessor::new(probe, small()).unwrap());
            probes.push(seen);
        }
        let (probe, seen) = Probe::behind(&gate);
        let provider = builder
            .processor(SimpleSpanProcessor::new(probe))
            .build()
            .unwrap();
        let (outcome, counted) = thread::scope(|scope| {
            // The simple one exports here, and is away.
            scope.spawn(|| end_spans(&provider, 1));
            seen.until("it is with the exporter", |seen| seen.inside == 1);
            let outcome = provider.shutdown(Duration::from_millis(1));
            let counted = provider.stats().lost();
            gate.open();
            (outcome, counted)
        });
        let Err(ShutdownError::DeadlinePassed(told)) = outcome else {
            panic!("they hang: {outcome:?}");
        };
        assert_eq!(told, counted);
        assert_eq!(told.dropped.abandoned, 4);
        for seen in probes {
            seen.until("the worker has left", |seen| seen.dropped);
        }
        let stats = provider.stats();
        assert!(stats.balances(), "{stats}");
        assert_eq!(
            (stats.lost().total(), stats.lost().dropped.abandoned),
            (4, 4)
        );
    }
}

/// A flush that is late says how many spans of all processors are not sent.
#[test]
fn a_late_flush_counts_the_spans_of_all() {
    let gate = Gate::shut();
    let mut builder = TracerProviderBuilder::new();
    for _ in 0..3 {
        let (probe, _) = Probe::behind(&gate);
        builder = builder.processor(BatchSpanProcessor::new(probe, small()).unwrap());
    }
    let provider = builder.build().unwrap();
    end_spans(&provider, 2);
    assert_eq!(
        provider.force_flush(Duration::from_millis(1)),
        Err(FlushError::DeadlinePassed { unsent: 6 })
    );
    gate.open();
    provider.shutdown(PATIENCE).unwrap();
}

/// An exporter that takes everything, and hangs when it is to flush or to end.
struct HangsAtTheEnd(Gate);

impl SpanExporter for HangsAtTheEnd {
    fn export(&mut self, _: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        Ok(Exported::ALL)
    }

    fn force_flush(&mut self, _: Deadline) -> Result<(), ExportError> {
        self.0.pass();
        Ok(())
    }

    fn shutdown(&mut self, _: Deadline) -> Result<(), ExportError> {
        self.0.pass();
        Ok(())
    }
}

/// The simple processor has no worker, and keeps deadlines all the same. So does a custom processor
/// that is the only one, if it hangs in its flush and its shutdown.
#[test]
fn who_hangs_at_the_end_holds_up_no_caller() {
    struct Hangs(Gate);
    impl SpanProcessor for Hangs {
        fn on_end(&self, _: SpanView<'_>) {}

        fn force_flush(&self, _: Deadline) -> Result<(), FlushError> {
            self.0.pass();
            Ok(())
        }

        fn shutdown(&self, _: Deadline) -> Result<LossReport, ShutdownError> {
            self.0.pass();
            Ok(LossReport::default())
        }
    }
    let gate = Gate::shut();
    let simple = SimpleSpanProcessor::new(HangsAtTheEnd(gate.clone()));
    for builder in [
        TracerProviderBuilder::new().processor(simple),
        TracerProviderBuilder::new().processor(Hangs(gate.clone())),
    ] {
        let provider = builder.build().unwrap();
        end_spans(&provider, 1);
        let limit = Duration::from_millis(1);
        let asking = provider.clone();
        assert!(matches!(
            in_time(move || asking.force_flush(limit)),
            Err(FlushError::DeadlinePassed { unsent: 0 })
        ));
        let asking = provider.clone();
        let Err(ShutdownError::DeadlinePassed(lost)) = in_time(move || asking.shutdown(limit))
        else {
            panic!("it hangs");
        };
        assert!(lost.is_empty());
        assert!(provider.stats().balances());
    }
    gate.open();
}

//! A provider is shut down once: everybody who asks meanwhile gets that outcome, and nothing
//! happens after it.
//!
//! OpenTelemetry specification, "TracerProvider", "Shutdown": called once per provider; afterwards
//! tracers are no-op; the caller learns whether it succeeded, failed or timed out.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use spanline_core::export::{Batch, ExportError, Exported, SpanExporter};
use spanline_core::{
    Deadline, FlushError, ShutdownError, SpanContext, SpanId, TraceFlags, TraceId, TracerProvider,
};
use spanline_sdk::processor::{BatchConfig, BatchSpanProcessor, SimpleSpanProcessor};
use spanline_sdk::provider::TracerProviderBuilder;
use spanline_sdk::sampler::{AlwaysOff, AlwaysOn};
use std::future::Future;
use std::sync::{Arc, Barrier};
use std::task::{Context, Waker};
use std::thread;
use support::{Gate, NEVER, PATIENCE, Probe, batching, block_on, counts, end_spans, in_time};

/// Sixty-four threads do everything at once; all come back, and the exporter is shut down once.
#[test]
fn a_crowd_shuts_down_once() {
    const THREADS: usize = 64;
    for round in 0..20 {
        let (probe, seen) = Probe::willing();
        let provider = batching(probe, BatchConfig::default());
        let go = Arc::new(Barrier::new(THREADS));
        let crowd: Vec<_> = (0..THREADS)
            .map(|n| {
                let (provider, go) = (provider.clone(), Arc::clone(&go));
                thread::spawn(move || {
                    go.wait();
                    match n % 4 {
                        0 => drop(provider.shutdown(Deadline::NEVER)),
                        1 => drop(provider.force_flush(Deadline::NEVER)),
                        2 => end_spans(&provider, 50),
                        _ => drop(provider.tracer("late").start_active("span")),
                    }
                })
            })
            .collect();
        in_time(move || crowd.into_iter().for_each(|one| one.join().unwrap()));
        seen.read(|seen| {
            assert_eq!(seen.shutdowns, 1, "round {round}");
            assert!(seen.dropped, "the worker has left");
        });
        let counts = counts(&provider);
        assert_eq!(
            counts.exported + counts.dropped.after_shutdown,
            counts.ended_sampled,
            "round {round}: {counts:?}"
        );
        assert!(counts.balances());
        assert_eq!(provider.stats().live, 0);
    }
}

/// Who calls while the first one works shares its outcome, losses included.
#[test]
fn callers_meanwhile_share_the_outcome() {
    let gate = Gate::shut();
    let (probe, seen) = Probe::behind(&gate);
    let config = BatchConfig::default()
        .max_queue_size(10)
        .schedule_delay(NEVER);
    let provider = batching(probe, config);
    end_spans(&provider, 10);
    gate.until_reached();
    end_spans(&provider, 15);
    let outcomes: Vec<_> = (0..8)
        .map(|_| {
            let provider = provider.clone();
            thread::spawn(move || provider.shutdown(PATIENCE))
        })
        .collect();
    let seeing = provider.clone();
    in_time(move || {
        while seeing.tracer("test").enabled() {
            thread::yield_now();
        }
    });
    gate.open();
    let mut outcomes: Vec<_> = outcomes
        .into_iter()
        .map(|one| one.join().unwrap())
        .collect();
    // A caller so late that all was over gets told so.
    outcomes.retain(|outcome| *outcome != Err(ShutdownError::AlreadyShutDown));
    assert!(!outcomes.is_empty());
    for outcome in outcomes {
        assert_eq!(outcome.unwrap().dropped.queue_full, 5);
    }
    seen.read(|seen| assert_eq!(seen.shutdowns, 1));
}

/// After the shutdown, calls say that it is over.
#[test]
fn later_callers_are_told() {
    let (probe, seen) = Probe::willing();
    let provider = batching(probe, BatchConfig::default());
    end_spans(&provider, 3);
    assert!(provider.shutdown(PATIENCE).unwrap().is_empty());
    for _ in 0..3 {
        let again = provider.shutdown(PATIENCE);
        assert_eq!(again, Err(ShutdownError::AlreadyShutDown));
        let flushed = provider.force_flush(PATIENCE);
        assert_eq!(flushed, Err(FlushError::AlreadyShutDown));
    }
    seen.read(|seen| assert_eq!((seen.spans(), seen.shutdowns), (3, 1)));
}

/// Spans that started before the shutdown and end after it are counted as just that.
#[test]
fn spans_that_end_too_late_are_counted() {
    let (probe, seen) = Probe::willing();
    let provider = batching(probe, BatchConfig::default());
    let tracer = provider.tracer("test");
    let open: Vec<_> = (0..7).map(|_| tracer.start("late")).collect();
    tracer.start("in time").end();
    provider.shutdown(PATIENCE).unwrap();
    drop(open);
    let counts = counts(&provider);
    assert_eq!(counts.dropped.after_shutdown, 7);
    assert_eq!((counts.ended_sampled, counts.exported), (8, 1));
    assert!(counts.balances());
    seen.read(|seen| assert_eq!(seen.spans(), 1));
}

/// After shutdown tracers are no-op: their spans pass the parent's context on and count nowhere.
#[test]
fn tracers_do_nothing_afterwards() {
    let (probe, _) = Probe::willing();
    let provider = batching(probe, BatchConfig::default());
    let tracer = provider.tracer("test");
    assert!(tracer.enabled());
    let before = tracer.start_active("before");
    provider.shutdown(PATIENCE).unwrap();
    assert!(!tracer.enabled());
    assert!(!provider.tracer("new").enabled());
    let child = tracer.start("after");
    assert!(!child.is_recording());
    assert_eq!(child.span_context(), before.span_context());
    drop(child);
    drop(before);
    // A parent from elsewhere is passed on as it is, remote included.
    let remote = SpanContext::new(TraceId::MIN, SpanId::MIN, TraceFlags::SAMPLED).with_remote(true);
    let parent = spanline_core::Context::default().with_span_context(remote.clone());
    let child = tracer.span("after").parent(&parent).start();
    assert_eq!(child.span_context(), &remote);
    assert!(child.span_context().is_remote());
    drop(child);
    let root = tracer.start("root");
    assert!(!root.is_recording());
    assert_eq!(*root.span_context(), SpanContext::INVALID);
    assert_eq!(provider.stats().started.total(), 1);
}

/// The simple processor follows the same rules.
/// Also where the sampler need not be asked, because the parent alone decides.
#[test]
fn nothing_starts_afterwards_whatever_is_known_before() {
    let parent = SpanContext::new(TraceId::MIN, SpanId::MIN, TraceFlags::SAMPLED);
    let started = |provider: &TracerProvider| {
        let parent = spanline_core::Context::root().with_span_context(parent.clone());
        let _attached = parent.attach();
        let child = provider.tracer("test").start("child");
        child.span_context().clone()
    };
    let off = TracerProviderBuilder::new().sampler(AlwaysOff);
    let on = TracerProviderBuilder::new().sampler(AlwaysOn);
    for provider in [off.build().unwrap(), on.build().unwrap()] {
        let names = [started(&provider), started(&provider)];
        assert_ne!(names[0].span_id(), names[1].span_id());
        assert_ne!(names[0].span_id(), parent.span_id());
        provider.shutdown(Deadline::NEVER).unwrap();
        assert_eq!(started(&provider), parent);
        let counts = provider.stats().started;
        assert_eq!(counts.dropped + counts.sampled, 2);
    }
}

#[test]
fn the_simple_processor_as_well() {
    let (probe, seen) = Probe::willing();
    let provider = TracerProviderBuilder::new()
        .processor(SimpleSpanProcessor::new(probe))
        .build()
        .unwrap();
    let late = provider.tracer("test").start("late");
    end_spans(&provider, 2);
    provider.shutdown(PATIENCE).unwrap();
    late.end();
    let again = provider.shutdown(PATIENCE);
    assert_eq!(again, Err(ShutdownError::AlreadyShutDown));
    let counts = counts(&provider);
    assert_eq!((counts.exported, counts.dropped.after_shutdown), (2, 1));
    assert!(counts.balances());
    seen.read(|seen| assert_eq!((seen.spans(), seen.shutdowns), (2, 1)));
}

/// The last handle of a provider shuts it down.
#[test]
fn the_last_handle_shuts_down() {
    let (probe, seen) = Probe::willing();
    let provider = batching(probe, BatchConfig::default().schedule_delay(NEVER));
    let other = provider.clone();
    let tracer = provider.tracer("test");
    tracer.start("span").end();
    drop(provider);
    seen.read(|seen| assert_eq!(seen.shutdowns, 0));
    drop(other);
    seen.read(|seen| {
        assert_eq!((seen.spans(), seen.shutdowns), (1, 1));
        assert!(seen.dropped);
    });
    assert!(!tracer.enabled());
}

/// A processor that belongs to nobody any more sends what it has and leaves.
#[test]
fn a_processor_dropped_alone_leaves() {
    let (probe, seen) = Probe::willing();
    drop(BatchSpanProcessor::new(probe, BatchConfig::default()).unwrap());
    seen.until("the worker has left", |seen| seen.dropped);
    seen.read(|seen| assert_eq!((seen.spans(), seen.shutdowns), (0, 1)));
}

fn two_pipelines() -> (TracerProvider, Gate) {
    let gate = Gate::shut();
    let batch = || BatchSpanProcessor::new(Probe::behind(&gate).0, BatchConfig::default());
    let provider = TracerProviderBuilder::new()
        .processor(batch().unwrap())
        .processor(batch().unwrap())
        .build()
        .unwrap();
    (provider, gate)
}

/// Flush and shutdown as futures need no particular executor ("ForceFlush", "Shutdown": may be
/// asynchronous, with a way to learn the outcome).
#[test]
fn any_executor_will_do() {
    let (provider, gate) = two_pipelines();
    end_spans(&provider, 4);
    // A future that is dropped is a caller that left: nobody minds.
    {
        let waker = Waker::noop();
        let mut left = Box::pin(provider.force_flush_async(PATIENCE));
        let first = left.as_mut().poll(&mut Context::from_waker(waker));
        assert!(first.is_pending());
    }
    let opening = gate.clone();
    let opener = thread::spawn(move || {
        opening.until_reached();
        opening.open();
    });
    let asking = provider.clone();
    in_time(move || {
        assert!(
            block_on(asking.force_flush_async(PATIENCE))
                .unwrap()
                .is_empty()
        );
        assert!(
            block_on(asking.shutdown_async(PATIENCE))
                .unwrap()
                .is_empty()
        );
        let again = block_on(asking.shutdown_async(PATIENCE));
        assert_eq!(again, Err(ShutdownError::AlreadyShutDown));
        let flushed = block_on(asking.force_flush_async(PATIENCE));
        assert_eq!(flushed, Err(FlushError::AlreadyShutDown));
    });
    opener.join().unwrap();
    let stats = provider.stats();
    assert_eq!(stats.processors[0].exported, 4);
    assert_eq!(stats.processors[1].exported, 4);
}

/// The exporter's twin, kept for a forked child, goes with the shutdown and not with the last handle.
#[test]
fn the_twin_goes_with_the_shutdown() {
    struct HasTwin(Arc<()>, Probe);
    impl SpanExporter for HasTwin {
        fn export(&mut self, batch: Batch<'_>, by: Deadline) -> Result<Exported, ExportError> {
            self.1.export(batch, by)
        }

        fn twin(&self) -> Option<Box<dyn SpanExporter>> {
            let twin = HasTwin(Arc::clone(&self.0), Probe::willing().0);
            Some(Box::new(twin))
        }
    }
    let held = Arc::new(());
    let exporter = HasTwin(Arc::clone(&held), Probe::willing().0);
    let provider = batching(exporter, BatchConfig::default());
    assert_eq!(Arc::strong_count(&held), 3);
    provider.shutdown(PATIENCE).unwrap();
    assert_eq!(Arc::strong_count(&held), 1);
}

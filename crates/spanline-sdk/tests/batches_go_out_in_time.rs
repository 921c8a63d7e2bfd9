//! When batches go out: full ones at once, others after the schedule delay, or when asked.
//!
//! OpenTelemetry specification, "Batching processor": a batch is exported when
//! `scheduledDelayMillis` has passed since the previous export, when the queue holds
//! `maxExportBatchSize` spans or more, and on a flush; `Export` is never called concurrently.

mod support;

use spanline_core::export::{ExportCause, Exported};
use spanline_sdk::processor::BatchConfig;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use support::{Gate, NEVER, PATIENCE, Probe, Watched, batching, counts, end_spans};

/// Why batches went out, and how large they were.
type Exports = Vec<(ExportCause, usize)>;

/// Notes why batches go out, and how large they are.
fn watched(config: BatchConfig) -> (BatchConfig, Arc<Watched<Exports>>) {
    let exports = Arc::new(Watched::<Exports>::default());
    let noting = Arc::clone(&exports);
    let config = config.on_export(move |report| {
        noting.change(|exports| exports.push((report.cause, report.spans)));
    });
    (config, exports)
}

/// A full batch does not wait for the delay, whichever threads filled it.
#[test]
fn a_full_batch_goes_out_at_once() {
    for threads in [1, 4, 8] {
        let (probe, _) = Probe::willing();
        let (config, exports) = watched(BatchConfig::default().schedule_delay(NEVER));
        let provider = batching(probe, config);
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| end_spans(&provider, 512 / threads));
            }
        });
        exports.until("a batch went out", |exports| !exports.is_empty());
        exports.read(|exports| assert_eq!(*exports, [(ExportCause::Size, 512)]));
    }
}

/// A full batch is full in any queue, however small.
#[test]
fn a_full_batch_of_a_small_queue_goes_out_at_once() {
    for (queue, batch) in [(1, 1), (2, 2), (10, 10), (64, 3), (100, 100), (512, 512)] {
        let (probe, _) = Probe::willing();
        let config = BatchConfig::default()
            .max_queue_size(queue)
            .max_export_batch_size(batch)
            .schedule_delay(NEVER);
        let (config, exports) = watched(config);
        let provider = batching(probe, config);
        end_spans(&provider, batch);
        exports.until("a batch went out", |exports| !exports.is_empty());
        exports.read(|exports| assert_eq!(*exports, [(ExportCause::Size, batch)]));
    }
}

/// Few spans go out together when the delay has passed, and not before somebody wants them.
#[test]
fn few_spans_go_out_after_the_delay() {
    let (probe, seen) = Probe::willing();
    let delay = Duration::from_millis(200);
    let (config, exports) = watched(BatchConfig::default().schedule_delay(delay));
    let provider = batching(probe, config);
    for round in 1..=3 {
        let start = std::time::Instant::now();
        end_spans(&provider, 5);
        exports.until("a batch went out", |exports| exports.len() == round);
        assert!(start.elapsed() >= delay, "the spans waited for company");
    }
    exports.read(|exports| assert_eq!(*exports, [(ExportCause::Delay, 5); 3]));
    seen.read(|seen| assert_eq!(seen.spans(), 15));
}

/// A pipeline that was idle for longer than the delay gives its next span the whole delay to find
/// company.
#[test]
fn an_idle_time_does_not_count_as_waiting() {
    let (probe, _) = Probe::willing();
    let delay = Duration::from_millis(100);
    let (config, exports) = watched(BatchConfig::default().schedule_delay(delay));
    let provider = batching(probe, config);
    // Nobody opens this gate: the wait is the idle time.
    Gate::shut().pass_until(spanline_core::Deadline::after(delay * 2));
    let start = std::time::Instant::now();
    end_spans(&provider, 1);
    exports.until("a batch went out", |exports| !exports.is_empty());
    assert!(start.elapsed() >= delay);
}

/// A flush sends everything, in batches that are as full as can be.
#[test]
fn a_flush_sends_all() {
    let gate = Gate::shut();
    let (probe, _) = Probe::behind(&gate);
    let (config, exports) = watched(BatchConfig::default().schedule_delay(NEVER));
    let provider = batching(probe, config);
    end_spans(&provider, 1300);
    gate.open();
    provider.force_flush(PATIENCE).unwrap();
    exports.read(|exports| {
        let sizes = exports.iter().map(|(_, spans)| *spans);
        assert_eq!(sizes.clone().sum::<usize>(), 1300);
        assert!(sizes.max() <= Some(512));
        // A batch does not reach over the end of a buffer of the queue, so one may be smaller.
        assert!((3..=4).contains(&exports.len()), "{exports:?}");
    });
}

/// A shutdown sends the rest, and says so.
#[test]
fn a_shutdown_sends_the_rest() {
    let (probe, _) = Probe::willing();
    let (config, exports) = watched(BatchConfig::default().schedule_delay(NEVER));
    let provider = batching(probe, config);
    end_spans(&provider, 7);
    provider.shutdown(PATIENCE).unwrap();
    exports.read(|exports| assert_eq!(*exports, [(ExportCause::Shutdown, 7)]));
}

/// The exporter is called by one thread at a time and never with nothing.
#[test]
fn one_batch_at_a_time_and_none_empty() {
    let mut calls = 0;
    let (probe, seen) = Probe::new(move |_, _| {
        calls += 1;
        if calls % 3 == 0 {
            thread::yield_now();
        }
        Ok(Exported::ALL)
    });
    let config = BatchConfig::default()
        .max_export_batch_size(16)
        .schedule_delay(Duration::from_millis(1));
    let provider = batching(probe, config);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    end_spans(&provider, 20);
                    provider.force_flush(PATIENCE).unwrap();
                }
            });
        }
    });
    provider.shutdown(PATIENCE).unwrap();
    seen.read(|seen| {
        assert_eq!(seen.most_inside, 1);
        assert!(
            seen.batches
                .iter()
                .all(|batch| (1..=16).contains(&batch.len()))
        );
        assert_eq!(seen.spans() as u64, counts(&provider).exported);
    });
}

/// Settings that make no sense are moved to the nearest that do, in whatever order they come
/// ("Batching processor": `maxExportBatchSize` must be at most `maxQueueSize`).
#[test]
fn defaults_are_those_of_the_specification() {
    let text = format!("{:?}", BatchConfig::default());
    for setting in [
        "max_queue_size: 2048",
        "max_export_batch_size: 512",
        "schedule_delay: 5s",
        "export_timeout: Some(30s)",
    ] {
        assert!(text.contains(&format!("{setting},")), "{setting}: {text}");
    }
}

#[test]
fn settings_are_moved_into_range() {
    let default = BatchConfig::default;
    let cases = [
        (default().max_queue_size(0).max_export_batch_size(0), 1, 1),
        (
            default().max_queue_size(20).max_export_batch_size(99),
            20,
            20,
        ),
        (
            default().max_export_batch_size(99).max_queue_size(20),
            20,
            20,
        ),
        (
            default().max_export_batch_size(4096).max_queue_size(8192),
            8192,
            4096,
        ),
        (default().max_queue_size(20).max_queue_size(2048), 2048, 512),
        (default().max_queue_size(usize::MAX), 1 << 20, 512),
    ];
    for (config, queue, batch) in cases {
        let text = format!("{config:?}");
        assert!(
            text.contains(&format!("max_queue_size: {queue},")),
            "{text}"
        );
        assert!(
            text.contains(&format!("max_export_batch_size: {batch},")),
            "{text}"
        );
    }
    let (probe, seen) = Probe::willing();
    let config = default()
        .max_queue_size(usize::MAX)
        .max_export_batch_size(usize::MAX)
        .max_queue_bytes(usize::MAX)
        .export_timeout(Duration::MAX)
        .schedule_delay(Duration::MAX);
    let provider = batching(probe, config);
    end_spans(&provider, 10);
    provider.force_flush(Duration::MAX).unwrap();
    assert!(provider.shutdown(Duration::MAX).unwrap().is_empty());
    seen.read(|seen| assert_eq!(seen.spans(), 10));
}

/// No delay at all: spans go out as soon as the worker sees them.
#[test]
fn no_delay_is_a_delay() {
    let (probe, seen) = Probe::willing();
    let provider = batching(probe, BatchConfig::default().schedule_delay(Duration::ZERO));
    for spans in 1..20 {
        end_spans(&provider, 1);
        seen.until("it went out", |seen| seen.spans() == spans);
    }
}

//! A collector that is away for a while costs what the queue holds and no more: memory stays within
//! the queue's limit, the worker hardly works, little is told, exporting goes on by itself, and every
//! span is accounted for.
//!
//! Small by default, without a look at the clock. By `cargo xtask stress outage` the collector is away
//! for a minute at 10,000 spans a second, and memory, processor time, messages and recovery have figures:
//! about 75 seconds, on a machine that has nothing else to do (Linux).

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/fleeting.rs"]
mod fleeting;
#[path = "support/load.rs"]
mod load;

use std::fs;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fleeting::Collector;
use load::{produce, resident};
use spanline::export::OtlpExporter;
use spanline::sdk::{BatchConfig, BatchSpanProcessor, TracerProviderBuilder};
use spanline::{ProcessorStats, TracerProvider, diagnostics};

/// The queue's limit in bytes, as it is by default.
const BYTE_CAP: u64 = 16 << 20;

const MIB: u64 = 1 << 20;

const TAKEN: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// How long anything may take that is meant to come.
const LONG: Duration = Duration::from_secs(60);

/// The figures of a run.
struct Figures {
    spans_a_second: u64,
    outage: Duration,
    full: bool,
}

fn figures() -> Figures {
    let full = std::env::var_os("STRESS").is_some_and(|value| value == "full");
    match full {
        true => Figures {
            spans_a_second: 10_000,
            outage: Duration::from_secs(60),
            full,
        },
        false => Figures {
            spans_a_second: 5_000,
            outage: Duration::from_millis(1_500),
            full,
        },
    }
}

fn stats(provider: &TracerProvider) -> ProcessorStats {
    provider.stats().processors[0].clone()
}

/// Waits until the counts say so.
fn wait_until(provider: &TracerProvider, what: &str, enough: impl Fn(&ProcessorStats) -> bool) {
    let begun = Instant::now();
    while !enough(&stats(provider)) {
        assert!(begun.elapsed() < LONG, "{what}: {:?}", stats(provider));
        thread::park_timeout(Duration::from_millis(5));
    }
}

/// Processor time of the worker's thread, in hundredths of a second (proc(5): `utime` and `stime`).
fn worker_ticks() -> u64 {
    let tasks = fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    let ticks = tasks.filter_map(|task| {
        let name = fs::read_to_string(task.path().join("comm")).ok()?;
        let stat = fs::read_to_string(task.path().join("stat")).ok()?;
        let (_, fields) = stat.rsplit_once(')')?;
        let mut times = fields.split_ascii_whitespace().skip(11);
        let user: u64 = times.next()?.parse().ok()?;
        let system: u64 = times.next()?.parse().ok()?;
        (name.trim() == "spanline-worker").then_some(user + system)
    });
    ticks.sum()
}

#[test]
fn an_outage_costs_what_the_queue_holds() {
    let figures = figures();
    let told = Arc::new(AtomicUsize::new(0));
    let hears = Arc::clone(&told);
    diagnostics::set_handler(move |diagnostic: &diagnostics::Diagnostic<'_>| {
        println!("told: {diagnostic}");
        hears.fetch_add(1, Ordering::SeqCst);
    });
    let mut collector = Collector::new(|stream| stream.write_all(TAKEN));
    let exporter = OtlpExporter::http(collector.url("/v1/traces"));
    let config = BatchConfig::default()
        .max_queue_size(1 << 20)
        .max_queue_bytes(BYTE_CAP as usize)
        .schedule_delay(Duration::from_millis(100));
    let processor = BatchSpanProcessor::new(exporter.build().unwrap(), config).unwrap();
    let provider = TracerProviderBuilder::new()
        .processor(processor)
        .build()
        .unwrap();
    let stop = AtomicBool::new(false);

    let made = thread::scope(|scope| {
        let producer = scope.spawn(|| produce(&provider, figures.spans_a_second, &stop));
        wait_until(&provider, "exporting", |stats| {
            stats.exported > figures.spans_a_second
        });

        collector.goes_away();
        let (memory, ticks, messages) = (resident(), worker_ticks(), told.load(Ordering::SeqCst));
        let mut most = memory;
        let begun = Instant::now();
        while begun.elapsed() < figures.outage {
            thread::park_timeout(Duration::from_millis(50));
            most = most.max(resident());
        }
        let grown = most - memory;
        let share = (worker_ticks() - ticks) as f64 / figures.outage.as_secs_f64();
        let minutes = figures.outage.as_secs_f64() / 60.0;
        let messages = (told.load(Ordering::SeqCst) - messages) as f64;
        println!(
            "{:?} without a collector: memory grew by {:.1} MiB, the worker took {share:.2} % of a \
             processor, {messages} messages",
            figures.outage,
            grown as f64 / MIB as f64
        );

        let before = stats(&provider).exported;
        collector.comes_back();
        let back = Instant::now();
        wait_until(&provider, "exporting again", |stats| {
            stats.exported > before
        });
        println!(
            "exporting again after {:.1} s",
            back.elapsed().as_secs_f64()
        );
        if figures.full {
            assert!(grown <= BYTE_CAP + 2 * MIB, "memory grew by {grown} bytes");
            assert!(share <= 1.0, "the worker took {share} %");
            assert!(
                messages <= 4.0 * minutes,
                "{messages} messages in {minutes} minutes"
            );
            // The longest wait between two attempts, of a batch and of the next one.
            assert!(
                back.elapsed() < Duration::from_secs(6),
                "{:?}",
                back.elapsed()
            );
        }
        stop.store(true, Ordering::SeqCst);
        producer.join().unwrap()
    });

    // What came after the shutdown's time is abandoned, and counted so.
    let _ = provider.shutdown(LONG);
    assert!(provider.stats().balances());
    let stats = stats(&provider);
    println!("{stats}");
    assert_eq!(stats.ended_sampled, made);
    let lost = made - stats.exported;
    assert_eq!(lost, stats.failed + stats.rejected + stats.dropped.total());
    assert_eq!((stats.queued, stats.in_flight), (0, 0));
}

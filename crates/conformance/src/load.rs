//! `load`: many spans from many threads, and a row that says what became of each.
//!
//! First the threads make spans, then comes one flush and one shutdown, and only then are the counts
//! read: nothing moves any more, so the law must hold to the last span.

mod produce;
mod usage;

use crate::args::Args;
use crate::counts::Counts;
use crate::exporter;
use crate::failure::Failure;
use crate::rows;
use produce::{Produced, Work};
use serde::Serialize;
use spanline::sdk::{AlwaysOn, BatchConfig, BatchSpanProcessor, TracerProviderBuilder};
use spanline::{Resource, TracerProvider};
use std::fmt::Display;
use std::io::{self, Write};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

const OPTIONS: [&str; 12] = [
    "threads",
    "rate",
    "seconds",
    "attributes",
    "events",
    "exporter",
    "endpoint",
    "queue",
    "batch",
    "delay",
    "patience",
    "timeout",
];

/// How long flush and shutdown may take, each, if nothing is said.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Serialize)]
struct Answer {
    /// `ended` is counted by the threads that end the spans, not by the library.
    #[serde(flatten)]
    counts: Counts,
    queued: u64,
    in_flight: u64,
    /// Time of a thread for one span, waiting for the next one not included.
    producer_ns_per_span: Option<f64>,
    /// Of the whole process, worker included, to its end.
    cpu_seconds: Option<f64>,
    peak_rss_kib: Option<u64>,
    /// How long spans were made.
    seconds: f64,
    flush_ms: f64,
    shutdown_ms: f64,
}

pub(crate) fn run(words: impl Iterator<Item = String>) -> Result<(), Failure> {
    let args = Args::parse(words, &OPTIONS, &["gzip"])?;
    let work = Work::from_args(&args)?;
    let threads = args.number("threads", 1, 1024)?.unwrap_or(1);
    let patience = args.millis("patience")?.unwrap_or(PATIENCE);
    let provider = build(&args)?;

    let (produced, seconds) = produce(&provider, &work, threads)?;
    let flush_ms = timed("flush", || provider.force_flush(patience));
    let shutdown_ms = timed("shutdown", || provider.shutdown(patience));

    let counts = Counts::of(&provider.stats());
    if counts.ended != produced.spans {
        let (ours, theirs) = (produced.spans, counts.ended);
        tell(format_args!(
            "{ours} spans ended, the library counts {theirs}"
        ));
    }
    let per_span = produced.busy.as_nanos() as f64 / produced.spans as f64;
    rows::answer(&Answer {
        counts: Counts {
            ended: produced.spans,
            ..counts
        },
        queued: counts.queued,
        in_flight: counts.in_flight,
        producer_ns_per_span: per_span.is_finite().then_some(per_span),
        cpu_seconds: usage::cpu_seconds(),
        peak_rss_kib: usage::peak_rss_kib(),
        seconds,
        flush_ms,
        shutdown_ms,
    })
}

fn build(args: &Args) -> Result<TracerProvider, Failure> {
    let mut config = BatchConfig::default();
    if let Some(spans) = args.number("queue", 1, 1 << 24)? {
        config = config.max_queue_size(spans);
    }
    if let Some(spans) = args.number("batch", 1, 1 << 24)? {
        config = config.max_export_batch_size(spans);
    }
    if let Some(delay) = args.millis("delay")? {
        config = config.schedule_delay(delay);
    }
    let exporter = exporter::open_for_load(args)?;
    let processor = BatchSpanProcessor::new(exporter, config).map_err(Failure::failed)?;
    TracerProviderBuilder::new()
        .resource(Resource::builder().service_name("load").build())
        .sampler(AlwaysOn)
        .processor(processor)
        .build()
        .map_err(Failure::failed)
}

/// Lets the threads work, all from the same moment on; what they did, and for how long in seconds.
fn produce(
    provider: &TracerProvider,
    work: &Work,
    threads: usize,
) -> Result<(Produced, f64), Failure> {
    let start = Barrier::new(threads + 1);
    thread::scope(|scope| {
        let mut running = Vec::with_capacity(threads);
        for _ in 0..threads {
            let tracer = provider.tracer("spanline-conformance");
            let start = &start;
            running.push(scope.spawn(move || {
                start.wait();
                work.produce(&tracer)
            }));
        }
        // Read before the threads are let go: this one may be the last to run again.
        let began = Instant::now();
        start.wait();
        let mut produced = Produced::default();
        for thread in running {
            let part = thread
                .join()
                .map_err(|_| Failure::failed("a producing thread panicked"))?;
            produced += part;
        }
        Ok((produced, began.elapsed().as_secs_f64()))
    })
}

/// Runs a step and tells if it fails; how long it took, in milliseconds.
fn timed<T, E: Display>(step: &str, run: impl FnOnce() -> Result<T, E>) -> f64 {
    let began = Instant::now();
    let outcome = run();
    let took = began.elapsed().as_secs_f64() * 1e3;
    if let Err(error) = outcome {
        tell(format_args!("{step}: {error}"));
    }
    took
}

fn tell(text: impl Display) {
    // Nobody may be listening; the row tells the rest.
    let _ = writeln!(io::stderr(), "spanline-conformance: {text}");
}

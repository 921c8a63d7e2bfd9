//! What every matrix of faults asks of an exporter, whatever the wire: each span ends as exactly one of
//! exported, failed and rejected; attempts, time and memory stay within the row's; no credential is told
//! to anyone; and behind a batch processor, a flush and a shutdown come back by their deadline.

use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use spanline::diagnostics;
use spanline::export::{Batch, ExportError, Exported, HttpBuilder, SpanExporter};
use spanline::sdk::{
    BatchConfig, BatchSpanProcessor, SimpleSpanProcessor, SpanLimits, TracerProviderBuilder,
};
use spanline::{Deadline, FlushError, ProcessorStats};

/// What becomes of the spans.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    Exported,
    Failed,
    Rejected,
}

/// A behaviour, and what must come of it.
pub(crate) struct Row<D> {
    pub(crate) name: &'static str,
    /// What the peer does.
    pub(crate) does: D,
    /// How long an export may take.
    pub(crate) time: Duration,
    pub(crate) end: End,
    pub(crate) attempts: RangeInclusive<usize>,
    /// Spans sent, one after another, each an export of its own.
    pub(crate) spans: u64,
    /// Bytes of text in each of them.
    pub(crate) text: usize,
}

impl<D> Row<D> {
    /// How many spans are exported, failed, rejected.
    fn expected(&self) -> [u64; 3] {
        [End::Exported, End::Failed, End::Rejected]
            .map(|end| if end == self.end { self.spans } else { 0 })
    }
}

/// Enough for what is meant to come to an end.
const AMPLE: Duration = Duration::from_secs(20);

/// For what would last for ever.
pub(crate) const SHORT: Duration = Duration::from_secs(1);

/// Enough for a second attempt after the wait of a second, and not for all five.
pub(crate) const SOME: Duration = Duration::from_millis(2_500);

/// What a busy machine may add to a time that is kept. With it, every time here is still below the ten
/// seconds that an exporter takes unless told otherwise.
const LATE: Duration = Duration::from_secs(7);

/// What a flush and a shutdown may take.
const MOMENT: Duration = Duration::from_millis(50);

/// What an exporter may take that only a flush or a shutdown is in a hurry about. Against this, what a
/// busy machine adds to a moment is nothing.
const FOR_EVER: Duration = Duration::from_secs(600);

/// The most text of a span that goes through a queue.
const QUEUED: usize = 256 << 10;

/// The most memory that an export may take beyond the request itself.
const MEMORY: u64 = 8 << 20;

pub(crate) fn row<D>(
    name: &'static str,
    does: D,
    end: End,
    attempts: RangeInclusive<usize>,
) -> Row<D> {
    Row {
        name,
        does,
        time: AMPLE,
        end,
        attempts,
        spans: 1,
        text: 10,
    }
}

pub(crate) fn within<D>(time: Duration, row: Row<D>) -> Row<D> {
    Row { time, ..row }
}

/// What no text may hold: values of headers and queries, passwords, both in Base64, and keys.
const SECRETS: [&str; 5] = [
    "canary-header",
    "canary-query",
    "canary-password",
    "dXNlcjpjYW5hcnk",
    "PRIVATE KEY",
];

/// Sends on what it gets, and writes down all that is said of it.
struct Watched<E> {
    exporter: E,
    said: Arc<Mutex<String>>,
}

impl<E: SpanExporter + std::fmt::Debug> SpanExporter for Watched<E> {
    fn export(&mut self, batch: Batch<'_>, deadline: Deadline) -> Result<Exported, ExportError> {
        let outcome = self.exporter.export(batch, deadline);
        let mut said = self.said.lock().unwrap();
        *said += &format!("{:?} {outcome:?}", self.exporter);
        if let Err(error) = &outcome {
            *said += &format!(" {error}");
            let mut source = std::error::Error::source(error);
            while let Some(error) = source {
                *said += &format!(" {error} {error:?}");
                source = error.source();
            }
        }
        outcome
    }

    fn name(&self) -> &str {
        self.exporter.name()
    }
}

/// Makes an exporter to a URL, with a time that an export may take, and a place to write down what is
/// said.
pub(crate) type Build =
    dyn Fn(String, Duration, Arc<Mutex<String>>) -> Box<dyn SpanExporter> + Sync;

pub(crate) fn build<E: SpanExporter + std::fmt::Debug + 'static>(
    builder: HttpBuilder<E>,
    time: Duration,
    said: Arc<Mutex<String>>,
) -> Box<dyn SpanExporter> {
    let builder = builder
        .timeout(time)
        .header("x-key", "canary-header")
        .basic_auth("user", "canary-password");
    *said.lock().unwrap() += &format!("{builder:?} ");
    let exporter = builder.build().unwrap();
    Box::new(Watched { exporter, said })
}

/// What was counted and said of a row, and how long it took.
pub(crate) struct Ran {
    stats: ProcessorStats,
    said: String,
    took: Duration,
    memory: u64,
}

pub(crate) fn run<D>(row: &Row<D>, url: String, exporter: &Build) -> Ran {
    let said = Arc::default();
    let exporter = exporter(url, row.time, Arc::clone(&said));
    let provider = TracerProviderBuilder::new()
        .limits(SpanLimits::default().span_byte_limit(usize::MAX))
        .processor(SimpleSpanProcessor::new(exporter))
        .build()
        .unwrap();
    let tracer = provider.tracer("matrix");
    let mut memory = 0;
    let begun = Instant::now();
    for _ in 0..row.spans {
        let span = tracer
            .span("x")
            .attribute("text", "x".repeat(row.text))
            .start();
        let used = allocation_counter::measure(move || span.end());
        memory = memory.max(used.bytes_max);
    }
    let took = begun.elapsed();
    let shutdown = provider.shutdown(Duration::from_secs(5));
    let stats = provider.stats();
    let mut said = said.lock().unwrap().clone();
    said += &format!(" {shutdown:?} {stats:?} {stats}");
    Ran {
        stats: stats.processors[0].clone(),
        said,
        took,
        memory,
    }
}

pub(crate) fn check<D>(wire: &str, row: &Row<D>, attempts: usize, ran: &Ran) {
    let what = format!("{wire}: {}", row.name);
    let stats = &ran.stats;
    let counts = [stats.exported, stats.failed, stats.rejected];
    assert_eq!(
        counts,
        row.expected(),
        "{what}: exported, failed, rejected; {}",
        ran.said
    );
    assert_eq!(stats.ended_sampled, row.spans, "{what}");
    assert!(
        row.attempts.contains(&attempts),
        "{what}: {attempts} attempts; {}",
        ran.said
    );
    assert!(ran.took < row.time + LATE, "{what}: took {:?}", ran.took);
    // The text of a span stands in the request, once or, while that grows, twice; and packed.
    let request = 4 * row.text as u64;
    assert!(
        ran.memory < MEMORY + request,
        "{what}: {} bytes",
        ran.memory
    );
    for secret in SECRETS {
        assert!(
            !ran.said.contains(secret),
            "{what}: {secret} in {}",
            ran.said
        );
    }
}

/// The same behaviour behind a batch processor whose exporter has ten minutes. A flush and a shutdown
/// have a moment, and come back in time all the same; whatever they leave behind is counted.
pub(crate) fn check_flush<D>(wire: &str, row: &Row<D>, url: String, exporter: &Build) {
    let what = format!("{wire}: {}, behind a batch processor", row.name);
    let exporter = exporter(url, FOR_EVER, Arc::default());
    let config = BatchConfig::default()
        .schedule_delay(FOR_EVER)
        .export_timeout(FOR_EVER);
    let processor = BatchSpanProcessor::new(exporter, config).unwrap();
    let provider = TracerProviderBuilder::new()
        .limits(SpanLimits::default().span_byte_limit(usize::MAX))
        .processor(processor)
        .build()
        .unwrap();
    let tracer = provider.tracer("matrix");
    for _ in 0..row.spans {
        let text = "x".repeat(row.text.min(QUEUED));
        tracer.span("x").attribute("text", text).start().end();
    }
    let begun = Instant::now();
    let flushed = provider.force_flush(MOMENT);
    let took = begun.elapsed();
    assert!(took < MOMENT + LATE, "{what}: the flush took {took:?}");
    let counted = provider.stats();
    assert!(counted.balances(), "{what}: {counted}");
    match &flushed {
        Err(FlushError::DeadlinePassed { unsent }) => {
            assert!(took >= MOMENT, "{what}: gave up after {took:?}");
            assert!(*unsent <= row.spans, "{what}: {unsent} unsent");
        }
        Ok(_) | Err(FlushError::Exporter(_)) => {
            assert_ne!(row.time, SHORT, "{what}: nobody has answered yet");
            let counted = &counted.processors[0];
            let counts = [counted.exported, counted.failed, counted.rejected];
            assert_eq!(counts, row.expected(), "{what}: {counted}");
        }
        Err(error) => panic!("{what}: {error}"),
    }
    let begun = Instant::now();
    let ended = provider.shutdown(MOMENT);
    let took = begun.elapsed();
    assert!(took < MOMENT + LATE, "{what}: the shutdown took {took:?}");
    let stats = provider.stats().processors[0].clone();
    assert!(stats.balances(), "{what}: {stats}");
    assert_eq!((stats.queued, stats.in_flight), (0, 0), "{what}: {ended:?}");
    assert_eq!(stats.ended_sampled, row.spans, "{what}");
}

/// All that diagnostics were told, by any test here.
pub(crate) fn told() -> &'static Mutex<String> {
    static TOLD: OnceLock<Mutex<String>> = OnceLock::new();
    TOLD.get_or_init(|| {
        diagnostics::set_handler(|diagnostic: &diagnostics::Diagnostic<'_>| {
            *told().lock().unwrap() += &format!("{diagnostic} {diagnostic:?}\n");
        });
        Mutex::default()
    })
}

/// No secret has been told to diagnostics, though something was.
pub(crate) fn told_no_secret(something: &str) {
    let told = told().lock().unwrap();
    assert!(told.contains(something), "{told}");
    for secret in SECRETS {
        assert!(!told.contains(secret), "{told}");
    }
}

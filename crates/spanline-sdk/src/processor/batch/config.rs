//! The batch processor's settings.

use spanline_core::diagnostics::{self, DiagnosticKind};
use spanline_core::export::ExportReport;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Who watches the sending.
pub(super) type Watcher = Arc<dyn Fn(&ExportReport<'_>) + Send + Sync>;

/// The largest queue there is.
const MAX_QUEUE_SIZE: usize = 1 << 20;

/// Settings of a [`super::BatchSpanProcessor`], with the specification's defaults ("Batching
/// processor").
///
/// ```
/// # use spanline_sdk::processor::BatchConfig;
/// let config = BatchConfig::default()
///     .max_queue_size(8192)
///     .on_export(|report| println!("{} spans, {}", report.spans, report.cause));
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct BatchConfig {
    max_queue_size: Option<usize>,
    max_queue_bytes: Option<usize>,
    max_export_batch_size: Option<usize>,
    schedule_delay: Option<Duration>,
    export_timeout: Option<Duration>,
    watcher: Option<Watcher>,
}

impl BatchConfig {
    /// The specification's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The most spans that are queued (default 2048, at least 1, at most 2^20): after that the newest
    /// are dropped. Spans of the batch that the worker is putting together are not among them: it
    /// claims them in advance, a quarter of this number at most, and counts them as in flight. A claim
    /// ends with its batch; so up to one and a quarter times as many can wait, or be with the exporter
    /// and wait.
    ///
    /// How many it should be: spans per second times the pause to bridge. 2048 are a tenth of a second
    /// at 20,000 spans a second, and 5 ms at 400,000; a thread that is due may get a core 5 to 10 ms
    /// late, and a slow collector pauses for longer.
    pub fn max_queue_size(self, spans: usize) -> Self {
        BatchConfig {
            max_queue_size: Some(spans.clamp(1, MAX_QUEUE_SIZE)),
            ..self
        }
    }

    /// The memory that waiting spans may take (default 16 MiB). It is split between shards, so one
    /// span may take a 24th of it.
    pub fn max_queue_bytes(self, bytes: usize) -> Self {
        BatchConfig {
            max_queue_bytes: Some(bytes),
            ..self
        }
    }

    /// The most spans of one export (default 512, at least 1). A batch larger than the queue makes
    /// no sense and is as large as the queue.
    pub fn max_export_batch_size(self, spans: usize) -> Self {
        BatchConfig {
            max_export_batch_size: Some(spans.max(1)),
            ..self
        }
    }

    /// How long a span waits for others before it is sent (default 5 s).
    pub fn schedule_delay(self, delay: Duration) -> Self {
        BatchConfig {
            schedule_delay: Some(delay),
            ..self
        }
    }

    /// How long one export may take (default 30 s); `Duration::ZERO`: as long as it likes.
    pub fn export_timeout(self, timeout: Duration) -> Self {
        BatchConfig {
            export_timeout: Some(timeout),
            ..self
        }
    }

    /// Calls `watch` on the worker after every export. It should be quick; a panic costs the call.
    pub fn on_export(self, watch: impl Fn(&ExportReport<'_>) + Send + Sync + 'static) -> Self {
        BatchConfig {
            watcher: Some(Arc::new(watch)),
            ..self
        }
    }

    /// This configuration, with what it leaves open taken from `below`.
    pub fn or(self, below: BatchConfig) -> Self {
        BatchConfig {
            max_queue_size: self.max_queue_size.or(below.max_queue_size),
            max_queue_bytes: self.max_queue_bytes.or(below.max_queue_bytes),
            max_export_batch_size: self.max_export_batch_size.or(below.max_export_batch_size),
            schedule_delay: self.schedule_delay.or(below.schedule_delay),
            export_timeout: self.export_timeout.or(below.export_timeout),
            watcher: self.watcher.or(below.watcher),
        }
    }

    pub(super) fn queue_size(&self) -> usize {
        self.max_queue_size.unwrap_or(2048)
    }

    pub(super) fn queue_bytes(&self) -> usize {
        self.max_queue_bytes.unwrap_or(16 * 1024 * 1024)
    }

    /// Tells of a batch that is larger than the queue, which makes no sense.
    pub(super) fn check(&self, component: &str) {
        let (queue, batch) = (self.queue_size(), self.max_export_batch_size);
        if let Some(batch) = batch.filter(|batch| *batch > queue) {
            let text = format_args!(
                "max_export_batch_size {batch} is larger than max_queue_size: batches of {queue}"
            );
            diagnostics::report(DiagnosticKind::Config, component, text);
        }
    }

    pub(super) fn batch_size(&self) -> usize {
        self.max_export_batch_size
            .unwrap_or(512)
            .min(self.queue_size())
    }

    pub(super) fn delay(&self) -> Duration {
        self.schedule_delay.unwrap_or(Duration::from_millis(5000))
    }

    /// `None`: no limit.
    pub(super) fn timeout(&self) -> Option<Duration> {
        let timeout = self.export_timeout.unwrap_or(Duration::from_millis(30_000));
        (!timeout.is_zero()).then_some(timeout)
    }

    pub(super) fn watcher(&self) -> Option<Watcher> {
        self.watcher.clone()
    }
}

impl fmt::Debug for BatchConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchConfig")
            .field("max_queue_size", &self.queue_size())
            .field("max_queue_bytes", &self.queue_bytes())
            .field("max_export_batch_size", &self.batch_size())
            .field("schedule_delay", &self.delay())
            .field("export_timeout", &self.timeout())
            .finish_non_exhaustive()
    }
}

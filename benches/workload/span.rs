//! One set of spans for every bench: who records them, what is on them, and where they go.
//!
//! Exporters here throw spans away, because a wire would hide what is asked for. What a span costs
//! on its way to the wire is timed from [`finished`] records instead.

use spanline::export::{Batch, ExportError, Exported, SpanExporter};
use spanline::sdk::{Sampler, SpanProcessor, TracerProviderBuilder, Watches};
use spanline::view::{SpanView, Timeline};
use spanline::{
    Context, Deadline, Resource, SpanContext, SpanId, SpanKind, Status, Timestamp, TraceFlags,
    TraceId, Tracer, TracerProvider,
};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Spans in a row between two flushes: below the batch of 512 that wakes the worker, and a fifth of
/// the queue, so that nothing is dropped and nobody is woken while the clock runs.
pub const BURST: u64 = 400;

/// The five attributes of "five attributes and an event": short keys, three types.
pub const FIVE: [(&str, i64); 5] = [
    ("http.request.size", 512),
    ("http.response.size", 2048),
    ("order.id", 4_711),
    ("retries", 0),
    ("thread.id", 7),
];

/// The ten attributes of the OpenTelemetry benchmark guideline: keys and values of 20 characters.
pub const TEN: [(&str, &str); 10] = [
    ("attribute.number.000", "value.of.number.0000"),
    ("attribute.number.001", "value.of.number.0001"),
    ("attribute.number.002", "value.of.number.0002"),
    ("attribute.number.003", "value.of.number.0003"),
    ("attribute.number.004", "value.of.number.0004"),
    ("attribute.number.005", "value.of.number.0005"),
    ("attribute.number.006", "value.of.number.0006"),
    ("attribute.number.007", "value.of.number.0007"),
    ("attribute.number.008", "value.of.number.0008"),
    ("attribute.number.009", "value.of.number.0009"),
];

/// A vendor's entry and another's, as they come with a request.
pub const TRACE_STATE: &str = "acme=t61rcWkgMzE,rojo=00f067aa0ba902b7";

/// A runtime whose exporter throws everything away.
#[derive(Debug)]
pub struct Runtime {
    provider: TracerProvider,
    tracer: Tracer,
}

impl Runtime {
    /// A batch processor with its defaults: a queue of 2048 spans, batches of 512.
    ///
    /// # Panics
    ///
    /// If the worker cannot be started: then there is nothing to measure.
    #[must_use]
    pub fn batching(sampler: impl Sampler + 'static) -> Self {
        Self::build(
            TracerProviderBuilder::new()
                .sampler(sampler)
                .exporter(Discard),
        )
    }

    /// A processor that does nothing at all, so that what remains is birth, sampling and end.
    ///
    /// # Panics
    ///
    /// Never with what is built here.
    #[must_use]
    pub fn ending_nowhere(sampler: impl Sampler + 'static) -> Self {
        Self::build(
            TracerProviderBuilder::new()
                .sampler(sampler)
                .processor(Nowhere),
        )
    }

    fn build(builder: TracerProviderBuilder) -> Self {
        let provider = match builder.build() {
            Ok(provider) => provider,
            Err(error) => panic!("no runtime to measure: {error}"),
        };
        let tracer = provider.tracer("bench");
        Self { provider, tracer }
    }

    /// Its tracer.
    #[must_use]
    pub fn tracer(&self) -> &Tracer {
        &self.tracer
    }

    /// Times `work` so many times in bursts of at most [`BURST`] spans, of which each call makes
    /// `spans`. Flushes between bursts, outside the time.
    ///
    /// Each burst is preceded by a span that wakes the idle worker, outside the time as well: that
    /// costs microseconds, once per idle time and not per span.
    pub fn burst(&self, calls: u64, spans: u64, mut work: impl FnMut(&Tracer)) -> Duration {
        let mut left = calls;
        let mut time = Duration::ZERO;
        while left > 0 {
            let size = left.min((BURST / spans).max(1));
            self.tracer.start("first").end();
            let start = Instant::now();
            for _ in 0..size {
                work(&self.tracer);
            }
            time += start.elapsed();
            self.flush();
            left -= size;
        }
        time
    }

    /// Waits until everything is exported.
    ///
    /// # Panics
    ///
    /// If a span was lost: a bench that loses spans measures something else.
    pub fn flush(&self) {
        match self.provider.force_flush(Deadline::NEVER) {
            Ok(lost) => assert!(lost.is_empty(), "the bench lost spans: {lost}"),
            Err(error) => panic!("the bench could not flush: {error}"),
        }
    }
}

/// A parent in another process.
#[must_use]
pub fn remote(flags: TraceFlags, trace_state: &str) -> SpanContext {
    let context = SpanContext::new(trace_id(), span_id(1), flags).with_remote(true);
    context.with_trace_state(trace_state.parse().unwrap_or_default())
}

/// The context of a request that comes with such a parent.
#[must_use]
pub fn request(flags: TraceFlags, trace_state: &str) -> Context {
    Context::root().with_span_context(remote(flags, trace_state))
}

/// Finished spans as an exporter gets them.
#[derive(Debug)]
pub struct Finished {
    records: Vec<Vec<u8>>,
    resource: Resource,
}

impl Finished {
    /// Lends them as a batch.
    #[must_use]
    pub fn batch(&self) -> Batch<'_> {
        Batch::new(&self.records, &Timeline::UNIX, &self.resource)
    }
}

/// So many server spans of one trace, each with a parent, five attributes, an event with one
/// attribute and a link, made by the runtime and kept as they left it.
///
/// # Panics
///
/// Never with what is built here.
#[must_use]
pub fn finished(count: usize) -> Finished {
    made(count, full_span)
}

/// So many spans of four shapes in turn: a bare one; one with ten attributes; one that failed, with
/// three events; one with two links.
///
/// # Panics
///
/// Never with what is built here.
#[must_use]
pub fn mixed(count: usize) -> Finished {
    made(count, |tracer, parent, number| match number % 4 {
        0 => tracer.start("bare").end(),
        1 => {
            let mut span = tracer
                .span("ten")
                .kind(SpanKind::Server)
                .parent(parent)
                .start();
            span.set_attributes(TEN);
            span.set_status(Status::Ok);
        }
        2 => {
            let mut span = tracer.span("failed").kind(SpanKind::Consumer).start();
            for attempt in 1..=3 {
                span.add_event("attempt").attribute("number", attempt);
            }
            span.set_status(Status::error("no \"stock\" left"));
        }
        _ => {
            let link = |n| SpanContext::new(trace_id(), span_id(n), TraceFlags::SAMPLED);
            let span = tracer.span("linked").link(link(3)).link(link(4));
            span.attribute("share", 0.25).start().end();
        }
    })
}

fn made(count: usize, make: impl Fn(&Tracer, &Context, u64)) -> Finished {
    let kept = Arc::new(Keep::default());
    let runtime = Runtime::build(TracerProviderBuilder::new().processor(Arc::clone(&kept)));
    let parent = request(TraceFlags::SAMPLED, "");
    for number in 0..count as u64 {
        make(runtime.tracer(), &parent, number);
    }
    let mut records = kept.0.lock().unwrap_or_else(PoisonError::into_inner);
    Finished {
        records: std::mem::take(&mut *records),
        resource: Resource::builder().service_name("checkout").build(),
    }
}

fn full_span(tracer: &Tracer, parent: &Context, number: u64) {
    let start = 1_700_000_000_000_000_000 + number * 1_000_000;
    let at = |micros: u64| Timestamp::from_unix_nanos(start + micros * 1000);
    let mut span = tracer
        .span("POST /api/orders")
        .kind(SpanKind::Server)
        .parent(parent)
        .attribute("http.request.method", "POST")
        .attribute("url.path", "/api/orders")
        .attribute("http.response.status_code", 201)
        .attribute("order.total", 99.5)
        .attribute("order.express", true)
        .link(SpanContext::new(
            trace_id(),
            span_id(2),
            TraceFlags::SAMPLED,
        ))
        .start_time(at(0))
        .start();
    span.add_event("stock reserved")
        .attribute("items", 3)
        .at(at(150));
    span.set_status(Status::Ok);
    span.end_at(at(400));
}

fn trace_id() -> TraceId {
    TraceId::from_u128(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736).unwrap_or(TraceId::MIN)
}

fn span_id(number: u64) -> SpanId {
    SpanId::from_u64(0x00f0_67aa_0ba9_02b7 + number).unwrap_or(SpanId::MIN)
}

/// Takes every batch and looks at none.
#[derive(Debug)]
struct Discard;

impl SpanExporter for Discard {
    fn export(&mut self, _: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        Ok(Exported::ALL)
    }
}

/// Makes spans record without sending them anywhere.
#[derive(Debug)]
struct Nowhere;

impl SpanProcessor for Nowhere {
    fn on_end(&self, _: SpanView<'_>) {}

    fn watches(&self) -> Watches {
        Watches::ONLY_ENDS
    }
}

/// Keeps the bytes of what ended.
#[derive(Debug, Default)]
struct Keep(Mutex<Vec<Vec<u8>>>);

impl SpanProcessor for Keep {
    fn on_end(&self, span: SpanView<'_>) {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        records.push(span.raw().bytes().to_vec());
    }
}

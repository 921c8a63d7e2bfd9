//! A runtime for tests: it records what ended, and its clock and its ids are counters.
//!
//! Decisions are parent-based: a child is recorded if its parent is sampled, a root if
//! `records_roots` says so. Ended records are kept as bytes in one buffer with room, so that a
//! measurement of allocations sees those of the spans alone.

use std::ops::Deref;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use spanline_core::backend::{Backend, Extra, Identity, Profile, Question, SharedBackend, Verdict};
use spanline_core::record::{RawRecord, Record};
use spanline_core::view::{SpanView, Timeline, Times};
use spanline_core::*;

type Sampler = dyn Fn(&Question<'_>) -> Option<Extra> + Send + Sync;
type OnStart = dyn Fn(&mut SpanMut<'_>, &Context) + Send + Sync;
type OnEnding = dyn Fn(&mut SpanMut<'_>) + Send + Sync;
type OnEnd = dyn Fn(SpanView<'_>) + Send + Sync;

/// The runtime. Clones are the same one.
#[derive(Clone)]
pub(crate) struct TestBackend(Arc<Parts>);

/// The runtime's parts. The public ones are set before it is shared.
pub(crate) struct Parts {
    pub(crate) profile: Profile,
    pub(crate) records_roots: bool,
    /// Asked at each start, like a sampler.
    pub(crate) sampler: Option<Box<Sampler>>,
    pub(crate) on_start: Option<Box<OnStart>>,
    pub(crate) on_ending: Option<Box<OnEnding>>,
    pub(crate) on_end: Option<Box<OnEnd>>,
    /// Run whenever the clock is read.
    pub(crate) on_clock: Option<Box<dyn Fn() + Send + Sync>>,
    clock: AtomicU64,
    ids: AtomicU64,
    started: AtomicU64,
    discarded: AtomicU64,
    shutdowns: AtomicU64,
    ended: Mutex<Vec<u8>>,
    resource: Resource,
}

impl TestBackend {
    /// A backend that records everything.
    pub(crate) fn new() -> TestBackend {
        Self::with(|_| {})
    }

    /// A backend with other settings.
    pub(crate) fn with(settings: impl FnOnce(&mut Parts)) -> TestBackend {
        let mut parts = Parts {
            profile: Profile::default(),
            records_roots: true,
            sampler: None,
            on_start: None,
            on_ending: None,
            on_end: None,
            on_clock: None,
            clock: AtomicU64::new(1000),
            ids: AtomicU64::new(1),
            started: AtomicU64::new(0),
            discarded: AtomicU64::new(0),
            shutdowns: AtomicU64::new(0),
            ended: Mutex::new(Vec::with_capacity(1 << 20)),
            resource: Resource::empty(),
        };
        settings(&mut parts);
        TestBackend(Arc::new(parts))
    }

    /// A provider around this backend.
    pub(crate) fn provider(&self) -> TracerProvider {
        TracerProvider::from_backend(self.clone())
    }

    /// A tracer of this backend.
    pub(crate) fn tracer(&self) -> Tracer {
        self.provider().tracer("test")
    }

    /// Sets the clock, which otherwise stands still.
    pub(crate) fn set_clock(&self, ticks: u64) {
        self.clock.store(ticks, Ordering::SeqCst);
    }

    /// What has ended so far, in the order of ending.
    pub(crate) fn ended(&self) -> Vec<Ended> {
        let log = self.log();
        let mut rest = log.as_slice();
        let mut ended = Vec::new();
        while let Some(record) = RawRecord::new(rest) {
            let (one, others) = rest.split_at(record.header().length as usize);
            ended.push(Ended(one.to_vec()));
            rest = others;
        }
        ended
    }

    /// Forgets what has ended so far.
    pub(crate) fn forget(&self) {
        self.log().clear();
    }

    /// The names of what has ended so far.
    pub(crate) fn names(&self) -> Vec<String> {
        let ended = self.ended();
        ended
            .iter()
            .map(|one| one.view().name().to_owned())
            .collect()
    }

    /// The only ended span of this name.
    pub(crate) fn span(&self, name: &str) -> Ended {
        let mut found = self.ended();
        found.retain(|one| one.view().name() == name);
        match <[Ended; 1]>::try_from(found) {
            Ok([one]) => one,
            Err(other) => panic!("{} ended spans named {name:?}", other.len()),
        }
    }

    /// The name of the ended span's parent; empty for a root, `?` if the parent has not ended.
    pub(crate) fn parent_of(&self, name: &str) -> String {
        let Some(parent) = self.span(name).view().parent_span_id() else {
            return String::new();
        };
        let ended = self.ended();
        let parent = ended.iter().find(|one| one.view().span_id() == parent);
        parent.map_or("?", |one| one.view().name()).to_owned()
    }

    /// How often it was asked about a new span.
    pub(crate) fn started(&self) -> u64 {
        self.started.load(Ordering::SeqCst)
    }

    /// How many spans were thrown away.
    pub(crate) fn discarded(&self) -> u64 {
        self.discarded.load(Ordering::SeqCst)
    }

    /// How often it was shut down.
    pub(crate) fn shutdowns(&self) -> u64 {
        self.shutdowns.load(Ordering::SeqCst)
    }

    fn log(&self) -> MutexGuard<'_, Vec<u8>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::SeqCst)
    }
}

impl Deref for TestBackend {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// A span that has ended.
#[derive(Debug)]
pub(crate) struct Ended(Vec<u8>);

impl Ended {
    /// The span, read in place. Ticks stand for Unix nanoseconds.
    pub(crate) fn view(&self) -> SpanView<'_> {
        const NOBODY: &Resource = &Resource::empty();
        match SpanView::new(&self.0, &Timeline::UNIX, NOBODY) {
            Some(view) => view,
            None => panic!("not a record"),
        }
    }

    /// The text form of an attribute; `-` if it is not there.
    pub(crate) fn text(&self, key: &str) -> String {
        let value = self.view().attributes().get(key);
        value.map_or("-".to_owned(), |value| value.to_string())
    }

    /// The names of the span's events.
    pub(crate) fn events(&self) -> Vec<String> {
        let events = self.view().events();
        events.iter().map(|event| event.name().to_owned()).collect()
    }
}

type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl Backend for TestBackend {
    fn profile(&self) -> Profile {
        Profile {
            watches_start: self.on_start.is_some(),
            watches_ending: self.on_ending.is_some(),
            ..self.profile
        }
    }

    fn is_enabled(&self) -> bool {
        true
    }

    fn begin(&self, question: Question<'_>) -> Option<Verdict> {
        self.started.fetch_add(1, Ordering::SeqCst);
        let recording = match question.parent.is_valid() {
            true => question.parent.is_sampled(),
            false => self.records_roots,
        };
        let begins = !question.parent.is_valid();
        Some(Verdict {
            identity: Identity {
                new_trace: if begins {
                    TraceId::from_u128(u128::from(self.id()) << 64 | 1)
                } else {
                    None
                },
                span_id: SpanId::from_u64(self.id()).unwrap_or(SpanId::MIN),
                flags: TraceFlags::NONE.with_sampled(recording),
            },
            recording,
            ticks: if recording { self.ticks() } else { 0 },
            extra: self
                .sampler
                .as_ref()
                .and_then(|ask| ask(&question))
                .map(Box::new),
        })
    }

    fn ticks(&self) -> u64 {
        if let Some(hook) = &self.on_clock {
            hook();
        }
        self.clock.load(Ordering::SeqCst)
    }

    fn started(&self, span: &mut SpanMut<'_>, parent: &Context) {
        if let Some(hook) = &self.on_start {
            hook(span, parent);
        }
    }

    fn ending(&self, span: &mut SpanMut<'_>) {
        if let Some(hook) = &self.on_ending {
            hook(span);
        }
    }

    fn ended(&self, record: &mut Record) {
        if !record.has_ended() {
            record.end(self.ticks());
        }
        let record = record.seal();
        self.log().extend_from_slice(record);
        let view = SpanView::new(record, &Timeline::UNIX, &self.resource);
        if let (Some(hook), Some(view)) = (&self.on_end, view) {
            hook(view);
        }
    }

    fn discarded(&self, _: TraceFlags) {
        self.discarded.fetch_add(1, Ordering::SeqCst);
    }

    fn times(&self) -> &dyn Times {
        &Timeline::UNIX
    }

    fn resource(&self) -> &Resource {
        &self.resource
    }

    fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        stats.started.sampled = self.ended().len() as u64;
        stats
    }

    fn force_flush(&self, _: Deadline) -> Result<LossReport, FlushError> {
        Ok(LossReport::default())
    }

    fn shutdown(&self, _: Deadline) -> Result<LossReport, ShutdownError> {
        match self.shutdowns.fetch_add(1, Ordering::SeqCst) {
            0 => Ok(LossReport::default()),
            _ => Err(ShutdownError::AlreadyShutDown),
        }
    }

    fn force_flush_async(
        &self,
        deadline: Deadline,
        _: &SharedBackend,
    ) -> Later<Result<LossReport, FlushError>> {
        Box::pin(std::future::ready(self.force_flush(deadline)))
    }

    fn shutdown_async(
        &self,
        deadline: Deadline,
        _: &SharedBackend,
    ) -> Later<Result<LossReport, ShutdownError>> {
        Box::pin(std::future::ready(self.shutdown(deadline)))
    }
}

#[test]
fn the_backend_of_these_tests_tells_the_truth() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    assert_eq!(backend.shutdowns(), 1, "the provider's handle is gone");
    let root = tracer.start_active("root");
    root.add_event("event");
    backend.set_clock(2000);
    tracer.span("child").attribute("n", 1).start().end();
    assert_eq!(backend.parent_of("child"), "?");
    root.end();
    tracer.start("discarded").discard();
    assert_eq!(backend.names(), ["child", "root"]);
    assert_eq!(backend.parent_of("child"), "root");
    assert_eq!(backend.parent_of("root"), "");
    assert_eq!(backend.span("child").text("n"), "1");
    assert_eq!(backend.span("root").events(), ["event"]);
    assert_eq!((backend.started(), backend.discarded()), (3, 1));
    assert_eq!(backend.span("root").view().end_unix_nanos(), 2000);
    backend.forget();
    assert!(backend.ended().is_empty());
}

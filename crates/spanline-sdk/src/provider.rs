//! The runtime behind a tracer provider: sampler, ids, clock, limits, processors.
//!
//! It implements the seam of `spanline_core::backend`. A start asks it what is known already
//! (`outlook`) and then for a name (`name`), or else for a decision (`begin`); an end hands it the
//! record (`ended`). Everything else is off the hot path.

mod builder;
mod outlooks;

pub use crate::build_error::BuildError;
pub use builder::TracerProviderBuilder;

use crate::clock::TickClock;
use crate::counters::PerThread;
use crate::id_generator::{IdGenerator, RandomIdGenerator};
use crate::inside::{Inside, REFUSED};
use crate::lifecycle;
use crate::outcome::Outcome;
use crate::processor::FanOut;
use crate::sampler::{ParentKind, Rule, Sampler, SamplingDecision, SamplingInput, SamplingResult};
use crate::shutdown::ShutdownOnce;
use crate::sync::thread;
use outlooks::Outlooks;
use spanline_core::backend::{
    Backend, Identity, Later, Outlook, Profile, Question, SharedBackend, Verdict,
};
use spanline_core::contain::contain;
use spanline_core::context::Context;
use spanline_core::diagnostics::{self, DiagnosticKind};
use spanline_core::record::{RawRecord, Record};
use spanline_core::span_context::Marks;
use spanline_core::view::Times;
use spanline_core::{
    Deadline, FlushError, LossReport, Resource, ShutdownError, SpanId, SpanMut, Stats, TraceFlags,
    TraceId,
};
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The runtime. Shared by tracers, recycled boxes and the provider's handles; it owns no thread,
/// so whoever holds on to it after shutdown keeps nothing running.
pub(crate) struct Runtime {
    sampler: Box<dyn Sampler>,
    /// What the sampler amounts to, if it need not be asked.
    rule: Rule,
    /// What is known of spans before anything is asked.
    outlooks: Outlooks,
    ids: Ids,
    clock: Arc<TickClock>,
    resource: Resource,
    profile: Profile,
    processors: FanOut,
    counts: PerThread<5>,
    shutdown: ShutdownOnce,
    /// Somebody has started a span after the shutdown, and that was told.
    told_of_late: AtomicBool,
}

/// Where ids come from. Ours are called directly, which is two nanoseconds cheaper.
enum Ids {
    Random,
    Custom(Box<dyn IdGenerator>),
}

/// What is counted per thread.
#[derive(Clone, Copy)]
enum Count {
    Dropped = 0,
    RecordOnly = 1,
    Sampled = 2,
    /// Recording spans that have ended or were discarded.
    Over = 3,
    /// Sampled spans that were discarded.
    Discarded = 4,
}

impl Runtime {
    /// Runs the sampler; one that panics drops this span.
    #[inline(never)]
    fn ask_sampler(&self, question: &Question<'_>, trace: (u64, u64)) -> SamplingResult {
        let input = SamplingInput::new(question, trace);
        contain(|| self.sampler.should_sample(&input)).unwrap_or_else(|_| {
            told("the sampler");
            SamplingDecision::Drop.into()
        })
    }

    /// Ids of a root.
    fn root_ids(&self) -> (TraceId, SpanId) {
        match &self.ids {
            Ids::Random => RandomIdGenerator::root_ids(),
            Ids::Custom(generator) => {
                custom(|| (generator.new_trace_id(), generator.new_span_id()))
                    .unwrap_or_else(RandomIdGenerator::root_ids)
            }
        }
    }

    /// The id of a child.
    fn child_id(&self) -> SpanId {
        match &self.ids {
            Ids::Random => RandomIdGenerator.new_span_id(),
            Ids::Custom(generator) => custom(|| generator.new_span_id())
                .unwrap_or_else(|| RandomIdGenerator.new_span_id()),
        }
    }

    /// Whether new trace ids deserve the W3C random flag.
    fn ids_are_random(&self) -> bool {
        match &self.ids {
            Ids::Random => true,
            Ids::Custom(generator) => custom(|| generator.is_random()).unwrap_or(false),
        }
    }

    /// Such as in a program that dropped its guard too early.
    #[cold]
    fn tell_of_late(&self) {
        // Relaxed: nothing but the word itself hangs on it.
        if !self.told_of_late.swap(true, Ordering::Relaxed) {
            let text = format_args!(
                "a span was started after the shutdown; it and all later ones are not recorded"
            );
            // Not "tracer provider", which may have spoken of its shutdown a moment ago.
            diagnostics::report(DiagnosticKind::Shutdown, "late spans", text);
        }
    }

    #[inline]
    fn count(&self, what: Count) {
        self.counts.add(what as usize, 1);
    }

    fn shut_down(&self, deadline: Deadline) -> Result<LossReport, ShutdownError> {
        self.outlooks.forget();
        let outcome = self.processors.shutdown(deadline);
        let [_, record_only, sampled, over, discarded] = self.counts.sum();
        let live = (record_only + sampled).saturating_sub(over);
        if live > 0 {
            let text = format_args!(
                "still open at the shutdown, and so not sent: {live}; end spans first"
            );
            diagnostics::report(DiagnosticKind::Shutdown, "open spans", text);
        }
        // Discarded spans pass processors by; only the counts here know of them.
        let all = |mut losses: LossReport| {
            // Once for each processor that lost it, as in `stats`.
            let exporting = self.processors.stats().len() as u64;
            losses.dropped.discarded += discarded * exporting;
            losses
        };
        let outcome = match outcome {
            Ok(losses) => Ok(all(losses)),
            Err(ShutdownError::DeadlinePassed(losses)) => {
                Err(ShutdownError::DeadlinePassed(all(losses)))
            }
            Err(ShutdownError::Exporter(losses, text)) => {
                Err(ShutdownError::Exporter(all(losses), text))
            }
            Err(other) => Err(other),
        };
        let losses = match &outcome {
            Ok(losses) => Some(*losses),
            Err(error) => error.loss(),
        };
        // A span that the program threw away on purpose is no news.
        let news = losses.filter(|losses| losses.total() > losses.dropped.discarded);
        if let Some(losses) = news {
            let text = format_args!("shut down; {losses}");
            diagnostics::report(DiagnosticKind::Shutdown, "tracer provider", text);
        }
        outcome
    }
}

impl Backend for Runtime {
    fn profile(&self) -> Profile {
        self.profile
    }

    fn is_enabled(&self) -> bool {
        !self.processors.is_empty() && !self.shutdown.has_begun()
    }

    #[inline]
    fn outlook(&self, parent: Option<Marks>) -> Outlook {
        self.outlooks.get(parent)
    }

    /// The ids are ours: with others' no outlook is known.
    #[inline(always)]
    fn name(&self, parent: Option<Marks>, sampled: bool) -> Option<Identity> {
        let counts = self.counts.ready()?;
        let count = if sampled {
            Count::Sampled
        } else {
            Count::Dropped
        };
        if let Some(parent) = parent {
            let span_id = RandomIdGenerator::ready_span_id()?;
            counts.add(count as usize, 1);
            return Some(Identity {
                new_trace: None,
                span_id,
                flags: parent.flags().with_sampled(sampled),
            });
        }
        let (trace_id, span_id) = RandomIdGenerator::ready_root_ids()?;
        counts.add(count as usize, 1);
        Some(Identity {
            new_trace: Some(trace_id),
            span_id,
            flags: TraceFlags::RANDOM.with_sampled(sampled),
        })
    }

    #[inline]
    fn begin(&self, question: Question<'_>) -> Option<Verdict> {
        if self.shutdown.has_begun() {
            self.tell_of_late();
            return None;
        }
        let parent = question.parent;
        let kind = ParentKind::of(parent.marks());
        let (new_trace, trace, span_id, random) = if kind.is_none() {
            let (trace, span) = self.root_ids();
            (
                Some(trace),
                (trace.high(), trace.low()),
                span,
                self.ids_are_random(),
            )
        } else {
            let (high, low, _) = parent.words();
            let random = parent.trace_flags().is_random();
            (None, (high, low), self.child_id(), random)
        };
        let (decision, extra) = match self.rule.decide(kind, trace.1) {
            Some(decision) => (decision, None),
            None => {
                let result = self.ask_sampler(&{ question }, trace);
                (result.decision(), result.into_extra())
            }
        };
        self.count(match decision {
            SamplingDecision::Drop => Count::Dropped,
            SamplingDecision::RecordOnly => Count::RecordOnly,
            SamplingDecision::RecordAndSample => Count::Sampled,
        });
        let sampled = decision == SamplingDecision::RecordAndSample;
        let recording = decision != SamplingDecision::Drop;
        Some(Verdict {
            identity: Identity {
                new_trace,
                span_id,
                flags: TraceFlags::NONE.with_sampled(sampled).with_random(random),
            },
            recording,
            ticks: if recording { self.clock.ticks() } else { 0 },
            extra,
        })
    }

    #[inline]
    fn ticks(&self) -> u64 {
        self.clock.ticks()
    }

    fn started(&self, span: &mut SpanMut<'_>, parent: &Context) {
        self.processors.on_start(span, parent);
    }

    fn ending(&self, span: &mut SpanMut<'_>) {
        self.processors.on_ending(span);
    }

    #[inline]
    fn ended(&self, record: &mut Record) {
        self.count(Count::Over);
        let bytes = if record.has_ended() {
            record.seal()
        } else {
            record.finish(self.clock.ticks())
        };
        if let Some(record) = RawRecord::new(bytes) {
            self.processors
                .on_end(record, self.clock.as_ref(), &self.resource);
        }
    }

    fn discarded(&self, flags: TraceFlags) {
        self.count(Count::Over);
        if flags.is_sampled() {
            self.count(Count::Discarded);
        }
    }

    fn times(&self) -> &dyn Times {
        self.clock.as_ref()
    }

    fn resource(&self) -> &Resource {
        &self.resource
    }

    fn stats(&self) -> Stats {
        let [dropped, record_only, sampled, over, discarded] = self.counts.sum();
        let mut stats = Stats::default();
        stats.started.dropped = dropped;
        stats.started.record_only = record_only;
        stats.started.sampled = sampled;
        stats.live = (record_only + sampled).saturating_sub(over);
        stats.processors = self.processors.stats();
        for processor in &mut stats.processors {
            // A discarded span passes every processor by, and counts at each as ended and dropped.
            processor.ended_sampled += discarded;
            processor.dropped.discarded += discarded;
        }
        stats
    }

    fn force_flush(&self, deadline: Deadline) -> Result<LossReport, FlushError> {
        if self.shutdown.has_begun() {
            return Err(FlushError::AlreadyShutDown);
        }
        if Inside::is_entered() {
            return Err(FlushError::Exporter(REFUSED.into()));
        }
        self.processors
            .force_flush(deadline)
            .map(|()| self.stats().lost())
    }

    fn shutdown(&self, deadline: Deadline) -> Result<LossReport, ShutdownError> {
        if Inside::is_entered() {
            return Err(ShutdownError::Exporter(self.stats().lost(), REFUSED.into()));
        }
        self.shutdown.run(
            deadline,
            || self.shut_down(deadline),
            || self.stats().lost(),
        )
    }

    fn let_go(&self, deadline: Deadline, this: &SharedBackend) {
        if self.shutdown.has_begun() {
            return;
        }
        if !Inside::is_entered() {
            let _ = self.shutdown(deadline);
            return;
        }
        // The exporter that dropped it cannot wait for itself. A thread without its marks can.
        let this = this.clone();
        let thread = thread::Builder::new().name("spanline-lifecycle".into());
        if let Err(error) = thread.spawn(move || this.shutdown(deadline)) {
            let text = format_args!("dropped inside an exporter, and not shut down: {error}");
            diagnostics::report(DiagnosticKind::Shutdown, "tracer provider", text);
        }
    }

    fn force_flush_async(
        &self,
        deadline: Deadline,
        this: &SharedBackend,
    ) -> Later<Result<LossReport, FlushError>> {
        let this = this.clone();
        later(
            move || this.force_flush(deadline),
            |error| Err(FlushError::Exporter(error)),
        )
    }

    fn shutdown_async(
        &self,
        deadline: Deadline,
        this: &SharedBackend,
    ) -> Later<Result<LossReport, ShutdownError>> {
        let this = this.clone();
        let losses = self.stats().lost();
        later(
            move || this.shutdown(deadline),
            move |error| Err(ShutdownError::Exporter(losses, error)),
        )
    }
}

/// Runs `work` on a thread of its own and gives its answer to whoever polls.
fn later<T: Clone + Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
    no_thread: impl FnOnce(String) -> T,
) -> Later<T> {
    let outcome = lifecycle::start(work).unwrap_or_else(|error| {
        let outcome = Outcome::new();
        outcome.settle(no_thread(error.to_string()));
        outcome
    });
    Box::pin(poll_fn(move |task| outcome.poll(task)))
}

/// Runs a user's id generator; one that panics is replaced for this call.
fn custom<R>(work: impl FnOnce() -> R) -> Option<R> {
    let ids = contain(work).ok();
    if ids.is_none() {
        told("the id generator");
    }
    ids
}

#[cold]
fn told(who: &str) {
    let text = format_args!("{who} panicked");
    diagnostics::report(DiagnosticKind::Panic, "tracer provider", text);
}

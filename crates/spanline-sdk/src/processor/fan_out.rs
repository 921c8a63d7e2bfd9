//! Several processors in a row: one call from the provider becomes one call to each.
//!
//! The row is fixed when the provider is built, so reading it takes no lock. Each call is contained:
//! a processor that panics costs itself the call and nobody else anything.

use super::{BatchSpanProcessor, Pipeline, SimpleSpanProcessor, SpanProcessor, Watches};
use crate::lifecycle;
use spanline_core::contain::{Panicked, contain};
use spanline_core::context::Context;
use spanline_core::diagnostics::{self, DiagnosticKind};
use spanline_core::record::RawRecord;
use spanline_core::view::{SpanView, Times};
use spanline_core::{
    Deadline, FlushError, LossReport, ProcessorStats, Resource, ShutdownError, SpanMut,
};
use std::any::Any;
use std::sync::Arc;

/// How a processor is called.
pub(crate) enum Called {
    /// Directly: it is ours and does not panic, and nearly every program has one.
    Batch(Arc<BatchSpanProcessor>),
    /// As others are, but that it can be told to give up.
    Simple(Arc<SimpleSpanProcessor>),
    /// Through a pointer, inside a net.
    Other(Arc<dyn SpanProcessor>),
}

impl Called {
    pub(crate) fn new<P: SpanProcessor + 'static>(processor: P) -> Called {
        let processor = Arc::new(processor);
        let any: Arc<dyn Any + Send + Sync> = Arc::<P>::clone(&processor);
        match any.downcast() {
            Ok(batch) => Called::Batch(batch),
            Err(any) => any
                .downcast()
                .map_or(Called::Other(processor), Called::Simple),
        }
    }

    fn is_ours(&self) -> bool {
        !matches!(self, Called::Other(_))
    }

    fn get(&self) -> Arc<dyn SpanProcessor> {
        match self {
            Called::Batch(batch) => Arc::<BatchSpanProcessor>::clone(batch),
            Called::Simple(simple) => Arc::<SimpleSpanProcessor>::clone(simple),
            Called::Other(other) => Arc::clone(other),
        }
    }

    fn processor(&self) -> &dyn SpanProcessor {
        match self {
            Called::Batch(batch) => batch.as_ref(),
            Called::Simple(simple) => simple.as_ref(),
            Called::Other(other) => other.as_ref(),
        }
    }
}

/// A processor and what it wants to see.
struct Member {
    called: Called,
    watches: Watches,
}

/// What a processor said to a flush or a shutdown.
#[derive(Clone)]
enum Answer<R> {
    Given(R),
    Panicked(String),
    /// The deadline passed first.
    Late,
}

impl Member {
    fn stats(&self) -> Option<ProcessorStats> {
        contained("stats", || self.called.processor().stats()).ok()?
    }

    /// What is lost now that the processor is late. One of ours gives up, so that this stays true;
    /// others may still do as they like, and what they have not sent yet counts as abandoned.
    fn left(&self) -> LossReport {
        match &self.called {
            Called::Batch(batch) => return batch.abandon(),
            Called::Simple(simple) => return simple.abandon(),
            Called::Other(_) => {}
        }
        let stats = self.stats().unwrap_or_default();
        let mut lost = stats.lost();
        lost.dropped.abandoned += stats.queued + stats.in_flight;
        lost
    }
}

/// See the module.
pub(crate) struct FanOut {
    members: Box<[Member]>,
    /// The only member, if it is a batch processor: what nearly every program has.
    only: Option<Arc<BatchSpanProcessor>>,
}

impl FanOut {
    pub(crate) fn new(processors: Vec<Called>, pipeline: &Pipeline) -> Self {
        let members = processors.into_iter().map(|called| {
            let processor = called.processor();
            let _ = contained("connect", || processor.connect(pipeline));
            let watches =
                contained("watches", || processor.watches()).unwrap_or(Watches::EVERYTHING);
            Member { called, watches }
        });
        let members: Box<[Member]> = members.collect();
        let only = match &*members {
            [
                Member {
                    called: Called::Batch(batch),
                    ..
                },
            ] => Some(Arc::clone(batch)),
            _ => None,
        };
        FanOut { members, only }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// What any of them wants to see.
    pub(crate) fn watches(&self) -> Watches {
        Watches {
            start: self.members.iter().any(|member| member.watches.start),
            ending: self.members.iter().any(|member| member.watches.ending),
        }
    }

    pub(crate) fn on_start(&self, span: &mut SpanMut<'_>, parent: &Context) {
        for member in self.members.iter().filter(|member| member.watches.start) {
            let _ = contained("on_start", || {
                member.called.processor().on_start(span, parent)
            });
        }
    }

    pub(crate) fn on_ending(&self, span: &mut SpanMut<'_>) {
        for member in self.members.iter().filter(|member| member.watches.ending) {
            let _ = contained("on_ending", || member.called.processor().on_ending(span));
        }
    }

    /// Shows the ended span to all of them.
    #[inline]
    pub(crate) fn on_end(&self, record: RawRecord<'_>, times: &dyn Times, resource: &Resource) {
        match &self.only {
            Some(batch) => batch.take(record),
            None => self.on_end_each(SpanView::of(record, times, resource)),
        }
    }

    #[inline(never)]
    fn on_end_each(&self, span: SpanView<'_>) {
        for member in &self.members {
            match &member.called {
                Called::Batch(batch) => batch.on_end(span),
                other => {
                    let _ = contained("on_end", || other.processor().on_end(span));
                }
            }
        }
    }

    pub(crate) fn stats(&self) -> Vec<ProcessorStats> {
        self.members.iter().filter_map(Member::stats).collect()
    }

    /// Flushes all of them at once, so that a slow one does not use up the others' time. The first
    /// error counts; if that is the deadline's, with the spans of all that are late. One that its owner
    /// has shut down before is no error beside others.
    pub(crate) fn force_flush(&self, deadline: Deadline) -> Result<(), FlushError> {
        let answers = self.all(deadline, "force_flush", move |processor| {
            processor.force_flush(deadline)
        });
        let mut late = 0;
        let mut fine = false;
        let mut trouble = None;
        for (answer, member) in answers.into_iter().zip(&self.members) {
            let answer = match answer {
                Answer::Given(answer) => answer,
                Answer::Panicked(text) => Err(FlushError::Exporter(text)),
                Answer::Late => {
                    let stats = member.stats().unwrap_or_default();
                    Err(FlushError::DeadlinePassed {
                        unsent: stats.queued + stats.in_flight,
                    })
                }
            };
            match answer {
                Ok(()) => fine = true,
                Err(error) => {
                    if let FlushError::DeadlinePassed { unsent } = error {
                        late += unsent;
                    }
                    if matches!(trouble, None | Some(FlushError::AlreadyShutDown)) {
                        trouble = Some(error);
                    }
                }
            }
        }
        match trouble {
            None => Ok(()),
            Some(FlushError::AlreadyShutDown) if fine => Ok(()),
            Some(FlushError::DeadlinePassed { .. }) => {
                Err(FlushError::DeadlinePassed { unsent: late })
            }
            Some(error) => Err(error),
        }
    }

    /// Shuts all of them down at once. The losses are those of all together.
    pub(crate) fn shutdown(&self, deadline: Deadline) -> Result<LossReport, ShutdownError> {
        let answers = self.all(deadline, "shutdown", move |processor| {
            processor.shutdown(deadline)
        });
        let mut losses = LossReport::default();
        let mut trouble = None;
        for (answer, member) in answers.into_iter().zip(&self.members) {
            let answer = match answer {
                Answer::Given(answer) => answer,
                Answer::Panicked(text) => Err(ShutdownError::Exporter(member.left(), text)),
                Answer::Late => Err(ShutdownError::DeadlinePassed(member.left())),
            };
            match answer {
                Ok(lost) => losses += lost,
                Err(error) => {
                    // One that was shut down before has counted what came after.
                    let counted = || member.stats().map(|stats| stats.lost());
                    losses += error.loss().or_else(counted).unwrap_or_default();
                    if matches!(trouble, None | Some(ShutdownError::AlreadyShutDown)) {
                        trouble = Some(error);
                    }
                }
            }
        }
        match trouble {
            None => Ok(losses),
            Some(ShutdownError::Exporter(_, text)) => Err(ShutdownError::Exporter(losses, text)),
            // One that its owner had shut down before: the others' losses still count.
            Some(ShutdownError::AlreadyShutDown) if self.members.len() > 1 => Ok(losses),
            Some(ShutdownError::AlreadyShutDown) => Err(ShutdownError::AlreadyShutDown),
            Some(_) => Err(ShutdownError::DeadlinePassed(losses)),
        }
    }

    /// Runs `work` on every processor: on this thread if there is one and it is ours, which keeps the
    /// deadline itself, otherwise each on a thread of its own.
    fn all<R: Clone + Send + 'static>(
        &self,
        deadline: Deadline,
        call: &'static str,
        work: impl Fn(&dyn SpanProcessor) -> R + Clone + Send + 'static,
    ) -> Vec<Answer<R>> {
        match &*self.members {
            [only] if only.called.is_ours() => {
                return vec![answer(call, || work(only.called.processor()))];
            }
            _ => {}
        }
        let outcomes: Vec<_> = self
            .members
            .iter()
            .map(|member| {
                let (work, processor) = (work.clone(), member.called.get());
                lifecycle::run(move || answer(call, || work(processor.as_ref())))
            })
            .collect();
        outcomes
            .iter()
            .map(|outcome| outcome.wait(deadline).unwrap_or(Answer::Late))
            .collect()
    }
}

/// Runs a processor's code; a panic is told and costs the one call.
#[inline]
fn contained<R>(call: &str, work: impl FnOnce() -> R) -> Result<R, Panicked> {
    contain(work).inspect_err(|panicked| tell(call, panicked))
}

fn answer<R>(call: &str, work: impl FnOnce() -> R) -> Answer<R> {
    match contained(call, work) {
        Ok(answer) => Answer::Given(answer),
        Err(Panicked(text)) => {
            Answer::Panicked(format!("a span processor panicked in {call}: {text}"))
        }
    }
}

#[cold]
fn tell(call: &str, panicked: &Panicked) {
    let text = format_args!("a span processor panicked in {call}: {}", panicked.0);
    diagnostics::report(DiagnosticKind::Panic, "span processor", text);
}

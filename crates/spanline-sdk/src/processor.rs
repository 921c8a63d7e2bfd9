//! Span processors: what sees a span at its start and at its end.
//!
//! They run on the program's threads, so they never block and never fail. The batch processor hands
//! spans to a worker; the simple one exports on the spot.

mod fan_out;
mod simple;
mod batch;
mod telling;

pub use batch::{BatchConfig, BatchSpanProcessor};
pub(crate) use fan_out::{Called, FanOut};
pub use simple::SimpleSpanProcessor;

use crate::clock::TickClock;
use spanline_core::contain::contain;
use spanline_core::context::Context;
use spanline_core::export::ExportError;
use spanline_core::resource::Resource;
use spanline_core::view::SpanView;
use spanline_core::{Deadline, FlushError, LossReport, ProcessorStats, ShutdownError, SpanMut};
use std::fmt;
use std::sync::Arc;

/// Sees recording spans at their start and at their end.
///
/// Called in the order of registration, on the thread that starts or ends the span: be quick. A
/// panic costs the one call. Spans that a sampler only records are seen as well; whoever exports
/// asks [`SpanView::trace_flags`] first.
pub trait SpanProcessor: Send + Sync {
    /// A span has ended; nothing can change it any more.
    fn on_end(&self, span: SpanView<'_>);

    /// A span has started under `parent`.
    fn on_start(&self, span: &mut SpanMut<'_>, parent: &Context) {
        let _ = (span, parent);
    }

    /// A span is about to end: its end time is set, and for the length of this call it can be
    /// changed from here and from nowhere else.
    fn on_ending(&self, span: &mut SpanMut<'_>) {
        let _ = span;
    }

    /// Which calls besides [`SpanProcessor::on_end`] this processor wants; asked once. A span that
    /// nobody watches starting saves the making of its parent's [`Context`].
    fn watches(&self) -> Watches {
        Watches::EVERYTHING
    }

    /// Tells the processor what it belongs to, once, before any span.
    fn connect(&self, pipeline: &Pipeline) {
        let _ = pipeline;
    }

    /// Hands over every span that ended before the call.
    ///
    /// # Errors
    /// When that did not work by the deadline.
    fn force_flush(&self, deadline: Deadline) -> Result<(), FlushError> {
        let _ = deadline;
        Ok(())
    }

    /// Ends the processor, flushing first. Called once by its provider.
    ///
    /// # Errors
    /// When that did not work by the deadline.
    fn shutdown(&self, deadline: Deadline) -> Result<LossReport, ShutdownError> {
        let _ = deadline;
        Ok(LossReport::default())
    }

    /// The processor's counts, if it exports.
    fn stats(&self) -> Option<ProcessorStats> {
        None
    }
}

impl<P: SpanProcessor + ?Sized> SpanProcessor for Arc<P> {
    fn on_end(&self, span: SpanView<'_>) {
        (**self).on_end(span);
    }

    fn on_start(&self, span: &mut SpanMut<'_>, parent: &Context) {
        (**self).on_start(span, parent);
    }

    fn on_ending(&self, span: &mut SpanMut<'_>) {
        (**self).on_ending(span);
    }

    fn watches(&self) -> Watches {
        (**self).watches()
    }

    fn connect(&self, pipeline: &Pipeline) {
        (**self).connect(pipeline);
    }

    fn force_flush(&self, deadline: Deadline) -> Result<(), FlushError> {
        (**self).force_flush(deadline)
    }

    fn shutdown(&self, deadline: Deadline) -> Result<LossReport, ShutdownError> {
        (**self).shutdown(deadline)
    }

    fn stats(&self) -> Option<ProcessorStats> {
        (**self).stats()
    }
}

/// What an error says, and no more of it. It is the exporter's code, to its destructor.
fn said(error: ExportError) -> String {
    let text = text_of(&error);
    let _ = contain(|| drop(error));
    text
}

/// What an exporter's error says. The text is the program's code as well.
fn text_of(error: &ExportError) -> String {
    contain(|| error.to_string()).unwrap_or_else(|_| "an error that cannot be printed".into())
}

/// Which calls a processor wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watches {
    /// [`SpanProcessor::on_start`] is to be called.
    pub start: bool,
    /// [`SpanProcessor::on_ending`] is to be called.
    pub ending: bool,
}

impl Watches {
    /// Both calls.
    pub const EVERYTHING: Watches = Watches {
        start: true,
        ending: true,
    };

    /// Neither call: only the end counts.
    pub const ONLY_ENDS: Watches = Watches {
        start: false,
        ending: false,
    };
}

/// What a processor belongs to.
#[derive(Clone)]
pub struct Pipeline {
    resource: Resource,
    clock: Arc<TickClock>,
}

impl Pipeline {
    pub(crate) fn new(resource: Resource, clock: Arc<TickClock>) -> Self {
        Pipeline { resource, clock }
    }

    /// Who sends the spans.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    pub(crate) fn clock(&self) -> &Arc<TickClock> {
        &self.clock
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}

//! What a test captured, and questions to it.

use super::{FinishedSpan, InMemoryExporter, tree};
use crate::processor::SimpleSpanProcessor;
use crate::provider::TracerProviderBuilder;
use spanline_core::global::{self, CaptureToken};
use spanline_core::{Context, ContextGuard, TracerProvider};
use std::fmt;

/// Captures the spans that this thread starts from now on, and those started in contexts taken
/// from it, until the capture is dropped. Nothing is installed, so any number of tests can do so
/// at the same time.
///
/// ```
/// # use spanline_core::{Tracer, tracer};
/// # use spanline_sdk as spanline;
/// static TRACER: Tracer = tracer("shop");
///
/// let capture = spanline::testing::capture();
/// TRACER.start_active("checkout").set_attribute("order.id", 7); // the code under test
/// assert_eq!(capture.tree(), "checkout\n");
/// assert_eq!(capture.span("checkout").attribute("order.id"), 7.into());
/// ```
///
/// # Panics
/// Never in practice: nothing in this provider can fail to be built.
pub fn capture() -> Capture {
    capture_with(TracerProviderBuilder::new())
}

/// [`capture`] with a provider of your own making, to which the capture adds its exporter.
///
/// # Panics
/// If the provider cannot be built.
#[track_caller]
pub fn capture_with(builder: TracerProviderBuilder) -> Capture {
    let exporter = InMemoryExporter::new();
    let processor = SimpleSpanProcessor::new(exporter.clone());
    let provider = match builder.processor(processor).build() {
        Ok(provider) => provider,
        Err(error) => panic!("a capture's provider could not be built: {error}"),
    };
    let (context, token) = global::captured(Context::current(), &provider);
    Capture {
        exporter,
        provider,
        _current: context.attach(),
        _token: token,
    }
}

/// The spans of a piece of code under test; see [`capture`].
#[must_use = "nothing is captured any more once this is dropped"]
pub struct Capture {
    exporter: InMemoryExporter,
    provider: TracerProvider,
    _current: ContextGuard,
    _token: CaptureToken,
}

impl Capture {
    /// The provider that captures, for its counts or for code that wants a provider.
    pub fn provider(&self) -> &TracerProvider {
        &self.provider
    }

    /// A capture that shows what this exporter has.
    #[cfg(test)]
    pub(crate) fn of(exporter: InMemoryExporter) -> Self {
        Capture {
            exporter,
            ..capture()
        }
    }

    /// All spans that ended so far, in the order of their end.
    #[must_use]
    pub fn spans(&self) -> Vec<FinishedSpan> {
        self.exporter.spans()
    }

    /// The first span of this name that ended.
    ///
    /// # Panics
    /// If there is none; the message lists those there are.
    #[must_use]
    #[track_caller]
    pub fn span(&self, name: &str) -> FinishedSpan {
        let spans = self.spans();
        match spans.iter().find(|span| span.name() == name) {
            Some(span) => span.clone(),
            None => panic!(
                "no span named {name:?} has ended; there are:\n{}",
                tree(&spans)
            ),
        }
    }

    /// All spans as indented text; see [`tree`].
    #[must_use]
    pub fn tree(&self) -> String {
        tree(&self.spans())
    }

    /// Forgets all spans so far.
    pub fn reset(&self) {
        self.exporter.reset();
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture")
            .field("spans", &self.spans())
            .finish_non_exhaustive()
    }
}

//! What keeps a program's tracing alive, and ends it.

use spanline_core::diagnostics::{self, DiagnosticKind};
use spanline_core::{Deadline, FlushError, LossReport, ShutdownError, Stats, TracerProvider};
use std::fmt;
use std::time::{Duration, Instant};

/// A guard that is dropped sooner than this, with no span started, was probably not meant to be.
const SUSPICIOUSLY_SOON: Duration = Duration::from_secs(1);

/// Ends the installed provider when it is dropped: flushes, waits for the exporters, and gives up
/// at the shutdown deadline (default 5 s).
///
/// Bind it to a name in `main`: `let _ = …` drops it at once, and nothing would be recorded. Not to bind
/// it at all is a warning of the compiler, which can be made an error:
///
/// ```compile_fail
/// #![deny(unused_must_use)]
/// spanline::setup().install().unwrap();
/// ```
#[must_use = "tracing ends when the guard is dropped; bind it to a name such as `_tracing`"]
pub struct ShutdownGuard {
    provider: TracerProvider,
    patience: Duration,
    made: Instant,
    armed: bool,
}

impl ShutdownGuard {
    pub(super) fn new(provider: TracerProvider, patience: Duration) -> ShutdownGuard {
        ShutdownGuard {
            provider,
            patience,
            made: Instant::now(),
            armed: true,
        }
    }

    /// The provider that was installed: for flushes and counts.
    pub fn provider(&self) -> &TracerProvider {
        &self.provider
    }

    /// The counts of this moment: what was started, and what became of it.
    pub fn stats(&self) -> Stats {
        self.provider.stats()
    }

    /// Hands over every span that ended before this call, and waits for the exporters.
    ///
    /// # Errors
    /// As for [`TracerProvider::force_flush`].
    pub fn force_flush(&self, until: impl Into<Deadline>) -> Result<LossReport, FlushError> {
        self.provider.force_flush(until)
    }

    /// Ends the provider now, and says what was lost since it was built.
    ///
    /// # Errors
    /// As for [`TracerProvider::shutdown`].
    pub fn shutdown(mut self, until: impl Into<Deadline>) -> Result<LossReport, ShutdownError> {
        self.armed = false;
        self.provider.shutdown(until)
    }

    /// Lets the provider live until the process ends. Spans that have not been sent by then are
    /// lost, unless somebody flushes.
    pub fn leak(mut self) {
        self.armed = false;
    }
}

impl Drop for ShutdownGuard {
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        // A disabled SDK has no backend, and nothing to warn about.
        let unused = self.provider.backend().is_some() && self.stats().started.total() == 0;
        if unused && self.made.elapsed() < SUSPICIOUSLY_SOON && !std::thread::panicking() {
            let text = format_args!(
                "the guard was dropped within a second, before any span: if that was not meant, bind it to a name such as _tracing, which lives as long as the program"
            );
            diagnostics::report(DiagnosticKind::Misuse, "shutdown guard", text);
        }
        // What was lost is told to diagnostics by the shutdown itself; here nobody could take it.
        let _ = self.provider.shutdown(self.patience);
    }
}

impl fmt::Debug for ShutdownGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShutdownGuard")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

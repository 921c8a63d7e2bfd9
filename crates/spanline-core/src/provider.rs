//! The handle of a runtime: tracers out, flush and shutdown in.

use crate::deadline::Deadline;
use crate::diagnostics::{self, DiagnosticKind};
use crate::scope::Scope;
use crate::span::backend::{Backend, SharedBackend};
use crate::span::slot;
use crate::stats::{FlushError, LossReport, ShutdownError, Stats};
use crate::tracer::{self, Tracer};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How long the last handle's drop waits for the shutdown.
const DROP_PATIENCE: Duration = Duration::from_secs(5);

/// Makes tracers and ends their pipeline. Clones are the same provider.
///
/// Made by the SDK's builder; [`TracerProvider::none`] is one that does nothing. When the last
/// handle is dropped the provider shuts down and waits up to five seconds; the global keeps a
/// handle, so a program that installs should keep the guard that `spanline::setup` returns.
#[derive(Clone)]
pub struct TracerProvider(Kind);

#[derive(Clone)]
enum Kind {
    None,
    /// Looks for the installed provider; tracers only.
    Placeholder,
    Runtime(Arc<Handle>),
}

struct Handle {
    backend: SharedBackend,
}

impl Drop for Handle {
    fn drop(&mut self) {
        // Losses are told to diagnostics by the shutdown itself.
        let deadline = Deadline::after(DROP_PATIENCE);
        self.backend.let_go(deadline, &self.backend);
    }
}

impl TracerProvider {
    /// A provider that does nothing: its spans pass their parent's context on.
    pub fn none() -> TracerProvider {
        TracerProvider(Kind::None)
    }

    pub(crate) fn placeholder() -> TracerProvider {
        TracerProvider(Kind::Placeholder)
    }

    pub(crate) fn is_placeholder(&self) -> bool {
        matches!(self.0, Kind::Placeholder)
    }

    /// Wraps a runtime. For SDKs; programs use the SDK's builder.
    pub fn from_backend(backend: impl Backend + 'static) -> TracerProvider {
        let backend = SharedBackend::new(backend);
        TracerProvider(Kind::Runtime(Arc::new(Handle { backend })))
    }

    /// The runtime behind the handle, if there is one.
    pub fn backend(&self) -> Option<&SharedBackend> {
        match &self.0 {
            Kind::Runtime(handle) => Some(&handle.backend),
            _ => None,
        }
    }

    /// A tracer for this scope: a library's name, or a [`Scope`] with version, schema URL and
    /// attributes. An empty name works, and is told to diagnostics.
    pub fn tracer<'s>(&self, scope: impl Into<Scope<'s>>) -> Tracer {
        let scope = scope.into();
        if scope.name().is_empty() {
            let text = format_args!("a tracer was asked for without a scope name");
            diagnostics::report(DiagnosticKind::Config, "tracer provider", text);
        }
        let id = tracer::intern(&scope);
        match &self.0 {
            Kind::Runtime(handle) => Tracer::bound(handle.backend.clone(), id),
            Kind::Placeholder => Tracer::global(id.get()),
            Kind::None => Tracer::nowhere(id),
        }
    }

    /// The counts of this moment: what was started, and what became of it. The global provider's are
    /// those of the installed one.
    pub fn stats(&self) -> Stats {
        match &self.0 {
            Kind::Runtime(handle) => handle.backend.stats(),
            Kind::Placeholder => {
                slot::installed().map_or_else(Stats::default, |found| found.stats())
            }
            Kind::None => Stats::default(),
        }
    }

    /// Hands over every span that ended before this call, and waits for the exporters.
    ///
    /// Returns what was lost since the provider was built.
    ///
    /// # Errors
    /// [`FlushError`] when the deadline passes first, after shutdown, or when an exporter refuses.
    pub fn force_flush(&self, until: impl Into<Deadline>) -> Result<LossReport, FlushError> {
        match self.managed("force_flush") {
            Some(backend) => backend.force_flush(until.into()),
            None => Ok(LossReport::default()),
        }
    }

    /// [`TracerProvider::force_flush`] without blocking the thread; any executor will do.
    ///
    /// # Errors
    /// As for [`TracerProvider::force_flush`].
    pub async fn force_flush_async(
        &self,
        until: impl Into<Deadline>,
    ) -> Result<LossReport, FlushError> {
        match self.managed("force_flush") {
            Some(backend) => backend.force_flush_async(until.into(), backend).await,
            None => Ok(LossReport::default()),
        }
    }

    /// Flushes, then ends the pipeline for ever: spans started later do not record.
    ///
    /// It happens once. Callers meanwhile wait for it and share its outcome.
    ///
    /// # Errors
    /// [`ShutdownError`] when the deadline passes first, with what was abandoned; when it has been
    /// done before; or when an exporter refuses.
    pub fn shutdown(&self, until: impl Into<Deadline>) -> Result<LossReport, ShutdownError> {
        match self.managed("shutdown") {
            Some(backend) => backend.shutdown(until.into()),
            None => Ok(LossReport::default()),
        }
    }

    /// [`TracerProvider::shutdown`] without blocking the thread; any executor will do.
    ///
    /// # Errors
    /// As for [`TracerProvider::shutdown`].
    pub async fn shutdown_async(
        &self,
        until: impl Into<Deadline>,
    ) -> Result<LossReport, ShutdownError> {
        match self.managed("shutdown") {
            Some(backend) => backend.shutdown_async(until.into(), backend).await,
            None => Ok(LossReport::default()),
        }
    }

    /// The backend whose lifecycle this handle may steer. The placeholder steers nobody's: it was
    /// handed out to libraries.
    fn managed(&self, call: &str) -> Option<&SharedBackend> {
        if self.is_placeholder() {
            let text = format_args!(
                "{call} of the global provider does nothing; call it on the guard or on the provider you built"
            );
            diagnostics::report(DiagnosticKind::Misuse, "global provider", text);
        }
        self.backend()
    }
}

impl fmt::Debug for TracerProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracerProvider")
            .field("stats", &self.stats())
            .finish()
    }
}

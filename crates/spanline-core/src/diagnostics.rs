//! Our own trouble: where it is told, how often, and to whom.
//!
//! Nothing in this library panics or returns an error while spans are made, so what goes wrong is
//! told here: bad settings, bad headers, lost spans, a failing exporter, a callback that panicked.
//! Every report passes a throttle (`diagnostics/throttle.rs`), so that neither a hostile peer nor
//! an outage floods the log, and then reaches one handler: the program's, or standard error.
//!
//! Reports are for people. Numbers to act on are in [`Stats`](crate::stats::Stats).

use crate::contain::contain;
use crate::escape::Escaped;
use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError, RwLock, TryLockError};
use std::time::Instant;

mod throttle;

use throttle::Throttle;

/// The most bytes of a message; the rest is cut off. Messages may quote what a peer sent.
const MAX_MESSAGE: usize = 1024;

/// One report to a handler.
///
/// Its `Display` is a line of log text, with control characters escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic<'a> {
    /// What sort of trouble.
    pub kind: DiagnosticKind,
    /// Which part of the library, such as `tracecontext` or `batching_span_processor/0`; the variable or
    /// the collector, where the trouble is with one of those.
    pub component: &'a str,
    /// What happened, at most 1 KiB. May contain text that a peer sent.
    pub message: &'a str,
    /// How many reports of this kind and component were left out since the last one.
    pub suppressed: u64,
}

/// What sort of trouble a [`Diagnostic`] tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DiagnosticKind {
    /// A setting was not usable; a default took its place.
    Config,
    /// A header could not be read or written.
    Propagation,
    /// A limit cut something off.
    Limit,
    /// Ended spans were dropped before they were sent.
    Dropped,
    /// An exporter did not get a batch through.
    ExportFailed,
    /// An exporter or its collector would not take some spans of a batch.
    Rejected,
    /// An exporter did not come back by its deadline.
    Late,
    /// What failed before works again.
    Recovered,
    /// Trouble while shutting down, or use after it.
    Shutdown,
    /// Code that the program handed over panicked.
    Panic,
    /// A call that makes no sense and was ignored.
    Misuse,
}

impl DiagnosticKind {
    /// The kind in a few words, for log lines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "configuration",
            Self::Propagation => "propagation",
            Self::Limit => "limit reached",
            Self::Dropped => "spans dropped",
            Self::ExportFailed => "export failed",
            Self::Rejected => "spans rejected",
            Self::Late => "exporter late",
            Self::Recovered => "recovered",
            Self::Shutdown => "shutdown",
            Self::Panic => "panic in a callback",
            Self::Misuse => "misuse",
        }
    }
}

impl fmt::Display for DiagnosticKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Diagnostic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (component, message) = (Escaped(self.component), Escaped(self.message));
        write!(f, "spanline: {}: {component}: {message}", self.kind)?;
        if self.suppressed > 0 {
            write!(f, " ({} more since the last report)", self.suppressed)?;
        }
        Ok(())
    }
}

/// Takes the reports of this process.
///
/// Called on whatever thread has the trouble, the program's own included, so it must not block. It
/// may panic or cause further reports: neither leads back into it. Closures are handlers:
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::diagnostics::{self, Diagnostic};
///
/// diagnostics::set_handler(|diagnostic: &Diagnostic<'_>| {
///     let _line = diagnostic.to_string(); // to the program's own log
/// });
/// # diagnostics::reset_handler();
/// ```
pub trait ErrorHandler: Send + Sync {
    /// Takes one report. Those left out by the throttle are counted in the next one.
    fn handle(&self, diagnostic: &Diagnostic<'_>);
}

impl<F: Fn(&Diagnostic<'_>) + Send + Sync> ErrorHandler for F {
    fn handle(&self, diagnostic: &Diagnostic<'_>) {
        self(diagnostic);
    }
}

/// Read on every report that is told, written by [`set_handler`]; `None` is standard error.
static HANDLER: RwLock<Option<Arc<dyn ErrorHandler>>> = RwLock::new(None);

/// What was told lately. Locked for a few comparisons, never while a handler runs.
static THROTTLE: Mutex<Throttle> = Mutex::new(Throttle::new());

thread_local! {
    /// Set while a handler runs on this thread: its own troubles are not told.
    static HANDLING: Cell<bool> = const { Cell::new(false) };
}

/// Sends all further reports to `handler`, from any thread and at any time.
///
/// The throttle begins afresh, so that the new handler hears of troubles that go on.
pub fn set_handler(handler: impl ErrorHandler + 'static) {
    replace(Some(Arc::new(handler)));
}

/// Sends all further reports to standard error again.
pub fn reset_handler() {
    replace(None);
}

fn replace(handler: Option<Arc<dyn ErrorHandler>>) {
    let mut current = HANDLER.write().unwrap_or_else(PoisonError::into_inner);
    let old = std::mem::replace(&mut *current, handler);
    drop(current);
    let _ = contain(|| drop(old)); // the program's code: only after the lock is gone
    *THROTTLE.lock().unwrap_or_else(PoisonError::into_inner) = Throttle::new();
}

/// Tells the handler, unless the throttle says otherwise.
///
/// For the crates of this library and for exporters, processors and propagators of others. The
/// message is put together only if it is told. Costs one lock and a clock reading otherwise.
#[cold]
pub fn report(kind: DiagnosticKind, component: &str, message: fmt::Arguments<'_>) {
    // First: what is not told must not count as told.
    let Some(_handling) = Handling::begin() else {
        return;
    };
    let verdict = patiently(|| THROTTLE.try_lock())
        .and_then(|mut throttle| throttle.offer(kind, component, Instant::now()));
    let Some(suppressed) = verdict else { return };
    let Some(handler) = patiently(|| HANDLER.try_read()).map(|handler| handler.clone()) else {
        return;
    };
    let _ = contain(|| {
        let mut text = Message(String::new());
        let _ = text.write_fmt(message); // an error means that the rest was cut off
        let diagnostic = Diagnostic {
            kind,
            component,
            message: &text.0,
            suppressed,
        };
        match handler {
            Some(handler) => handler.handle(&diagnostic),
            None => print(&diagnostic),
        }
    });
}

/// Tries for a lock that is held for a few comparisons at most. Not for ever: in a forked child its
/// holder may not exist, and then a report is lost rather than a thread.
fn patiently<G>(attempt: impl Fn() -> Result<G, TryLockError<G>>) -> Option<G> {
    for _ in 0..PATIENCE {
        match attempt() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(poison)) => return Some(poison.into_inner()),
            Err(TryLockError::WouldBlock) => std::thread::yield_now(),
        }
    }
    None
}

/// How often to try: longer than any holder takes, stopped for a while by the system.
const PATIENCE: u32 = 100_000;

/// The one place of the library that prints. A closed standard error is nobody's problem.
fn print(diagnostic: &Diagnostic<'_>) {
    let line = format!("{diagnostic}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// Marks this thread as handling a report, until dropped.
struct Handling;

impl Handling {
    /// `None` if it is handling one already, or is being torn down.
    fn begin() -> Option<Self> {
        let already = HANDLING
            .try_with(|handling| handling.replace(true))
            .unwrap_or(true);
        (!already).then_some(Self)
    }
}

impl Drop for Handling {
    fn drop(&mut self) {
        let _ = HANDLING.try_with(|handling| handling.set(false));
    }
}

/// A text that stops growing at [`MAX_MESSAGE`] bytes.
struct Message(String);

impl fmt::Write for Message {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MAX_MESSAGE.saturating_sub(self.0.len());
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        let end = (0..=room)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0);
        self.0.push_str(text.get(..end).unwrap_or(""));
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests;

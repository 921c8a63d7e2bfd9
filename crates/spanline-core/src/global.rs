//! What is installed for the whole process: one provider, one propagator.
//!
//! Libraries may take tracers and the propagator before anything is installed; they start working
//! when it is. The provider is installed once; a second one is an error that the caller sees.

use crate::diagnostics::{self, DiagnosticKind};
use crate::installed::Installed;
use crate::propagation::{self, ExtractError, Extractor, Injector, Propagator};
use crate::provider::TracerProvider;
use crate::scope::Scope;
use crate::span::Context;
use crate::span::slot;
use crate::sync::global;
use crate::tracer::Tracer;
use std::cell::Cell;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

#[doc(hidden)]
pub use crate::span::slot::CaptureToken;

/// The installed provider's handle. It is only kept: tracers look into the slot below.
static INSTALLED: Mutex<Option<TracerProvider>> = Mutex::new(None);

global! {
    /// The propagator. Most programs set one and no other.
    static PROPAGATOR: Installed<Arc<dyn Propagator>> = Installed::empty();
}

/// Installs the provider that global tracers use, those taken earlier included.
///
/// # Errors
/// [`InstallError::AlreadyInstalled`] gives the provider back if one is installed;
/// [`InstallError::IsThePlaceholder`] if it is what [`provider`] returned, which would look for
/// itself for ever.
pub fn install(provider: TracerProvider) -> Result<(), InstallError> {
    if provider.is_placeholder() {
        return Err(InstallError::IsThePlaceholder);
    }
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if installed.is_some() {
        return Err(InstallError::AlreadyInstalled(provider));
    }
    if let Some(backend) = provider.backend() {
        slot::install(backend.clone());
    }
    *installed = Some(provider);
    Ok(())
}

/// Installs a provider over whatever is there and gives the old one back, still running.
/// [`TracerProvider::none`] leaves global tracers without one. For tests: programs install once.
#[doc(hidden)]
pub fn replace(provider: TracerProvider) -> TracerProvider {
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    // The handle in `installed` keeps the old backend alive, so nothing foreign runs under the lock.
    slot::replace(provider.backend().cloned());
    installed
        .replace(provider)
        .unwrap_or_else(TracerProvider::none)
}

/// Why [`install`] refused.
#[non_exhaustive]
pub enum InstallError {
    /// A provider is installed already; this is the one that was refused.
    AlreadyInstalled(TracerProvider),
    /// The provider is the global one itself.
    IsThePlaceholder,
}

impl fmt::Debug for InstallError {
    /// Without the provider's counts: programs print this when `main` returns it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InstallError::AlreadyInstalled(_) => "AlreadyInstalled",
            InstallError::IsThePlaceholder => "IsThePlaceholder",
        })
    }
}

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InstallError::AlreadyInstalled(_) => "a tracer provider is installed already",
            InstallError::IsThePlaceholder => {
                "the global tracer provider cannot be installed into itself"
            }
        })
    }
}

impl std::error::Error for InstallError {}

/// The global provider: its tracers use whatever is installed, now or later. Flush and shutdown
/// belong to whoever installed, so here they do nothing.
pub fn provider() -> TracerProvider {
    static PLACEHOLDER: OnceLock<TracerProvider> = OnceLock::new();
    PLACEHOLDER.get_or_init(TracerProvider::placeholder).clone()
}

/// A tracer of whatever provider is installed, now or later; made for `static`s.
///
/// ```
/// # use spanline_core as spanline;
/// static TRACER: spanline::Tracer = spanline::tracer("shop");
/// ```
pub const fn tracer(name: &'static str) -> Tracer {
    Tracer::global(Scope::new(name))
}

/// The installed propagator. Before one is set, a placeholder, which does nothing yet and becomes the
/// first one that is.
pub fn propagator() -> Arc<dyn Propagator> {
    static PLACEHOLDER: OnceLock<Arc<dyn Propagator>> = OnceLock::new();
    match PROPAGATOR.get() {
        Some(propagator) => propagator.into_owned(),
        None => Arc::clone(PLACEHOLDER.get_or_init(|| Arc::new(Placeholder))),
    }
}

/// Stands for the first propagator in the hands of whoever asked before there was one.
struct Placeholder;

thread_local! {
    /// A placeholder is at work on this thread: another one means that it was set into itself.
    static DELEGATING: Cell<bool> = const { Cell::new(false) };
}

impl Placeholder {
    /// Works with the first propagator, if there is one. If that holds the placeholder, in whatever
    /// wrapping, it would lead back here for ever: that is told, and ends.
    fn delegate<R>(work: impl FnOnce(&'static dyn Propagator) -> R) -> Option<R> {
        let first = PROPAGATOR.first()?;
        if DELEGATING.try_with(|at_work| at_work.replace(true)) != Ok(false) {
            tell_of_loop();
            return None;
        }
        let _end = Delegated;
        Some(work(&**first))
    }
}

/// Ends the work of a placeholder, after a panic as well.
struct Delegated;

impl Drop for Delegated {
    fn drop(&mut self) {
        let _ = DELEGATING.try_with(|at_work| at_work.set(false));
    }
}

fn tell_of_loop() {
    let text = format_args!("the global propagator cannot be set into itself");
    diagnostics::report(DiagnosticKind::Misuse, "propagator", text);
}

impl Propagator for Placeholder {
    fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        Self::delegate(|propagator| propagator.inject(context, carrier));
    }

    fn try_extract(
        &self,
        context: &Context,
        carrier: &dyn Extractor,
    ) -> Result<Context, ExtractError> {
        let outcome = Self::delegate(|propagator| propagator.try_extract(context, carrier));
        outcome.unwrap_or_else(|| Ok(context.clone()))
    }

    fn fields(&self) -> Vec<&str> {
        Self::delegate(Propagator::fields).unwrap_or_default()
    }

    /// Lenient or strict as the first propagator is.
    fn extract(&self, context: &Context, carrier: &dyn Extractor) -> Context {
        let extracted = Self::delegate(|propagator| propagator.extract(context, carrier));
        extracted.unwrap_or_else(|| context.clone())
    }

    fn is_placeholder(&self) -> bool {
        true
    }
}

/// Works with the installed propagator, if there is one. Counts no reference to the first one.
#[inline]
fn with_propagator(work: impl FnOnce(&dyn Propagator)) {
    if let Some(propagator) = PROPAGATOR.get() {
        work(&**propagator);
    }
}

/// Sets the propagator that [`inject`] and [`extract`] use. What [`propagator`] gave before one was set
/// is refused, and told to diagnostics: it would look for itself for ever.
pub fn set_propagator(propagator: impl Propagator + 'static) {
    if propagator.is_placeholder() {
        tell_of_loop();
        return;
    }
    PROPAGATOR.replace(Some(Arc::new(propagator)));
}

/// Writes the current context into a carrier, such as the headers of a request about to be sent.
/// The current span is not captured.
pub fn inject(carrier: &mut impl Injector) {
    with_propagator(|propagator| {
        propagation::inject_contained(propagator, &Context::passing(), carrier);
    });
}

/// Reads a parent from a carrier onto the current context. Headers that mean nothing change
/// nothing.
#[must_use = "the context is a parent for nobody until it is attached or given to a span"]
pub fn extract(carrier: &impl Extractor) -> Context {
    let mut context = Context::passing();
    with_propagator(|propagator| propagator.extract_onto(&mut context, carrier));
    context
}

/// Sends the spans that global tracers start in `context` to `provider` instead of the installed
/// one, for as long as the token lives. For test captures.
#[doc(hidden)]
pub fn captured(context: Context, provider: &TracerProvider) -> (Context, CaptureToken) {
    let context = match provider.backend() {
        Some(backend) => context.with_capture(backend.clone()),
        None => context,
    };
    (context, CaptureToken::new())
}

//! Tracers: where spans come from.

mod builder;

pub use builder::SpanBuilder;

use crate::diagnostics::{self, DiagnosticKind};
use crate::scope::{Scope, ScopeId};
use crate::span::backend::SharedBackend;
use crate::span::slot::{self, Found};
use crate::span::{ActiveSpan, Context, Span, birth};
use std::fmt;
use std::sync::OnceLock;

/// Makes spans for one library or one part of a program, named by its [`Scope`].
///
/// A tracer in a `static` needs no set-up and is never stale: it looks for the installed provider
/// on every start, which costs a few atomic loads, and wakes up when one is installed.
///
/// ```
/// # use spanline_core::{Scope, Tracer, tracer};
/// static TRACER: Tracer = tracer("shop");
/// static DB: Tracer = Tracer::global(Scope::new("acme-db").with_version("1.2.0"));
/// let span = TRACER.start("checkout");
/// ```
///
/// There is no form that takes a closure. A block with a guard in it does the same, and `?` and
/// `return` mean in it what they always mean:
///
/// ```
/// # static TRACER: spanline_core::Tracer = spanline_core::tracer("shop");
/// # fn charge() {}
/// {
///     let _span = TRACER.start_active("charge card");
///     charge(); // spans started in there are children
/// } // the span ends here
/// ```
#[derive(Clone)]
pub struct Tracer(Kind);

#[derive(Clone)]
enum Kind {
    /// Looks for the installed provider on every start.
    Global {
        scope: Scope<'static>,
        id: OnceLock<ScopeId>,
    },
    /// Made by a provider.
    Bound { backend: SharedBackend, id: ScopeId },
    /// Made by the provider that does nothing.
    Nowhere { scope: ScopeId },
}

impl Tracer {
    /// A tracer of whatever provider is installed, now or later.
    pub const fn global(scope: Scope<'static>) -> Tracer {
        Tracer(Kind::Global {
            scope,
            id: OnceLock::new(),
        })
    }

    pub(crate) fn bound(backend: SharedBackend, id: ScopeId) -> Tracer {
        Tracer(Kind::Bound { backend, id })
    }

    pub(crate) fn nowhere(scope: ScopeId) -> Tracer {
        Tracer(Kind::Nowhere { scope })
    }

    /// Starts a span under what is current. It is not made current itself.
    ///
    /// What that costs, sampled and not, stands in docs/benchmarks.md.
    #[inline]
    pub fn start(&self, name: &str) -> Span {
        match &self.0 {
            Kind::Bound { backend, id } => backend.start(name, *id, backend),
            _ => self.start_elsewhere(name),
        }
    }

    /// [`Tracer::start`] where the backend has to be found first.
    #[inline(never)]
    fn start_elsewhere(&self, name: &str) -> Span {
        match self.resolve() {
            Some((found, scope)) => found.start(name, scope, &found),
            None => birth::unborn(None),
        }
    }

    /// Starts a span under what is current and makes it current until the guard is dropped.
    #[inline]
    pub fn start_active(&self, name: &str) -> ActiveSpan {
        self.start(name).attach()
    }

    /// Starts to build a span that needs more than a name. Attributes and links given here are
    /// seen by samplers, those set later are not.
    pub fn span<'t>(&'t self, name: &str) -> SpanBuilder<'t> {
        SpanBuilder::new(self.resolve(), name)
    }

    /// Whether a span started now could be recorded. Ask each time: the answer changes when a
    /// provider is installed or shut down.
    pub fn enabled(&self) -> bool {
        self.resolve().is_some_and(|(found, _)| found.is_enabled())
    }

    /// The scope that this tracer's spans carry.
    pub fn scope(&self) -> Scope<'static> {
        match &self.0 {
            Kind::Global { scope, .. } => *scope,
            Kind::Bound { id, .. } => id.get(),
            Kind::Nowhere { scope } => scope.get(),
        }
    }

    /// The backend to ask, and the scope's number.
    #[inline]
    fn resolve(&self) -> Option<(Found<'_>, ScopeId)> {
        match &self.0 {
            Kind::Bound { backend, id } => Some((Found::Borrowed(backend), *id)),
            Kind::Global { scope, id } => {
                let found = if slot::any_captures() {
                    captured()
                } else {
                    None
                };
                let found = match found {
                    Some(found) => found,
                    None => slot::installed()?,
                };
                let id = match id.get() {
                    Some(id) => *id,
                    None => learn(scope, id),
                };
                Some((found, id))
            }
            Kind::Nowhere { .. } => None,
        }
    }
}

/// The number of a tracer's own scope, from its first span on. Interned before the cell is filled,
/// because diagnostics may be told on the way and their handler may use this very tracer.
#[cold]
fn learn(scope: &Scope<'_>, id: &OnceLock<ScopeId>) -> ScopeId {
    let number = intern(scope);
    *id.get_or_init(|| number)
}

/// The scope's number. A process with more scopes than there are numbers gets the unnamed scope
/// and a word about it.
pub(crate) fn intern(scope: &Scope<'_>) -> ScopeId {
    ScopeId::intern(scope).unwrap_or_else(|error| {
        let text = format_args!("scope {:?}: {error}", scope.name());
        diagnostics::report(DiagnosticKind::Limit, "tracer", text);
        ScopeId::UNNAMED
    })
}

/// The backend of the test capture that this thread's context belongs to.
#[cold]
fn captured() -> Option<Found<'static>> {
    Context::captured_by().map(Found::Owned)
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracer")
            .field("scope", &self.scope())
            .finish_non_exhaustive()
    }
}

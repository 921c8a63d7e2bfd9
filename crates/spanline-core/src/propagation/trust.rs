//! Whom to believe: a propagator that asks before it takes a stranger for the parent.
//!
//! A service on the open internet need not let its callers choose its trace ids, its sampling and
//! its baggage. Source of the idea: W3C Trace Context, "Security Considerations".

use std::fmt;

use super::{ExtractError, Extractor, Injector, Propagator};
use crate::context::Context;
use crate::span_context::SpanContext;

/// What to do with the context that a carrier holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trust {
    /// Take it: its span is the parent, its baggage ours.
    Parent,
    /// Begin a new trace, and keep the caller's span to link to: see [`linked_span_context`]. Its
    /// baggage is not taken.
    Link,
    /// As if there were nothing.
    Ignore,
}

/// Asks a function what each carrier is worth before another propagator reads it.
///
/// What is injected does not depend on it.
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::propagation::{CompositePropagator, Extractor, Trust, TrustPropagator};
///
/// let propagator = TrustPropagator::new(CompositePropagator::w3c(), |carrier: &dyn Extractor| {
///     match carrier.get("x-internal") {
///         Some(_) => Trust::Parent,
///         None => Trust::Link,
///     }
/// });
/// ```
#[derive(Clone)]
pub struct TrustPropagator<P, F> {
    inner: P,
    judge: F,
}

/// The span of a caller that was not trusted to be the parent.
struct Linked(SpanContext);

/// The span of the caller whose carrier was judged [`Trust::Link`], to give to the first span's
/// builder as a link.
#[must_use]
pub fn linked_span_context(context: &Context) -> Option<&SpanContext> {
    context.value::<Linked>().map(|linked| &linked.0)
}

impl<P: Propagator, F: Fn(&dyn Extractor) -> Trust + Send + Sync> TrustPropagator<P, F> {
    /// Reads with `propagator` what `judge` lets through.
    #[must_use]
    pub const fn new(propagator: P, judge: F) -> Self {
        Self {
            inner: propagator,
            judge,
        }
    }

    /// The caller's span beside what the context already holds.
    fn link(context: &Context, read: &Context) -> Context {
        let caller = read.span_context();
        if caller.is_valid() {
            context.clone().with_value(Linked(caller.clone()))
        } else {
            context.clone()
        }
    }
}

impl<P: Propagator, F: Fn(&dyn Extractor) -> Trust + Send + Sync> Propagator
    for TrustPropagator<P, F>
{
    fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        self.inner.inject(context, carrier);
    }

    fn try_extract(
        &self,
        context: &Context,
        carrier: &dyn Extractor,
    ) -> Result<Context, ExtractError> {
        match (self.judge)(carrier) {
            Trust::Parent => self.inner.try_extract(context, carrier),
            Trust::Link => {
                let read = self.inner.try_extract(&Context::root(), carrier)?;
                Ok(Self::link(context, &read))
            }
            Trust::Ignore => Ok(context.clone()),
        }
    }

    fn fields(&self) -> Vec<&str> {
        self.inner.fields()
    }

    fn extract(&self, context: &Context, carrier: &dyn Extractor) -> Context {
        match super::contained("extract", || (self.judge)(carrier)) {
            Some(Trust::Parent) => self.inner.extract(context, carrier),
            Some(Trust::Link) => {
                Self::link(context, &self.inner.extract(&Context::root(), carrier))
            }
            Some(Trust::Ignore) | None => context.clone(),
        }
    }
}

impl<P: fmt::Debug, F> fmt::Debug for TrustPropagator<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustPropagator")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

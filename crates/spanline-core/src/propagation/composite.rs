//! Several propagators as one.
//!
//! Order matters where two of them speak of the same thing: the later one's word counts.

use std::fmt;
use std::sync::Arc;

use super::{
    BaggagePropagator, ExtractError, Extractor, Injector, Propagator, TraceContextPropagator,
    contained,
};
use crate::context::Context;

/// Runs propagators one after the other, each on what the one before made of the context.
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::propagation::{B3Propagator, CompositePropagator, Propagator};
///
/// let all = CompositePropagator::w3c().and(B3Propagator::single());
/// assert_eq!(all.fields(), ["traceparent", "tracestate", "baggage", "b3"]);
/// ```
#[derive(Clone, Default)]
pub struct CompositePropagator {
    members: Vec<Arc<dyn Propagator>>,
}

impl CompositePropagator {
    /// A propagator without members: it does nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            members: Vec::new(),
        }
    }

    /// Trace context and baggage, both as W3C defines them: the usual choice.
    #[must_use]
    pub fn w3c() -> Self {
        Self::new()
            .and(TraceContextPropagator)
            .and(BaggagePropagator)
    }

    /// These propagators, and then `propagator`.
    #[must_use]
    pub fn and(mut self, propagator: impl Propagator + 'static) -> Self {
        self.members.push(Arc::new(propagator));
        self
    }
}

impl Propagator for CompositePropagator {
    /// Every member injects; one that panics does not keep the others from it.
    fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        let mut members = self.members.iter();
        while !members.as_slice().is_empty() {
            // Begins again behind a member that panicked; mostly once is all.
            contained("inject", || {
                for member in members.by_ref() {
                    member.inject(context, carrier);
                }
            });
        }
    }

    /// Strict: the first member that cannot read what it finds decides.
    fn try_extract(
        &self,
        context: &Context,
        carrier: &dyn Extractor,
    ) -> Result<Context, ExtractError> {
        let Some((first, others)) = self.members.split_first() else {
            return Ok(context.clone());
        };
        let first = first.try_extract(context, carrier)?;
        others.iter().try_fold(first, |context, member| {
            member.try_extract(&context, carrier)
        })
    }

    fn fields(&self) -> Vec<&str> {
        let mut fields = Vec::new();
        for field in self.members.iter().flat_map(|member| member.fields()) {
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        fields
    }

    /// Lenient: a member that cannot read what it finds is passed over, the others still read.
    fn extract(&self, context: &Context, carrier: &dyn Extractor) -> Context {
        let Some((first, others)) = self.members.split_first() else {
            return context.clone();
        };
        let mut extracted = first.extract(context, carrier);
        for member in others {
            member.extract_onto(&mut extracted, carrier);
        }
        extracted
    }

    fn extract_onto(&self, context: &mut Context, carrier: &dyn Extractor) {
        for member in &self.members {
            member.extract_onto(context, carrier);
        }
    }
}

impl fmt::Debug for CompositePropagator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompositePropagator")
            .field("fields", &self.fields())
            .finish()
    }
}

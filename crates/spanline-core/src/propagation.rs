//! Context into headers and back: how a trace crosses from one process to the next.
//!
//! A [`Propagator`] writes the current span's ids, its trace state and the baggage into a carrier
//! (*inject*) and reads them from one (*extract*). Carriers are whatever holds headers, seen
//! through [`Injector`] and [`Extractor`] (`propagation/carrier.rs`); there is one file for each
//! header format.
//!
//! What is read comes from strangers. Work is bounded before anything is parsed, a bad header
//! changes nothing and has a typed reason, nothing panics. What is written is visible ASCII.
//!
//! Whether a span is kept, and what its own id is, are not decided here.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::contain::contain;
use crate::context::Context;
use crate::diagnostics::{self, DiagnosticKind};
use text::after_prefix;

mod composite;
mod trust;
mod trace_context;
mod ot_trace;
mod jaeger;
mod b3;
mod baggage;
mod budget;
mod traceparent;
mod debug;
mod text;
mod property;
mod error;
mod env;
mod carrier;

pub use b3::B3Propagator;
pub use baggage::BaggagePropagator;
pub use carrier::{ExtractWith, InjectWith, extract_with, inject_with};
pub use composite::CompositePropagator;
pub use debug::JaegerDebugId;
pub use env::EnvCarrier;
pub use error::{ExtractError, ExtractReason};
pub use jaeger::JaegerPropagator;
pub use ot_trace::OtTracePropagator;
pub use trace_context::TraceContextPropagator;
pub use traceparent::{format_traceparent, parse_traceparent};
pub use trust::{Trust, TrustPropagator, linked_span_context};

// The laws of the parsers, for fuzzing and for the replay of its corpora.
#[doc(hidden)]
pub use b3::property::{check_b3_multi, check_b3_single};
#[doc(hidden)]
pub use baggage::property::check_baggage;
#[doc(hidden)]
pub use jaeger::property::{check_uber_trace_id, check_uberctx};
#[doc(hidden)]
pub use ot_trace::property::check_ot_trace;
#[doc(hidden)]
pub use trace_context::property::check_trace_context;
#[doc(hidden)]
pub use traceparent::property::check_traceparent;

/// A carrier that headers can be written to: a map of strings, a list of pairs, an
/// [`EnvCarrier`], a closure ([`inject_with`]), and `http::HeaderMap` with the feature `http`.
pub trait Injector {
    /// Sets the header `key` to `value`, in place of any value it had.
    ///
    /// Propagators pass tokens as keys (RFC 9110, section 5.6.2), in lower case but for the names of
    /// baggage entries in `uberctx-` and `ot-baggage-` headers, and printable ASCII as values.
    fn set(&mut self, key: &str, value: &str);
}

/// A carrier that headers can be read from: a map of strings, a list of pairs, an
/// [`EnvCarrier`], a closure ([`extract_with`]), and `http::HeaderMap` with the feature `http`.
///
/// Implementations for HTTP compare names without regard to case.
pub trait Extractor {
    /// The value of the header `key`, the first one if there are several.
    fn get(&self, key: &str) -> Option<&str>;

    /// Calls `visit` with every value of the header `key`, in their order.
    ///
    /// A carrier that can hold a header twice must implement this, or the second line is not seen.
    fn get_all(&self, key: &str, visit: &mut dyn FnMut(&str)) {
        if let Some(value) = self.get(key) {
            visit(value);
        }
    }

    /// Calls `visit` with the name of every header.
    fn keys(&self, visit: &mut dyn FnMut(&str));

    /// Calls `visit` for every header whose name begins with `prefix`, in any case, with the rest of
    /// its name and its value, until it breaks off. For formats with a header for each entry.
    ///
    /// By default each name is looked up again. A carrier in which that means a search implements
    /// this, and may then show every line of a header that comes again.
    fn get_prefixed(&self, prefix: &str, visit: &mut dyn FnMut(&str, &str) -> ControlFlow<()>) {
        let mut flow = ControlFlow::Continue(());
        self.keys(&mut |name| {
            if let (ControlFlow::Continue(()), Some(rest)) = (flow, after_prefix(name, prefix)) {
                if let Some(value) = self.get(name) {
                    flow = visit(rest, value);
                }
            }
        });
    }
}

/// Translates between a [`Context`] and headers of one format.
///
/// An implementation brings `inject`, `try_extract` and `fields`; everything else of the library
/// calls `inject` and `extract`.
pub trait Propagator: Send + Sync {
    /// Writes what `context` holds into `carrier`; nothing where there is nothing valid to write.
    fn inject(&self, context: &Context, carrier: &mut dyn Injector);

    /// Reads what `carrier` holds on top of `context`. Finding nothing is no error: `context` comes
    /// back as it was.
    ///
    /// # Errors
    ///
    /// If there is something, but not readable.
    fn try_extract(
        &self,
        context: &Context,
        carrier: &dyn Extractor,
    ) -> Result<Context, ExtractError>;

    /// The names of the headers that `inject` writes, so that a carrier can be cleared for reuse.
    /// Names that depend on what is injected are not among them.
    fn fields(&self) -> Vec<&str>;

    /// As [`try_extract`](Self::try_extract), but what is not readable is told to diagnostics and
    /// leaves `context` as it was. A panic of the carrier or the propagator counts as not readable.
    fn extract(&self, context: &Context, carrier: &dyn Extractor) -> Context {
        let outcome = contained("extract", || self.try_extract(context, carrier));
        match outcome {
            Some(Ok(extracted)) => extracted,
            Some(Err(error)) => {
                error.report();
                context.clone()
            }
            None => context.clone(),
        }
    }

    /// As [`extract`](Self::extract), in place: where several propagators follow one another, no
    /// context is copied and dropped for each.
    #[doc(hidden)]
    fn extract_onto(&self, context: &mut Context, carrier: &dyn Extractor) {
        *context = self.extract(context, carrier);
    }

    /// Whether this stands for whatever propagator the process will have.
    #[doc(hidden)]
    fn is_placeholder(&self) -> bool {
        false
    }
}

/// Runs code of the program's (a propagator, a carrier); a panic ends here and is told.
pub(crate) fn contained<R>(what: &str, run: impl FnOnce() -> R) -> Option<R> {
    match contain(run) {
        Ok(outcome) => Some(outcome),
        Err(_) => {
            diagnostics::report(
                DiagnosticKind::Panic,
                "propagator",
                format_args!("a propagator or carrier panicked during {what}"),
            );
            None
        }
    }
}

/// Injects, with a panic of the propagator or the carrier contained.
pub(crate) fn inject_contained(
    propagator: &dyn Propagator,
    context: &Context,
    carrier: &mut dyn Injector,
) {
    contained("inject", || propagator.inject(context, carrier));
}

/// Propagates nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPropagator;

impl Propagator for NoPropagator {
    fn inject(&self, _: &Context, _: &mut dyn Injector) {}

    fn try_extract(&self, context: &Context, _: &dyn Extractor) -> Result<Context, ExtractError> {
        Ok(context.clone())
    }

    fn fields(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// Shared and boxed propagators are propagators.
macro_rules! forward {
    ($($pointer:ident)*) => {$(
        impl<P: Propagator + ?Sized> Propagator for $pointer<P> {
            fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
                (**self).inject(context, carrier);
            }

            fn try_extract(
                &self,
                context: &Context,
                carrier: &dyn Extractor,
            ) -> Result<Context, ExtractError> {
                (**self).try_extract(context, carrier)
            }

            fn fields(&self) -> Vec<&str> {
                (**self).fields()
            }

            fn extract(&self, context: &Context, carrier: &dyn Extractor) -> Context {
                (**self).extract(context, carrier)
            }

            fn extract_onto(&self, context: &mut Context, carrier: &dyn Extractor) {
                (**self).extract_onto(context, carrier);
            }

            fn is_placeholder(&self) -> bool {
                (**self).is_placeholder()
            }
        }
    )*};
}

forward! { Arc Box }

#[cfg(test)]
mod tests;

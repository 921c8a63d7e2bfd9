//! Spanline's vocabulary: spans, contexts, propagators, and the seams between program and runtime.
//!
//! Libraries that are instrumented need nothing else. Without a runtime installed everything here
//! works and has no effect: spans pass their parent's context on, headers go through.
//!
//! Modules stand in the order in which a span flows, from the program's first call to the bytes
//! that leave the process; a file imports only modules listed below its own.
#![forbid(unsafe_code)]

pub mod global;
pub mod provider;
pub mod tracer;
pub mod propagation;
pub mod span;
pub mod export;
pub mod view;
pub mod record;
pub mod stats;
pub mod diagnostics;
pub mod baggage;
pub mod resource;
pub mod scope;
pub mod span_context;
pub mod trace_state;
pub mod trace_flags;
pub mod attribute;
pub mod status;
pub mod kind;
pub mod deadline;
pub mod timestamp;
pub mod id;
pub mod hex;
#[doc(hidden)]
pub mod contain;
#[doc(hidden)]
pub mod escape;
mod installed;
mod sync;

pub use span::{backend, context};

pub use attribute::{Attribute, Value};
pub use baggage::{Baggage, BaggageEntry};
pub use deadline::Deadline;
pub use global::{InstallError, extract, inject, install, tracer};
pub use id::{ParseIdError, SpanId, TraceId};
pub use kind::SpanKind;
pub use provider::TracerProvider;
pub use resource::Resource;
pub use scope::Scope;
pub use span::{
    ActiveSpan, Context, ContextGuard, EventMut, FutureExt, InSpan, LinkMut, Span, SpanMut,
    SpanRef, WithContext, baggage, current_span, suppress,
};
pub use span_context::SpanContext;
pub use stats::{Dropped, FlushError, LossReport, ProcessorStats, ShutdownError, Started, Stats};
pub use status::Status;
pub use timestamp::Timestamp;
pub use trace_flags::TraceFlags;
pub use trace_state::{TraceState, TraceStateError};
pub use tracer::{SpanBuilder, Tracer};

/// For the models in `tests/model.rs`.
#[cfg(loom)]
#[doc(hidden)]
pub use installed::Installed;

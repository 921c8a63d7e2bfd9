//! A tracing runtime with OpenTelemetry semantics: it sends spans by OTLP, or to Jaeger or
//! Zipkin, and nothing is lost without being counted.
//!
//! A program depends on it with the exporter that it needs:
//!
//! ```toml
//! [dependencies]
//! spanline = { path = "../spanline/crates/spanline", features = ["jaeger"] }
//! ```
//!
//! It is not on crates.io yet: the path is that of a checkout. It needs Rust 1.85.
//!
//! ```no_run
//! use spanline::prelude::*;
//! use std::time::Duration;
//!
//! static TRACER: Tracer = spanline::tracer("shop");
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let tracing = spanline::setup().service_name("checkout").install()?; // reads OTEL_*
//!     {
//!         let span = TRACER.start_active("charge card");
//!         span.set_attribute("order.id", 42);
//!     } // the span ends here; one that is still open when the guard goes is not sent
//!     println!("{}", tracing.shutdown(Duration::from_secs(5))?); // "nothing lost"
//!     Ok(())
//! }
//! ```
//!
//! A guard that is dropped does what `shutdown` does, and tells nobody but diagnostics. Without a
//! collector both take some seconds, since the exporter makes up to five attempts, the last of them by
//! the deadline; `shutdown` is then an error that carries the report ([`ShutdownError::loss`]).
//!
//! # Threads, futures, headers
//!
//! What is current on a thread is the parent of what starts there. It goes elsewhere in one line:
//!
//! ```
//! use spanline::prelude::*;
//! # use std::collections::HashMap;
//! # static TRACER: Tracer = spanline::tracer("shop");
//! # async fn work() {}
//! # async fn task() {
//! # let mut headers = HashMap::<String, String>::new();
//! std::thread::spawn(Context::current().wrap(|| { let _s = TRACER.start_active("on a thread"); }));
//! work().in_span(TRACER.start("a task")).await;
//! spanline::inject(&mut headers);
//! # }
//! # fn server(headers: &HashMap<String, String>) {
//! let _parent = spanline::extract(headers).attach();
//! # }
//! ```
//!
//! A guard that is held across an `.await` compiles where futures stay on one thread, and gives
//! wrong parents to whatever runs meanwhile. Use [`FutureExt::in_span`] and
//! [`FutureExt::with_context`] there. Clippy finds such guards with this line in `clippy.toml`:
//!
//! ```toml
//! await-holding-invalid-types = ["spanline::ActiveSpan", "spanline::ContextGuard"]
//! ```
//!
//! # Who uses what
//!
//! A **library** depends on `spanline` with `default-features = false` and gets the vocabulary
//! alone: [`tracer()`], [`Span`], [`Context`], [`propagation`]. It works without a runtime, at the
//! cost of a few nanoseconds, and wakes up when the program installs one.
//!
//! A **program** installs a runtime: [`setup()`], which has the table of environment variables, or
//! the parts in [`sdk`] put together by hand.
//!
//! # Paths
//!
//! What is here is made in other crates, and their pages keep their own paths. Types and functions
//! of `spanline_core` are here under the same names, and so are its modules `diagnostics`, `global`,
//! `propagation` and `view`. Samplers, processors and the other parts of the runtime, from modules
//! of `spanline_sdk`, are in [`sdk`]; `spanline_sdk::testing` is [`testing`]. What is in
//! `spanline_core::export`, and the exporters of `spanline_export`, are in [`export`].
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `sdk` (default) | the runtime: provider, samplers, processors, `setup()` |
//! | `jaeger` | the Jaeger exporter (Thrift over HTTP) |
//! | `otlp` | the OTLP exporter (protobuf or JSON over HTTP, or lines of JSON in a file) |
//! | `grpc` | OTLP over gRPC, plain text only; brings an HTTP/2 client and a small async runtime |
//! | `zipkin` | the Zipkin exporter (JSON over HTTP) |
//! | `http` | `http::HeaderMap` as a carrier, for hyper, axum, reqwest and others |
//! | `json` | `Options::from_json` |
//! | `gzip` | compressed requests; without it, asking for them is an error when the exporter is built |
//! | `tls` | `https` endpoints for exporters over HTTP, certificate authorities of your own, client certificates |
//!
//! Features only add; none changes what another part does.
#![forbid(unsafe_code)]

#[cfg(feature = "sdk")]
mod setup;

pub use spanline_core::{
    ActiveSpan, Attribute, Baggage, BaggageEntry, Context, ContextGuard, Deadline, Dropped,
    EventMut, FlushError, FutureExt, InSpan, InstallError, LinkMut, LossReport, ParseIdError,
    ProcessorStats, Resource, Scope, ShutdownError, Span, SpanBuilder, SpanContext, SpanId,
    SpanKind, SpanMut, SpanRef, Started, Stats, Status, Timestamp, TraceFlags, TraceId, TraceState,
    TraceStateError, Tracer, TracerProvider, Value, WithContext, baggage, current_span, extract,
    inject, install, suppress, tracer,
};
pub use spanline_core::{diagnostics, global, propagation, view};

#[cfg(feature = "sdk")]
pub use setup::{Batcher, Options, OptionsError, Setup, SetupError, ShutdownGuard, setup};

/// The runtime in parts: provider, samplers, processors, id generators, clocks, detectors.
#[cfg(feature = "sdk")]
pub mod sdk {
    pub use spanline_sdk::SpanLimits;
    pub use spanline_sdk::clock::Clock;
    pub use spanline_sdk::config::EnvironmentDetector;
    pub use spanline_sdk::id_generator::{IdGenerator, RandomIdGenerator};
    pub use spanline_sdk::processor::{
        BatchConfig, BatchSpanProcessor, Pipeline, SimpleSpanProcessor, SpanProcessor, Watches,
    };
    pub use spanline_sdk::provider::{BuildError, TracerProviderBuilder};
    pub use spanline_sdk::resource::{
        DetectError, HostDetector, ProcessDetector, ResourceDetector, ServiceDetector,
        default_resource,
    };
    pub use spanline_sdk::sampler::{
        AlwaysOff, AlwaysOn, AlwaysRecord, JaegerDebug, ParentBased, Sampler, SamplingDecision,
        SamplingInput, SamplingResult, TraceIdRatioBased,
    };
}

/// For tests: capture spans without installing anything, move a clock by hand.
#[cfg(feature = "sdk")]
pub mod testing {
    pub use spanline_sdk::testing::*;
}

/// The seam to exporters, and the exporters themselves.
pub mod export {
    pub use spanline_core::export::*;
    #[cfg(feature = "sdk")]
    pub use spanline_export::ConsoleExporter;
    #[cfg(feature = "grpc")]
    pub use spanline_export::GrpcStatus;
    #[cfg(feature = "otlp")]
    pub use spanline_export::OtlpExporter;
    #[cfg(feature = "zipkin")]
    pub use spanline_export::ZipkinExporter;
    #[cfg(feature = "jaeger")]
    pub use spanline_export::{AgentBuilder, JaegerExporter};
    #[cfg(any(feature = "jaeger", feature = "otlp", feature = "zipkin"))]
    pub use spanline_export::{BuildError, Compression, HttpBuilder};
}

/// What most files that make spans use.
pub mod prelude {
    pub use spanline_core::FutureExt as _;
    pub use spanline_core::{Attribute, Context, SpanKind, Status, Tracer};
}

/// The code in the documents is compiled and run with the tests.
#[cfg(doctest)]
mod documents {
    #[cfg(feature = "json")]
    #[doc = include_str!("../../../README.md")]
    struct Readme;
    #[doc = include_str!("../../../docs/exporters.md")]
    struct Exporters;
    #[doc = include_str!("../../../docs/tour/01-a-trace-in-five-minutes.md")]
    struct Tour01;
    #[doc = include_str!("../../../docs/tour/02-birth.md")]
    struct Tour02;
    #[doc = include_str!("../../../docs/tour/03-keep-or-drop.md")]
    struct Tour03;
    #[doc = include_str!("../../../docs/tour/04-while-it-lives.md")]
    struct Tour04;
    #[doc = include_str!("../../../docs/tour/05-the-end.md")]
    struct Tour05;
    #[doc = include_str!("../../../docs/tour/06-the-queue.md")]
    struct Tour06;
    #[doc = include_str!("../../../docs/tour/07-the-worker.md")]
    struct Tour07;
    #[doc = include_str!("../../../docs/tour/08-onto-the-wire.md")]
    struct Tour08;
    #[doc = include_str!("../../../docs/tour/09-across-processes.md")]
    struct Tour09;
    #[doc = include_str!("../../../docs/tour/10-the-global.md")]
    struct Tour10;
    #[doc = include_str!("../../../docs/tour/11-shutting-down.md")]
    struct Tour11;
}

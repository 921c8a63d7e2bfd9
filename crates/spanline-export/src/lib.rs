//! Spanline's wire: how finished spans leave the process.
//!
//! An exporter is an *encoder* (spans to bytes) times a *transport* (bytes to a peer), with
//! [`split`] between them, which cuts requests to the size that the transport takes:
//!
//! ```text
//! Batch ──► Jaeger-, Otlp-, ZipkinExporter      exporter.rs
//!             │  head · span · span · … · tail
//!             ├─► Encoder                       encoder/{jaeger, otlp, zipkin}: pure, one pass
//!             ├─► split                         one request after another, at most so many bytes
//!             └─► Transport                     transport/{http, grpc, udp, …}: knows no spans
//!                   └─► retry                   when to try again: a pure decision
//! ```
//!
//! Encoders are pure and transports are dumb. A span that cannot be encoded or does not fit costs
//! itself and nothing else; a deadline holds over everything that happens in an export.
//!
//! ```
//! # #[cfg(feature = "jaeger")] {
//! # mod spanline { pub use spanline_export as export; }
//! use spanline::export::JaegerExporter;
//! use std::time::Duration;
//!
//! let exporter = JaegerExporter::http("http://localhost:14268/api/traces")
//!     .timeout(Duration::from_secs(3))
//!     .header("x-tenant", "shop")
//!     .build()?; // no I/O: a collector that is not there yet is no error
//! # }
//! # Ok::<(), spanline_export::BuildError>(())
//! ```
//!
//! # Features
//!
//! `jaeger`, `otlp` and `zipkin` (default) bring the formats and plain HTTP,
//! `jaeger` UDP as well. `grpc` adds OTLP over gRPC, `tls` `https`,
//! `gzip` compressed requests; without them an `https` address, or compression
//! that is asked for, is an error when the exporter is built.
#![forbid(unsafe_code)]

mod exporter;
mod console;
pub mod split;
pub mod encoder;
pub mod transport;
#[cfg(feature = "http")]
mod retry;
#[cfg(feature = "http")]
mod secret;
mod base64;
#[cfg(feature = "otlp")]
mod json;
#[cfg(feature = "otlp")]
mod protobuf;
mod error;
#[cfg(test)]
#[cfg_attr(
    not(all(feature = "jaeger", feature = "otlp")),
    expect(dead_code, reason = "only the fullest formats need all of it")
)]
mod fixture;
#[cfg(test)]
#[cfg(feature = "http")]
mod peer;

pub use console::ConsoleExporter;
#[cfg(feature = "otlp")]
#[doc(hidden)]
pub use encoder::otlp::check_otlp_response;
pub use error::BuildError;
#[cfg(feature = "http")]
pub use exporter::HttpBuilder;
#[cfg(feature = "otlp")]
pub use exporter::OtlpExporter;
pub use exporter::Pipeline;
#[cfg(feature = "zipkin")]
pub use exporter::ZipkinExporter;
#[cfg(feature = "jaeger")]
pub use exporter::{AgentBuilder, JaegerExporter};
#[cfg(feature = "http")]
pub use transport::Compression;
#[cfg(feature = "grpc")]
pub use transport::GrpcStatus;

// The laws of what is not public, for fuzzing and for the replay of its corpus.
#[cfg(feature = "http")]
#[doc(hidden)]
pub use retry::property::check_retry_after;
#[cfg(feature = "http")]
#[doc(hidden)]
pub use transport::check_excerpt;

//! A small receiver of spans that draws the traces it is sent: the default backend of the
//! examples, and the judge in the tests of the exporters.
//!
//! It listens on loopback ports: as an OTLP receiver (`POST /v1/traces`, Protocol Buffers or JSON),
//! as a Jaeger collector (`POST /api/traces`, a Thrift `Batch`), as a Jaeger agent (datagrams in
//! Thrift's compact and binary protocols) and as a Zipkin server (`POST /api/v2/spans`, a JSON array);
//! it answers `GET /health` and `GET /traces` on those of HTTP. It stands alone on purpose: no other
//! crate of this workspace is used here, and the payloads are taken apart by the `prost`, `thrift` and
//! `serde_json` crates, so an encoder that is wrong cannot be excused by a decoder that is wrong in
//! the same way.
//!
//! It keeps the last traces in memory and nothing on disk. It is no place for production data.
//!
//! # Embedding it
//!
//! ```
//! use spanline_sink::Sink;
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sink = Sink::builder().jaeger(0).zipkin(0).keep(10).start()?;
//! println!("send spans to {}", sink.jaeger_endpoint().unwrap_or_default());
//!
//! // … a program exports to that address …
//! # assert!(sink.wait_for_spans(1, Duration::ZERO).is_err());
//! for trace in sink.traces() {
//!     println!("{}", trace.draw(100, false));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Decoding without a network
//!
//! ```
//! let body = br#"[{"traceId":"463ac35c9f6413ad","id":"a2fb4a1d1a96d312","name":"get /"}]"#;
//! let decoded = spanline_sink::decode::zipkin_json(body)?;
//! assert_eq!(decoded.spans[0].name, "get /");
//! # Ok::<(), spanline_sink::decode::DecodeError>(())
//! ```

#![forbid(unsafe_code)]

// In the order in which a payload flows; a file imports only what is listed below it.
mod sink;
mod routes;
mod udp;
mod server;
mod http;
mod store;
pub mod decode;
mod draw;
mod trace;
mod json;
mod model;
mod text;

pub use draw::DrawOptions;
pub use model::{
    Attribute, ClientStats, Endpoint, Event, Format, Kind, Link, LinkKind, ReceivedSpan, Resource,
    Scope, SpanId, Status, TraceId, Value,
};
pub use sink::{Builder, Sink, WaitTimeout};
pub use store::{Malformed, Payload, Stats};
pub use trace::Trace;

//! Jaeger's Thrift model in Thrift's binary protocol: the `Batch` struct of `jaeger.thrift`.
//!
//! A collector takes it over HTTP as the bare struct. Here are the structs in the order of their
//! fields; how a value becomes a tag is in `tags.rs`, how Thrift writes a field in `binary.rs`. The
//! mapping is that of the OpenTelemetry specification, "OpenTelemetry to Jaeger Transformation".
//!
//! ```text
//! Batch   1: required Process process   2: required list<Span> spans
//! Process 1: required string serviceName   2: optional list<Tag> tags
//! ```

mod binary;
mod process;
mod span;
mod tags;

use super::buffer::Buffer;
use super::extras::{ScopeCache, ScopeTags};
use super::{EncodeError, Encoder};
use binary::{STOP, STRUCT, field, list_field};
use spanline_core::resource::Resource;
use spanline_core::view::SpanView;

/// Encodes batches as a bare `Batch` struct in Thrift's binary protocol.
///
/// The process (the resource) and the tags of each instrumentation scope are encoded once and kept
/// until the resource changes.
#[derive(Debug, Default)]
pub struct JaegerBinary {
    process: process::Process,
    scopes: ScopeCache,
    /// Where the number of spans stands in the request.
    count_at: usize,
}

impl JaegerBinary {
    /// An encoder that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Encoder for JaegerBinary {
    fn twin(&self) -> Option<Self> {
        Some(Self::new())
    }

    /// Documented by Jaeger since 1.0; collectors also take `application/x-thrift`.
    fn content_type(&self) -> &'static str {
        "application/vnd.apache.thrift.binary"
    }

    fn head(&mut self, resource: &Resource, out: &mut Buffer) {
        // Batch.1: process
        out.push_array(field(STRUCT, 1));
        out.push(self.process.encoded(resource));
        // Batch.2: spans; their number is filled in by `finish`
        self.count_at = out.len() + 4;
        out.push_array(list_field(2, STRUCT, 0));
    }

    fn span(&mut self, span: &SpanView<'_>, out: &mut Buffer) -> Result<(), EncodeError> {
        let scope = span.raw().header().scope;
        let make = |scope: spanline_core::scope::Scope<'_>| {
            ScopeTags::new(&scope, tags::push_value, tags::is_reserved)
        };
        span::push_span(span, self.scopes.get(scope, make), out)
    }

    fn tail(&self) -> &'static [u8] {
        &[STOP]
    }

    fn finish(&mut self, spans: u32, out: &mut Buffer) {
        out.patch(self.count_at, spans.to_be_bytes());
        out.push(self.tail());
    }
}

#[cfg(test)]
mod tests;

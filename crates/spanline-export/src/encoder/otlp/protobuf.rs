//! OTLP in protobuf's binary form.
//!
//! ```text
//! ExportTraceServiceRequest 1: repeated ResourceSpans resource_spans
//! ResourceSpans 1: Resource resource   2: repeated ScopeSpans scope_spans   3: string schema_url
//! ScopeSpans    1: InstrumentationScope scope   2: repeated Span spans      3: string schema_url
//! Resource      1: repeated KeyValue attributes   2: uint32 dropped_attributes_count
//! InstrumentationScope 1: string name   2: string version   3: repeated KeyValue attributes
//! ```
//!
//! A message stands behind its length, which is not known before the message is written. Spans and
//! smaller messages guess how many bytes the length takes (`wire.rs`); the two that enclose spans
//! are closed together when the request is finished (`envelope.rs`). Every length is written in
//! its shortest form. Fields of a span come in the order in which the record has them, because
//! protobuf lets fields come in any order and one pass is enough then.

mod envelope;
mod span;
mod value;
mod wire;

use super::kept::{Kept, for_each_item};
use super::reply::read_protobuf;
use super::scope_of;
use crate::encoder::buffer::{Buffer, Cursor};
use crate::encoder::{EncodeError, Encoder, Reply};
use envelope::Envelope;
use spanline_core::resource::Resource;
use spanline_core::scope::Scope;
use spanline_core::view::SpanView;
use value::put_attribute;
use wire::{key, put_message, put_text};

/// ExportTraceServiceRequest.1: resource_spans
const RESOURCE_SPANS: u8 = key(1, wire::BYTES);

/// ResourceSpans.2: scope_spans
const SCOPE_SPANS: u8 = key(2, wire::BYTES);

/// Encodes batches as an `ExportTraceServiceRequest` in protobuf.
///
/// The resource and each instrumentation scope are encoded once and kept until the resource changes.
#[derive(Debug, Default)]
pub struct OtlpProtobuf {
    kept: Kept,
    envelope: Envelope,
}

impl OtlpProtobuf {
    /// An encoder that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Encoder for OtlpProtobuf {
    fn twin(&self) -> Option<Self> {
        Some(Self::new())
    }

    fn content_type(&self) -> &'static str {
        "application/x-protobuf"
    }

    fn head(&mut self, resource: &Resource, out: &mut Buffer) {
        self.envelope.clear();
        self.envelope.open(RESOURCE_SPANS, out);
        out.push(self.kept.resource(resource, put_resource));
    }

    #[inline]
    fn group(&self, span: &SpanView<'_>) -> Option<u16> {
        Some(scope_of(&span.raw()))
    }

    fn begin_group(&mut self, span: &SpanView<'_>, out: &mut Buffer) {
        self.envelope.open(SCOPE_SPANS, out);
        out.push(self.kept.scope(scope_of(&span.raw()), put_scope));
    }

    #[inline]
    fn span(&mut self, span: &SpanView<'_>, out: &mut Buffer) -> Result<(), EncodeError> {
        span::push_span(span, out)
    }

    fn finished_len(&self, len: usize, _: u32) -> usize {
        len + self.envelope.growth(len)
    }

    fn finish(&mut self, _: u32, out: &mut Buffer) {
        self.envelope.close(out);
    }

    fn expects_reply(&self) -> bool {
        true
    }

    fn read_reply(body: &[u8]) -> Reply {
        read_protobuf(body)
    }
}

/// ResourceSpans without its spans. The schema URL comes first, so that all of it stands together.
fn put_resource(resource: &Resource, to: &mut Cursor<'_>) {
    // ResourceSpans.1: resource
    put_message(to, key(1, wire::BYTES), 0, |to| {
        // Resource.1: attributes
        for_each_item(resource, |item| {
            put_attribute(to, key(1, wire::BYTES), item);
        });
    });
    // ResourceSpans.3: schema_url
    let schema_url = resource.schema_url().unwrap_or_default();
    put_text(to, key(3, wire::BYTES), schema_url.as_bytes());
}

/// ScopeSpans without its spans.
fn put_scope(scope: &Scope<'_>, to: &mut Cursor<'_>) {
    // ScopeSpans.1: scope
    put_message(to, key(1, wire::BYTES), 0, |to| {
        // InstrumentationScope.1 and .2: name, version
        let version = scope.version().unwrap_or_default();
        put_text(to, key(1, wire::BYTES), scope.name().as_bytes());
        put_text(to, key(2, wire::BYTES), version.as_bytes());
        // InstrumentationScope.3: attributes
        for_each_item(scope.attributes(), |item| {
            put_attribute(to, key(3, wire::BYTES), item);
        });
    });
    // ScopeSpans.3: schema_url
    let schema_url = scope.schema_url().unwrap_or_default();
    put_text(to, key(3, wire::BYTES), schema_url.as_bytes());
}

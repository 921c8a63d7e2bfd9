//! OTLP in protobuf's JSON form ("OTLP/HTTP", "JSON Protobuf Encoding").
//!
//! Names of fields are lowerCamelCase; ids are lower-case hexadecimal digits, not Base64; enums are
//! numbers; 64-bit integers are strings of decimal digits; bytes are Base64; a double that JSON has
//! no number for is `"NaN"`, `"Infinity"` or `"-Infinity"`. What is empty is left out, as in the
//! binary form.

mod span;
mod value;

use super::kept::{Kept, for_each_item};
use super::reply::read_json;
use super::scope_of;
use crate::encoder::buffer::Buffer;
use crate::encoder::text::{Level, Text};
use crate::encoder::{EncodeError, Encoder, Reply};
use spanline_core::attribute::Attribute;
use spanline_core::resource::Resource;
use spanline_core::scope::Scope;
use spanline_core::view::SpanView;
use value::push_attribute;

/// Encodes batches as an `ExportTraceServiceRequest` in JSON: one object on one line.
///
/// The resource and each instrumentation scope are encoded once and kept until the resource changes.
/// What a peer answers is read with the feature `json` alone; without it, an answer is told to
/// diagnostics as not read.
#[derive(Debug, Default)]
pub struct OtlpJson {
    kept: Kept,
}

impl OtlpJson {
    /// An encoder that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Encoder for OtlpJson {
    fn twin(&self) -> Option<Self> {
        Some(Self::new())
    }

    fn content_type(&self) -> &'static str {
        "application/json"
    }

    fn head(&mut self, resource: &Resource, out: &mut Buffer) {
        out.push(self.kept.resource(resource, push_resource));
    }

    #[inline]
    fn group(&self, span: &SpanView<'_>) -> Option<u16> {
        Some(scope_of(&span.raw()))
    }

    fn begin_group(&mut self, span: &SpanView<'_>, out: &mut Buffer) {
        out.push(self.kept.scope(scope_of(&span.raw()), push_scope));
    }

    fn group_separator(&self) -> &'static [u8] {
        b"]},"
    }

    fn separator(&self) -> &'static [u8] {
        b","
    }

    #[inline]
    fn span(&mut self, span: &SpanView<'_>, out: &mut Buffer) -> Result<(), EncodeError> {
        span::push_span(span, out)
    }

    fn tail(&self) -> &'static [u8] {
        b"]}]}]}"
    }

    fn read_reply(body: &[u8]) -> Reply {
        read_json(body)
    }
}

/// A request up to its first scope.
fn push_resource(resource: &Resource, out: &mut Buffer) {
    // ExportTraceServiceRequest.resource_spans, ResourceSpans.resource
    out.push(br#"{"resourceSpans":[{"resource":{"#);
    // Resource.attributes
    push_attributes(resource, out);
    out.push(b"},");
    // ResourceSpans.schema_url
    push_named(out, br#""schemaUrl":""#, resource.schema_url());
    // ResourceSpans.scope_spans
    out.push(br#""scopeSpans":["#);
}

/// A group up to its first span.
fn push_scope(scope: &Scope<'_>, out: &mut Buffer) {
    // ScopeSpans.scope
    out.push(br#"{"scope":{"#);
    // InstrumentationScope.name, .version and .attributes
    push_named(out, br#""name":""#, Some(scope.name()));
    push_named(out, br#""version":""#, scope.version());
    push_attributes(scope.attributes(), out);
    if out.as_bytes().ends_with(b",") {
        out.truncate(out.len() - 1);
    }
    out.push(b"},");
    // ScopeSpans.schema_url and .spans
    push_named(out, br#""schemaUrl":""#, scope.schema_url());
    out.push(br#""spans":["#);
}

/// A text and a comma; nothing if the text is empty.
fn push_named(out: &mut Buffer, name: &[u8], text: Option<&str>) {
    let text = text.unwrap_or_default();
    if !text.is_empty() {
        out.push(name);
        Text::inside(out, text.as_bytes());
        out.push(br#"","#);
    }
}

/// `"attributes":[…]`, or nothing.
fn push_attributes<'i, 'v: 'i>(
    attributes: impl IntoIterator<Item = &'i Attribute<'v>>,
    out: &mut Buffer,
) {
    let mut opening: &[u8] = br#""attributes":["#;
    for_each_item(attributes, |item| {
        out.push(opening);
        opening = b",";
        push_attribute(out, item);
    });
    if opening == b"," {
        out.push(b"]");
    }
}

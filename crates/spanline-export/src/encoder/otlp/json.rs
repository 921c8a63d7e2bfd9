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
use crate::encoder::buffer::{Buffer, Cursor};
use crate::encoder::text::{Level, Text};
use crate::encoder::{EncodeError, Encoder, Reply};
use spanline_core::attribute::Attribute;
use spanline_core::resource::Resource;
use spanline_core::scope::Scope;
use spanline_core::view::SpanView;
use value::put_attribute;

/// Encodes batches as an `ExportTraceServiceRequest` in JSON: one object on one line.
///
/// The resource and each instrumentation scope are encoded once and kept until the resource changes.
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
        out.push(self.kept.resource(resource, put_resource));
    }

    #[inline]
    fn group(&self, span: &SpanView<'_>) -> Option<u16> {
        Some(scope_of(&span.raw()))
    }

    fn begin_group(&mut self, span: &SpanView<'_>, out: &mut Buffer) {
        out.push(self.kept.scope(scope_of(&span.raw()), put_scope));
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

    fn expects_reply(&self) -> bool {
        true
    }

    fn read_reply(body: &[u8]) -> Reply {
        read_json(body)
    }
}

/// A request up to its first scope.
fn put_resource(resource: &Resource, to: &mut Cursor<'_>) {
    // ExportTraceServiceRequest.resource_spans, ResourceSpans.resource
    to.put(*br#"{"resourceSpans":[{"resource":{"#);
    // Resource.attributes
    put_attributes(to, resource);
    to.put(*b"},");
    // ResourceSpans.schema_url
    put_named(to, br#""schemaUrl":""#, resource.schema_url());
    // ResourceSpans.scope_spans
    to.put(*br#""scopeSpans":["#);
}

/// A group up to its first span.
fn put_scope(scope: &Scope<'_>, to: &mut Cursor<'_>) {
    // ScopeSpans.scope
    to.put(*br#"{"scope":{"#);
    // InstrumentationScope.name, .version and .attributes
    let (length, ()) = to.ahead(0, |to| {
        put_named(to, br#""name":""#, Some(scope.name()));
        put_named(to, br#""version":""#, scope.version());
    });
    let is_last = scope.attributes().is_empty();
    to.skip(if is_last {
        length.saturating_sub(1)
    } else {
        length
    });
    put_attributes(to, scope.attributes());
    to.put(*b"},");
    // ScopeSpans.schema_url and .spans
    put_named(to, br#""schemaUrl":""#, scope.schema_url());
    to.put(*br#""spans":["#);
}

/// A text and a comma; nothing if the text is empty.
fn put_named(to: &mut Cursor<'_>, name: &[u8], text: Option<&str>) {
    let text = text.unwrap_or_default();
    if !text.is_empty() {
        to.put_bytes(name);
        Text::inside(to, text.as_bytes());
        to.put(*br#"","#);
    }
}

/// `"attributes":[…]`, or nothing.
fn put_attributes<'i, 'v: 'i>(
    to: &mut Cursor<'_>,
    attributes: impl IntoIterator<Item = &'i Attribute<'v>>,
) {
    let mut opening: &[u8] = br#""attributes":["#;
    for_each_item(attributes, |item| {
        to.put_bytes(opening);
        opening = b",";
        put_attribute(to, item);
    });
    if opening == b"," {
        to.put(*b"]");
    }
}

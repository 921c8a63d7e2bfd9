//! Zipkin's JSON: the `ListOfSpans` of the Zipkin API, version 2.
//!
//! A collector takes it over HTTP as one array. The mapping is that of the OpenTelemetry
//! specification, "OpenTelemetry to Zipkin Transformation", and this is what becomes of a span:
//!
//! ```text
//! {"traceId":32 hex,"parentId":16 hex,"id":16 hex,"name":…,"kind":…,"timestamp":µs,"duration":µs,
//!  "localEndpoint":{…},"remoteEndpoint":{…},"annotations":[…],"tags":{…}}
//! ```
//!
//! What is empty is left out. The remote endpoint is in `remote.rs`, tags and annotations are in
//! `tags.rs`, and which annotations are there already in `repeats.rs`. Links have no place in this
//! format and are not sent.

mod remote;
mod repeats;
mod span;
mod tags;

use self::repeats::Repeats;
use super::buffer::Buffer;
use super::extras::{ScopeCache, ScopeTags};
use super::text::{Level, Text};
use super::{EncodeError, Encoder, UNKNOWN_SERVICE};
use spanline_core::attribute::Value;
use spanline_core::resource::Resource;
use spanline_core::scope::Scope;
use spanline_core::view::SpanView;

/// Encodes batches as a JSON array of Zipkin v2 spans.
///
/// The local endpoint and the tags that come from the resource and from each instrumentation scope
/// are encoded once and kept until the resource changes.
#[derive(Debug, Default)]
pub struct ZipkinJson {
    resource: Option<Resource>,
    /// `,"localEndpoint":{…}` of that resource.
    local_endpoint: Buffer,
    scopes: ScopeCache,
    repeats: Repeats,
}

impl ZipkinJson {
    /// An encoder that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    #[cold]
    fn learn(&mut self, resource: &Resource) {
        let name = match resource.get("service.name") {
            Some(Value::String(name)) if !name.is_empty() => name,
            _ => UNKNOWN_SERVICE,
        };
        self.local_endpoint.truncate(0);
        self.local_endpoint.write(64 + name.len(), |to| {
            to.put(*br#","localEndpoint":{"serviceName":""#);
            Text::inside(to, name.as_bytes());
            to.put(*br#""}"#);
        });
        self.scopes = ScopeCache::default();
        self.resource = Some(resource.clone());
    }
}

impl Encoder for ZipkinJson {
    fn twin(&self) -> Option<Self> {
        Some(Self::new())
    }

    fn content_type(&self) -> &'static str {
        "application/json"
    }

    fn head(&mut self, resource: &Resource, out: &mut Buffer) {
        if self.resource.as_ref() != Some(resource) {
            self.learn(resource);
        }
        out.push(b"[");
    }

    fn separator(&self) -> &'static [u8] {
        b","
    }

    fn span(&mut self, span: &SpanView<'_>, out: &mut Buffer) -> Result<(), EncodeError> {
        let resource = self.resource.as_ref();
        let make = |scope: Scope<'_>| {
            let mut tags = ScopeTags::new(&scope, tags::put_value, tags::is_reserved);
            for attribute in resource.into_iter().flatten() {
                let key = &*attribute.key;
                if key != "service.name" && !tags::is_reserved(key) {
                    tags.extras.add(key, &attribute.value, tags::put_value);
                }
            }
            tags
        };
        let scope = self.scopes.get(span.raw().header().scope, make);
        let local_endpoint = self.local_endpoint.as_bytes();
        span::push_span(span, local_endpoint, scope, &mut self.repeats, out)
    }

    fn tail(&self) -> &'static [u8] {
        b"]"
    }
}

#[cfg(test)]
mod tests;

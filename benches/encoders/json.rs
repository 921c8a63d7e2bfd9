//! Zipkin's JSON through serde: what `zipkin.rs` of the encoders writes, from the same views.
//!
//! Nothing is collected into strings or maps on the way, which makes it a fast rival. It knows what
//! the bench's spans hold and no more: no remote endpoints, no dropped counts.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use spanline::export::Batch;
use spanline::view::{AttributeView, EventView, SpanView, ValueView};
use spanline::{SpanKind, Status, Value};
use std::fmt;

/// Writes one request.
pub(crate) fn write(batch: Batch<'_>, out: &mut Vec<u8>) {
    let written = serde_json::to_writer(out, &Request(batch));
    assert!(written.is_ok(), "serde_json failed on memory");
}

struct Request<'a>(Batch<'a>);

impl Serialize for Request<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let service = match self.0.resource().get("service.name") {
            Some(Value::String(name)) => name,
            _ => "unknown_service",
        };
        let mut spans = serializer.serialize_seq(Some(self.0.len()))?;
        for span in self.0 {
            spans.serialize_element(&Span { span, service })?;
        }
        spans.end()
    }
}

struct Span<'a> {
    span: SpanView<'a>,
    service: &'a str,
}

impl Serialize for Span<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let span = &self.span;
        let start = span.start_unix_nanos();
        let duration = span.end_unix_nanos().saturating_sub(start) / 1000;
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("traceId", &*span.trace_id().to_hex())?;
        if let Some(parent) = span.parent_span_id() {
            object.serialize_entry("parentId", &*parent.to_hex())?;
        }
        object.serialize_entry("id", &*span.span_id().to_hex())?;
        object.serialize_entry("name", span.name())?;
        if let Some(kind) = kind(span.kind()) {
            object.serialize_entry("kind", kind)?;
        }
        object.serialize_entry("timestamp", &(start / 1000))?;
        object.serialize_entry("duration", &duration.max(1))?;
        object.serialize_entry("localEndpoint", &Endpoint(self.service))?;
        if !span.events().is_empty() {
            object.serialize_entry("annotations", &Annotations(span))?;
        }
        object.serialize_entry("tags", &Tags(span))?;
        object.end()
    }
}

fn kind(kind: SpanKind) -> Option<&'static str> {
    match kind {
        SpanKind::Internal => None,
        SpanKind::Server => Some("SERVER"),
        SpanKind::Client => Some("CLIENT"),
        SpanKind::Producer => Some("PRODUCER"),
        SpanKind::Consumer => Some("CONSUMER"),
    }
}

struct Endpoint<'a>(&'a str);

impl Serialize for Endpoint<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(1))?;
        object.serialize_entry("serviceName", self.0)?;
        object.end()
    }
}

struct Annotations<'a>(&'a SpanView<'a>);

impl Serialize for Annotations<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.events().iter().map(Annotation))
    }
}

struct Annotation<'a>(EventView<'a>);

impl Serialize for Annotation<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(2))?;
        object.serialize_entry("timestamp", &(self.0.unix_nanos() / 1000))?;
        object.serialize_entry("value", &Shown(EventText(&self.0)))?;
        object.end()
    }
}

/// `"name": {attributes}`, for names and keys that need no escaping and values that are numbers.
struct EventText<'a>(&'a EventView<'a>);

impl fmt::Display for EventText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\": {{", self.0.name())?;
        for (number, AttributeView { key, value, .. }) in self.0.attributes().iter().enumerate() {
            let comma = if number > 0 { "," } else { "" };
            write!(f, "{comma}\"{key}\":{value}")?;
        }
        f.write_str("}")
    }
}

struct Tags<'a>(&'a SpanView<'a>);

impl Serialize for Tags<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        for attribute in self.0.attributes().iter() {
            match attribute.value {
                ValueView::String(text) => object.serialize_entry(attribute.key, text)?,
                ValueView::I64(number) => object.serialize_entry(attribute.key, &Shown(number))?,
                value => object.serialize_entry(attribute.key, &Shown(value))?,
            }
        }
        match self.0.status() {
            Status::Unset => {}
            Status::Ok => object.serialize_entry("otel.status_code", "OK")?,
            Status::Error(text) => {
                object.serialize_entry("otel.status_code", "ERROR")?;
                object.serialize_entry("error", &text)?;
            }
        }
        let scope = self.0.scope();
        for key in ["otel.scope.name", "otel.library.name"] {
            object.serialize_entry(key, scope.name())?;
        }
        object.end()
    }
}

/// A value as the text it prints.
struct Shown<T>(T);

impl<T: fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

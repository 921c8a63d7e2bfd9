//! Requests from what was decoded, as the laws need them: each span in a `ResourceSpans` of its own.
//!
//! Never used by programs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use crate::model::{Attribute, Event, Kind, Link, ReceivedSpan, Scope, Status, Value};

/// In Protocol Buffers, every field that says something.
pub(super) fn to_protobuf(spans: &[ReceivedSpan]) -> Vec<u8> {
    let mut request = Vec::new();
    for span in spans {
        let mut resource = attributes(1, &span.resource.attributes);
        number(&mut resource, 2, span.resource.dropped_attributes.into());
        let scope = span.scope.clone().unwrap_or_default();
        let mut library = Vec::new();
        text(&mut library, 1, &scope.name);
        text(&mut library, 2, &scope.version);
        library.extend(attributes(3, &scope.attributes));
        let mut scopes = Vec::new();
        delimited(&mut scopes, 1, &library);
        delimited(&mut scopes, 2, &write_span(span));
        text(&mut scopes, 3, &scope.schema_url);
        let mut group = Vec::new();
        delimited(&mut group, 1, &resource);
        delimited(&mut group, 2, &scopes);
        text(&mut group, 3, &span.resource.schema_url);
        delimited(&mut request, 1, &group);
    }
    request
}

fn write_span(span: &ReceivedSpan) -> Vec<u8> {
    let mut out = Vec::new();
    delimited(&mut out, 1, &span.trace_id.0.to_be_bytes());
    delimited(&mut out, 2, &span.span_id.0.to_be_bytes());
    text(&mut out, 3, &span.trace_state);
    if let Some(parent) = span.parent_id {
        delimited(&mut out, 4, &parent.0.to_be_bytes());
    }
    text(&mut out, 5, &span.name);
    number(&mut out, 6, kind(span.kind));
    fixed64(&mut out, 7, span.start_ns.unwrap_or_default());
    fixed64(&mut out, 8, span.end_ns.unwrap_or_default());
    out.extend(attributes(9, &span.attributes));
    number(&mut out, 10, span.dropped_attributes.into());
    for event in &span.events {
        let mut inner = Vec::new();
        fixed64(&mut inner, 1, event.time_ns.unwrap_or_default());
        text(&mut inner, 2, &event.name);
        inner.extend(attributes(3, &event.attributes));
        number(&mut inner, 4, event.dropped_attributes.into());
        delimited(&mut out, 11, &inner);
    }
    number(&mut out, 12, span.dropped_events.into());
    for link in &span.links {
        let mut inner = Vec::new();
        delimited(&mut inner, 1, &link.trace_id.0.to_be_bytes());
        delimited(&mut inner, 2, &link.span_id.0.to_be_bytes());
        text(&mut inner, 3, &link.trace_state);
        inner.extend(attributes(4, &link.attributes));
        number(&mut inner, 5, link.dropped_attributes.into());
        fixed32(&mut inner, 6, link.trace_flags.unwrap_or_default());
        delimited(&mut out, 13, &inner);
    }
    number(&mut out, 14, span.dropped_links.into());
    let (code, message) = status(&span.status);
    let mut inner = Vec::new();
    text(&mut inner, 2, message);
    number(&mut inner, 3, code);
    delimited(&mut out, 15, &inner);
    fixed32(&mut out, 16, span.trace_flags.unwrap_or_default());
    out
}

fn attributes(field: u64, attributes: &[Attribute]) -> Vec<u8> {
    let mut out = Vec::new();
    for attribute in attributes {
        let mut inner = Vec::new();
        text(&mut inner, 1, &attribute.key);
        delimited(&mut inner, 2, &value(&attribute.value));
        delimited(&mut out, field, &inner);
    }
    out
}

fn value(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    match value {
        Value::String(text) => delimited(&mut out, 1, text.as_bytes()),
        Value::Bool(truth) => member(&mut out, 2, u64::from(*truth)),
        Value::Int(number) => member(&mut out, 3, *number as u64),
        // One NaN for all: JSON has but one.
        Value::Double(number) => {
            let bits = if number.is_nan() { f64::NAN } else { *number }.to_bits();
            varint(&mut out, 4 << 3 | 1);
            out.extend(bits.to_le_bytes());
        }
        Value::Array(values) => {
            let mut inner = Vec::new();
            for element in values {
                delimited(&mut inner, 1, &self::value(element));
            }
            delimited(&mut out, 5, &inner);
        }
        Value::Map(members) => delimited(&mut out, 6, &attributes(1, members)),
        Value::Bytes(bytes) => delimited(&mut out, 7, bytes),
        Value::Empty => {}
    }
    out
}

fn kind(kind: Kind) -> u64 {
    match kind {
        Kind::Internal => 1,
        Kind::Server => 2,
        Kind::Client => 3,
        Kind::Producer => 4,
        Kind::Consumer => 5,
    }
}

fn status(status: &Status) -> (u64, &str) {
    match status {
        Status::Unset => (0, ""),
        Status::Ok => (1, ""),
        Status::Error(message) => (2, message),
    }
}

/// A field that is left out if it says nothing.
fn number(out: &mut Vec<u8>, field: u64, value: u64) {
    if value != 0 {
        member(out, field, value);
    }
}

fn member(out: &mut Vec<u8>, field: u64, value: u64) {
    varint(out, field << 3);
    varint(out, value);
}

fn fixed64(out: &mut Vec<u8>, field: u64, value: u64) {
    varint(out, field << 3 | 1);
    out.extend(value.to_le_bytes());
}

fn fixed32(out: &mut Vec<u8>, field: u64, value: u32) {
    varint(out, field << 3 | 5);
    out.extend(value.to_le_bytes());
}

fn text(out: &mut Vec<u8>, field: u64, text: &str) {
    if !text.is_empty() {
        delimited(out, field, text.as_bytes());
    }
}

fn delimited(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend(bytes);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// In JSON, every field whether it says something or not.
pub(super) fn to_json(spans: &[ReceivedSpan]) -> Json {
    let groups = spans.iter().map(|span| {
        let scope = span.scope.clone().unwrap_or_default();
        json!({
            "resource": {
                "attributes": pairs(&span.resource.attributes),
                "droppedAttributesCount": span.resource.dropped_attributes,
            },
            "schemaUrl": span.resource.schema_url,
            "scopeSpans": [{
                "scope": library(&scope),
                "schemaUrl": scope.schema_url,
                "spans": [json_span(span)],
            }],
        })
    });
    json!({ "resourceSpans": groups.collect::<Json>() })
}

fn library(scope: &Scope) -> Json {
    json!({
        "name": scope.name,
        "version": scope.version,
        "attributes": pairs(&scope.attributes),
    })
}

fn json_span(span: &ReceivedSpan) -> Json {
    let (code, message) = status(&span.status);
    json!({
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "parentSpanId": span.parent_id,
        "traceState": span.trace_state,
        "flags": span.trace_flags,
        "name": span.name,
        "kind": kind(span.kind),
        "startTimeUnixNano": span.start_ns.unwrap_or_default().to_string(),
        "endTimeUnixNano": span.end_ns.unwrap_or_default().to_string(),
        "attributes": pairs(&span.attributes),
        "droppedAttributesCount": span.dropped_attributes,
        "events": span.events.iter().map(json_event).collect::<Json>(),
        "droppedEventsCount": span.dropped_events,
        "links": span.links.iter().map(json_link).collect::<Json>(),
        "droppedLinksCount": span.dropped_links,
        "status": { "message": message, "code": code },
    })
}

fn json_event(event: &Event) -> Json {
    json!({
        "timeUnixNano": event.time_ns.unwrap_or_default().to_string(),
        "name": event.name,
        "attributes": pairs(&event.attributes),
        "droppedAttributesCount": event.dropped_attributes,
    })
}

fn json_link(link: &Link) -> Json {
    json!({
        "traceId": link.trace_id,
        "spanId": link.span_id,
        "traceState": link.trace_state,
        "attributes": pairs(&link.attributes),
        "droppedAttributesCount": link.dropped_attributes,
        "flags": link.trace_flags,
    })
}

fn pairs(attributes: &[Attribute]) -> Json {
    let pair = |attribute: &Attribute| json!({ "key": attribute.key, "value": json_value(&attribute.value) });
    attributes.iter().map(pair).collect()
}

fn json_value(value: &Value) -> Json {
    match value {
        Value::String(text) => json!({ "stringValue": text }),
        Value::Bool(truth) => json!({ "boolValue": truth }),
        Value::Int(number) => json!({ "intValue": number.to_string() }),
        Value::Double(number) if number.is_finite() => json!({ "doubleValue": number }),
        Value::Double(number) if number.is_nan() => json!({ "doubleValue": "NaN" }),
        Value::Double(number) if *number > 0.0 => json!({ "doubleValue": "Infinity" }),
        Value::Double(_) => json!({ "doubleValue": "-Infinity" }),
        Value::Array(values) => {
            let values: Json = values.iter().map(json_value).collect();
            json!({ "arrayValue": { "values": values } })
        }
        Value::Map(members) => json!({ "kvlistValue": { "values": pairs(members) } }),
        Value::Bytes(bytes) => json!({ "bytesValue": STANDARD.encode(bytes) }),
        Value::Empty => json!({}),
    }
}

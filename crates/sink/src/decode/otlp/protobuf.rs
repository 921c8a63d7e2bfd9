//! OTLP in Protocol Buffers, the body of an export by HTTP: `ExportTraceServiceRequest`.
//!
//! Field numbers and types follow trace_service.proto, trace.proto, resource.proto and common.proto
//! of opentelemetry-proto, named beside each field. Unknown fields are passed over, as the encoding
//! asks.

use std::sync::Arc;

use super::super::{DecodeError, Decoded};
use super::wire::{Piece, Reader, Result, Wire};
use super::{Parts, Wrong, event, link, resource, scope, status};
use crate::model::{Attribute, Event, Format, Link, ReceivedSpan, Resource, Scope, Status, Value};

/// Decodes the body of `POST /v1/traces` with `Content-Type: application/x-protobuf`.
///
/// # Errors
///
/// The first thing in the payload that is not as opentelemetry-proto says, with its place.
pub fn otlp_protobuf(payload: &[u8]) -> Result<Decoded> {
    let (mut reader, whole) = Reader::new(payload);
    let mut spans = Vec::new();
    let mut groups = Vec::new();
    reader.message(whole, |reader, number, wire| match number {
        // 1: repeated ResourceSpans resource_spans
        1 => reader.element("resourceSpans", &mut groups, |reader| {
            resource_spans(reader, wire, &mut spans)
        }),
        _ => Ok(()),
    })?;
    Ok(Decoded {
        spans,
        ..Decoded::default()
    })
}

/// `ResourceSpans`. Fields come in any order, so the spans wait for their resource.
fn resource_spans(
    reader: &mut Reader,
    wire: Wire<'_>,
    spans: &mut Vec<ReceivedSpan>,
) -> Result<()> {
    let (mut sender, mut schema_url, mut scopes) = (None, None, Vec::new());
    let piece = reader.delimited(wire)?;
    reader.message(piece, |reader, number, wire| match number {
        // 1: Resource resource
        1 => reader.once("resource", &mut sender, |reader| {
            attributed(reader, wire, 1, 2)
        }),
        // 2: repeated ScopeSpans scope_spans
        2 => reader.element("scopeSpans", &mut scopes, |reader| reader.delimited(wire)),
        // 3: string schema_url
        3 => reader.once("schemaUrl", &mut schema_url, |reader| reader.string(wire)),
        _ => Ok(()),
    })?;
    let (attributes, dropped) = sender.unwrap_or_default();
    let sender = resource(attributes, dropped, schema_url.unwrap_or_default());
    let mut read = Vec::new();
    for piece in scopes {
        reader.element("scopeSpans", &mut read, |reader| {
            scope_spans(reader, piece, &sender, spans)
        })?;
    }
    Ok(())
}

/// The two fields of `Resource` that are read, by their numbers.
fn attributed(
    reader: &mut Reader,
    wire: Wire<'_>,
    attributes_number: u32,
    dropped_number: u32,
) -> Result<(Vec<Attribute>, u32)> {
    let (mut attributes, mut dropped) = (Vec::new(), None);
    let piece = reader.delimited(wire)?;
    reader.message(piece, |reader, number, wire| {
        if number == attributes_number {
            reader.element("attributes", &mut attributes, |reader| {
                key_value(reader, wire)
            })
        } else if number == dropped_number {
            reader.once("droppedAttributesCount", &mut dropped, |reader| {
                reader.uint32(wire)
            })
        } else {
            Ok(())
        }
    })?;
    Ok((attributes, dropped.unwrap_or_default()))
}

/// `ScopeSpans`.
fn scope_spans(
    reader: &mut Reader,
    piece: Piece<'_>,
    sender: &Arc<Resource>,
    spans: &mut Vec<ReceivedSpan>,
) -> Result<()> {
    let (mut library, mut schema_url, mut pieces) = (None, None, Vec::new());
    reader.message(piece, |reader, number, wire| match number {
        // 1: InstrumentationScope scope
        1 => reader.once("scope", &mut library, |reader| {
            instrumentation(reader, wire)
        }),
        // 2: repeated Span spans
        2 => reader.element("spans", &mut pieces, |reader| reader.delimited(wire)),
        // 3: string schema_url
        3 => reader.once("schemaUrl", &mut schema_url, |reader| reader.string(wire)),
        _ => Ok(()),
    })?;
    let mut library = library.unwrap_or_default();
    library.schema_url = schema_url.unwrap_or_default();
    let library = scope(library);
    let mut read = Vec::with_capacity(pieces.len());
    for piece in pieces {
        reader.element("spans", &mut read, |reader| {
            span(reader, piece, sender, library.as_ref())
        })?;
    }
    spans.append(&mut read);
    Ok(())
}

/// `InstrumentationScope`; how many of its attributes were dropped is passed over.
fn instrumentation(reader: &mut Reader, wire: Wire<'_>) -> Result<Scope> {
    let (mut name, mut version, mut attributes) = (None, None, Vec::new());
    let piece = reader.delimited(wire)?;
    reader.message(piece, |reader, number, wire| match number {
        // 1: string name
        1 => reader.once("name", &mut name, |reader| reader.string(wire)),
        // 2: string version
        2 => reader.once("version", &mut version, |reader| reader.string(wire)),
        // 3: repeated KeyValue attributes
        3 => reader.element("attributes", &mut attributes, |reader| {
            key_value(reader, wire)
        }),
        _ => Ok(()),
    })?;
    Ok(Scope {
        name: name.unwrap_or_default(),
        version: version.unwrap_or_default(),
        attributes,
        schema_url: String::new(),
    })
}

/// The fields of `Span` that may come once.
#[derive(Default)]
struct Once {
    trace_id: Option<Vec<u8>>,
    span_id: Option<Vec<u8>>,
    trace_state: Option<String>,
    parent_span_id: Option<Vec<u8>>,
    name: Option<String>,
    kind: Option<i64>,
    start: Option<u64>,
    end: Option<u64>,
    dropped_attributes: Option<u32>,
    dropped_events: Option<u32>,
    dropped_links: Option<u32>,
    status: Option<Status>,
    flags: Option<u32>,
}

/// `Span`.
fn span(
    reader: &mut Reader,
    piece: Piece<'_>,
    sender: &Arc<Resource>,
    library: Option<&Scope>,
) -> Result<ReceivedSpan> {
    let mut raw = Once::default();
    let (mut attributes, mut events, mut links) = (Vec::new(), Vec::new(), Vec::new());
    reader.message(piece, |reader, number, wire| match number {
        // 1: bytes trace_id
        1 => reader.once("traceId", &mut raw.trace_id, |reader| reader.bytes(wire)),
        // 2: bytes span_id
        2 => reader.once("spanId", &mut raw.span_id, |reader| reader.bytes(wire)),
        // 3: string trace_state
        3 => reader.once("traceState", &mut raw.trace_state, |r| r.string(wire)),
        // 4: bytes parent_span_id
        4 => reader.once("parentSpanId", &mut raw.parent_span_id, |r| r.bytes(wire)),
        // 5: string name
        5 => reader.once("name", &mut raw.name, |reader| reader.string(wire)),
        // 6: SpanKind kind
        6 => reader.once("kind", &mut raw.kind, |reader| enumeration(reader, wire)),
        // 7: fixed64 start_time_unix_nano
        7 => reader.once("startTimeUnixNano", &mut raw.start, |r| r.fixed64(wire)),
        // 8: fixed64 end_time_unix_nano
        8 => reader.once("endTimeUnixNano", &mut raw.end, |r| r.fixed64(wire)),
        // 9: repeated KeyValue attributes
        9 => reader.element("attributes", &mut attributes, |reader| {
            key_value(reader, wire)
        }),
        // 10: uint32 dropped_attributes_count
        10 => {
            let slot = &mut raw.dropped_attributes;
            reader.once("droppedAttributesCount", slot, |r| r.uint32(wire))
        }
        // 11: repeated Event events
        11 => reader.element("events", &mut events, |reader| read_event(reader, wire)),
        // 12: uint32 dropped_events_count
        12 => {
            let slot = &mut raw.dropped_events;
            reader.once("droppedEventsCount", slot, |r| r.uint32(wire))
        }
        // 13: repeated Link links
        13 => reader.element("links", &mut links, |reader| read_link(reader, wire)),
        // 14: uint32 dropped_links_count
        14 => {
            let slot = &mut raw.dropped_links;
            reader.once("droppedLinksCount", slot, |r| r.uint32(wire))
        }
        // 15: Status status
        15 => reader.once("status", &mut raw.status, |reader| {
            read_status(reader, wire)
        }),
        // 16: fixed32 flags
        16 => reader.once("flags", &mut raw.flags, |reader| reader.fixed32(wire)),
        _ => Ok(()),
    })?;
    let parts = Parts {
        trace_id: raw.trace_id.unwrap_or_default(),
        span_id: raw.span_id.unwrap_or_default(),
        parent_span_id: raw.parent_span_id.unwrap_or_default(),
        trace_state: raw.trace_state.unwrap_or_default(),
        flags: raw.flags.unwrap_or_default(),
        name: raw.name.unwrap_or_default(),
        kind: raw.kind.unwrap_or_default(),
        start: raw.start.unwrap_or_default(),
        end: raw.end.unwrap_or_default(),
        attributes,
        dropped_attributes: raw.dropped_attributes.unwrap_or_default(),
        events,
        dropped_events: raw.dropped_events.unwrap_or_default(),
        links,
        dropped_links: raw.dropped_links.unwrap_or_default(),
        status: raw.status.unwrap_or_default(),
    };
    let span = parts.assemble(Format::OtlpProtobuf, sender, library);
    span.map_err(|wrong| misplaced(reader, wrong))
}

/// `Span.Event`.
fn read_event(reader: &mut Reader, wire: Wire<'_>) -> Result<Event> {
    let (mut time, mut name, mut dropped, mut attributes) = (None, None, None, Vec::new());
    let piece = reader.delimited(wire)?;
    reader.message(piece, |reader, number, wire| match number {
        // 1: fixed64 time_unix_nano
        1 => reader.once("timeUnixNano", &mut time, |reader| reader.fixed64(wire)),
        // 2: string name
        2 => reader.once("name", &mut name, |reader| reader.string(wire)),
        // 3: repeated KeyValue attributes
        3 => reader.element("attributes", &mut attributes, |reader| {
            key_value(reader, wire)
        }),
        // 4: uint32 dropped_attributes_count
        4 => reader.once("droppedAttributesCount", &mut dropped, |r| r.uint32(wire)),
        _ => Ok(()),
    })?;
    let (time, name) = (time.unwrap_or_default(), name.unwrap_or_default());
    Ok(event(time, name, attributes, dropped.unwrap_or_default()))
}

/// `Span.Link`.
fn read_link(reader: &mut Reader, wire: Wire<'_>) -> Result<Link> {
    let (mut trace, mut span, mut state) = (None, None, None);
    let (mut dropped, mut flags, mut attributes) = (None, None, Vec::new());
    let piece = reader.delimited(wire)?;
    reader.message(piece, |reader, number, wire| match number {
        // 1: bytes trace_id
        1 => reader.once("traceId", &mut trace, |reader| reader.bytes(wire)),
        // 2: bytes span_id
        2 => reader.once("spanId", &mut span, |reader| reader.bytes(wire)),
        // 3: string trace_state
        3 => reader.once("traceState", &mut state, |reader| reader.string(wire)),
        // 4: repeated KeyValue attributes
        4 => reader.element("attributes", &mut attributes, |reader| {
            key_value(reader, wire)
        }),
        // 5: uint32 dropped_attributes_count
        5 => reader.once("droppedAttributesCount", &mut dropped, |r| r.uint32(wire)),
        // 6: fixed32 flags
        6 => reader.once("flags", &mut flags, |reader| reader.fixed32(wire)),
        _ => Ok(()),
    })?;
    let mut link = link(&trace.unwrap_or_default(), &span.unwrap_or_default())
        .map_err(|wrong| misplaced(reader, wrong))?;
    link.trace_state = state.unwrap_or_default();
    link.attributes = attributes;
    link.dropped_attributes = dropped.unwrap_or_default();
    link.trace_flags = Some(flags.unwrap_or_default());
    Ok(link)
}

/// `Status`.
fn read_status(reader: &mut Reader, wire: Wire<'_>) -> Result<Status> {
    let (mut message, mut code) = (None, None);
    let piece = reader.delimited(wire)?;
    reader.message(piece, |reader, number, wire| match number {
        // 2: string message
        2 => reader.once("message", &mut message, |reader| reader.string(wire)),
        // 3: StatusCode code
        3 => reader.once("code", &mut code, |reader| enumeration(reader, wire)),
        _ => Ok(()),
    })?;
    let status = status(code.unwrap_or_default(), message.unwrap_or_default());
    status.map_err(|reason| reader.fail_at("code", reason))
}

/// `KeyValue`.
fn key_value(reader: &mut Reader, wire: Wire<'_>) -> Result<Attribute> {
    let (mut key, mut value) = (None, None);
    let piece = reader.delimited(wire)?;
    reader.message(piece, |reader, number, wire| match number {
        // 1: string key
        1 => reader.once("key", &mut key, |reader| reader.string(wire)),
        // 2: AnyValue value
        2 => reader.once("value", &mut value, |reader| any_value(reader, wire)),
        _ => Ok(()),
    })?;
    let value = value.unwrap_or(Value::Empty);
    Ok(Attribute::new(key.unwrap_or_default(), value))
}

/// `AnyValue`: of its members at most one.
fn any_value(reader: &mut Reader, wire: Wire<'_>) -> Result<Value> {
    let mut value = None;
    let piece = reader.delimited(wire)?;
    reader.message(piece, |reader, number, wire| {
        let value = &mut value;
        match number {
            // 1: string string_value
            1 => reader.once("value", value, |r| Ok(Value::String(r.string(wire)?))),
            // 2: bool bool_value
            2 => reader.once("value", value, |r| Ok(Value::Bool(r.varint(wire)? != 0))),
            // 3: int64 int_value
            3 => reader.once("value", value, |r| Ok(Value::Int(r.varint(wire)? as i64))),
            // 4: double double_value
            4 => reader.once("value", value, |r| {
                Ok(Value::Double(f64::from_bits(r.fixed64(wire)?)))
            }),
            // 5: ArrayValue array_value
            5 => reader.once("value", value, |r| array(r, wire)),
            // 6: KeyValueList kvlist_value
            6 => reader.once("value", value, |r| {
                Ok(Value::Map(attributed(r, wire, 1, 0)?.0))
            }),
            // 7: bytes bytes_value
            7 => reader.once("value", value, |r| Ok(Value::Bytes(r.bytes(wire)?))),
            _ => Ok(()),
        }
    })?;
    Ok(value.unwrap_or(Value::Empty))
}

/// `ArrayValue`.
fn array(reader: &mut Reader, wire: Wire<'_>) -> Result<Value> {
    let mut values = Vec::new();
    let piece = reader.delimited(wire)?;
    reader.message(piece, |reader, number, wire| match number {
        // 1: repeated AnyValue values
        1 => reader.element("values", &mut values, |reader| any_value(reader, wire)),
        _ => Ok(()),
    })?;
    Ok(Value::Array(values))
}

/// An enum is an `int32`: negative numbers fill all 64 bits.
fn enumeration(reader: &Reader, wire: Wire<'_>) -> Result<i64> {
    Ok(reader.varint(wire)? as i64)
}

/// What is wrong with a field of the message being read.
fn misplaced(reader: &mut Reader, (field, reason): Wrong) -> DecodeError {
    reader.fail_at(field, reason)
}

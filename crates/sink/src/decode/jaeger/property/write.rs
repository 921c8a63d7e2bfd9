//! A batch from what was decoded, as the law of the decoder needs it: the shortest payload that says
//! the same.
//!
//! Never used by programs.

use super::super::super::Decoded;
use crate::model::{Attribute, Event, Link, LinkKind, ReceivedSpan, Value};

/// `Batch`, in Thrift's binary protocol.
pub(super) fn write(decoded: &Decoded) -> Vec<u8> {
    let mut out = Vec::new();
    let first = decoded.spans.first();
    let resource = first
        .map(|span| (*span.resource).clone())
        .unwrap_or_default();
    field(&mut out, 12, 1);
    text(&mut out, 1, &resource.service);
    list(&mut out, 2, &resource.attributes, tag);
    out.push(0);
    list(&mut out, 2, &decoded.spans, span);
    if let Some(number) = decoded.seq_no {
        long(&mut out, 3, number);
    }
    if let Some(stats) = &decoded.client_stats {
        field(&mut out, 12, 4);
        long(&mut out, 1, stats.full_queue_dropped_spans);
        long(&mut out, 2, stats.too_large_dropped_spans);
        long(&mut out, 3, stats.failed_to_emit_spans);
        out.push(0);
    }
    out.push(0);
    out
}

fn span(out: &mut Vec<u8>, span: &ReceivedSpan) {
    long(out, 1, span.trace_id.0 as i64);
    long(out, 2, (span.trace_id.0 >> 64) as i64);
    long(out, 3, span.span_id.0 as i64);
    long(out, 4, span.parent_id.map_or(0, |id| id.0 as i64));
    text(out, 5, &span.name);
    list(out, 6, &span.links, reference);
    int(out, 7, span.flags.unwrap_or_default());
    long(out, 8, span.start_us.unwrap_or_default() as i64);
    long(out, 9, span.duration_us.unwrap_or_default() as i64);
    list(out, 10, &span.attributes, tag);
    list(out, 11, &span.events, log);
}

fn reference(out: &mut Vec<u8>, link: &Link) {
    int(out, 1, i32::from(link.kind == LinkKind::FollowsFrom));
    long(out, 2, link.trace_id.0 as i64);
    long(out, 3, (link.trace_id.0 >> 64) as i64);
    long(out, 4, link.span_id.0 as i64);
}

fn log(out: &mut Vec<u8>, event: &Event) {
    long(out, 1, event.time_us as i64);
    list(out, 2, &event.attributes, tag);
}

fn tag(out: &mut Vec<u8>, attribute: &Attribute) {
    text(out, 1, &attribute.key);
    match &attribute.value {
        Value::String(value) => {
            int(out, 2, 0);
            text(out, 3, value);
        }
        Value::Double(value) => {
            int(out, 2, 1);
            field(out, 4, 4);
            out.extend(value.to_be_bytes());
        }
        Value::Bool(value) => {
            int(out, 2, 2);
            field(out, 2, 5);
            out.push(u8::from(*value));
        }
        Value::Int(value) => {
            int(out, 2, 3);
            long(out, 6, *value);
        }
        Value::Bytes(value) => {
            int(out, 2, 4);
            bytes(out, 7, value);
        }
        // No Jaeger payload has them.
        Value::Array(_) | Value::Map(_) | Value::Empty => {}
    }
}

fn field(out: &mut Vec<u8>, kind: u8, id: i16) {
    out.push(kind);
    out.extend(id.to_be_bytes());
}

fn int(out: &mut Vec<u8>, id: i16, value: i32) {
    field(out, 8, id);
    out.extend(value.to_be_bytes());
}

fn long(out: &mut Vec<u8>, id: i16, value: i64) {
    field(out, 10, id);
    out.extend(value.to_be_bytes());
}

fn text(out: &mut Vec<u8>, id: i16, value: &str) {
    bytes(out, id, value.as_bytes());
}

fn bytes(out: &mut Vec<u8>, id: i16, value: &[u8]) {
    field(out, 11, id);
    out.extend((value.len() as i32).to_be_bytes());
    out.extend(value);
}

fn list<T>(out: &mut Vec<u8>, id: i16, elements: &[T], write: fn(&mut Vec<u8>, &T)) {
    field(out, 15, id);
    out.push(12);
    out.extend((elements.len() as i32).to_be_bytes());
    for element in elements {
        write(out, element);
        out.push(0);
    }
}

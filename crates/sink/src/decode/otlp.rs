//! OTLP: the messages of opentelemetry-proto's trace.proto, whichever encoding carried them.
//!
//! `protobuf` and `json` read one encoding each and fill [`Parts`]; what a span must be, once it is
//! read, is said here, once. Beyond the document: ids have their length and are not zero, a span does
//! not end before it starts, and enums have a known value; a backend would take such a span and show
//! something wrong, and a judge should not.

use std::sync::Arc;

use crate::model::{
    Attribute, Event, Format, Kind, Link, LinkKind, ReceivedSpan, Resource, Scope, SpanId, Status,
    TraceId,
};

mod protobuf;
mod json;
mod wire;

pub use json::otlp_json;
pub use protobuf::otlp_protobuf;

/// `Span` as it was read: ids in bytes, enums as numbers.
#[derive(Debug, Default)]
struct Parts {
    trace_id: Vec<u8>,
    span_id: Vec<u8>,
    parent_span_id: Vec<u8>,
    trace_state: String,
    flags: u32,
    name: String,
    kind: i64,
    start: u64,
    end: u64,
    attributes: Vec<Attribute>,
    dropped_attributes: u32,
    events: Vec<Event>,
    dropped_events: u32,
    links: Vec<Link>,
    dropped_links: u32,
    status: Status,
}

/// A field, and what is wrong with it.
type Wrong = (&'static str, String);

impl Parts {
    /// The span, if its parts make one.
    fn assemble(
        self,
        format: Format,
        resource: &Arc<Resource>,
        scope: Option<&Scope>,
    ) -> Result<ReceivedSpan, Wrong> {
        let trace = trace_id(&self.trace_id).map_err(|reason| ("traceId", reason))?;
        let own = span_id(&self.span_id).map_err(|reason| ("spanId", reason))?;
        let mut span = ReceivedSpan::new(format, trace, own);
        if !self.parent_span_id.is_empty() {
            let parent = span_id(&self.parent_span_id);
            span.parent_id = Some(parent.map_err(|reason| ("parentSpanId", reason))?);
        }
        if self.end != 0 && self.end < self.start {
            let reason = format!("{} is before the start, {}", self.end, self.start);
            return Err(("endTimeUnixNano", reason));
        }
        span.kind = kind(self.kind).map_err(|reason| ("kind", reason))?;
        // A time of 0 is one that was not sent: proto3 does not tell them apart.
        span.start_ns = Some(self.start).filter(|time| *time != 0);
        span.end_ns = Some(self.end).filter(|time| *time != 0);
        span.start_us = span.start_ns.map(|time| time / 1000);
        let lasted = |end: u64| end.saturating_sub(self.start) / 1000;
        span.duration_us = span.end_ns.map(lasted);
        span.name = self.name;
        span.trace_state = self.trace_state;
        span.trace_flags = Some(self.flags);
        span.attributes = self.attributes;
        span.dropped_attributes = self.dropped_attributes;
        span.events = self.events;
        span.dropped_events = self.dropped_events;
        span.links = self.links;
        span.dropped_links = self.dropped_links;
        span.status = self.status;
        span.resource = Arc::clone(resource);
        span.scope = scope.cloned();
        Ok(span)
    }
}

/// `trace_id`: 16 bytes, not all zero.
fn trace_id(bytes: &[u8]) -> Result<TraceId, String> {
    let id = bytes
        .try_into()
        .map_err(|_| format!("has {} bytes, not 16", bytes.len()))?;
    match u128::from_be_bytes(id) {
        0 => Err("is zero".to_owned()),
        id => Ok(TraceId(id)),
    }
}

/// `span_id` and `parent_span_id`: 8 bytes, not all zero; a root leaves its parent out.
fn span_id(bytes: &[u8]) -> Result<SpanId, String> {
    let id = bytes
        .try_into()
        .map_err(|_| format!("has {} bytes, not 8", bytes.len()))?;
    match u64::from_be_bytes(id) {
        0 => Err("is zero".to_owned()),
        id => Ok(SpanId(id)),
    }
}

/// `enum SpanKind`. Of 0, unspecified, the document says that it may be taken for internal.
fn kind(number: i64) -> Result<Kind, String> {
    match number {
        0 | 1 => Ok(Kind::Internal),
        2 => Ok(Kind::Server),
        3 => Ok(Kind::Client),
        4 => Ok(Kind::Producer),
        5 => Ok(Kind::Consumer),
        other => Err(format!("{other} is no SpanKind")),
    }
}

/// `Status` with its `enum StatusCode`; a message counts only with an error.
fn status(code: i64, message: String) -> Result<Status, String> {
    match code {
        0 => Ok(Status::Unset),
        1 => Ok(Status::Ok),
        2 => Ok(Status::Error(message)),
        other => Err(format!("{other} is no StatusCode")),
    }
}

/// `Event`.
fn event(time: u64, name: String, attributes: Vec<Attribute>, dropped: u32) -> Event {
    let mut event = Event::new(time / 1000, name, attributes);
    event.time_ns = Some(time);
    event.dropped_attributes = dropped;
    event
}

/// `Link`; the rest of it is the caller's to fill in.
fn link(trace: &[u8], span: &[u8]) -> Result<Link, Wrong> {
    let trace = trace_id(trace).map_err(|reason| ("traceId", reason))?;
    let span = span_id(span).map_err(|reason| ("spanId", reason))?;
    Ok(Link::new(LinkKind::FollowsFrom, trace, span))
}

/// `Resource` with the schema of its `ResourceSpans`.
fn resource(attributes: Vec<Attribute>, dropped: u32, schema_url: String) -> Arc<Resource> {
    let service = super::otel::text(&attributes, "service.name").unwrap_or_default();
    Arc::new(Resource {
        service: service.to_owned(),
        attributes,
        dropped_attributes: dropped,
        schema_url,
    })
}

/// A scope that says nothing is none.
fn scope(scope: Scope) -> Option<Scope> {
    Some(scope).filter(|scope| *scope != Scope::default())
}

pub(super) mod property;

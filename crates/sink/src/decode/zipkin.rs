//! The JSON of Zipkin v2, read by `serde_json`.
//!
//! Fields and their forms follow zipkin2-api.yaml, the OpenAPI description of the Zipkin v2 API.
//! Members it does not name are passed over, as a server must; a member that is `null` counts as
//! absent, as servers have it. The array is read span by span, so a large payload exists once as
//! text and once as spans, and never as a tree of JSON values.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::object::Object;
use super::{DecodeError, Decoded, otel};
use crate::model::{
    Attribute, Endpoint, Event, Format, Kind, ReceivedSpan, Resource, SpanId, TraceId, Value,
};
use crate::text::excerpt;

/// Decodes the body of `POST /api/v2/spans`: a JSON array of spans.
///
/// # Errors
///
/// The first thing in the payload that is not as the Zipkin v2 description says, with the number
/// of its span and, for errors of JSON itself, line and column.
pub fn zipkin_json(payload: &[u8]) -> Result<Decoded, DecodeError> {
    let mut list = SpanList::default();
    let mut json = serde_json::Deserializer::from_slice(payload);
    let outcome = json.deserialize_seq(&mut list).and_then(|()| json.end());
    match outcome {
        Ok(()) => Ok(Decoded {
            spans: list.spans,
            ..Decoded::default()
        }),
        Err(error) => {
            let place = if list.inside {
                format!("[{}]", list.spans.len())
            } else {
                String::new()
            };
            Err(DecodeError::new(
                place,
                None,
                excerpt(&error.to_string(), 300),
            ))
        }
    }
}

/// `Span`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawSpan {
    trace_id: String,
    id: String,
    parent_id: Option<String>,
    name: Option<String>,
    kind: Option<String>,
    timestamp: Option<u64>,
    duration: Option<u64>,
    debug: Option<bool>,
    shared: Option<bool>,
    local_endpoint: Option<Object<RawEndpoint>>,
    remote_endpoint: Option<Object<RawEndpoint>>,
    annotations: Option<Vec<Object<RawAnnotation>>>,
    tags: Option<Members<String>>,
}

/// `Endpoint`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawEndpoint {
    service_name: Option<String>,
    ipv4: Option<String>,
    ipv6: Option<String>,
    port: Option<u16>,
}

/// `Annotation`.
#[derive(Deserialize)]
struct RawAnnotation {
    timestamp: u64,
    value: String,
}

/// The members of a JSON object in their order, each key once.
struct Members<V>(Vec<(String, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Members<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<V>(std::marker::PhantomData<V>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for InOrder<V> {
            type Value = Members<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<V>, A::Error> {
                let mut members = Vec::new();
                let mut seen = std::collections::HashSet::new();
                while let Some((key, value)) = map.next_entry::<String, V>()? {
                    if !seen.insert(key.clone()) {
                        return Err(A::Error::custom(format!(
                            "key {:?} comes twice",
                            quoted(&key)
                        )));
                    }
                    members.push((key, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder(std::marker::PhantomData))
    }
}

/// `ListOfSpans`, turned into the model as it is read.
#[derive(Default)]
struct SpanList {
    spans: Vec<ReceivedSpan>,
    /// Whether reading stopped, or is, inside an element of the array.
    inside: bool,
    /// The sender of the span before; in most payloads it is the sender of all.
    resource: Arc<Resource>,
}

impl<'de> Visitor<'de> for &mut SpanList {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON array of spans")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        self.inside = true;
        while let Some(raw) = elements.next_element::<Object<RawSpan>>()? {
            let span = self.assemble(raw.0).map_err(A::Error::custom)?;
            self.spans.push(span);
        }
        self.inside = false;
        Ok(())
    }
}

impl SpanList {
    fn assemble(&mut self, raw: RawSpan) -> Result<ReceivedSpan, String> {
        let mut span = ReceivedSpan::new(
            Format::ZipkinJson,
            trace_id(&raw.trace_id)?,
            span_id("id", &raw.id)?.ok_or("id is zero")?,
        );
        span.parent_id = match &raw.parent_id {
            Some(parent) => span_id("parentId", parent)?,
            None => None,
        };
        span.name = raw.name.unwrap_or_default();
        span.kind = raw.kind.as_deref().map_or(Ok(Kind::Internal), kind)?;
        // A timestamp of 0 is how some tracers write "unknown"; the server reads it so.
        span.start_us = raw.timestamp.filter(|microseconds| *microseconds > 0);
        span.duration_us = raw.duration.map(duration).transpose()?;
        span.debug = raw.debug.unwrap_or(false);
        span.shared = raw.shared.unwrap_or(false);
        span.local_endpoint = raw
            .local_endpoint
            .map(|raw| endpoint("local", raw.0))
            .transpose()?;
        span.remote_endpoint = raw
            .remote_endpoint
            .map(|raw| endpoint("remote", raw.0))
            .transpose()?;
        span.resource = self.resource(span.local_endpoint.as_ref());
        span.events = raw
            .annotations
            .unwrap_or_default()
            .into_iter()
            .map(|raw| event(raw.0))
            .collect();
        let tags = raw.tags.map(|members| members.0).unwrap_or_default();
        span.attributes = tags
            .into_iter()
            .map(|(key, text)| Attribute::new(key, Value::String(text)))
            .collect();
        span.scope = otel::scope(&span.attributes);
        // In Zipkin the tag `error` marks a failure by being there; its value is the message.
        span.status = otel::status(&span.attributes, otel::text(&span.attributes, "error"));
        Ok(span)
    }

    fn resource(&mut self, local: Option<&Endpoint>) -> Arc<Resource> {
        let service = local
            .map(|endpoint| endpoint.service.as_str())
            .unwrap_or_default();
        if self.resource.service != service {
            let resource = Resource {
                service: service.to_owned(),
                ..Resource::default()
            };
            self.resource = Arc::new(resource);
        }
        Arc::clone(&self.resource)
    }
}

/// `traceId`: 16 or 32 lower-case hex digits, not all zero.
fn trace_id(text: &str) -> Result<TraceId, String> {
    if !matches!(text.len(), 16 | 32) || !is_lower_hex(text) {
        let shown = quoted(text);
        return Err(format!(
            "traceId is {shown:?}, not 16 or 32 lower-case hex digits"
        ));
    }
    match u128::from_str_radix(text, 16) {
        Ok(0) => Err("traceId is zero".to_owned()),
        Ok(id) => Ok(TraceId(id)),
        Err(error) => Err(format!("traceId: {error}")),
    }
}

/// `id` and `parentId`: 16 lower-case hex digits; zero means none.
fn span_id(name: &str, text: &str) -> Result<Option<SpanId>, String> {
    if text.len() != 16 || !is_lower_hex(text) {
        return Err(format!(
            "{name} is {:?}, not 16 lower-case hex digits",
            quoted(text)
        ));
    }
    let id = u64::from_str_radix(text, 16).map_err(|error| format!("{name}: {error}"))?;
    Ok((id != 0).then_some(SpanId(id)))
}

fn is_lower_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// `kind`: absent for a local span.
fn kind(text: &str) -> Result<Kind, String> {
    match text {
        "CLIENT" => Ok(Kind::Client),
        "SERVER" => Ok(Kind::Server),
        "PRODUCER" => Ok(Kind::Producer),
        "CONSUMER" => Ok(Kind::Consumer),
        other => Err(format!(
            "kind is {:?}, not CLIENT, SERVER, PRODUCER or CONSUMER",
            quoted(other)
        )),
    }
}

/// `duration`: minimum 1; whoever measured less rounds up.
fn duration(microseconds: u64) -> Result<u64, String> {
    match microseconds {
        0 => Err("duration is 0, the least is 1".to_owned()),
        more => Ok(more),
    }
}

fn endpoint(side: &str, raw: RawEndpoint) -> Result<Endpoint, String> {
    let ipv4 = raw
        .ipv4
        .map(|text| address(side, "ipv4", &text))
        .transpose()?;
    let ipv6 = raw
        .ipv6
        .map(|text| address(side, "ipv6", &text))
        .transpose()?;
    Ok(Endpoint {
        service: raw.service_name.unwrap_or_default(),
        ipv4,
        ipv6,
        // An unknown port is left out, or 0 by tracers that cannot leave it out.
        port: raw.port.filter(|port| *port != 0),
    })
}

fn address<A: std::str::FromStr>(side: &str, name: &str, text: &str) -> Result<A, String> {
    text.parse()
        .map_err(|_| format!("{side}Endpoint.{name} is {:?}, no address", quoted(text)))
}

/// An annotation; OpenTelemetry writes an event as its name in quotes, a colon, a space and the
/// attributes as a JSON object, or as the bare name if it has none.
fn event(raw: RawAnnotation) -> Event {
    let (name, attributes) = named_object(&raw.value).unwrap_or((raw.value, Vec::new()));
    Event::new(raw.timestamp, name, attributes)
}

fn named_object(text: &str) -> Option<(String, Vec<Attribute>)> {
    let mut json = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let name = json.next()?.ok()?;
    let object = text.get(json.byte_offset()..)?.strip_prefix(": ")?;
    let members: Members<serde_json::Value> = serde_json::from_str(object).ok()?;
    let attribute = |(key, value)| Attribute::new(key, from_json(value));
    Some((name, members.0.into_iter().map(attribute).collect()))
}

/// The nearest value; what has no type of its own in the model stays JSON text.
fn from_json(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::String(text) => Value::String(text),
        serde_json::Value::Bool(truth) => Value::Bool(truth),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Value::Int(integer),
            (None, Some(double)) => Value::Double(double),
            (None, None) => Value::String(number.to_string()),
        },
        other => Value::String(other.to_string()),
    }
}

/// Enough of something from outside to recognise it.
fn quoted(text: &str) -> String {
    text.chars().take(40).collect()
}

pub(super) mod property;

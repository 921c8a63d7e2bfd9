//! OTLP in JSON, the body of an export by HTTP: `ExportTraceServiceRequest`, read by `serde_json`.
//!
//! The names and forms are those of the Protocol Buffers JSON mapping with OTLP's exceptions ("JSON
//! Protobuf Encoding"): ids in hexadecimal digits, enums as numbers only, names in lowerCamelCase
//! only. 64-bit integers are taken as decimal strings and as numbers, as the mapping asks of readers;
//! members that are `null` count as absent and unknown ones are passed over.

use std::fmt;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::super::object::Object;
use super::super::{DecodeError, Decoded};
use super::{Parts, Wrong, event, link, resource, scope, status};
use crate::model::{Attribute, Format, Link, ReceivedSpan, Resource, Scope, Status, Value};
use crate::text::excerpt;

/// The most objects in a payload: what two characters of JSON become in memory is far larger.
const OBJECTS: usize = 4 << 20;

/// Decodes the body of `POST /v1/traces` with `Content-Type: application/json`.
///
/// # Errors
///
/// The first thing in the payload that is not as opentelemetry-proto says, with line and column for
/// errors of JSON and of types, and with the number of the span for what a span says.
pub fn otlp_json(payload: &[u8]) -> Result<Decoded, DecodeError> {
    // Braces within texts count as well; a payload with that many of them is none to keep.
    let objects = payload.iter().filter(|byte| **byte == b'{').count();
    if objects > OBJECTS {
        let reason = format!("more than {OBJECTS} objects");
        return Err(DecodeError::new("", None, reason));
    }
    let request: Object<Request> = serde_json::from_slice(payload)
        .map_err(|error| DecodeError::new("", None, excerpt(&error.to_string(), 300)))?;
    let mut spans = Vec::new();
    for (index, group) in list(request.0.resource_spans).enumerate() {
        group.append_to(&mut spans).map_err(|(place, reason)| {
            let place = format!("resourceSpans[{index}]{place}");
            DecodeError::new(place, None, excerpt(&reason, 300))
        })?;
    }
    Ok(Decoded {
        spans,
        ..Decoded::default()
    })
}

type List<T> = Option<Vec<Object<T>>>;

fn list<T>(list: List<T>) -> impl Iterator<Item = T> {
    list.unwrap_or_default().into_iter().map(|object| object.0)
}

/// `ExportTraceServiceRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    resource_spans: List<ResourceSpans>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans {
    resource: Option<Object<RawResource>>,
    scope_spans: List<ScopeSpans>,
    schema_url: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawResource {
    attributes: List<KeyValue>,
    dropped_attributes_count: Option<Number<u32>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeSpans {
    scope: Option<Object<RawScope>>,
    spans: List<Span>,
    schema_url: Option<String>,
}

/// `InstrumentationScope`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawScope {
    name: Option<String>,
    version: Option<String>,
    attributes: List<KeyValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Span {
    trace_id: String,
    span_id: String,
    trace_state: Option<String>,
    parent_span_id: Option<String>,
    flags: Option<Number<u32>>,
    name: Option<String>,
    kind: Option<i32>,
    start_time_unix_nano: Option<Number<u64>>,
    end_time_unix_nano: Option<Number<u64>>,
    attributes: List<KeyValue>,
    dropped_attributes_count: Option<Number<u32>>,
    events: List<Event>,
    dropped_events_count: Option<Number<u32>>,
    links: List<RawLink>,
    dropped_links_count: Option<Number<u32>>,
    status: Option<Object<RawStatus>>,
}

/// `Span.Event`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    time_unix_nano: Option<Number<u64>>,
    name: Option<String>,
    attributes: List<KeyValue>,
    dropped_attributes_count: Option<Number<u32>>,
}

/// `Span.Link`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawLink {
    trace_id: String,
    span_id: String,
    trace_state: Option<String>,
    attributes: List<KeyValue>,
    dropped_attributes_count: Option<Number<u32>>,
    flags: Option<Number<u32>>,
}

/// `Status`.
#[derive(Deserialize)]
struct RawStatus {
    message: Option<String>,
    code: Option<i32>,
}

#[derive(Deserialize)]
struct KeyValue {
    key: Option<String>,
    value: Option<Object<AnyValue>>,
}

/// `AnyValue`: of its members at most one.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnyValue {
    string_value: Option<String>,
    bool_value: Option<bool>,
    int_value: Option<Number<i64>>,
    double_value: Option<Double>,
    array_value: Option<Object<ArrayValue>>,
    kvlist_value: Option<Object<KeyValueList>>,
    bytes_value: Option<Base64>,
}

#[derive(Deserialize)]
struct ArrayValue {
    values: List<AnyValue>,
}

#[derive(Deserialize)]
struct KeyValueList {
    values: List<KeyValue>,
}

/// A place below the one being read, and what is wrong there.
type Misplaced = (String, String);

fn below(place: &str, (field, reason): Wrong) -> Misplaced {
    (format!("{place}.{field}"), reason)
}

impl ResourceSpans {
    fn append_to(self, spans: &mut Vec<ReceivedSpan>) -> Result<(), Misplaced> {
        let raw = self.resource.map(|object| object.0).unwrap_or_default();
        let attributes = attributes(raw.attributes).map_err(|wrong| below(".resource", wrong))?;
        let dropped = count(raw.dropped_attributes_count);
        let sender = resource(attributes, dropped, self.schema_url.unwrap_or_default());
        for (index, group) in list(self.scope_spans).enumerate() {
            group
                .append_to(&sender, spans)
                .map_err(|(place, reason)| (format!(".scopeSpans[{index}]{place}"), reason))?;
        }
        Ok(())
    }
}

impl ScopeSpans {
    fn append_to(
        self,
        sender: &std::sync::Arc<Resource>,
        spans: &mut Vec<ReceivedSpan>,
    ) -> Result<(), Misplaced> {
        let raw = self.scope.map(|object| object.0).unwrap_or_default();
        let library = scope(Scope {
            name: raw.name.unwrap_or_default(),
            version: raw.version.unwrap_or_default(),
            attributes: attributes(raw.attributes).map_err(|wrong| below(".scope", wrong))?,
            schema_url: self.schema_url.unwrap_or_default(),
        });
        for (index, span) in list(self.spans).enumerate() {
            let span = span
                .parts()
                .and_then(|parts| parts.assemble(Format::OtlpJson, sender, library.as_ref()));
            spans.push(span.map_err(|wrong| below(&format!(".spans[{index}]"), wrong))?);
        }
        Ok(())
    }
}

impl Span {
    fn parts(self) -> Result<Parts, Wrong> {
        let hex = |field, text: &str| unhex(text).map_err(|reason| (field, reason));
        let parent = self.parent_span_id.unwrap_or_default();
        let events = list(self.events).map(|raw| {
            let time = raw.time_unix_nano.map_or(0, |number| number.0);
            let attributes = attributes(raw.attributes)?;
            let dropped = count(raw.dropped_attributes_count);
            Ok(event(
                time,
                raw.name.unwrap_or_default(),
                attributes,
                dropped,
            ))
        });
        Ok(Parts {
            trace_id: hex("traceId", &self.trace_id)?,
            span_id: hex("spanId", &self.span_id)?,
            parent_span_id: hex("parentSpanId", &parent)?,
            trace_state: self.trace_state.unwrap_or_default(),
            flags: count(self.flags),
            name: self.name.unwrap_or_default(),
            kind: self.kind.unwrap_or_default().into(),
            start: self.start_time_unix_nano.map_or(0, |number| number.0),
            end: self.end_time_unix_nano.map_or(0, |number| number.0),
            attributes: attributes(self.attributes)?,
            dropped_attributes: count(self.dropped_attributes_count),
            events: events.collect::<Result<_, Wrong>>()?,
            dropped_events: count(self.dropped_events_count),
            links: list(self.links)
                .map(RawLink::link)
                .collect::<Result<_, _>>()?,
            dropped_links: count(self.dropped_links_count),
            status: self.status.map_or(Ok(Status::Unset), |raw| {
                let (code, message) = (raw.0.code.unwrap_or_default(), raw.0.message);
                status(code.into(), message.unwrap_or_default())
                    .map_err(|reason| ("status", reason))
            })?,
        })
    }
}

impl RawLink {
    fn link(self) -> Result<Link, Wrong> {
        let hex = |text: &str| unhex(text).map_err(|reason| ("links", reason));
        let mut link = link(&hex(&self.trace_id)?, &hex(&self.span_id)?)
            .map_err(|(field, reason)| ("links", format!("{field} {reason}")))?;
        link.trace_state = self.trace_state.unwrap_or_default();
        link.attributes = attributes(self.attributes)?;
        link.dropped_attributes = count(self.dropped_attributes_count);
        link.trace_flags = Some(count(self.flags));
        Ok(link)
    }
}

fn count(number: Option<Number<u32>>) -> u32 {
    number.map_or(0, |number| number.0)
}

fn attributes(raw: List<KeyValue>) -> Result<Vec<Attribute>, Wrong> {
    let attribute = |raw: KeyValue| {
        let value = raw
            .value
            .map_or(Ok(Value::Empty), |value| value.0.value())?;
        Ok(Attribute::new(raw.key.unwrap_or_default(), value))
    };
    list(raw).map(attribute).collect()
}

impl AnyValue {
    fn value(self) -> Result<Value, Wrong> {
        let array = |raw: Object<ArrayValue>| {
            let values = list(raw.0.values).map(AnyValue::value);
            values.collect::<Result<_, Wrong>>().map(Value::Array)
        };
        let map = |raw: Object<KeyValueList>| attributes(raw.0.values).map(Value::Map);
        let mut members = [
            self.string_value.map(|text| Ok(Value::String(text))),
            self.bool_value.map(|truth| Ok(Value::Bool(truth))),
            self.int_value.map(|number| Ok(Value::Int(number.0))),
            self.double_value.map(|number| Ok(Value::Double(number.0))),
            self.array_value.map(array),
            self.kvlist_value.map(map),
            self.bytes_value.map(|bytes| Ok(Value::Bytes(bytes.0))),
        ]
        .into_iter()
        .flatten();
        let value = members.next().unwrap_or(Ok(Value::Empty))?;
        match members.next() {
            None => Ok(value),
            Some(_) => Err(("value", "has more than one member".to_owned())),
        }
    }
}

/// An id in hexadecimal digits of either case.
fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("is {:?}, not hexadecimal digits", excerpt(text, 40));
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some((digit(high)? << 4 | digit(low)?) as u8),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(pair).collect();
    bytes.ok_or_else(wrong)
}

/// An integer as a number or as its decimal digits in a string.
struct Number<T>(T);

/// A double as a number, as a number in a string, or as one of the three names.
struct Double(f64);

/// Bytes in Base64, of the standard alphabet or the one for URLs, padded or not.
struct Base64(Vec<u8>);

/// What a JSON scalar holds.
enum Scalar {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyScalar;

        impl Visitor<'_> for AnyScalar {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, alone or in a string")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Scalar, E> {
                Ok(Scalar::Unsigned(number))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar::Signed(number))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Scalar, E> {
                Ok(Scalar::Float(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar::Text(text.to_owned()))
            }
        }

        deserializer.deserialize_any(AnyScalar)
    }
}

impl<'de, T: TryFrom<u64> + TryFrom<i64> + std::str::FromStr> Deserialize<'de> for Number<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = match Scalar::deserialize(deserializer)? {
            Scalar::Unsigned(number) => T::try_from(number).ok(),
            Scalar::Signed(number) => T::try_from(number).ok(),
            Scalar::Float(_) => None,
            // `parse` would take a plus.
            Scalar::Text(text) if text.starts_with('+') => None,
            Scalar::Text(text) => text.parse().ok(),
        };
        number
            .map(Self)
            .ok_or_else(|| D::Error::custom("not an integer of the declared size"))
    }
}

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = match Scalar::deserialize(deserializer)? {
            Scalar::Unsigned(number) => Some(number as f64),
            Scalar::Signed(number) => Some(number as f64),
            Scalar::Float(number) => Some(number),
            Scalar::Text(text) => double(&text),
        };
        number
            .map(Self)
            .ok_or_else(|| D::Error::custom("not a double"))
    }
}

/// The text of a double: what JSON writes without quotes, or a name.
fn double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        // A JSON number begins with a digit or a minus and ends with a digit; blanks do not count.
        digits if digits.trim() != digits => None,
        digits => serde_json::from_str(digits).ok(),
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let padding =
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let alphabet = match text.contains(['-', '_']) {
            true => &base64::alphabet::URL_SAFE,
            false => &base64::alphabet::STANDARD,
        };
        let bytes = GeneralPurpose::new(alphabet, padding).decode(&text);
        bytes.map(Self).map_err(D::Error::custom)
    }
}

//! What was received, in one shape for every format.
//!
//! The decoders fill these types, the store keeps them, the drawing and the JSON output read them.
//! Nothing of the wire is thrown away for the convenience of the model: `attributes` are exactly
//! the tags that came, in their order, and fields such as `kind`, `status` or `scope` that some
//! formats carry inside tags are *derived* from them and stand beside them.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// The format a span came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Format {
    /// A bare `Batch` of jaeger.thrift in the Thrift binary protocol, by HTTP.
    JaegerBinary,
    /// A message `emitBatch` in the Thrift compact protocol, a datagram.
    JaegerUdpCompact,
    /// A message `emitBatch` in the Thrift binary protocol, a datagram.
    JaegerUdpBinary,
    /// A JSON array of Zipkin v2 spans, by HTTP.
    ZipkinJson,
    /// An `ExportTraceServiceRequest` of OTLP in Protocol Buffers, by HTTP.
    OtlpProtobuf,
    /// The same in JSON, by HTTP.
    OtlpJson,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::JaegerBinary => "Jaeger Thrift",
            Self::JaegerUdpCompact => "Jaeger compact datagram",
            Self::JaegerUdpBinary => "Jaeger binary datagram",
            Self::ZipkinJson => "Zipkin JSON",
            Self::OtlpProtobuf => "OTLP protobuf",
            Self::OtlpJson => "OTLP JSON",
        })
    }
}

/// A trace id: 16 bytes, big-endian. Written as 32 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(pub u128);

/// A span id: 8 bytes, big-endian. Written as 16 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(pub u64);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceId({self})")
    }
}

impl Serialize for TraceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpanId({self})")
    }
}

impl Serialize for SpanId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The span's role in a call between processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Kind {
    /// Work inside one process; also what is assumed when the wire says nothing.
    #[default]
    Internal,
    /// Answers a call.
    Server,
    /// Makes a call.
    Client,
    /// Puts a message somewhere.
    Producer,
    /// Takes a message from somewhere.
    Consumer,
}

impl Kind {
    /// The name in capitals; empty for [`Kind::Internal`], which is not worth a column.
    pub fn marker(self) -> &'static str {
        match self {
            Self::Internal => "",
            Self::Server => "SERVER",
            Self::Client => "CLIENT",
            Self::Producer => "PRODUCER",
            Self::Consumer => "CONSUMER",
        }
    }
}

/// How the span's work went: OTLP says so, in other formats it is read from `otel.status_code`,
/// `otel.status_description` and `error`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "code", content = "message", rename_all = "UPPERCASE")]
pub enum Status {
    /// Nothing was said.
    #[default]
    Unset,
    /// Said to be fine by the application.
    Ok,
    /// Failed; the description may be empty.
    Error(String),
}

/// A typed value of an attribute.
///
/// Zipkin tags are always strings, whatever the attribute was before it was exported.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// UTF-8 text.
    String(String),
    /// A truth value.
    Bool(bool),
    /// A signed 64-bit integer (`LONG` in jaeger.thrift).
    Int(i64),
    /// A double; may be NaN or infinite.
    Double(f64),
    /// Raw bytes (`BINARY` in jaeger.thrift).
    Bytes(Vec<u8>),
    /// Values in their order, of any type (OTLP only).
    Array(Vec<Value>),
    /// Values under keys, in their order (OTLP only).
    Map(Vec<Attribute>),
    /// A value that is there and has no type: null (OTLP only).
    Empty,
}

impl Value {
    /// The text of a string value; `None` for every other type.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => f.write_str(text),
            Self::Bool(truth) => write!(f, "{truth}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Double(number) => write!(f, "{number:?}"),
            Self::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::Array(values) => {
                f.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Map(members) => {
                f.write_str("{")?;
                for (index, Attribute { key, value }) in members.iter().enumerate() {
                    write!(f, "{}{key}: {value}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str("}")
            }
            Self::Empty => f.write_str("null"),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Attribute {
    /// The key as it came; may repeat within a span if the sender wrote it twice.
    pub key: String,
    /// The typed value.
    pub value: Value,
}

impl Attribute {
    pub(crate) fn new(key: String, value: Value) -> Self {
        Self { key, value }
    }
}

/// A timed note inside a span: a `Log` of Jaeger, an annotation of Zipkin.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Event {
    /// Microseconds since the Unix epoch.
    pub time_us: u64,
    /// The same in nanoseconds, where the format has them (OTLP).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_ns: Option<u64>,
    /// The name: the field `event` of a Jaeger log, the text before the JSON object of a Zipkin
    /// annotation; empty if there is none.
    pub name: String,
    /// All fields as they came (for Jaeger including `event`); for Zipkin the members of the JSON
    /// object after the name.
    pub attributes: Vec<Attribute>,
    /// Attributes that the sender left out (OTLP).
    #[serde(skip_serializing_if = "is_zero")]
    pub dropped_attributes: u32,
}

/// How a link relates to its target (`SpanRefType` of jaeger.thrift).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LinkKind {
    /// A parent named by reference.
    ChildOf,
    /// Any other relation; OpenTelemetry links become this.
    FollowsFrom,
}

/// A relation to another span.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Link {
    /// The kind of relation.
    pub kind: LinkKind,
    /// The trace of the other span.
    pub trace_id: TraceId,
    /// The other span.
    pub span_id: SpanId,
    /// The other span's W3C `tracestate`; empty if not sent (OTLP).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub trace_state: String,
    /// What is said of the link (OTLP).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
    /// Attributes that the sender left out (OTLP).
    #[serde(skip_serializing_if = "is_zero")]
    pub dropped_attributes: u32,
    /// W3C trace flags in the low byte, bits 8 and 9 as `SpanFlags` of OTLP names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_flags: Option<u32>,
}

impl Link {
    pub(crate) fn new(kind: LinkKind, trace_id: TraceId, span_id: SpanId) -> Self {
        Self {
            kind,
            trace_id,
            span_id,
            trace_state: String::new(),
            attributes: Vec::new(),
            dropped_attributes: 0,
            trace_flags: None,
        }
    }
}

/// The library that made the span, as OTLP says or from `otel.scope.*` or `otel.library.*`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Scope {
    /// Name of the instrumentation scope.
    pub name: String,
    /// Its version; empty if not sent.
    pub version: String,
    /// What else is said of it (OTLP).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
    /// The schema that the spans' attributes follow; empty if not sent (OTLP).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub schema_url: String,
}

/// Who sent the span: a `Process` of Jaeger, the `localEndpoint` of Zipkin, a `Resource` of OTLP.
///
/// Shared by the spans of a payload, so that a large one is kept once.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Resource {
    /// `service.name`; empty if not sent.
    pub service: String,
    /// The tags of the Jaeger `Process`, or all attributes of the OTLP `Resource`, `service.name`
    /// included; always empty for Zipkin, whose resource attributes arrive as tags of each span.
    pub attributes: Vec<Attribute>,
    /// Attributes that the sender left out (OTLP).
    #[serde(skip_serializing_if = "is_zero")]
    pub dropped_attributes: u32,
    /// The schema that the attributes follow; empty if not sent (OTLP).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub schema_url: String,
}

/// One side of a connection (Zipkin).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Endpoint {
    /// Logical name; empty if not sent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service: String,
    /// IPv4 address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv4: Option<Ipv4Addr>,
    /// IPv6 address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6: Option<Ipv6Addr>,
    /// Port; never 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

/// What a client says it lost (`ClientStats` of jaeger.thrift).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ClientStats {
    /// Spans dropped because the client's queue was full.
    pub full_queue_dropped_spans: i64,
    /// Spans dropped because they would not fit a packet.
    pub too_large_dropped_spans: i64,
    /// Spans that could not be sent.
    pub failed_to_emit_spans: i64,
}

/// One span as it was received.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReceivedSpan {
    /// Running number in this sink, from 1, in the order of arrival; 0 before the sink took it.
    pub arrival: u64,
    /// The wire format it came in.
    pub format: Format,
    /// Its trace; never all zero.
    pub trace_id: TraceId,
    /// Its own id; never zero.
    pub span_id: SpanId,
    /// The span it hangs under; `None` for a root.
    pub parent_id: Option<SpanId>,
    /// The operation's name; empty if Zipkin sent none.
    pub name: String,
    /// The sender.
    #[serde(serialize_with = "shared")]
    pub resource: Arc<Resource>,
    /// The role in a call.
    pub kind: Kind,
    /// Microseconds since the Unix epoch. Zipkin allows a span without it.
    pub start_us: Option<u64>,
    /// Microseconds. Zipkin allows a span without it.
    pub duration_us: Option<u64>,
    /// Start in nanoseconds since the Unix epoch, where the format has them (OTLP).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_ns: Option<u64>,
    /// End in nanoseconds since the Unix epoch, where the format has it (OTLP).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_ns: Option<u64>,
    /// The W3C `tracestate`; empty if not sent (OTLP; in other formats it is a tag).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub trace_state: String,
    /// All tags as they came.
    pub attributes: Vec<Attribute>,
    /// Logs or annotations, in their order.
    pub events: Vec<Event>,
    /// References of Jaeger as they came, `CHILD_OF` included; links of OTLP.
    pub links: Vec<Link>,
    /// The outcome.
    pub status: Status,
    /// The instrumentation scope, if one was named.
    pub scope: Option<Scope>,
    /// The flags of a Jaeger span: 1 sampled, 2 debug.
    pub flags: Option<i32>,
    /// W3C trace flags in the low byte, bits 8 and 9 as `SpanFlags` of OTLP names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_flags: Option<u32>,
    /// Attributes that the sender left out (OTLP).
    #[serde(skip_serializing_if = "is_zero")]
    pub dropped_attributes: u32,
    /// Events that the sender left out (OTLP).
    #[serde(skip_serializing_if = "is_zero")]
    pub dropped_events: u32,
    /// Links that the sender left out (OTLP).
    #[serde(skip_serializing_if = "is_zero")]
    pub dropped_links: u32,
    /// Zipkin's `debug`, or Jaeger's flag 2.
    pub debug: bool,
    /// Zipkin's `shared`: the span's id is the caller's.
    pub shared: bool,
    /// Zipkin's `localEndpoint`.
    pub local_endpoint: Option<Endpoint>,
    /// Zipkin's `remoteEndpoint`.
    pub remote_endpoint: Option<Endpoint>,
}

impl ReceivedSpan {
    /// A span with nothing but its identity; decoders fill in the rest.
    pub(crate) fn new(format: Format, trace_id: TraceId, span_id: SpanId) -> Self {
        Self {
            arrival: 0,
            format,
            trace_id,
            span_id,
            parent_id: None,
            name: String::new(),
            resource: Arc::default(),
            kind: Kind::Internal,
            start_us: None,
            duration_us: None,
            start_ns: None,
            end_ns: None,
            trace_state: String::new(),
            attributes: Vec::new(),
            events: Vec::new(),
            links: Vec::new(),
            status: Status::Unset,
            scope: None,
            flags: None,
            trace_flags: None,
            dropped_attributes: 0,
            dropped_events: 0,
            dropped_links: 0,
            debug: false,
            shared: false,
            local_endpoint: None,
            remote_endpoint: None,
        }
    }

    /// The service that sent the span; empty if none was named.
    pub fn service(&self) -> &str {
        &self.resource.service
    }

    /// The value of the first attribute with this key.
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes
            .iter()
            .find(|attribute| attribute.key == key)
            .map(|found| &found.value)
    }

    /// End in microseconds since the epoch; the start if there is no duration.
    pub fn end_us(&self) -> Option<u64> {
        Some(self.start_us?.saturating_add(self.duration_us.unwrap_or(0)))
    }

    /// Whether the span failed.
    pub fn is_error(&self) -> bool {
        matches!(self.status, Status::Error(_))
    }

    /// About how many bytes the span holds in memory, its share of the resource taken as the
    /// whole of it: an upper bound is what a memory limit needs.
    pub(crate) fn weight(&self) -> usize {
        size_of::<Self>()
            + self.name.len()
            + self.resource.service.len()
            + attributes_weight(&self.resource.attributes)
            + attributes_weight(&self.attributes)
            + self.trace_state.len()
            + self.scope.as_ref().map_or(0, Scope::weight)
            + self.links.iter().map(Link::weight).sum::<usize>()
            + self.events.iter().map(Event::weight).sum::<usize>()
    }
}

impl Scope {
    fn weight(&self) -> usize {
        self.name.len() + self.version.len() + attributes_weight(&self.attributes)
    }
}

impl Link {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.trace_state.len() + attributes_weight(&self.attributes)
    }
}

impl Event {
    pub(crate) fn new(time_us: u64, name: String, attributes: Vec<Attribute>) -> Self {
        Self {
            time_us,
            time_ns: None,
            name,
            attributes,
            dropped_attributes: 0,
        }
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + self.name.len() + attributes_weight(&self.attributes)
    }
}

fn shared<S: Serializer>(resource: &Arc<Resource>, serializer: S) -> Result<S::Ok, S::Error> {
    (**resource).serialize(serializer)
}

/// For `serde`, which passes a reference.
fn is_zero(count: &u32) -> bool {
    *count == 0
}

fn attributes_weight(attributes: &[Attribute]) -> usize {
    let one = |Attribute { key, value }: &Attribute| key.len() + value_weight(value);
    attributes
        .iter()
        .map(|attribute| size_of::<Attribute>() + one(attribute))
        .sum()
}

/// The bytes that a value holds elsewhere.
fn value_weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Empty => 0,
        Value::Array(values) => {
            let one = |value| size_of::<Value>() + value_weight(value);
            values.iter().map(one).sum()
        }
        Value::Map(members) => attributes_weight(members),
    }
}

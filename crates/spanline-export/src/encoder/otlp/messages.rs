//! The messages of opentelemetry-proto v1 for `prost`, and what they should hold: the judge of both
//! encoders, written from the `.proto` files and sharing no code with them.

use prost::{Enumeration, Message, Oneof};
use spanline_core::attribute::{Attribute, Value};
use spanline_core::resource::Resource;
use spanline_core::scope::Scope;
use spanline_core::status::Status as SpanStatus;
use spanline_core::view::{Attributes, SpanView, ValueView};

#[derive(Clone, PartialEq, Message)]
pub(super) struct Request {
    #[prost(message, repeated, tag = "1")]
    pub(super) resource_spans: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    pub(super) resource: Option<ResourceMessage>,
    #[prost(message, repeated, tag = "2")]
    pub(super) scope_spans: Vec<ScopeSpans>,
    #[prost(string, tag = "3")]
    pub(super) schema_url: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ResourceMessage {
    #[prost(message, repeated, tag = "1")]
    pub(super) attributes: Vec<KeyValue>,
    #[prost(uint32, tag = "2")]
    pub(super) dropped_attributes_count: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ScopeSpans {
    #[prost(message, optional, tag = "1")]
    pub(super) scope: Option<ScopeMessage>,
    #[prost(message, repeated, tag = "2")]
    pub(super) spans: Vec<Span>,
    #[prost(string, tag = "3")]
    pub(super) schema_url: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ScopeMessage {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) version: String,
    #[prost(message, repeated, tag = "3")]
    pub(super) attributes: Vec<KeyValue>,
    #[prost(uint32, tag = "4")]
    pub(super) dropped_attributes_count: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Span {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) span_id: Vec<u8>,
    #[prost(string, tag = "3")]
    pub(super) trace_state: String,
    #[prost(bytes = "vec", tag = "4")]
    pub(super) parent_span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    pub(super) name: String,
    #[prost(enumeration = "Kind", tag = "6")]
    pub(super) kind: i32,
    #[prost(fixed64, tag = "7")]
    pub(super) start_time_unix_nano: u64,
    #[prost(fixed64, tag = "8")]
    pub(super) end_time_unix_nano: u64,
    #[prost(message, repeated, tag = "9")]
    pub(super) attributes: Vec<KeyValue>,
    #[prost(uint32, tag = "10")]
    pub(super) dropped_attributes_count: u32,
    #[prost(message, repeated, tag = "11")]
    pub(super) events: Vec<Event>,
    #[prost(uint32, tag = "12")]
    pub(super) dropped_events_count: u32,
    #[prost(message, repeated, tag = "13")]
    pub(super) links: Vec<Link>,
    #[prost(uint32, tag = "14")]
    pub(super) dropped_links_count: u32,
    #[prost(message, optional, tag = "15")]
    pub(super) status: Option<Status>,
    #[prost(fixed32, tag = "16")]
    pub(super) flags: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub(super) enum Kind {
    Unspecified = 0,
    Internal = 1,
    Server = 2,
    Client = 3,
    Producer = 4,
    Consumer = 5,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Event {
    #[prost(fixed64, tag = "1")]
    pub(super) time_unix_nano: u64,
    #[prost(string, tag = "2")]
    pub(super) name: String,
    #[prost(message, repeated, tag = "3")]
    pub(super) attributes: Vec<KeyValue>,
    #[prost(uint32, tag = "4")]
    pub(super) dropped_attributes_count: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Link {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) span_id: Vec<u8>,
    #[prost(string, tag = "3")]
    pub(super) trace_state: String,
    #[prost(message, repeated, tag = "4")]
    pub(super) attributes: Vec<KeyValue>,
    #[prost(uint32, tag = "5")]
    pub(super) dropped_attributes_count: u32,
    #[prost(fixed32, tag = "6")]
    pub(super) flags: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Status {
    #[prost(string, tag = "2")]
    pub(super) message: String,
    #[prost(int32, tag = "3")]
    pub(super) code: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct KeyValue {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(message, optional, tag = "2")]
    pub(super) value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct AnyValue {
    #[prost(oneof = "Any", tags = "1, 2, 3, 4, 5, 6, 7")]
    pub(super) value: Option<Any>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Any {
    #[prost(string, tag = "1")]
    String(String),
    #[prost(bool, tag = "2")]
    Bool(bool),
    #[prost(int64, tag = "3")]
    Int(i64),
    #[prost(double, tag = "4")]
    Double(f64),
    #[prost(message, tag = "5")]
    Array(ArrayValue),
    #[prost(message, tag = "6")]
    KvList(KeyValueList),
    #[prost(bytes = "vec", tag = "7")]
    Bytes(Vec<u8>),
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ArrayValue {
    #[prost(message, repeated, tag = "1")]
    pub(super) values: Vec<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct KeyValueList {
    #[prost(message, repeated, tag = "1")]
    pub(super) values: Vec<KeyValue>,
}

/// The request that these spans should become, scopes in the order of their numbers.
pub(super) fn expected<'a>(
    resource: &Resource,
    spans: impl IntoIterator<Item = SpanView<'a>>,
) -> Request {
    let mut groups: std::collections::BTreeMap<u16, ScopeSpans> = Default::default();
    for view in spans {
        let scope = view.scope();
        let group = groups.entry(view.raw().header().scope);
        let group = group.or_insert_with(|| ScopeSpans {
            scope: Some(scope_message(&scope)),
            spans: Vec::new(),
            schema_url: scope.schema_url().unwrap_or_default().to_owned(),
        });
        group.spans.push(span(&view));
    }
    Request {
        resource_spans: vec![ResourceSpans {
            resource: Some(ResourceMessage {
                attributes: values(resource),
                dropped_attributes_count: 0,
            }),
            scope_spans: groups.into_values().collect(),
            schema_url: resource.schema_url().unwrap_or_default().to_owned(),
        }],
    }
}

fn scope_message(scope: &Scope<'_>) -> ScopeMessage {
    ScopeMessage {
        name: scope.name().to_owned(),
        version: scope.version().unwrap_or_default().to_owned(),
        attributes: values(scope.attributes()),
        dropped_attributes_count: 0,
    }
}

fn span(view: &SpanView<'_>) -> Span {
    let header = view.raw().header();
    let status = match view.status() {
        SpanStatus::Unset => None,
        other => Some(Status {
            message: other.description().unwrap_or_default().to_owned(),
            code: other.code().number().into(),
        }),
    };
    let parent_is_remote = view.parent_span_context().is_remote();
    Span {
        trace_id: view.trace_id().to_bytes().to_vec(),
        span_id: view.span_id().to_bytes().to_vec(),
        trace_state: view.trace_state().to_owned(),
        parent_span_id: view
            .parent_span_id()
            .map_or(Vec::new(), |id| id.to_bytes().to_vec()),
        name: view.name().to_owned(),
        kind: view.kind().number().into(),
        start_time_unix_nano: view.start_unix_nanos(),
        end_time_unix_nano: view.end_unix_nanos(),
        attributes: attributes(&view.attributes()),
        dropped_attributes_count: header.dropped_attributes.into(),
        events: view
            .events()
            .iter()
            .map(|event| Event {
                time_unix_nano: event.time().unix_nanos(),
                name: event.name().to_owned(),
                attributes: attributes(&event.attributes()),
                dropped_attributes_count: event.attributes().dropped(),
            })
            .collect(),
        dropped_events_count: header.dropped_events.into(),
        links: view
            .links()
            .iter()
            .map(|link| {
                let context = link.span_context();
                let (high, low, span) = context.words();
                Link {
                    trace_id: [high.to_be_bytes(), low.to_be_bytes()].concat(),
                    span_id: span.to_be_bytes().to_vec(),
                    trace_state: context.trace_state().as_str().to_owned(),
                    attributes: attributes(&link.attributes()),
                    dropped_attributes_count: link.attributes().dropped(),
                    flags: flags(context.trace_flags().bits(), context.is_remote()),
                }
            })
            .collect(),
        dropped_links_count: view.raw().dropped_links(),
        status,
        flags: flags(view.trace_flags().bits(), parent_is_remote),
    }
}

/// SpanFlags: W3C flags in bits 0 to 7, 0x100 "is known", 0x200 "is remote".
fn flags(trace_flags: u8, remote: bool) -> u32 {
    u32::from(trace_flags) + 0x100 + if remote { 0x200 } else { 0 }
}

fn attributes(attributes: &Attributes<'_>) -> Vec<KeyValue> {
    let one = |key: &str, value| KeyValue {
        key: key.to_owned(),
        value: Some(value),
    };
    attributes
        .iter()
        .map(|attribute| one(attribute.key, any(&attribute.value)))
        .collect()
}

fn values<'i, 'v: 'i>(attributes: impl IntoIterator<Item = &'i Attribute<'v>>) -> Vec<KeyValue> {
    attributes
        .into_iter()
        .map(|attribute| KeyValue {
            key: attribute.key.clone().into_owned(),
            value: Some(owned(&attribute.value)),
        })
        .collect()
}

fn owned(value: &Value<'_>) -> AnyValue {
    let value = match value {
        Value::Bool(value) => Some(Any::Bool(*value)),
        Value::I64(value) => Some(Any::Int(*value)),
        Value::F64(value) => Some(Any::Double(*value)),
        Value::String(text) => Some(Any::String(text.clone().into_owned())),
        Value::Array(list) => Some(array(list.iter().map(owned))),
        Value::I64s(list) => Some(array(list.iter().map(|n| owned(&Value::I64(*n))))),
        Value::Empty => None,
        other => unreachable!("no test has a {other:?} in a resource or scope"),
    };
    AnyValue { value }
}

fn any(value: &ValueView<'_>) -> AnyValue {
    let wrap = |value| AnyValue { value: Some(value) };
    let value = match value {
        ValueView::Bool(value) => Some(Any::Bool(*value)),
        ValueView::I64(value) => Some(Any::Int(*value)),
        ValueView::F64(value) => Some(Any::Double(*value)),
        ValueView::String(text) => Some(Any::String((*text).to_owned())),
        ValueView::Bytes(bytes) => Some(Any::Bytes(bytes.to_vec())),
        ValueView::Bools(list) => Some(array(list.iter().map(|value| wrap(Any::Bool(value))))),
        ValueView::I64s(list) => Some(array(list.iter().map(|value| wrap(Any::Int(value))))),
        ValueView::F64s(list) => Some(array(list.iter().map(|value| wrap(Any::Double(value))))),
        ValueView::Strings(list) | ValueView::Array(list) => {
            Some(array(list.iter().map(|value| any(&value))))
        }
        ValueView::Map(map) => Some(Any::KvList(KeyValueList {
            values: attributes(map),
        })),
        _ => None,
    };
    AnyValue { value }
}

fn array(values: impl Iterator<Item = AnyValue>) -> Any {
    Any::Array(ArrayValue {
        values: values.collect(),
    })
}

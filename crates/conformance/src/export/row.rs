//! A span as a row: the schema that independent decoders write, read back.
//!
//! Ids, tracestates and values become the library's types here, so that a row that cannot be a span
//! is refused with its line before anything of it is sent. What a wire format adds of its own is
//! passed over, save the schema URLs and the remoteness of the parent.

use crate::rows::{Double, Pairs, Text};
use serde::Deserialize;
use spanline::{
    Attribute, Resource, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
    Value,
};
use std::borrow::Cow;

/// One span.
#[derive(Debug, Deserialize)]
pub(super) struct SpanRow {
    pub(super) trace_id: Text<TraceId>,
    pub(super) span_id: Text<SpanId>,
    pub(super) parent_span_id: Option<Text<SpanId>>,
    trace_state: Option<Text<TraceState>>,
    /// Where a format does not say, the span is sampled: it was exported.
    trace_flags: Option<u8>,
    name: Option<String>,
    kind: Option<Kind>,
    pub(super) start_ns: u64,
    end_ns: Option<u64>,
    pub(super) service: Option<String>,
    #[serde(default)]
    pub(super) resource: Pairs<Typed>,
    pub(super) scope: Option<ScopeRow>,
    #[serde(default)]
    pub(super) attributes: Pairs<Typed>,
    #[serde(default)]
    pub(super) events: Vec<EventRow>,
    #[serde(default)]
    pub(super) links: Vec<LinkRow>,
    status: Option<StatusRow>,
    #[serde(default)]
    extra: Extra,
}

#[derive(Debug, Deserialize)]
pub(super) struct ScopeRow {
    pub(super) name: String,
    #[serde(default)]
    pub(super) version: String,
    #[serde(default)]
    pub(super) attributes: Pairs<Typed>,
}

#[derive(Debug, Deserialize)]
pub(super) struct EventRow {
    pub(super) name: String,
    pub(super) time_ns: u64,
    #[serde(default)]
    pub(super) attributes: Pairs<Typed>,
}

#[derive(Debug, Deserialize)]
pub(super) struct LinkRow {
    trace_id: Text<TraceId>,
    span_id: Text<SpanId>,
    trace_state: Option<Text<TraceState>>,
    trace_flags: Option<u8>,
    #[serde(default)]
    pub(super) attributes: Pairs<Typed>,
}

/// What only some formats carry.
#[derive(Debug, Default, Deserialize)]
struct Extra {
    is_remote: Option<bool>,
    resource_schema_url: Option<String>,
    scope_schema_url: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Kind {
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

#[derive(Debug, Deserialize)]
struct StatusRow {
    code: Code,
    #[serde(default)]
    message: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Code {
    Unset,
    Ok,
    Error,
}

impl SpanRow {
    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    pub(super) fn kind(&self) -> SpanKind {
        match self.kind {
            None | Some(Kind::Internal) => SpanKind::Internal,
            Some(Kind::Server) => SpanKind::Server,
            Some(Kind::Client) => SpanKind::Client,
            Some(Kind::Producer) => SpanKind::Producer,
            Some(Kind::Consumer) => SpanKind::Consumer,
        }
    }

    pub(super) fn flags(&self) -> TraceFlags {
        self.trace_flags
            .map_or(TraceFlags::SAMPLED, TraceFlags::from_bits)
    }

    pub(super) fn trace_state(&self) -> TraceState {
        state(self.trace_state.as_ref())
    }

    /// The span's end; its start where a format does not say.
    pub(super) fn end_ns(&self) -> u64 {
        self.end_ns.unwrap_or(self.start_ns)
    }

    /// The parent as a span context: in this trace, with the flags that the span has inherited.
    pub(super) fn parent(&self) -> Option<SpanContext> {
        let Text(parent) = self.parent_span_id?;
        let remote = self.extra.is_remote.unwrap_or(false);
        Some(SpanContext::new(self.trace_id.0, parent, self.flags()).with_remote(remote))
    }

    pub(super) fn status(&self) -> Status<'_> {
        match &self.status {
            None => Status::Unset,
            Some(status) => match status.code {
                Code::Unset => Status::Unset,
                Code::Ok => Status::Ok,
                Code::Error => Status::error(status.message.as_str()),
            },
        }
    }

    pub(super) fn resource(&self) -> Resource {
        let mut builder = Resource::builder().attributes(self.resource.attributes());
        if let Some(service) = &self.service {
            builder = builder.service_name(service);
        }
        if let Some(url) = self.extra.resource_schema_url.as_deref() {
            builder = builder.schema_url(url);
        }
        builder.build()
    }

    pub(super) fn scope_schema_url(&self) -> Option<&str> {
        let url = self.extra.scope_schema_url.as_deref();
        url.filter(|url| !url.is_empty())
    }
}

impl LinkRow {
    pub(super) fn span_context(&self) -> SpanContext {
        let flags = TraceFlags::from_bits(self.trace_flags.unwrap_or(0));
        SpanContext::new(self.trace_id.0, self.span_id.0, flags)
            .with_trace_state(state(self.trace_state.as_ref()))
    }
}

fn state(row: Option<&Text<TraceState>>) -> TraceState {
    row.map_or(TraceState::EMPTY, |Text(state)| state.clone())
}

/// A value with its type beside it.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "lowercase")]
pub(super) enum Typed {
    String(String),
    Bool(bool),
    Int(i64),
    Double(Double),
    Bytes(Text<Base64>),
    Array(Vec<Typed>),
    Map(Pairs<Typed>),
    Empty(()),
}

impl Pairs<Typed> {
    pub(super) fn attributes(&self) -> impl Iterator<Item = Attribute<'_>> {
        let pairs = self.0.iter();
        pairs.map(|(key, value)| Attribute::new(key.as_str(), value.value()))
    }
}

impl Typed {
    fn value(&self) -> Value<'_> {
        match self {
            Typed::String(text) => Value::String(Cow::Borrowed(text)),
            Typed::Bool(value) => Value::Bool(*value),
            Typed::Int(value) => Value::I64(*value),
            Typed::Double(value) => Value::F64(value.get()),
            Typed::Bytes(Text(bytes)) => Value::bytes(bytes.0.as_slice()),
            Typed::Array(list) => array(list),
            Typed::Map(map) => Value::map(map.attributes()),
            Typed::Empty(()) => Value::Empty,
        }
    }
}

/// A list of one plain type as programs give it; any other element by element.
fn array(list: &[Typed]) -> Value<'_> {
    fn all<T>(list: &[Typed], pick: impl Fn(&Typed) -> Option<T>) -> Option<Vec<T>> {
        list.iter().map(pick).collect()
    }
    let bools = |item: &Typed| match item {
        Typed::Bool(value) => Some(*value),
        _ => None,
    };
    let integers = |item: &Typed| match item {
        Typed::Int(value) => Some(*value),
        _ => None,
    };
    let doubles = |item: &Typed| match item {
        Typed::Double(value) => Some(value.get()),
        _ => None,
    };
    if let Some(list) = all(list, bools) {
        Value::Bools(Cow::Owned(list))
    } else if let Some(list) = all(list, integers) {
        Value::I64s(Cow::Owned(list))
    } else if let Some(list) = all(list, doubles) {
        Value::F64s(Cow::Owned(list))
    } else {
        Value::Array(list.iter().map(Typed::value).collect())
    }
}

/// Bytes in Base64 with padding (RFC 4648, section 4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Base64(Vec<u8>);

impl std::str::FromStr for Base64 {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const MALFORMED: &str = "not Base64";
        let digits = text.trim_end_matches('=');
        if text.len() % 4 != 0 || text.len() - digits.len() > 2 {
            return Err(MALFORMED);
        }
        let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
        let (mut word, mut bits) = (0_u32, 0_u32);
        for digit in digits.bytes() {
            word = word << 6 | u32::from(sextet(digit).ok_or(MALFORMED)?);
            bits += 6;
            if bits >= 8 {
                bits -= 8;
                bytes.push((word >> bits) as u8);
                word &= (1 << bits) - 1;
            }
        }
        // Bits left over are padding, which is zero.
        if word != 0 {
            return Err(MALFORMED);
        }
        Ok(Base64(bytes))
    }
}

fn sextet(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

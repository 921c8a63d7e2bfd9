//! OTLP in JSON read as a tree: the slow reading that the law of the decoder is held against.
//!
//! Written from "JSON Protobuf Encoding" of OTLP and the JSON mapping of Protocol Buffers. Never used
//! by programs.

use serde_json::{Map, Value as Json};

type Object = Map<String, Json>;

/// `ExportTraceServiceRequest`. Members that are `null` count as absent.
pub(super) fn conforms(payload: &Json) -> bool {
    payload
        .as_object()
        .is_some_and(|request| list(request, "resourceSpans", resource_spans))
}

/// The elements of a list; none if there is no list.
fn elements<'a>(parent: &'a Json, name: &str) -> &'a [Json] {
    let list = parent.get(name).and_then(Json::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

/// The spans in their order.
pub(super) fn spans(payload: &Json) -> Vec<&Json> {
    let mut spans = Vec::new();
    for group in elements(payload, "resourceSpans") {
        for scope in elements(group, "scopeSpans") {
            spans.extend(elements(scope, "spans"));
        }
    }
    spans
}

fn resource_spans(group: &Object) -> bool {
    let resource = |resource: &Object| {
        list(resource, "attributes", key_value) && count(resource, "droppedAttributesCount")
    };
    object(group, "resource", resource)
        && list(group, "scopeSpans", scope_spans)
        && all(group, "schemaUrl", Json::is_string)
}

fn scope_spans(group: &Object) -> bool {
    let scope = |scope: &Object| {
        all(scope, "name", Json::is_string)
            && all(scope, "version", Json::is_string)
            && list(scope, "attributes", key_value)
    };
    object(group, "scope", scope)
        && list(group, "spans", span)
        && all(group, "schemaUrl", Json::is_string)
}

fn span(span: &Object) -> bool {
    let time = |name: &str| span.get(name).and_then(unsigned).unwrap_or(0);
    let (start, end) = (time("startTimeUnixNano"), time("endTimeUnixNano"));
    let status = |status: &Object| {
        all(status, "message", Json::is_string) && all(status, "code", |code| up_to(code, 2))
    };
    let parent = |parent: &Json| parent.as_str() == Some("") || id(parent, 16);
    is_id(span, "traceId", 32)
        && is_id(span, "spanId", 16)
        && all(span, "parentSpanId", parent)
        && all(span, "traceState", Json::is_string)
        && count(span, "flags")
        && all(span, "name", Json::is_string)
        && all(span, "kind", |kind| up_to(kind, 5))
        && all(span, "startTimeUnixNano", |time| unsigned(time).is_some())
        && all(span, "endTimeUnixNano", |time| unsigned(time).is_some())
        && (end == 0 || start <= end)
        && list(span, "attributes", key_value)
        && list(span, "events", event)
        && list(span, "links", link)
        && count(span, "droppedAttributesCount")
        && count(span, "droppedEventsCount")
        && count(span, "droppedLinksCount")
        && object(span, "status", status)
}

fn event(event: &Object) -> bool {
    all(event, "timeUnixNano", |time| unsigned(time).is_some())
        && all(event, "name", Json::is_string)
        && list(event, "attributes", key_value)
        && count(event, "droppedAttributesCount")
}

fn link(link: &Object) -> bool {
    is_id(link, "traceId", 32)
        && is_id(link, "spanId", 16)
        && all(link, "traceState", Json::is_string)
        && list(link, "attributes", key_value)
        && count(link, "droppedAttributesCount")
        && count(link, "flags")
}

fn key_value(pair: &Object) -> bool {
    all(pair, "key", Json::is_string) && object(pair, "value", any_value)
}

fn any_value(value: &Object) -> bool {
    let members = [
        "stringValue",
        "boolValue",
        "intValue",
        "doubleValue",
        "arrayValue",
        "kvlistValue",
        "bytesValue",
    ];
    let is_set = |name: &&str| value.get(*name).is_some_and(|json| !json.is_null());
    members.iter().filter(|name| is_set(name)).count() <= 1
        && all(value, "stringValue", Json::is_string)
        && all(value, "boolValue", Json::is_boolean)
        && all(value, "intValue", is_signed)
        && all(value, "doubleValue", is_double)
        && object(value, "arrayValue", |array| {
            list(array, "values", any_value)
        })
        && object(value, "kvlistValue", |map| list(map, "values", key_value))
        && all(value, "bytesValue", is_base64)
}

/// A member keeps its rule if it is there at all.
fn all(object: &Object, name: &str, rule: impl Fn(&Json) -> bool) -> bool {
    object
        .get(name)
        .is_none_or(|json| json.is_null() || rule(json))
}

fn object(parent: &Object, name: &str, rule: impl Fn(&Object) -> bool) -> bool {
    all(parent, name, |json| json.as_object().is_some_and(&rule))
}

fn list(parent: &Object, name: &str, rule: impl Fn(&Object) -> bool) -> bool {
    let element = |json: &Json| json.as_object().is_some_and(&rule);
    all(parent, name, |json| {
        json.as_array().is_some_and(|list| list.iter().all(element))
    })
}

/// An id that must be there.
fn is_id(parent: &Object, name: &str, digits: usize) -> bool {
    parent.get(name).is_some_and(|json| id(json, digits))
}

fn id(json: &Json, digits: usize) -> bool {
    let text = json.as_str().unwrap_or_default();
    text.len() == digits
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().any(|byte| byte != b'0')
}

fn up_to(json: &Json, last: u64) -> bool {
    json.as_u64().is_some_and(|number| number <= last)
}

fn count(parent: &Object, name: &str) -> bool {
    all(parent, name, |json| {
        unsigned(json).is_some_and(|number| number <= 0xffff_ffff)
    })
}

fn unsigned(json: &Json) -> Option<u64> {
    match json {
        Json::String(text) => decimal(text)?.try_into().ok(),
        other => other.as_u64(),
    }
}

fn is_signed(json: &Json) -> bool {
    match json {
        Json::String(text) => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let least = i128::from(text.len() > digits.len()) + i128::from(i64::MAX);
            decimal(digits).is_some_and(|number| number <= least)
        }
        other => other.is_i64(),
    }
}

/// Decimal digits, however many zeros come first.
fn decimal(digits: &str) -> Option<i128> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    digits.parse().ok()
}

fn is_double(json: &Json) -> bool {
    match json.as_str() {
        None => json.is_number(),
        Some("NaN" | "Infinity" | "-Infinity") => true,
        Some(text) => {
            let spaced = text.contains(|c: char| c.is_ascii_whitespace());
            !spaced && serde_json::from_str::<Json>(text).is_ok_and(|json| json.is_number())
        }
    }
}

/// RFC 4648, sections 4 and 5: digits of one alphabet, with their padding, a part of it or none.
fn is_base64(json: &Json) -> bool {
    let text = json.as_str().unwrap_or("?");
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    let one_alphabet = !(text.contains(['+', '/']) && text.contains(['-', '_']));
    let last = digits.bytes().last().and_then(value).unwrap_or(0);
    let rest_is_zero = match digits.len() % 4 {
        0 => true,
        2 => last % 16 == 0,
        3 => last % 4 == 0,
        _ => false,
    };
    one_alphabet
        && digits.bytes().all(|byte| value(byte).is_some())
        && rest_is_zero
        && padding <= [0, 0, 2, 1][digits.len() % 4]
}

//! The law of the decoder of Zipkin arrays: a payload is accepted exactly if a second reading of it,
//! as a tree of JSON, keeps to the description of the API; what was decoded and written again is
//! decoded as the same.
//!
//! Called by the fuzz target and the replay of its corpus, never by programs.

use serde::de::IgnoredAny;
use serde_json::{Map, Value as Json, json};

use super::zipkin_json;
use crate::model::{Event, Kind, ReceivedSpan, Value};

/// `ListOfSpans` of zipkin2-api.yaml. Members that are `null` count as absent.
fn conforms(payload: &Json) -> bool {
    let is_span = |span: &Json| span.as_object().is_some_and(is_span);
    payload
        .as_array()
        .is_some_and(|spans| spans.iter().all(is_span))
}

fn is_span(span: &Map<String, Json>) -> bool {
    let text = |name: &str| all(span, name, Json::is_string);
    let truth = |name: &str| all(span, name, Json::is_boolean);
    let endpoint = |name: &str| all(span, name, |json| json.as_object().is_some_and(is_endpoint));
    let hex = |name: &str, lengths: &[usize]| {
        let digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        all(span, name, |json| {
            let digits = json.as_str().unwrap_or_default();
            lengths.contains(&digits.len()) && digits.chars().all(digit)
        })
    };
    let is_set = |name: &str| {
        let digits = span.get(name).and_then(Json::as_str);
        digits.is_some_and(|digits| digits.chars().any(|c| c != '0'))
    };
    let kinds = ["CLIENT", "SERVER", "PRODUCER", "CONSUMER"];
    hex("traceId", &[16, 32])
        && is_set("traceId")
        && hex("id", &[16])
        && is_set("id")
        && hex("parentId", &[16])
        && text("name")
        && all(span, "kind", |json| {
            kinds.contains(&json.as_str().unwrap_or_default())
        })
        && all(span, "timestamp", Json::is_u64)
        && all(span, "duration", |json| json.as_u64() > Some(0))
        && truth("debug")
        && truth("shared")
        && endpoint("localEndpoint")
        && endpoint("remoteEndpoint")
        && all(span, "annotations", |json| {
            json.as_array()
                .is_some_and(|list| list.iter().all(is_annotation))
        })
        && all(span, "tags", |json| {
            json.as_object()
                .is_some_and(|tags| tags.values().all(Json::is_string))
        })
}

/// A member keeps its rule if it is there at all.
fn all(object: &Map<String, Json>, name: &str, rule: impl Fn(&Json) -> bool) -> bool {
    object
        .get(name)
        .is_none_or(|json| json.is_null() || rule(json))
}

fn is_endpoint(endpoint: &Map<String, Json>) -> bool {
    let port = |json: &Json| json.as_u64().is_some_and(|port| port <= 65_535);
    fn address<A: std::str::FromStr>(json: &Json) -> bool {
        json.as_str().is_some_and(|text| text.parse::<A>().is_ok())
    }
    all(endpoint, "serviceName", Json::is_string)
        && all(endpoint, "ipv4", address::<std::net::Ipv4Addr>)
        && all(endpoint, "ipv6", address::<std::net::Ipv6Addr>)
        && all(endpoint, "port", port)
}

fn is_annotation(annotation: &Json) -> bool {
    let has = |name: &str, rule: fn(&Json) -> bool| annotation.get(name).is_some_and(rule);
    annotation.is_object() && has("timestamp", Json::is_u64) && has("value", Json::is_string)
}

/// Panics if decoding these bytes as a Zipkin array breaks the decoder's law.
pub fn check_zipkin_json(data: &[u8]) {
    let decoded = zipkin_json(data);
    if let Err(error) = &decoded {
        assert!(!error.to_string().contains(char::is_control), "{error}");
    }
    let Ok(tree) = serde_json::from_slice::<Json>(data) else {
        // What a tree cannot hold, such as a number beyond all bounds, may stand where it is passed
        // over; it still has to be JSON.
        assert!(decoded.is_err() || serde_json::from_slice::<IgnoredAny>(data).is_ok());
        return;
    };
    // A name that comes twice in an object is gone from the tree, but a reason to refuse.
    let plain = serde_json::to_vec(&tree).unwrap_or_default();
    let same = zipkin_json(&plain);
    assert_eq!(same.is_ok(), conforms(&tree), "{:?}", same.err());
    let Ok(decoded) = decoded else {
        return;
    };
    check_content(&decoded.spans, &tree);
    let written = write(&decoded.spans);
    assert_eq!(same.map(|same| write(&same.spans)).as_ref(), Ok(&written));
    let again = zipkin_json(written.to_string().as_bytes());
    assert_eq!(again.map(|again| write(&again.spans)), Ok(written));
}

/// Ids, names and numbers are those of the payload.
fn check_content(spans: &[ReceivedSpan], tree: &Json) {
    let payload = tree.as_array().map(Vec::as_slice).unwrap_or_default();
    assert_eq!(spans.len(), payload.len());
    for (span, json) in spans.iter().zip(payload) {
        let text = |name: &str| json.get(name).and_then(Json::as_str).unwrap_or_default();
        let trace_id = span.trace_id.to_string();
        assert!(trace_id.ends_with(text("traceId")));
        assert_eq!(
            (span.span_id.to_string().as_str(), span.name.as_str()),
            (text("id"), text("name"))
        );
        let number = |name: &str| json.get(name).and_then(Json::as_u64);
        assert_eq!(span.start_us, number("timestamp").filter(|time| *time > 0));
        assert_eq!(span.duration_us, number("duration"));
    }
}

/// The payload that says what was decoded.
fn write(spans: &[ReceivedSpan]) -> Json {
    spans.iter().map(write_span).collect()
}

fn write_span(span: &ReceivedSpan) -> Json {
    let endpoint = |endpoint: &Option<crate::model::Endpoint>| {
        endpoint.as_ref().map(|endpoint| {
            json!({
                "serviceName": endpoint.service,
                "ipv4": endpoint.ipv4,
                "ipv6": endpoint.ipv6,
                "port": endpoint.port,
            })
        })
    };
    let kind = Some(span.kind.marker()).filter(|_| span.kind != Kind::Internal);
    let tags = span.attributes.iter();
    let tags: Map<_, _> = tags
        .map(|tag| (tag.key.clone(), write_value(&tag.value)))
        .collect();
    json!({
        "traceId": span.trace_id,
        "id": span.span_id,
        "parentId": span.parent_id,
        "name": span.name,
        "kind": kind,
        "timestamp": span.start_us,
        "duration": span.duration_us,
        "debug": span.debug,
        "shared": span.shared,
        "localEndpoint": endpoint(&span.local_endpoint),
        "remoteEndpoint": endpoint(&span.remote_endpoint),
        "annotations": span.events.iter().map(write_event).collect::<Json>(),
        "tags": tags,
    })
}

/// Always in the form with attributes, so that the name cannot be taken for one.
fn write_event(event: &Event) -> Json {
    let attributes = event.attributes.iter();
    let members: Map<_, _> = attributes
        .map(|attribute| (attribute.key.clone(), write_value(&attribute.value)))
        .collect();
    let value = format!("{}: {}", json!(event.name), Json::Object(members));
    json!({ "timestamp": event.time_us, "value": value })
}

fn write_value(value: &Value) -> Json {
    match value {
        Value::String(text) => json!(text),
        Value::Bool(truth) => json!(truth),
        Value::Int(number) => json!(number),
        Value::Double(number) => json!(number),
        // No Zipkin payload has them.
        Value::Bytes(_) | Value::Array(_) | Value::Map(_) | Value::Empty => Json::Null,
    }
}

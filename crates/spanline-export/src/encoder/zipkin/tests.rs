//! Golden text against the Zipkin v2 API, and everything else read back by `serde_json`.

use super::*;
use crate::base64::base64;
use crate::fixture::{self, Shapes, Span, service};
use serde_json::{Map, Value as Read, json};
use spanline_core::attribute::Attribute;
use spanline_core::kind::SpanKind;
use spanline_core::record::SpanLimits;
use spanline_core::status::{Status, StatusCode};
use spanline_core::view::{AttributeView, Attributes, ValueView};
use std::net::IpAddr;

fn encode(records: &[Vec<u8>], resource: &Resource) -> String {
    let mut encoder = ZipkinJson::new();
    let mut out = Buffer::new();
    fixture::batch(records, resource, |batch| {
        encoder.head(batch.resource(), &mut out);
        for (n, span) in batch.iter().enumerate() {
            out.push(if n > 0 { encoder.separator() } else { b"" });
            encoder.span(&span, &mut out).unwrap();
        }
        encoder.finish(batch.len() as u32, &mut out);
    });
    String::from_utf8(out.as_bytes().to_vec()).unwrap()
}

fn decode_one(span: Span) -> Read {
    decode_with(span, &service("a"))
}

fn decode_with(span: Span, resource: &Resource) -> Read {
    let text = encode(&[span.seal()], resource);
    let spans: Vec<Read> = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    let [span] = spans.as_slice() else {
        panic!("one span")
    };
    span.clone()
}

#[test]
fn golden_text_field_by_field() {
    let span = Span::new("x")
        .ids(
            0x0102_0304_0506_0708_090A_0B0C_0D0E_0F10,
            0x0102_0304_0506_0708,
            9,
        )
        .kind(SpanKind::Client)
        .took(900)
        .attribute("peer.service", "db")
        .event("e", 0, &[("n", 1.into())])
        .status(StatusCode::Error, "");
    let expected = concat!(
        r#"[{"traceId":"0102030405060708090a0b0c0d0e0f10","#, // Span.traceId
        r#""parentId":"0000000000000009","#,                  // Span.parentId
        r#""id":"0102030405060708","#,                        // Span.id
        r#""name":"x","kind":"CLIENT","#,                     // Span.name, Span.kind
        r#""timestamp":1000,"duration":1,"#,                  // Span.timestamp, Span.duration
        r#""localEndpoint":{"serviceName":"a"},"#,            // Span.localEndpoint
        r#""remoteEndpoint":{"serviceName":"db"},"#,          // Span.remoteEndpoint
        r#""annotations":[{"timestamp":1000,"#,               // Annotation.timestamp
        r#""value":"\"e\": {\"n\":1}"}],"#,                   // Annotation.value
        r#""tags":{"peer.service":"db","#,                    // Span.tags
        r#""otel.status_code":"ERROR","error":""}}]"#,
    );
    assert_eq!(encode(&[span.seal()], &service("a")), expected);
}

#[test]
fn what_is_empty_is_left_out() {
    let span = Span::new("").ids(1, 2, 0).seal();
    let expected = concat!(
        r#"[{"traceId":"00000000000000000000000000000001","id":"0000000000000002","#,
        r#""timestamp":1000,"duration":4,"localEndpoint":{"serviceName":"a"}}]"#,
    );
    assert_eq!(encode(&[span], &service("a")), expected);
}

#[test]
fn several_spans_are_one_array() {
    let spans = [Span::new("one").seal(), Span::new("two").seal()];
    let read: Vec<Read> = serde_json::from_str(&encode(&spans, &service("a"))).unwrap();
    let names: Vec<_> = read.iter().map(|span| &span["name"]).collect();
    assert_eq!(names, ["one", "two"]);
}

#[test]
fn durations_are_at_least_one_microsecond() {
    for (nanos, micros) in [
        (0, 1),
        (1, 1),
        (999, 1),
        (1_234, 1),
        (2_000, 2),
        (-5_000, 1),
    ] {
        assert_eq!(
            decode_one(Span::new("x").took(nanos))["duration"],
            micros,
            "{nanos} ns"
        );
    }
}

#[test]
fn kinds_have_words_except_internal() {
    for (kind, name) in [
        (SpanKind::Server, json!("SERVER")),
        (SpanKind::Client, json!("CLIENT")),
        (SpanKind::Producer, json!("PRODUCER")),
        (SpanKind::Consumer, json!("CONSUMER")),
        (SpanKind::Internal, Read::Null),
    ] {
        assert_eq!(decode_one(Span::new("x").kind(kind))["kind"], name);
    }
}

#[test]
fn every_attribute_becomes_text() {
    let strings = ["a", "b"];
    let map = Value::map([
        ("n", Value::from(1)),
        ("list", Value::from([f64::NAN, 1.5])),
    ]);
    let span = decode_one(
        Span::new("x")
            .attribute("string", "héllo \"w\\orld\"\n\u{1}")
            .attribute("integer", -7)
            .attribute("float", 1.5)
            .attribute("minus zero", -0.0)
            .attribute("large", 1e300)
            .attribute("nan", f64::NAN)
            .attribute("infinity", f64::NEG_INFINITY)
            .attribute("yes", true)
            .attribute("bytes", Value::bytes(&[0u8, 255][..]))
            .attribute("empty", Value::Empty)
            .attribute("integers", [1, 2])
            .attribute("strings", Value::Strings(&strings))
            .attribute(
                "nested",
                Value::Array(vec![Value::Empty, Value::from("x\"\n")]),
            )
            .attribute("map", map)
            .attribute("key \"quoted\"", 1),
    );
    let expected = json!({
        "string": "héllo \"w\\orld\"\n\u{1}",
        "integer": "-7",
        "float": "1.5",
        "minus zero": "-0",
        "large": "1e300",
        "nan": "NaN",
        "infinity": "-Infinity",
        "yes": "true",
        "bytes": "AP8=",
        "empty": "",
        "integers": "[1,2]",
        "strings": r#"["a","b"]"#,
        "nested": r#"[null,"x\"\n"]"#,
        "map": r#"{"n":1,"list":["NaN",1.5]}"#,
        "key \"quoted\"": "1",
    });
    assert_eq!(span["tags"], expected);
}

#[test]
fn error_is_there_if_and_only_if_the_status_is_one() {
    for own in [
        Value::from(false),
        Value::from("false"),
        Value::from(true),
        Value::from("no"),
    ] {
        let unset = decode_one(Span::new("x").attribute("error", own.clone()));
        assert_eq!(unset["tags"], Read::Null);
        let ok = Span::new("x")
            .attribute("error", own.clone())
            .status(StatusCode::Ok, "");
        assert_eq!(decode_one(ok)["tags"], json!({"otel.status_code": "OK"}));
        let error = Span::new("x")
            .attribute("error", own)
            .status(StatusCode::Error, "bo\"om");
        let expected = json!({"otel.status_code": "ERROR", "error": "bo\"om"});
        assert_eq!(decode_one(error)["tags"], expected);
    }
}

#[test]
fn annotations_quote_the_name_of_an_event_with_attributes() {
    let span = decode_one(Span::new("x").event("bare \"one\"", 1_999, &[]).event(
        "full \"two\"",
        0,
        &[
            ("text", "a\"b\\c\nd".into()),
            ("list", [1, 2].into()),
            ("nan", f64::NAN.into()),
        ],
    ));
    let [bare, full] = span["annotations"].as_array().unwrap().as_slice() else {
        panic!("two")
    };
    assert_eq!(*bare, json!({"timestamp": 1001, "value": "bare \"one\""}));
    let value = full["value"].as_str().unwrap();
    let (name, object) = value.split_at(value.find(": {").unwrap());
    assert_eq!(serde_json::from_str::<Read>(name).unwrap(), "full \"two\"");
    let object: Read = serde_json::from_str(&object[2..]).unwrap();
    assert_eq!(
        object,
        json!({"text": "a\"b\\c\nd", "list": [1, 2], "nan": "NaN"})
    );
}

#[test]
fn what_was_dropped_is_counted() {
    let limits = SpanLimits::default()
        .attribute_count_limit(1)
        .event_count_limit(2)
        .link_count_limit(0)
        .attribute_per_event_count_limit(1);
    let span = decode_one(
        Span::new("x")
            .limits(limits)
            .attribute("kept", 1)
            .attribute("lost", 1)
            .event("e", 0, &[("kept", 1.into()), ("lost", 1.into())])
            .event("e", 0, &[])
            .event("lost", 0, &[])
            .link(1, 1, &[]),
    );
    let expected = json!({
        "kept": "1",
        "otel.dropped_attributes_count": "1",
        "otel.dropped_events_count": "1",
        "otel.dropped_links_count": "1",
    });
    assert_eq!(span["tags"], expected);
    let value = r#""e": {"kept":1,"otel.dropped_attributes_count":1}"#;
    assert_eq!(span["annotations"][0]["value"], value);
}

#[test]
fn scope_and_resource_are_tags_that_give_way() {
    let attributes = [
        Attribute::new("layer", "db"),
        Attribute::new("zone", "of the scope"),
    ];
    let scope = Scope::new("acme")
        .with_version("1.2")
        .with_attributes(&attributes);
    let resource = Resource::builder()
        .service_name("shop \"x\"")
        .attribute("service.namespace", "eu")
        .attribute("zone", "of the resource")
        .attribute("host", "of the resource")
        .attribute("cpus", 8)
        .attribute("error", "of the resource")
        .build();
    let span = Span::new("x").scope(scope).attribute("host", "of the span");
    let span = decode_with(span, &resource);
    assert_eq!(span["localEndpoint"], json!({"serviceName": "shop \"x\""}));
    let expected = json!({
        "host": "of the span",
        "layer": "db",
        "zone": "of the scope",
        "cpus": "8",
        "service.namespace": "eu",
        "otel.scope.name": "acme",
        "otel.scope.version": "1.2",
        "otel.library.name": "acme",
        "otel.library.version": "1.2",
    });
    assert_eq!(span["tags"], expected);
}

#[test]
fn another_resource_changes_endpoint_and_tags() {
    let mut encoder = ZipkinJson::new();
    for name in ["one", "two", "two", "one"] {
        let resource = Resource::builder()
            .service_name(name)
            .attribute("n", name)
            .build();
        let mut out = Buffer::new();
        fixture::batch(&[Span::new("x").seal()], &resource, |batch| {
            encoder.head(&resource, &mut out);
            encoder
                .span(&batch.iter().next().unwrap(), &mut out)
                .unwrap();
            encoder.finish(1, &mut out);
        });
        let read: Read = serde_json::from_slice(out.as_bytes()).unwrap();
        assert_eq!(read[0]["localEndpoint"]["serviceName"], name);
        assert_eq!(read[0]["tags"]["n"], name);
    }
}

#[test]
fn a_resource_without_a_name_has_one_nevertheless() {
    let span = decode_with(Span::new("x"), &Resource::empty());
    assert_eq!(
        span["localEndpoint"],
        json!({"serviceName": "unknown_service"})
    );
}

#[test]
fn links_have_no_place() {
    let span = decode_one(Span::new("x").link(1, 2, &[("why", "retry".into())]));
    assert_eq!(span["tags"], Read::Null);
}

#[test]
fn a_span_without_ids_is_refused() {
    let mut out = Buffer::new();
    fixture::view(&Span::new("x").ids(0, 0, 0).seal(), |view| {
        assert_eq!(
            ZipkinJson::new().span(&view, &mut out),
            Err(EncodeError::ZeroId)
        );
    });
}

/// A value in an annotation, as the view, which shares no code with the encoder, says that it is.
fn value_json(value: &ValueView<'_>) -> Read {
    match value {
        ValueView::Empty => Read::Null,
        ValueView::Bool(value) => json!(value),
        ValueView::I64(number) => json!(number),
        ValueView::F64(number) => number_json(*number),
        ValueView::String(text) => json!(text),
        ValueView::Bytes(bytes) => {
            json!(base64(bytes).flatten().map(char::from).collect::<String>())
        }
        ValueView::Bools(list) => list.iter().map(Read::from).collect(),
        ValueView::I64s(list) => list.iter().map(Read::from).collect(),
        ValueView::F64s(list) => list.iter().map(number_json).collect(),
        ValueView::Strings(list) | ValueView::Array(list) => {
            list.iter().map(|value| value_json(&value)).collect()
        }
        ValueView::Map(map) => object(map),
        other => unreachable!("{other:?} is new"),
    }
}

/// JSON has no infinity and no NaN.
fn number_json(number: f64) -> Read {
    match number.is_finite() {
        true => json!(number),
        false if number.is_nan() => json!("NaN"),
        false if number > 0.0 => json!("Infinity"),
        false => json!("-Infinity"),
    }
}

fn object(attributes: &Attributes<'_>) -> Read {
    let member = |one: AttributeView<'_>| (one.key.to_owned(), value_json(&one.value));
    Read::Object(attributes.iter().map(member).collect())
}

/// Equal, where `1` and `1.0` are the same number: JSON does not tell them apart.
fn assert_same(found: &Read, expected: &Read) {
    match (found, expected) {
        (Read::Number(found), Read::Number(expected)) if expected.is_f64() => {
            assert_eq!(found.as_f64(), expected.as_f64());
        }
        (Read::Array(found), Read::Array(expected)) => {
            assert_eq!(found.len(), expected.len());
            found
                .iter()
                .zip(expected)
                .for_each(|(f, e)| assert_same(f, e));
        }
        (Read::Object(found), Read::Object(expected)) => {
            assert!(found.keys().eq(expected.keys()), "{found:?} {expected:?}");
            found
                .values()
                .zip(expected.values())
                .for_each(|(f, e)| assert_same(f, e));
        }
        (found, expected) => assert_eq!(found, expected),
    }
}

/// The annotations of a span: time, name and attributes, each once.
fn annotations(view: &SpanView<'_>) -> Vec<(u64, String, Read)> {
    let mut all = Vec::new();
    for event in view.events().iter() {
        let micros = event.unix_nanos() / 1000;
        let one = (micros, event.name().to_owned(), object(&event.attributes()));
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

/// Whom a client or producer span talks to, by the ranks of the specification.
fn remote_endpoint(view: &SpanView<'_>) -> Read {
    if !matches!(view.kind(), SpanKind::Client | SpanKind::Producer) {
        return Read::Null;
    }
    let attributes = view.attributes();
    let text = |key: &str| match attributes.get(key) {
        Some(ValueView::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    let named = |key: &str| Some(json!({"serviceName": text(key)?}));
    let placed = |place: &str| {
        let ip: IpAddr = text(&format!("{place}.address"))?.parse().ok()?;
        let ip = ip.to_canonical();
        let family = if ip.is_ipv4() { "ipv4" } else { "ipv6" };
        let mut endpoint = json!({family: ip.to_string()});
        let port = match attributes.get(&format!("{place}.port")) {
            Some(ValueView::I64(port)) => u16::try_from(port).ok(),
            Some(ValueView::String(port)) => port.parse().ok(),
            _ => None,
        };
        if let Some(port) = port.filter(|port| *port > 0) {
            endpoint["port"] = json!(port);
        }
        Some(endpoint)
    };
    named("peer.service")
        .or_else(|| placed("network.peer"))
        .or_else(|| placed("server.socket"))
        .or_else(|| named("db.name"))
        .unwrap_or_default()
}

#[test]
fn ten_thousand_spans_decode_to_what_the_view_says() {
    let mut shapes = Shapes::new();
    let mut endpoints = 0;
    for _ in 0..10_000 {
        let record = shapes.span();
        let read = encode(std::slice::from_ref(&record), &service("a"));
        let read: Vec<Read> = serde_json::from_str(&read).unwrap_or_else(|e| panic!("{e}: {read}"));
        let [span] = read.as_slice() else {
            panic!("one span")
        };
        fixture::view(&record, |view| {
            assert_eq!(span["traceId"], *view.trace_id().to_hex());
            assert_eq!(span["id"], *view.span_id().to_hex());
            let parent = view.parent_span_id().map(|id| id.to_hex().to_string());
            assert_eq!(span["parentId"], json!(parent));
            assert_eq!(span["name"].as_str().unwrap_or_default(), view.name());
            let kind = match view.kind() {
                SpanKind::Internal => Read::Null,
                other => json!(format!("{other:?}").to_uppercase()),
            };
            assert_eq!(span["kind"], kind);
            let (start, end) = (view.start_unix_nanos(), view.end_unix_nanos());
            assert_eq!(span["timestamp"], start / 1000);
            assert_eq!(span["duration"], ((end - start) / 1000).max(1));
            assert_eq!(span["localEndpoint"], json!({"serviceName": "a"}));
            let endpoint = remote_endpoint(&view);
            endpoints += usize::from(!endpoint.is_null());
            assert_eq!(span["remoteEndpoint"], endpoint);

            let mut expected = Map::new();
            for attribute in view.attributes().iter() {
                let text = attribute.value.to_string();
                expected.insert(attribute.key.to_owned(), text.into());
            }
            match view.status() {
                Status::Ok => {
                    expected.insert("otel.status_code".to_owned(), "OK".into());
                }
                Status::Error(description) => {
                    expected.insert("otel.status_code".to_owned(), "ERROR".into());
                    let text = &*description;
                    expected.insert("error".to_owned(), text.into());
                }
                _ => {}
            }
            let tags = span["tags"].as_object().cloned().unwrap_or_default();
            assert_eq!(tags, expected);

            let found = span["annotations"].as_array().cloned().unwrap_or_default();
            let expected = annotations(&view);
            assert_eq!(found.len(), expected.len());
            for (annotation, (micros, name, attributes)) in found.iter().zip(expected) {
                assert_eq!(annotation["timestamp"], micros);
                let value = annotation["value"].as_str().unwrap();
                if attributes == json!({}) {
                    assert_eq!(value, name);
                    continue;
                }
                let whole: Read = serde_json::from_str(&format!("{{{value}}}")).unwrap();
                assert_same(&whole, &json!({name: attributes}));
            }
        });
    }
    assert!(endpoints > 500, "too few remote endpoints: {endpoints}");
}

/// The exact duration, cut, and not the difference of what is cut: the example of OpenTelemetry's
/// mapping is 1234 ns, which are 1 µs. They begin at 900 ns here and end two whole microseconds later.
#[test]
fn a_duration_does_not_depend_on_the_start() {
    for start in [1_000_000, 1_000_900] {
        let span = decode_one(Span::new("x").times(start, start + 1_234));
        assert_eq!(span["timestamp"], 1_000);
        assert_eq!(span["duration"], 1);
    }
}

#[test]
fn events_that_are_the_same_to_the_microsecond_are_written_once() {
    let span = decode_one(
        Span::new("x")
            .event("a", 1_000, &[])
            .event("b", 1_200, &[("n", 1.into())])
            .event("a", 1_900, &[])
            .event("b", 1_950, &[("n", 1.into())])
            .event("b", 1_960, &[("n", 2.into())])
            .event("a", 2_000, &[]),
    );
    let annotations = span["annotations"].as_array().unwrap();
    let found: Vec<_> = annotations
        .iter()
        .map(|one| {
            (
                one["timestamp"].as_u64().unwrap(),
                one["value"].as_str().unwrap(),
            )
        })
        .collect();
    let first = annotations[0]["timestamp"].as_u64().unwrap();
    let expected = [
        (first, "a"),
        (first, "\"b\": {\"n\":1}"),
        (first, "\"b\": {\"n\":2}"),
        (first + 1, "a"),
    ];
    assert_eq!(found, expected);
}

/// One look-up each (see `repeats.rs`): comparing every annotation with all that stand before it would
/// keep this test busy for minutes.
#[test]
fn any_number_of_events_may_share_a_microsecond() {
    const NAMES: usize = 5_000;
    let mut span = Span::new("x").limits(SpanLimits::default().event_count_limit(usize::MAX));
    for n in 0..3 * NAMES {
        span = span.event(&(n % NAMES).to_string(), n as u64 % 1_000, &[]);
    }
    let span = decode_one(span);
    let annotations = span["annotations"].as_array().unwrap();
    let names: Vec<_> = annotations.iter().map(|one| &one["value"]).collect();
    assert_eq!(names.len(), NAMES);
    for (n, name) in names.iter().enumerate() {
        assert_eq!(**name, *n.to_string());
    }
}

/// Once buffers have grown, a batch costs no allocation.
#[test]
fn nothing_is_allocated_for_a_span() {
    assert_eq!(fixture::allocations(ZipkinJson::new()), 0);
}

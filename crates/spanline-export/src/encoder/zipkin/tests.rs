//! Golden text against the Zipkin v2 API, and everything else read back by `serde_json`.

use super::*;
use crate::fixture::{self, Shapes, Span, service};
use serde_json::{Value as Read, json};
use spanline_core::attribute::Attribute;
use spanline_core::kind::SpanKind;
use spanline_core::record::SpanLimits;
use spanline_core::status::StatusCode;

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

#[test]
fn ten_thousand_spans_decode_to_what_the_view_says() {
    let mut shapes = Shapes::new();
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
            assert_eq!(span["name"].as_str().unwrap_or_default(), view.name());
            let status = match view.status().code() {
                StatusCode::Unset => 0,
                StatusCode::Ok => 1,
                StatusCode::Error => 2,
            };
            let tags = span["tags"].as_object().cloned().unwrap_or_default();
            assert_eq!(tags.len(), view.attributes().len() + status);
            for attribute in view.attributes().iter() {
                assert_eq!(tags[attribute.key], attribute.value.to_string());
            }
            let annotations = span["annotations"].as_array().cloned().unwrap_or_default();
            assert_eq!(annotations.len(), view.events().len());
            for (annotation, event) in annotations.iter().zip(view.events().iter()) {
                assert_eq!(annotation["timestamp"], event.unix_nanos() / 1000);
                let value = annotation["value"].as_str().unwrap();
                if event.attributes().is_empty() {
                    assert_eq!(value, event.name());
                    continue;
                }
                let whole: Read = serde_json::from_str(&format!("{{{value}}}")).unwrap();
                let attributes = whole[event.name()].as_object().unwrap();
                assert_eq!(attributes.len(), event.attributes().len());
            }
        });
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

/// Once buffers have grown, a batch costs no allocation.
#[test]
fn nothing_is_allocated_for_a_span() {
    assert_eq!(fixture::allocations(ZipkinJson::new()), 0);
}

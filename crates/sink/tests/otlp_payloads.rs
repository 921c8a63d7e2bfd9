//! OTLP is read as opentelemetry-proto says, the same in both encodings, and what is not so is refused
//! with the reason and its place.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use spanline_sink::decode::{Decoded, otlp_json, otlp_protobuf};
use spanline_sink::{Format, Kind, SpanId, Status, TraceId, Value};

/// A request with every field, written by Google's `protobuf` for Python.
const FULL: &[u8] = include_bytes!("../../../fuzz/corpus/sink_otlp/full");

/// The same in JSON, written by its `json_format`, with the ids in hexadecimal digits.
const FULL_JSON: &[u8] = include_bytes!("../../../fuzz/corpus/sink_otlp_json/full");

fn check_full(decoded: &Decoded, format: Format) {
    let [span] = decoded.spans.as_slice() else {
        panic!("{} spans", decoded.spans.len());
    };
    assert_eq!(span.format, format);
    let trace_id = TraceId(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10);
    assert_eq!(span.trace_id, trace_id);
    assert_eq!(span.span_id, SpanId(0x0102_0304_0506_0708));
    assert_eq!(span.parent_id, Some(SpanId(0x0203_0405_0607_0809)));
    assert_eq!(
        (span.trace_state.as_str(), span.trace_flags),
        ("a=1", Some(0x301))
    );
    assert_eq!((span.name.as_str(), span.kind), ("get", Kind::Server));
    assert_eq!(span.start_ns, Some(1_700_000_000_000_000_001));
    assert_eq!(span.end_ns, Some(1_700_000_000_000_001_001));
    assert_eq!(
        (span.start_us, span.duration_us),
        (Some(1_700_000_000_000_000), Some(1))
    );
    assert_eq!(span.status, Status::Error("boom".to_owned()));
    let dropped = [
        span.dropped_attributes,
        span.dropped_events,
        span.dropped_links,
    ];
    assert_eq!(dropped, [1, 2, 3]);

    assert_eq!(span.attribute("s"), Some(&Value::from("x")));
    assert_eq!(span.attribute("b"), Some(&Value::Bool(false)));
    assert_eq!(span.attribute("i"), Some(&Value::Int(i64::MIN)));
    assert_eq!(span.attribute("d"), Some(&Value::Double(0.1)));
    assert_eq!(span.attribute("y"), Some(&Value::Bytes(vec![0, 255])));
    let array = vec![Value::Int(9_007_199_254_740_993), Value::Empty];
    assert_eq!(span.attribute("a"), Some(&Value::Array(array)));
    let Some(Value::Map(map)) = span.attribute("m") else {
        panic!("{:?}", span.attribute("m"));
    };
    assert!(matches!(&map[0].value, Value::Double(number) if map[0].key == "n" && number.is_nan()));
    assert_eq!(span.attribute("e"), Some(&Value::Empty));

    let event = &span.events[0];
    assert_eq!(
        (event.name.as_str(), event.time_us),
        ("ev", 1_700_000_000_000_000)
    );
    assert_eq!(event.time_ns, Some(1_700_000_000_000_000_002));
    assert_eq!(
        (event.attributes.len(), event.dropped_attributes),
        (1, u32::MAX)
    );
    let link = &span.links[0];
    assert_eq!(link.span_id, SpanId(0x0304_0506_0708_090a));
    assert_eq!(
        (link.trace_state.as_str(), link.trace_flags),
        ("b=2", Some(1))
    );
    assert_eq!(
        (link.attributes[0].key.as_str(), link.dropped_attributes),
        ("lk", 1)
    );

    assert_eq!(
        (span.service(), span.resource.schema_url.as_str()),
        ("shop", "u")
    );
    assert_eq!(span.resource.dropped_attributes, 1);
    let scope = span.scope.as_ref().unwrap();
    assert_eq!((scope.name.as_str(), scope.version.as_str()), ("lib", "1"));
    assert_eq!(
        (scope.attributes.len(), scope.schema_url.as_str()),
        (1, "v")
    );
}

#[test]
fn every_field_of_the_protobuf_is_read() {
    check_full(&otlp_protobuf(FULL).unwrap(), Format::OtlpProtobuf);
}

#[test]
fn every_member_of_the_json_is_read() {
    check_full(&otlp_json(FULL_JSON).unwrap(), Format::OtlpJson);
}

#[test]
fn an_export_without_spans_is_no_error() {
    assert_eq!(otlp_protobuf(b"").unwrap().spans, []);
    assert_eq!(otlp_json(b"{}").unwrap().spans, []);
}

/// A length-delimited field.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap();
    [&[number << 3 | 2, length], content].concat()
}

/// A request of one span with these bytes behind its ids.
fn span(rest: &[u8]) -> Vec<u8> {
    let ids = [field(1, &[1; 16]), field(2, &[2; 8])].concat();
    // 1: resource_spans, 2: scope_spans, 2: spans
    field(1, &field(2, &field(2, &[&ids, rest].concat())))
}

#[test]
fn a_protobuf_refusal_says_what_is_wrong_and_where() {
    let span_at = "resourceSpans[0].scopeSpans[0].spans[0]";
    for (payload, place, reason) in [
        (span(&field(1, &[1; 16])), ".traceId", "comes twice"),
        (
            span(&[5 << 3, 1]),
            ".name",
            "is on the wire not what is declared",
        ),
        (
            span(&field(5, &[255])),
            ".name",
            "is not UTF-8 after its first 0",
        ),
        (span(&field(4, &[1])), ".parentSpanId", "has 1 bytes, not 8"),
        (span(&field(4, &[0; 8])), ".parentSpanId", "is zero"),
        (span(&[6 << 3, 6]), ".kind", "6 is no SpanKind"),
        (
            span(&field(15, &[3 << 3, 9])),
            ".status.code",
            "9 is no StatusCode",
        ),
        (
            span(&field(9, &field(2, &[2 << 3, 1, 3 << 3, 1]))),
            ".attributes[0].value.value",
            "comes twice",
        ),
        (
            span(&[10 << 3 | 2, 100]),
            "",
            "length 100, but 0 bytes remain",
        ),
    ] {
        let error = otlp_protobuf(&payload).unwrap_err();
        assert_eq!(error.place(), format!("{span_at}{place}"));
        assert!(error.reason().starts_with(reason), "{error}");
        assert!(error.byte().is_some());
    }
}

#[test]
fn a_json_refusal_says_what_is_wrong_and_where() {
    for (span, said) in [
        (
            r#""traceId":"1","spanId":"0000000000000002""#,
            ".traceId: is \"1\", not hexadecimal",
        ),
        (
            r#""spanId":"0000000000000002""#,
            "missing field `traceId` at line 1",
        ),
        (
            r#""traceId":"00000000000000000000000000000001","spanId":"02""#,
            "resourceSpans[0].scopeSpans[0].spans[0].spanId: has 1 bytes, not 8",
        ),
        (
            r#""traceId":"00000000000000000000000000000001","spanId":"0000000000000002","kind":"X""#,
            "invalid type: string \"X\", expected i32",
        ),
    ] {
        let json = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{span}}}]}}]}}]}}"#);
        let error = otlp_json(json.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn memory_is_bounded_before_it_is_taken() {
    // Two bytes an event on the wire; a hundred times as much in memory.
    let mut events = Vec::new();
    for _ in 0..4 << 20 {
        events.extend([11 << 3 | 2, 0]);
    }
    let nest = |mut inner: Vec<u8>| {
        for number in [2, 2, 1] {
            let mut outer = vec![number << 3 | 2];
            let mut length = inner.len();
            while length >= 0x80 {
                outer.push(length as u8 | 0x80);
                length >>= 7;
            }
            outer.push(length as u8);
            outer.append(&mut inner);
            inner = outer;
        }
        inner
    };
    let error = otlp_protobuf(&nest(events)).unwrap_err();
    assert!(error.reason().contains("bytes of memory"), "{error}");

    let json = format!("{{\"x\":[{}{{}}]}}", "{},".repeat(4 << 20));
    let error = otlp_json(json.as_bytes()).unwrap_err();
    assert_eq!(error.reason(), "more than 4194304 objects");
}

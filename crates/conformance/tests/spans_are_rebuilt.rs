//! `export`: what a receiver decodes is what the rows said.

mod support;

use serde_json::{Value, json};
use spanline_sink::decode::otlp_json;
use spanline_sink::{Format, Kind, ReceivedSpan, Sink, Status, Value as Received};
use std::time::Duration;
use support::run;

const LONG: Duration = Duration::from_secs(20);

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// A row with a bit of everything.
fn row(number: u64, service: &str) -> Value {
    json!({
        "record": "span", "format": "otlp-json-http", "trace_id": TRACE,
        "span_id": format!("{number:016x}"), "parent_span_id": "b7ad6b7169203331",
        "trace_state": "congo=t61rcWkgMzE", "trace_flags": 1,
        "name": "charge card", "kind": "CLIENT",
        "start_ns": 1_700_000_000_000_001_000_u64, "end_ns": 1_700_000_000_000_005_000_u64,
        "time_unit": "ns", "service": service,
        "resource": {"host.name": {"type": "string", "value": "h1"}},
        "scope": {"name": "acme", "version": "1.2", "attributes": {}},
        "attributes": {
            "text": {"type": "string", "value": "zażółć"},
            "whole": {"type": "int", "value": -7},
            "ratio": {"type": "double", "value": 0.1},
            "yes": {"type": "bool", "value": true},
            "bytes": {"type": "bytes", "value": "AP8="},
            "list": {"type": "array", "value": [{"type": "int", "value": 1}]},
        },
        "events": [{"name": "retry", "time_ns": 1_700_000_000_000_002_000_u64,
            "attributes": {"attempt": {"type": "int", "value": 2}}}],
        "links": [{"trace_id": "0af7651916cd43dd8448eb2100000001",
            "span_id": "00f067aa0ba902b7", "trace_state": null, "attributes": {}, "type": null}],
        "status": {"code": "ERROR", "message": "card declined"},
        "extra": {}, "warnings": [], "payload": {"number": 1},
    })
}

/// What OTLP carries of a row, which is all of it.
fn same_in_otlp(span: &ReceivedSpan) {
    assert_eq!(span.trace_id.to_string(), TRACE);
    let parent = span.parent_id.map(|parent| parent.to_string());
    assert_eq!(parent.as_deref(), Some("b7ad6b7169203331"));
    assert_eq!(span.name, "charge card");
    assert_eq!(span.kind, Kind::Client);
    assert_eq!(span.start_ns, Some(1_700_000_000_000_001_000));
    assert_eq!(span.end_ns, Some(1_700_000_000_000_005_000));
    assert_eq!(span.trace_state, "congo=t61rcWkgMzE");
    // Sampled, and the parent is known to be of this process (bit 8 set, bit 9 not).
    assert_eq!(span.trace_flags, Some(0x101));
    assert_eq!(span.service(), "checkout");
    assert!(
        span.resource
            .attributes
            .iter()
            .any(|one| one.key == "host.name")
    );
    let scope = span
        .scope
        .as_ref()
        .map(|scope| (&*scope.name, &*scope.version));
    assert_eq!(scope, Some(("acme", "1.2")));
    assert_eq!(span.attribute("text"), Some(&"zażółć".into()));
    assert_eq!(span.attribute("whole"), Some(&Received::Int(-7)));
    assert_eq!(span.attribute("ratio"), Some(&Received::Double(0.1)));
    assert_eq!(span.attribute("yes"), Some(&Received::Bool(true)));
    let bytes = Received::Bytes(vec![0, 255]);
    assert_eq!(span.attribute("bytes"), Some(&bytes));
    let list = Received::Array(vec![Received::Int(1)]);
    assert_eq!(span.attribute("list"), Some(&list));
    assert_eq!(span.events[0].name, "retry");
    assert_eq!(span.events[0].time_ns, Some(1_700_000_000_000_002_000));
    assert_eq!(span.events[0].attributes[0].value, Received::Int(2));
    assert_eq!(span.links[0].span_id.to_string(), "00f067aa0ba902b7");
    assert_eq!(span.status, Status::Error("card declined".into()));
}

fn export(exporter: &str, endpoint: &str, rows: &[Value]) -> support::Answer {
    let input: String = rows.iter().map(|row| format!("{row}\n")).collect();
    run(
        &format!("export --exporter {exporter} --endpoint {endpoint} --batch 4 --timeout 5000"),
        &input,
    )
}

fn same_in_all_formats(span: &ReceivedSpan) {
    assert_eq!(span.trace_id.to_string(), TRACE);
    let parent = span.parent_id.map(|parent| parent.to_string());
    assert_eq!(parent.as_deref(), Some("b7ad6b7169203331"));
    assert_eq!(span.name, "charge card");
    assert_eq!(span.kind, Kind::Client);
    assert_eq!(span.start_us, Some(1_700_000_000_000_001));
    assert_eq!(span.duration_us, Some(4));
    assert_eq!(span.events[0].name, "retry");
    assert_eq!(span.events[0].time_us, 1_700_000_000_000_002);
    assert_eq!(span.attribute("text"), Some(&"zażółć".into()));
    assert_eq!(span.attribute("list"), Some(&"[1]".into()));
    assert_eq!(span.status, Status::Error("card declined".into()));
    let scope = span
        .scope
        .as_ref()
        .map(|scope| (&*scope.name, &*scope.version));
    assert_eq!(scope, Some(("acme", "1.2")));
}

#[test]
fn through_jaeger() {
    let sink = Sink::builder().jaeger(0).start().unwrap();
    let rows: Vec<_> = (1..=9).map(|n| row(n, "checkout")).collect();
    let answer = export("jaeger-http", &sink.jaeger_endpoint().unwrap(), &rows);
    assert_eq!(answer.status, Some(0), "{answer:?}");
    assert_eq!(
        (&answer.row()["ended"], &answer.row()["exported"]),
        (&9.into(), &9.into())
    );

    let spans = sink.spans();
    assert!(sink.malformed().is_empty());
    let ids: Vec<_> = spans.iter().map(|span| span.span_id.to_string()).collect();
    let expected: Vec<_> = (1..=9).map(|n| format!("{n:016x}")).collect();
    assert_eq!(ids, expected);
    for span in &spans {
        same_in_all_formats(span);
        assert_eq!(span.service(), "checkout");
        assert_eq!(span.resource.attributes[0].key, "host.name");
        assert_eq!(span.attribute("whole"), Some(&Received::Int(-7)));
        assert_eq!(span.attribute("ratio"), Some(&Received::Double(0.1)));
        assert_eq!(span.attribute("yes"), Some(&Received::Bool(true)));
        assert_eq!(
            span.attribute("bytes"),
            Some(&Received::Bytes(vec![0, 255]))
        );
        let state = span.attribute("w3c.tracestate");
        assert_eq!(state, Some(&"congo=t61rcWkgMzE".into()));
        assert_eq!(span.links[0].span_id.to_string(), "00f067aa0ba902b7");
        assert_eq!(span.flags, Some(1));
    }
}

#[test]
fn through_otlp_in_both_encodings_packed_or_not() {
    let sink = Sink::builder().otlp(0).start().unwrap();
    let mut formats = Vec::new();
    let rows: Vec<_> = (1..=5).map(|n| row(n, "checkout")).collect();
    for exporter in [
        "otlp-http-protobuf",
        "otlp-http-protobuf --gzip",
        "otlp-http-json",
        "otlp-http-json --gzip",
    ] {
        let before = sink.spans().len();
        let answer = export(exporter, &sink.otlp_endpoint().unwrap(), &rows);
        assert_eq!(answer.status, Some(0), "{answer:?}");
        assert_eq!(answer.row()["exported"], 5);
        let spans = sink.spans().split_off(before);
        assert_eq!(spans.len(), 5);
        spans.iter().for_each(same_in_otlp);
        formats.push(spans[0].format);
    }
    let (protobuf, json) = (Format::OtlpProtobuf, Format::OtlpJson);
    assert_eq!(formats, [protobuf, protobuf, json, json]);
    assert!(sink.malformed().is_empty());
}

#[test]
fn through_a_file() {
    let path = std::env::temp_dir().join(format!("spans-{}.jsonl", std::process::id()));
    let rows: Vec<_> = (1..=5).map(|n| row(n, "checkout")).collect();
    let answer = export("otlp-file", path.to_str().unwrap(), &rows);
    assert_eq!(answer.status, Some(0), "{answer:?}");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let read = |line: &str| otlp_json(line.as_bytes()).unwrap().spans;
    let spans: Vec<_> = text.lines().flat_map(read).collect();
    assert_eq!(spans.len(), 5);
    spans.iter().for_each(same_in_otlp);
}

#[test]
fn through_an_agents_ports() {
    let builder = Sink::builder().jaeger_udp_compact(0).jaeger_udp_binary(0);
    let sink = builder.start().unwrap();
    let rows: Vec<_> = (1..=9).map(|n| row(n, "checkout")).collect();
    for (exporter, address, format) in [
        (
            "jaeger-udp-compact",
            sink.jaeger_udp_compact_address(),
            Format::JaegerUdpCompact,
        ),
        (
            "jaeger-udp-binary",
            sink.jaeger_udp_binary_address(),
            Format::JaegerUdpBinary,
        ),
    ] {
        let before = sink.spans().len();
        let answer = export(exporter, &address.unwrap().to_string(), &rows);
        assert_eq!(answer.status, Some(0), "{answer:?}");
        sink.wait_for_spans(before + 9, LONG).unwrap();
        let spans = sink.spans().split_off(before);
        for span in &spans {
            same_in_all_formats(span);
            assert_eq!(span.format, format);
            assert_eq!(span.attribute("ratio"), Some(&Received::Double(0.1)));
        }
    }
    assert!(sink.malformed().is_empty());
}

#[test]
fn through_zipkin_packed() {
    let sink = Sink::builder().zipkin(0).start().unwrap();
    let answer = export(
        "zipkin --gzip",
        &sink.zipkin_endpoint().unwrap(),
        &[row(1, "a")],
    );
    assert_eq!(answer.status, Some(0), "{answer:?}");
    sink.spans().iter().for_each(same_in_all_formats);
    assert_eq!(sink.spans().len(), 1);
}

#[test]
fn through_zipkin_with_many_resources() {
    let sink = Sink::builder().zipkin(0).start().unwrap();
    let rows: Vec<_> = (1..=20).map(|n| row(n, &format!("service-{n}"))).collect();
    let answer = export("zipkin", &sink.zipkin_endpoint().unwrap(), &rows);
    assert_eq!(answer.status, Some(0), "{answer:?}");
    assert_eq!(answer.row()["exported"], 20);

    let spans = sink.spans();
    assert_eq!(spans.len(), 20);
    for span in &spans {
        same_in_all_formats(span);
        let number = u64::from_str_radix(&span.span_id.to_string(), 16).unwrap();
        assert_eq!(span.service(), format!("service-{number}"));
        assert_eq!(span.attribute("whole"), Some(&"-7".into()));
        assert_eq!(span.attribute("host.name"), Some(&"h1".into()));
    }
}

#[test]
fn what_formats_leave_open_has_defaults() {
    let sink = Sink::builder().jaeger(0).start().unwrap();
    let bare = json!({"trace_id": TRACE, "span_id": "b7ad6b7169203331",
        "start_ns": 1_700_000_000_000_000_000_u64, "end_ns": null, "kind": null,
        "parent_span_id": null, "trace_flags": null, "scope": null, "service": "s"});
    let answer = export("jaeger-http", &sink.jaeger_endpoint().unwrap(), &[bare]);
    assert_eq!((answer.status, &*answer.errors), (Some(0), ""));
    let spans = sink.spans();
    let [span] = spans.as_slice() else {
        panic!("{spans:?}");
    };
    assert_eq!((span.parent_id, span.duration_us), (None, Some(0)));
    assert_eq!((span.kind, span.flags), (Kind::Internal, Some(1)));
    assert!(span.scope.is_none() && span.attributes.is_empty());
}

#[test]
fn a_span_that_is_not_sampled_is_not_exported_and_that_is_told() {
    let sink = Sink::builder().jaeger(0).start().unwrap();
    let mut unsampled = row(2, "s");
    unsampled["trace_flags"] = 0.into();
    let rows = [row(1, "s"), unsampled];
    let answer = export("jaeger-http", &sink.jaeger_endpoint().unwrap(), &rows);
    assert_eq!(answer.status, Some(1));
    assert_eq!(answer.row()["exported"], 1);
    assert!(answer.errors.contains("1 of 2"), "{}", answer.errors);
}

#[test]
fn a_collector_that_is_not_there_costs_the_spans_and_the_status() {
    let answer = run(
        "export --exporter zipkin --endpoint http://127.0.0.1:1/ --timeout 100",
        &row(1, "s").to_string(),
    );
    assert_eq!(answer.status, Some(1));
    let counts = ["ended", "exported", "failed"].map(|key| answer.row()[key].as_u64().unwrap());
    assert_eq!(counts, [1, 0, 1]);
}

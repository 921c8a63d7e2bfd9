//! A Jaeger batch is read field by field as jaeger.thrift declares it, and one that is not so is
//! refused with the reason and the place.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use spanline_sink::decode::{Decoded, jaeger_binary};
use spanline_sink::{Format, Kind, LinkKind, ReceivedSpan, SpanId, Status, TraceId, Value};
use support::{Thrift, batch, kind, process, span, unhex};

/// `emitBatch` of one span in the strict binary protocol, as the Apache Thrift library for Python
/// writes it.
const MESSAGE: &str = "8001000400000009656d69744261746368000000000c00010c00010b00010000000161000f\
    00020c000000010a000100000000000000010a000200000000000000000a000300000000000000020a000400000000\
    000000000b00050000000178080007000000010a000800000000000003e80a000900000000000000040f000a0c0000\
    00020b0001000000016b0800020000000202000501000b00010000000164080002000000010400043ff80000000000\
    0000000000";

fn only_span(decoded: Decoded) -> ReceivedSpan {
    assert_eq!(decoded.spans.len(), 1);
    decoded.spans.into_iter().next().unwrap()
}

#[test]
fn the_golden_batch_is_read() {
    let message = unhex(MESSAGE);
    // Without the message header (21 bytes), the header of the argument's field (3) and the stop
    // of the arguments (1) this is the body that a collector is sent.
    let body = &message[24..message.len() - 1];
    let span = only_span(jaeger_binary(body).unwrap());

    assert_eq!(span.format, Format::JaegerBinary);
    assert_eq!(span.service(), "a"); // Process.1
    assert!(span.resource.attributes.is_empty()); // Process.2
    assert_eq!(span.trace_id, TraceId(1)); // Span.1, Span.2
    assert_eq!(
        span.trace_id.to_string(),
        "00000000000000000000000000000001"
    );
    assert_eq!(span.span_id, SpanId(2)); // Span.3
    assert_eq!(span.parent_id, None); // Span.4
    assert_eq!(span.name, "x"); // Span.5
    assert!(span.links.is_empty()); // Span.6
    assert_eq!(span.flags, Some(1)); // Span.7
    assert_eq!(span.start_us, Some(1000)); // Span.8
    assert_eq!(span.duration_us, Some(4)); // Span.9
    assert_eq!(span.attribute("k"), Some(&Value::Bool(true))); // Span.10, Tag.5
    assert_eq!(span.attribute("d"), Some(&Value::Double(1.5))); // Tag.4
    assert_eq!(span.attributes.len(), 2);
    assert!(span.events.is_empty()); // Span.11
    assert_eq!(span.status, Status::Unset);
}

/// A batch in which every field of jaeger.thrift is set.
fn full_batch() -> Vec<u8> {
    let text = |key: &str, value: &str| Thrift::new().string(1, key).i32(2, 0).string(3, value);
    let tags = [
        text("http.route", "/ä"),
        Thrift::new().string(1, "double").i32(2, 1).double(4, -0.5),
        Thrift::new().string(1, "error").i32(2, 2).bool(5, 1),
        Thrift::new().string(1, "long").i32(2, 3).i64(6, i64::MIN),
        Thrift::new()
            .string(1, "binary")
            .i32(2, 4)
            .bytes(7, &[0, 0xff]),
        text("span.kind", "client"),
        text("otel.status_code", "ERROR"),
        text("otel.status_description", "card declined"),
        text("otel.library.name", "shop"),
        text("otel.library.version", "1.2"),
    ];
    let log = Thrift::new()
        .i64(1, 1001)
        .list(2, &[text("event", "retry"), text("n", "1")]);
    let reference = |kind, id| Thrift::new().i32(1, kind).i64(2, 1).i64(3, -2).i64(4, id);
    let ids = Thrift::new()
        .i64(1, 1)
        .i64(2, -0x0100_0000_0000_0000)
        .i64(3, -1)
        .i64(4, 7);
    let span = ids
        .string(5, "pay")
        .list(6, &[reference(1, 3), reference(0, 4)])
        .i32(7, 3)
        .i64(8, 1000)
        .i64(9, 0)
        .list(10, &tags)
        .list(11, &[log]);
    let stats = Thrift::new().i64(1, 5).i64(2, 6).i64(3, 7);
    Thrift::new()
        .nested(1, process("orders").list(2, &[text("host.name", "h")]))
        .list(2, &[span])
        .i64(3, 42)
        .nested(4, stats)
        .stop()
}

#[test]
fn every_field_is_read() {
    let decoded = jaeger_binary(&full_batch()).unwrap();
    assert_eq!(decoded.seq_no, Some(42));
    let stats = decoded.client_stats.unwrap();
    assert_eq!(stats.full_queue_dropped_spans, 5);
    assert_eq!(stats.too_large_dropped_spans, 6);
    assert_eq!(stats.failed_to_emit_spans, 7);

    let span = only_span(decoded);
    assert_eq!(
        span.trace_id.to_string(),
        "ff000000000000000000000000000001"
    );
    assert_eq!(span.span_id.to_string(), "ffffffffffffffff");
    assert_eq!(span.parent_id, Some(SpanId(7)));
    assert_eq!((span.flags, span.debug), (Some(3), true));
    assert_eq!(span.resource.attributes[0].value, Value::from("h"));
    assert_eq!(span.attribute("http.route"), Some(&Value::from("/ä")));
    assert_eq!(span.attribute("double"), Some(&Value::Double(-0.5)));
    assert_eq!(span.attribute("long"), Some(&Value::Int(i64::MIN)));
    assert_eq!(span.attribute("binary"), Some(&Value::Bytes(vec![0, 0xff])));
    assert_eq!(span.kind, Kind::Client);
    assert_eq!(span.status, Status::Error("card declined".to_owned()));
    let scope = span.scope.unwrap();
    assert_eq!(
        (scope.name.as_str(), scope.version.as_str()),
        ("shop", "1.2")
    );

    let kinds: Vec<_> = span
        .links
        .iter()
        .map(|link| (link.kind, link.span_id.0))
        .collect();
    assert_eq!(kinds, [(LinkKind::FollowsFrom, 3), (LinkKind::ChildOf, 4)]);
    assert_eq!(span.events[0].time_us, 1001);
    assert_eq!(span.events[0].name, "retry");
    assert_eq!(span.events[0].attributes.len(), 2);
}

#[test]
fn a_parent_may_be_named_by_reference_alone() {
    let reference = Thrift::new().i32(1, 0).i64(2, 1).i64(3, 0).i64(4, 9);
    let elsewhere = Thrift::new().i32(1, 0).i64(2, 2).i64(3, 0).i64(4, 8);
    let body = batch(&[span(2, 0).list(6, &[elsewhere, reference])]);
    assert_eq!(
        only_span(jaeger_binary(&body).unwrap()).parent_id,
        Some(SpanId(9))
    );
}

#[test]
fn unknown_fields_are_skipped() {
    let unknown = span(2, 0)
        .string(100, "new")
        .nested(101, process("deep").i64(9, 1));
    let decoded = jaeger_binary(&batch(&[unknown])).unwrap();
    assert_eq!(only_span(decoded).name, "x");
}

#[test]
fn an_empty_batch_is_no_error() {
    assert!(jaeger_binary(&batch(&[])).unwrap().spans.is_empty());
}

/// One span with one tag made of these fields.
fn tagged(tag: Thrift) -> Vec<u8> {
    batch(&[span(2, 0).list(10, &[tag])])
}

fn named(vtype: i32) -> Thrift {
    Thrift::new().string(1, "k").i32(2, vtype)
}

#[test]
fn what_is_wrong_with_a_tag_is_said() {
    for (tag, complaint) in [
        (named(0), "vType says vStr, which is not set"),
        (
            named(0).i64(6, 1),
            "vLong is set, but vType does not say so",
        ),
        (
            named(3).i64(6, 1).string(3, "1"),
            "vStr is set, but vType does not say so",
        ),
        (
            Thrift::new().i32(2, 3).i64(6, 1),
            "required field key is missing",
        ),
        (
            Thrift::new().string(1, "k").i64(6, 1),
            "required field vType is missing",
        ),
    ] {
        let error = jaeger_binary(&tagged(tag)).unwrap_err();
        assert_eq!(
            (error.place(), error.reason()),
            ("spans[0].tags[0]", complaint)
        );
    }
    for (tag, place, complaint) in [
        (named(5).i64(6, 1), "vType", "5 is no TagType"),
        (named(-1).i64(6, 1), "vType", "-1 is no TagType"),
        (
            named(2).bool(5, 2),
            "vBool",
            "is neither true (1) nor false (0)",
        ),
        (
            named(3).double(6, 1.0),
            "vLong",
            "has type double, declared i64",
        ),
        (named(3).i64(6, 1).i64(6, 2), "vLong", "comes twice"),
        (
            named(0).bytes(3, b"ok\xff"),
            "vStr",
            "is not UTF-8 after its first 2 bytes",
        ),
    ] {
        let error = jaeger_binary(&tagged(tag)).unwrap_err();
        let whole = format!("spans[0].tags[0].{place}");
        assert_eq!((error.place(), error.reason()), (whole.as_str(), complaint));
    }
}

#[test]
fn what_is_wrong_with_a_span_is_said() {
    let required: [(i16, &str); 8] = [
        (1, "traceIdLow"),
        (2, "traceIdHigh"),
        (3, "spanId"),
        (4, "parentSpanId"),
        (5, "operationName"),
        (7, "flags"),
        (8, "startTime"),
        (9, "duration"),
    ];
    for (left_out, name) in required {
        let fields = required.into_iter().filter(|(id, _)| *id != left_out);
        let span = fields.fold(Thrift::new(), |span, (id, _)| match id {
            5 => span.string(id, "x"),
            7 => span.i32(id, 1),
            _ => span.i64(id, 1),
        });
        let error = jaeger_binary(&batch(&[span])).unwrap_err();
        assert_eq!(error.place(), "spans[0]");
        assert_eq!(error.reason(), format!("required field {name} is missing"));
    }
    let with = |id, trace, start, duration| {
        let ids = Thrift::new().i64(1, trace).i64(2, 0).i64(3, id).i64(4, 0);
        ids.string(5, "x").i32(7, 1).i64(8, start).i64(9, duration)
    };
    for (second, complaint) in [
        (with(0, 1, 1, 1), "spanId is zero"),
        (with(1, 0, 1, 1), "the trace id is zero"),
        (with(1, 1, -1, 1), "startTime is negative: -1"),
        (with(1, 1, 1, -5), "duration is negative: -5"),
    ] {
        let error = jaeger_binary(&batch(&[span(2, 0), second])).unwrap_err();
        assert_eq!((error.place(), error.reason()), ("spans[1]", complaint));
    }
}

#[test]
fn what_is_wrong_with_the_rest_is_said() {
    let good = batch(&[span(2, 0)]);
    let reference = |kind| Thrift::new().i32(1, kind).i64(2, 1).i64(3, 0).i64(4, 9);
    let list = |element: u8, size: i32| {
        let header = Thrift::new().nested(1, process("a")).field(kind::LIST, 2);
        header.raw(&[element]).raw(&size.to_be_bytes()).stop()
    };
    let log_without_fields = Thrift::new().i64(1, 5);
    let name_of = |length: i32| {
        let service = Thrift::new()
            .field(kind::STRING, 1)
            .raw(&length.to_be_bytes())
            .raw(b"abc");
        Thrift::new().nested(1, service).stop()
    };
    let cases: Vec<(Vec<u8>, &str, &str)> = vec![
        (Vec::new(), "", "the payload ends here"),
        (vec![0], "", "required field process is missing"),
        (
            Thrift::new().nested(1, process("a")).stop(),
            "",
            "required field spans is missing",
        ),
        (
            Thrift::new().nested(1, Thrift::new()).stop(),
            "process",
            "required field serviceName",
        ),
        (
            [good.as_slice(), &[0, 0]].concat(),
            "",
            "2 bytes are left over",
        ),
        (good[..good.len() - 1].to_vec(), "", "the payload ends here"),
        (
            Thrift::new().i64(1, 1).stop(),
            "process",
            "has type i64, declared struct",
        ),
        (
            list(kind::STRUCT, i32::MAX),
            "spans",
            "Container size 2147483647 exceeds",
        ),
        (
            list(kind::STRUCT, 9),
            "spans",
            "list of 9 structs, but 1 bytes remain",
        ),
        (
            list(kind::STRUCT, -1),
            "spans",
            "Negative container size: -1",
        ),
        (list(kind::I64, 1), "spans", "list of i64, declared struct"),
        (
            name_of(i32::MAX),
            "process.serviceName",
            "length 2147483647, but 5 bytes remain",
        ),
        (
            name_of(-1),
            "process.serviceName",
            "Negative byte array size: -1",
        ),
        (
            name_of(6),
            "process.serviceName",
            "length 6, but 5 bytes remain",
        ),
        (vec![99, 0, 1], "", "cannot convert 99 to TType"),
        (
            batch(&[span(2, 0).list(6, &[reference(2)])]),
            "spans[0].references[0].refType",
            "2 is no SpanRefType",
        ),
        (
            batch(&[span(2, 0).list(11, &[log_without_fields])]),
            "spans[0].logs[0]",
            "required field fields is missing",
        ),
        // The same bytes as a message: a collector wants the struct alone.
        (unhex(MESSAGE), "", "cannot convert 128 to TType"),
    ];
    for (body, place, complaint) in cases {
        let error = jaeger_binary(&body).unwrap_err();
        assert_eq!(error.place(), place, "{error}");
        assert!(error.reason().starts_with(complaint), "{error}");
    }
}

#[test]
fn nesting_without_end_is_refused() {
    // An unknown struct in a struct in a struct…
    let deep = (0..10_000).fold(Thrift::new(), |nest, _| nest.field(kind::STRUCT, 1000));
    let error = jaeger_binary(&deep.0).unwrap_err();
    assert!(
        error.reason().contains("depth") || error.reason().contains("parse past"),
        "{error}"
    );
}

#[test]
fn an_error_reads_well() {
    let error = jaeger_binary(&tagged(named(5))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "spans[0].tags[0].vType: 5 is no TagType (at byte 124)"
    );
}

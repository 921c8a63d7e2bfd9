//! Bytes against the `.proto` files, and everything else read back by `prost` and `serde_json`.

use super::messages::{Any, AnyValue, KeyValue, Request, ResourceSpans, ScopeSpans, expected};
use super::*;
use crate::base64::base64;
use crate::encoder::{EncodeError, Encoder};
use crate::fixture::{self, Shapes, Span, service};
use crate::split::Splitter;
use prost::Message as _;
use serde_json::{Map, Value as Json, json};
use spanline_core::attribute::{Attribute, Value};
use spanline_core::export::Exported;
use spanline_core::record::SpanLimits;
use spanline_core::resource::Resource;
use spanline_core::scope::Scope;
use spanline_core::status::StatusCode;
use spanline_core::trace_flags::TraceFlags;
use std::ops::ControlFlow;

/// The requests of a batch, each of at most so many bytes.
fn requests(
    mut encoder: impl Encoder,
    records: &[Vec<u8>],
    resource: &Resource,
    max_bytes: usize,
) -> (Vec<Vec<u8>>, Exported) {
    let mut bodies = Vec::new();
    let exported = fixture::batch(records, resource, |batch| {
        Splitter::new().split(&mut encoder, batch, max_bytes, |request| {
            bodies.push(request.body.to_vec());
            ControlFlow::Continue(())
        })
    });
    (bodies, exported)
}

/// The one request of a batch.
fn encode(encoder: impl Encoder, records: &[Vec<u8>], resource: &Resource) -> Vec<u8> {
    let (mut bodies, exported) = requests(encoder, records, resource, usize::MAX);
    assert_eq!(exported, Exported::ALL);
    assert_eq!(bodies.len(), 1);
    bodies.remove(0)
}

fn decode(body: &[u8]) -> Request {
    Request::decode(body).unwrap()
}

fn expect(records: &[Vec<u8>], resource: &Resource) -> Request {
    fixture::batch(records, resource, |batch| expected(resource, batch))
}

/// The span of the golden bytes: everything that is said in few words.
fn golden() -> Vec<u8> {
    Span::new("x")
        .ids(
            0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10,
            0x0102_0304_0506_0708,
            0,
        )
        .scope(Scope::new("s"))
        .times(1, 2)
        .attribute("k", -1)
        .status(StatusCode::Error, "e")
        .seal()
}

#[test]
fn a_request_is_these_bytes() {
    // opentelemetry-proto v1, trace_service.proto, trace.proto, resource.proto, common.proto
    let expected = [
        "0a72",                                 // ExportTraceServiceRequest.1 resource_spans
        "0a15",                                 // ResourceSpans.1 resource
        "0a13",                                 // Resource.1 attributes
        "0a0c736572766963652e6e616d65",         // KeyValue.1 key "service.name"
        "12030a0161",                           // KeyValue.2 value, AnyValue.1 "a"
        "1259",                                 // ResourceSpans.2 scope_spans
        "0a030a0173",                           // ScopeSpans.1 scope, .1 name "s"
        "1252",                                 // ScopeSpans.2 spans
        "0a100102030405060708090a0b0c0d0e0f10", // Span.1 trace_id
        "12080102030405060708",                 // Span.2 span_id
        "2a0178",                               // Span.5 name "x"
        "3001",                                 // Span.6 kind INTERNAL
        "390100000000000000",                   // Span.7 start_time_unix_nano 1
        "410200000000000000",                   // Span.8 end_time_unix_nano 2
        "4a10",                                 // Span.9 attributes
        "0a016b",                               // KeyValue.1 key "k"
        "120b18ffffffffffffffffff01",           // KeyValue.2 value, AnyValue.3 -1
        "7a05",                                 // Span.15 status
        "120165",                               // Status.2 message "e"
        "1802",                                 // Status.3 code ERROR
        "850101010000",                         // Span.16 flags 0x101
    ];
    let body = encode(OtlpProtobuf::new(), &[golden()], &service("a"));
    let hex: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, expected.concat());
}

#[test]
fn a_request_is_this_json() {
    let expected = concat!(
        r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","#,
        r#""value":{"stringValue":"a"}}]},"scopeSpans":[{"scope":{"name":"s"},"spans":[{"#,
        r#""traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","#,
        r#""name":"x","kind":1,"startTimeUnixNano":"1","endTimeUnixNano":"2","#,
        r#""attributes":[{"key":"k","value":{"intValue":"-1"}}],"#,
        r#""status":{"message":"e","code":2},"flags":257}]}]}]}"#,
    );
    let body = encode(OtlpJson::new(), &[golden()], &service("a"));
    assert_eq!(String::from_utf8(body).unwrap(), expected);
}

#[test]
fn flags_say_whether_the_parent_is_remote() {
    let both = TraceFlags::from_bits(3);
    for (span, flags) in [
        (Span::new("root"), 0x101),
        (Span::new("local child").ids(1, 2, 3), 0x101),
        (
            Span::new("remote parent").ids(1, 2, 3).remote_parent(),
            0x301,
        ),
        (Span::new("random").flags(both), 0x103),
        (Span::new("unsampled").flags(TraceFlags::NONE), 0x100),
    ] {
        let request = decode(&encode(OtlpProtobuf::new(), &[span.seal()], &service("a")));
        let spans = &request.resource_spans[0].scope_spans[0].spans;
        assert_eq!(spans[0].flags, flags, "{}", spans[0].name);
    }
}

#[test]
fn a_root_has_no_parent_bytes_and_no_parent_key() {
    let records = [Span::new("root").seal()];
    let request = decode(&encode(OtlpProtobuf::new(), &records, &service("a")));
    let root = &request.resource_spans[0].scope_spans[0].spans[0];
    assert_eq!(root.parent_span_id, Vec::<u8>::new());
    let json = String::from_utf8(encode(OtlpJson::new(), &records, &service("a"))).unwrap();
    assert!(!json.contains("parentSpanId"), "{json}");
}

#[test]
fn links_have_flags_and_trace_state() {
    let record = Span::new("x")
        .remote_link(0xA, 0xB, "acme=1")
        .link(0xC, 0xD, &[("k", Value::from(true))])
        .seal();
    let request = decode(&encode(OtlpProtobuf::new(), &[record], &service("a")));
    let links = &request.resource_spans[0].scope_spans[0].spans[0].links;
    assert_eq!((links[0].flags, &*links[0].trace_state), (0x301, "acme=1"));
    assert_eq!((links[1].flags, &*links[1].trace_state), (0x101, ""));
    assert_eq!(links[1].attributes.len(), 1);
}

/// 10,000 spans of every shape in batches of every size up to 40, over three scopes.
#[test]
fn prost_and_serde_json_read_back_what_was_recorded() {
    let resource = Resource::builder()
        .service_name("shop")
        .attribute("host.cpus", 2)
        .attribute("tags", ["a", "b"].as_slice())
        .schema_url("https://opentelemetry.io/schemas/1.30.0")
        .build();
    let attributes = [Attribute::new("n", 300), Attribute::new("s", "t")];
    let scopes = [
        Scope::new("one"),
        Scope::new("two")
            .with_version("2")
            .with_attributes(&attributes),
        Scope::new("").with_schema_url("https://example.org/3"),
    ];
    let mut shapes = Shapes::new().scopes(&scopes);
    let mut left = 10_000;
    for size in (1..=40).cycle() {
        let records: Vec<_> = (0..size).map(|_| shapes.span()).collect();
        let expected = expect(&records, &resource);
        let body = encode(OtlpProtobuf::new(), &records, &resource);
        let decoded = decode(&body);
        same(&decoded, &expected);
        // No length is longer than it must be, and nothing is written twice or needlessly.
        assert_eq!(body.len(), expected.encoded_len());
        let body = encode(OtlpJson::new(), &records, &resource);
        let decoded: Json = serde_json::from_slice(&body).unwrap();
        assert_eq!(with_doubles(decoded), request_json(&expected));
        left -= records.len().min(left);
        if left == 0 {
            return;
        }
    }
}

/// Equality in which a NaN is one: by the text form, which has it.
fn same(decoded: &Request, expected: &Request) {
    let (decoded, expected) = (format!("{decoded:?}"), format!("{expected:?}"));
    assert!(decoded == expected, "{decoded}\n{expected}");
}

#[test]
fn each_scope_stands_once_in_a_request() {
    let scopes = ["a", "b", "a", "c", "b", "a"];
    let records: Vec<_> = scopes
        .into_iter()
        .enumerate()
        .map(|(n, scope)| Span::new(&n.to_string()).scope(Scope::new(scope)).seal())
        .collect();
    let request = decode(&encode(OtlpProtobuf::new(), &records, &service("a")));
    let mut found: Vec<_> = request.resource_spans[0]
        .scope_spans
        .iter()
        .map(|group| {
            let names = group.spans.iter().map(|span| span.name.as_str());
            (
                group.scope.as_ref().unwrap().name.clone(),
                names.collect::<String>(),
            )
        })
        .collect();
    found.sort();
    let expected = [("a", "025"), ("b", "14"), ("c", "3")];
    assert_eq!(
        found,
        expected.map(|(scope, spans)| (scope.to_owned(), spans.to_owned()))
    );
}

/// Whatever the limit, every span arrives once, within the limit, in a request that can be read.
#[test]
fn requests_are_cut_between_spans_of_any_scope() {
    let scopes = [Scope::new("one"), Scope::new("another").with_version("1")];
    let mut shapes = Shapes::new().scopes(&scopes);
    let records: Vec<_> = (0..30).map(|_| shapes.span()).collect();
    let resource = service("a");
    let longest =
        |one: &Vec<u8>| encode(OtlpProtobuf::new(), std::slice::from_ref(one), &resource).len();
    let largest = records.iter().map(longest).max().unwrap();
    for max_bytes in [largest - 1, largest, largest + 1, 2000, 3000, 5000, 20_000] {
        let (bodies, exported) = requests(OtlpProtobuf::new(), &records, &resource, max_bytes);
        let fits = |one: &&Vec<u8>| longest(one) <= max_bytes;
        let sent: usize = bodies
            .iter()
            .map(|body| {
                assert!(body.len() <= max_bytes);
                decode(body).resource_spans[0]
                    .scope_spans
                    .iter()
                    .map(|group| group.spans.len())
                    .sum::<usize>()
            })
            .sum();
        // The room for a length may cost a span that would just fit; never more than that.
        let expected = records.iter().filter(fits).count();
        assert_eq!(sent as u64 + exported.oversize, 30);
        assert!(
            sent <= expected && sent + 1 >= expected,
            "{sent} of {expected} at {max_bytes}"
        );
        let (bodies, exported) = requests(OtlpJson::new(), &records, &resource, 3 * max_bytes);
        let spans = bodies.iter().map(|body| {
            assert!(body.len() <= 3 * max_bytes);
            spans_in(&serde_json::from_slice(body).unwrap())
        });
        assert_eq!(spans.sum::<u64>() + exported.oversize, 30);
    }
}

fn spans_in(request: &Json) -> u64 {
    let groups = request["resourceSpans"][0]["scopeSpans"]
        .as_array()
        .unwrap();
    groups
        .iter()
        .map(|group| group["spans"].as_array().unwrap().len() as u64)
        .sum()
}

/// Lengths of every width around the messages that enclose spans.
#[test]
fn requests_of_any_size_have_lengths_of_the_right_width() {
    let limits = SpanLimits::default().span_byte_limit(usize::MAX);
    for bytes in [
        10, 60, 100, 130, 16_000, 16_380, 16_400, 2_097_000, 2_097_152, 2_200_000,
    ] {
        let text = "x".repeat(bytes);
        let big = || {
            Span::new("big")
                .limits(limits)
                .attribute("text", text.as_str())
        };
        for records in [
            vec![big().seal()],
            vec![
                big().scope(Scope::new("one")).seal(),
                Span::new("small").scope(Scope::new("two")).seal(),
                big().scope(Scope::new("three")).seal(),
            ],
        ] {
            let body = encode(OtlpProtobuf::new(), &records, &service("a"));
            let expected = expect(&records, &service("a"));
            assert!(decode(&body) == expected, "{bytes} bytes");
            assert_eq!(body.len(), expected.encoded_len());
        }
    }
}

/// A request that has outgrown the room for its lengths still keeps to the limit.
#[test]
fn a_limit_holds_with_lengths_that_grow() {
    let limits = SpanLimits::default().span_byte_limit(usize::MAX);
    let text = "x".repeat(700_000);
    let big = || {
        Span::new("big")
            .limits(limits)
            .attribute("text", text.as_str())
            .seal()
    };
    let records: Vec<_> = (0..6).map(|_| big()).collect();
    let whole = encode(OtlpProtobuf::new(), &records[..4], &service("a")).len();
    for max_bytes in whole - 2..whole + 3 {
        let (bodies, _) = requests(OtlpProtobuf::new(), &records, &service("a"), max_bytes);
        let sizes: Vec<_> = bodies.iter().map(Vec::len).collect();
        assert!(
            sizes.iter().all(|size| *size <= max_bytes),
            "{sizes:?} {max_bytes}"
        );
        assert_eq!(bodies.len(), 2);
    }
}

#[test]
fn a_span_that_cannot_be_sent_leaves_no_trace_in_a_request() {
    let bad = Span::new("bad").ids(0, 0, 0).scope(Scope::new("bad only"));
    let good = |name| Span::new(name).scope(Scope::new("good")).seal();
    for records in [
        vec![good("1"), bad.seal(), good("2")],
        vec![
            Span::new("bad").ids(0, 0, 0).scope(Scope::new("zz")).seal(),
            good("1"),
            good("2"),
        ],
    ] {
        let (bodies, exported) = requests(OtlpProtobuf::new(), &records, &service("a"), 1 << 20);
        assert_eq!(exported, Exported::ALL.with_encode_error(1));
        let request = decode(&bodies[0]);
        let [group] = &request.resource_spans[0].scope_spans[..] else {
            panic!("{request:?}")
        };
        assert_eq!(group.spans.len(), 2);
        let (bodies, _) = requests(OtlpJson::new(), &records, &service("a"), 1 << 20);
        assert_eq!(spans_in(&serde_json::from_slice(&bodies[0]).unwrap()), 2);
    }
}

/// Once buffers have grown, a batch costs no allocation, however its scopes lie mixed.
#[test]
fn nothing_is_allocated_for_a_span() {
    assert_eq!(fixture::allocations(OtlpProtobuf::new()), 0);
    assert_eq!(fixture::allocations(OtlpJson::new()), 0);
}

#[test]
fn records_cut_short_are_errors() {
    let record = Span::new("x").attribute("k", "v").event("e", 1, &[]).seal();
    for cut in 64..record.len() {
        let mut short = record[..cut].to_vec();
        let results = fixture::view(&short, |view| {
            let mut out = crate::encoder::Buffer::new();
            [
                OtlpProtobuf::new().span(&view, &mut out),
                OtlpJson::new().span(&view, &mut out),
            ]
        });
        assert_eq!(results, [Err(EncodeError::Malformed); 2]);
        // A length that fits, but items that do not.
        short[..4].copy_from_slice(&(cut as u32).to_le_bytes());
        let result = fixture::view(&short, |view| {
            OtlpProtobuf::new().span(&view, &mut crate::encoder::Buffer::new())
        });
        assert_eq!(result, Err(EncodeError::Malformed), "cut at {cut}");
    }
}

// The JSON form of a message (proto3 JSON mapping, with the deviations of OTLP): what is at its
// default is absent.

fn request_json(request: &Request) -> Json {
    json!({"resourceSpans": request.resource_spans.iter().map(resource_json).collect::<Vec<_>>()})
}

fn resource_json(one: &ResourceSpans) -> Json {
    let resource = one.resource.as_ref().unwrap();
    object([
        (
            "resource",
            Some(object([(
                "attributes",
                attributes_json(&resource.attributes),
            )])),
        ),
        (
            "scopeSpans",
            Some(one.scope_spans.iter().map(scope_json).collect()),
        ),
        ("schemaUrl", text_json(&one.schema_url)),
    ])
}

fn scope_json(one: &ScopeSpans) -> Json {
    let scope = one.scope.as_ref().unwrap();
    object([
        (
            "scope",
            Some(object([
                ("name", text_json(&scope.name)),
                ("version", text_json(&scope.version)),
                ("attributes", attributes_json(&scope.attributes)),
            ])),
        ),
        ("spans", Some(one.spans.iter().map(span_json).collect())),
        ("schemaUrl", text_json(&one.schema_url)),
    ])
}

fn span_json(span: &super::messages::Span) -> Json {
    object([
        ("traceId", hex_json(&span.trace_id)),
        ("spanId", hex_json(&span.span_id)),
        ("traceState", text_json(&span.trace_state)),
        ("parentSpanId", hex_json(&span.parent_span_id)),
        ("name", text_json(&span.name)),
        ("kind", Some(json!(span.kind))),
        (
            "startTimeUnixNano",
            Some(json!(span.start_time_unix_nano.to_string())),
        ),
        (
            "endTimeUnixNano",
            Some(json!(span.end_time_unix_nano.to_string())),
        ),
        ("attributes", attributes_json(&span.attributes)),
        (
            "droppedAttributesCount",
            count_json(span.dropped_attributes_count),
        ),
        (
            "events",
            list_json(&span.events, |event| {
                object([
                    (
                        "timeUnixNano",
                        Some(json!(event.time_unix_nano.to_string())),
                    ),
                    ("name", text_json(&event.name)),
                    ("attributes", attributes_json(&event.attributes)),
                    (
                        "droppedAttributesCount",
                        count_json(event.dropped_attributes_count),
                    ),
                ])
            }),
        ),
        ("droppedEventsCount", count_json(span.dropped_events_count)),
        (
            "links",
            list_json(&span.links, |link| {
                object([
                    ("traceId", hex_json(&link.trace_id)),
                    ("spanId", hex_json(&link.span_id)),
                    ("traceState", text_json(&link.trace_state)),
                    ("attributes", attributes_json(&link.attributes)),
                    (
                        "droppedAttributesCount",
                        count_json(link.dropped_attributes_count),
                    ),
                    ("flags", Some(json!(link.flags))),
                ])
            }),
        ),
        ("droppedLinksCount", count_json(span.dropped_links_count)),
        (
            "status",
            span.status.as_ref().map(|status| {
                object([
                    ("message", text_json(&status.message)),
                    ("code", Some(json!(status.code))),
                ])
            }),
        ),
        ("flags", Some(json!(span.flags))),
    ])
}

fn object<const N: usize>(members: [(&str, Option<Json>); N]) -> Json {
    let members = members.into_iter();
    let members = members.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Json::Object(members.collect::<Map<_, _>>())
}

fn text_json(text: &str) -> Option<Json> {
    (!text.is_empty()).then(|| json!(text))
}

fn count_json(count: u32) -> Option<Json> {
    (count > 0).then(|| json!(count))
}

fn hex_json(bytes: &[u8]) -> Option<Json> {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    text_json(&hex)
}

fn list_json<T>(list: &[T], json: impl Fn(&T) -> Json) -> Option<Json> {
    (!list.is_empty()).then(|| list.iter().map(json).collect())
}

fn attributes_json(attributes: &[KeyValue]) -> Option<Json> {
    list_json(
        attributes,
        |one| json!({"key": one.key, "value": any_json(one.value.as_ref().unwrap())}),
    )
}

fn any_json(value: &AnyValue) -> Json {
    let values = |list: &[AnyValue]| list.iter().map(any_json).collect::<Vec<_>>();
    match &value.value {
        None => json!({}),
        Some(Any::String(text)) => json!({"stringValue": text}),
        Some(Any::Bool(value)) => json!({"boolValue": value}),
        Some(Any::Int(value)) => json!({"intValue": value.to_string()}),
        Some(Any::Double(value)) if value.is_nan() => json!({"doubleValue": "NaN"}),
        Some(Any::Double(value)) if value.is_infinite() => {
            json!({"doubleValue": if *value > 0.0 { "Infinity" } else { "-Infinity" }})
        }
        Some(Any::Double(value)) => json!({"doubleValue": value}),
        Some(Any::Array(array)) => json!({"arrayValue": {"values": values(&array.values)}}),
        Some(Any::KvList(list)) => {
            let values = attributes_json(&list.values).unwrap_or(json!([]));
            json!({"kvlistValue": {"values": values}})
        }
        Some(Any::Bytes(bytes)) => {
            let text: String = base64(bytes).flatten().map(char::from).collect();
            json!({"bytesValue": text})
        }
    }
}

/// The same JSON with every number of a double as a double: JSON does not tell `1` from `1.0`, and
/// what reads a double takes either.
fn with_doubles(json: Json) -> Json {
    match json {
        Json::Array(list) => list.into_iter().map(with_doubles).collect(),
        Json::Object(members) => {
            let members = members.into_iter().map(|(name, value)| {
                let value = match value.as_f64() {
                    Some(number) if name == "doubleValue" => json!(number),
                    _ => with_doubles(value),
                };
                (name, value)
            });
            Json::Object(members.collect())
        }
        other => other,
    }
}

//! Bytes against the IDL, and everything else read back by the `thrift` crate.

use super::*;
use crate::fixture::{self, Shapes, Span, service};
use spanline_core::attribute::{Attribute, Value};
use spanline_core::export::Exported;
use spanline_core::kind::SpanKind;
use spanline_core::record::SpanLimits;
use spanline_core::scope::Scope;
use spanline_core::status::StatusCode;
use spanline_core::trace_flags::TraceFlags;
use spanline_core::view::{Attributes, ValueView};
use std::collections::BTreeMap;
use thrift::protocol::{
    TBinaryInputProtocol, TCompactInputProtocol, TInputProtocol, TMessageType, TType,
};

fn encode(records: &[Vec<u8>], resource: &Resource) -> Vec<u8> {
    encode_with(&mut JaegerBinary::new(), records, resource)
}

fn encode_with(encoder: &mut impl Encoder, records: &[Vec<u8>], resource: &Resource) -> Vec<u8> {
    let mut out = Buffer::new();
    fixture::batch(records, resource, |batch| {
        encoder.head(batch.resource(), &mut out);
        for span in batch {
            encoder.span(&span, &mut out).unwrap();
        }
        encoder.finish(batch.len() as u32, &mut out);
    });
    out.as_bytes().to_vec()
}

/// A Thrift value, whatever the IDL calls it.
#[derive(Clone, Debug, PartialEq)]
enum Thrift {
    Bool(bool),
    I32(i32),
    I64(i64),
    Double(f64),
    Bytes(Vec<u8>),
    List(Vec<Thrift>),
    Struct(BTreeMap<i16, Thrift>),
}

impl Thrift {
    /// A struct in the binary protocol.
    fn decode(bytes: &[u8]) -> Thrift {
        let mut rest = bytes;
        let mut from = TBinaryInputProtocol::new(&mut rest, true);
        let value = Thrift::read(&mut from, TType::Struct);
        assert!(rest.is_empty(), "{} bytes behind the struct", rest.len());
        value
    }

    /// A struct in the compact protocol.
    fn decode_compact(bytes: &[u8]) -> Thrift {
        let mut rest = bytes;
        let mut from = TCompactInputProtocol::new(&mut rest);
        let value = Thrift::read(&mut from, TType::Struct);
        assert!(rest.is_empty(), "{} bytes behind the struct", rest.len());
        value
    }

    /// The batch of a message `emitBatch`.
    fn decode_message(from: &mut dyn TInputProtocol) -> Thrift {
        let head = from.read_message_begin().unwrap();
        assert_eq!(head.name, "emitBatch");
        assert_eq!(head.message_type, TMessageType::OneWay);
        assert_eq!(head.sequence_number, 0);
        let arguments = Thrift::read(from, TType::Struct);
        let Thrift::Struct(fields) = &arguments else {
            panic!("{arguments:?} is no struct")
        };
        assert_eq!(fields.len(), 1);
        arguments.field(1).clone()
    }

    fn read(from: &mut dyn TInputProtocol, kind: TType) -> Thrift {
        match kind {
            TType::Bool => Thrift::Bool(from.read_bool().unwrap()),
            TType::I32 => Thrift::I32(from.read_i32().unwrap()),
            TType::I64 => Thrift::I64(from.read_i64().unwrap()),
            TType::Double => Thrift::Double(from.read_double().unwrap()),
            TType::String => Thrift::Bytes(from.read_bytes().unwrap()),
            TType::List => {
                let list = from.read_list_begin().unwrap();
                let items = (0..list.size).map(|_| Thrift::read(from, list.element_type));
                Thrift::List(items.collect())
            }
            TType::Struct => {
                let mut fields = BTreeMap::new();
                from.read_struct_begin().unwrap();
                loop {
                    let field = from.read_field_begin().unwrap();
                    if field.field_type == TType::Stop {
                        from.read_struct_end().unwrap();
                        return Thrift::Struct(fields);
                    }
                    let value = Thrift::read(from, field.field_type);
                    assert!(
                        fields.insert(field.id.unwrap(), value).is_none(),
                        "a field twice"
                    );
                }
            }
            other => panic!("{other:?} is not in jaeger.thrift"),
        }
    }

    fn field(&self, id: i16) -> &Thrift {
        self.get(id)
            .unwrap_or_else(|| panic!("no field {id} in {self:?}"))
    }

    fn get(&self, id: i16) -> Option<&Thrift> {
        let Thrift::Struct(fields) = self else {
            panic!("{self:?} is no struct")
        };
        fields.get(&id)
    }

    fn list(&self) -> &[Thrift] {
        let Thrift::List(items) = self else {
            panic!("{self:?} is no list")
        };
        items
    }

    fn text(&self) -> String {
        let Thrift::Bytes(bytes) = self else {
            panic!("{self:?} is no string")
        };
        String::from_utf8(bytes.clone()).unwrap()
    }

    fn number(&self) -> i64 {
        match self {
            Thrift::I64(number) => *number,
            Thrift::I32(number) => (*number).into(),
            other => panic!("{other:?} is no integer"),
        }
    }

    /// The field with this number as tags: key to value, with exactly the one value field that
    /// `vType` names, and each key once.
    fn tags(&self, id: i16) -> BTreeMap<String, Thrift> {
        let mut tags = BTreeMap::new();
        for tag in self.get(id).map(Thrift::list).unwrap_or_default() {
            let Thrift::Struct(fields) = tag else {
                panic!("{tag:?} is no tag")
            };
            assert_eq!(fields.len(), 3, "key, type and one value: {tag:?}");
            // TagType STRING 0, DOUBLE 1, BOOL 2, LONG 3, BINARY 4 in the fields 3 to 7
            let value = tag.field(tag.field(2).number() as i16 + 3);
            let key = tag.field(1).text();
            assert!(
                tags.insert(key, value.clone()).is_none(),
                "a key twice: {tag:?}"
            );
        }
        tags
    }
}

/// What both protocols say of a span; they say the same.
fn decode_one(span: Span) -> Thrift {
    decode_record(&span.seal())
}

fn decode_record(record: &Vec<u8>) -> Thrift {
    let records = std::slice::from_ref(record);
    let resource = service("a");
    let batch = Thrift::decode(&encode(records, &resource));
    let compact = encode_with(&mut JaegerBatch::<Compact>::new(), records, &resource);
    // As text, because NaN is not the same as NaN.
    let texts = (
        format!("{batch:?}"),
        format!("{:?}", Thrift::decode_compact(&compact)),
    );
    assert_eq!(texts.0, texts.1);
    let [span] = batch.field(2).list() else {
        panic!("one span")
    };
    span.clone()
}

fn text(text: &str) -> Thrift {
    Thrift::Bytes(text.as_bytes().to_vec())
}

fn keys(tags: &BTreeMap<String, Thrift>) -> Vec<&str> {
    tags.keys().map(String::as_str).collect()
}

#[test]
fn golden_bytes_field_by_field() {
    let expected = [
        "0c0001",                     // Batch.1 process
        "0b0001 00000001 61",         //   Process.1 serviceName
        "00",                         //   stop
        "0f0002 0c 00000001",         // Batch.2 spans, one struct
        "0a0001 0000000000000001",    //   Span.1 traceIdLow
        "0a0002 0000000000000000",    //   Span.2 traceIdHigh
        "0a0003 0000000000000002",    //   Span.3 spanId
        "0a0004 0000000000000000",    //   Span.4 parentSpanId
        "0b0005 00000001 78",         //   Span.5 operationName
        "080007 00000001",            //   Span.7 flags
        "0a0008 00000000000003e8",    //   Span.8 startTime
        "0a0009 0000000000000004",    //   Span.9 duration
        "0f000a 0c 00000002",         //   Span.10 tags, two structs
        "0b0001 00000001 6b",         //     Tag.1 key
        "080002 00000002",            //     Tag.2 vType BOOL
        "020005 01 00",               //     Tag.5 vBool, stop
        "0b0001 00000001 64",         //     Tag.1 key
        "080002 00000001",            //     Tag.2 vType DOUBLE
        "040004 3ff8000000000000 00", //     Tag.4 vDouble, stop
        "00 00",                      //   stop, stop
    ]
    .concat();
    assert_eq!(
        hex(&encode(&[golden_span()], &service("a"))),
        expected.replace(' ', "")
    );
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The span of the golden bytes.
fn golden_span() -> Vec<u8> {
    let span = Span::new("x").ids(1, 2, 0);
    span.attribute("k", true).attribute("d", 1.5).seal()
}

#[test]
fn golden_bytes_of_a_compact_message() {
    let expected = [
        "82 81 00",               // protocol id; ONEWAY, version 1; sequence id
        "09 656d69744261746368",  // name emitBatch
        "1c",                     // emitBatch arguments.1 batch
        "1c",                     //   Batch.1 process
        "18 01 61 00",            //     Process.1 serviceName, stop
        "19 1c",                  //   Batch.2 spans, one struct
        "16 02",                  //     Span.1 traceIdLow 1
        "16 00",                  //     Span.2 traceIdHigh 0
        "16 04",                  //     Span.3 spanId 2
        "16 00",                  //     Span.4 parentSpanId 0
        "18 01 78",               //     Span.5 operationName
        "25 02",                  //     Span.7 flags 1
        "16 d00f",                //     Span.8 startTime 1000
        "16 08",                  //     Span.9 duration 4
        "19 2c",                  //     Span.10 tags, two structs
        "18 01 6b",               //       Tag.1 key
        "15 04",                  //       Tag.2 vType BOOL
        "31 00",                  //       Tag.5 vBool true, stop
        "18 01 64",               //       Tag.1 key
        "15 02",                  //       Tag.2 vType DOUBLE
        "27 000000000000f83f 00", //       Tag.4 vDouble, stop
        "00",                     //     stop
        "16 02",                  //   Batch.3 seqNo 1
        "00 00",                  //   stop, stop
    ];
    let mut encoder = JaegerMessage::<Compact>::new();
    let bytes = encode_with(&mut encoder, &[golden_span()], &service("a"));
    assert_eq!(hex(&bytes), expected.concat().replace(' ', ""));
}

#[test]
fn golden_bytes_of_a_binary_message() {
    let bare = encode(&[golden_span()], &service("a"));
    let expected = [
        "80010004",                   // version 1, ONEWAY
        "00000009656d69744261746368", // name emitBatch
        "00000000",                   // sequence id
        "0c0001",                     // emitBatch arguments.1 batch
        &hex(&bare[..bare.len() - 1]),
        "0a0003 0000000000000001", //   Batch.3 seqNo
        "00 00",                   //   stop, stop
    ];
    let mut encoder = JaegerMessage::<Binary>::new();
    let bytes = encode_with(&mut encoder, &[golden_span()], &service("a"));
    assert_eq!(hex(&bytes), expected.concat().replace(' ', ""));
}

#[test]
fn messages_are_numbered_and_tell_of_losses() {
    fn batch(encoder: &mut JaegerMessage<Compact>) -> Thrift {
        let bytes = encode_with(encoder, &[Span::new("x").seal()], &service("a"));
        let mut rest = &bytes[..];
        let batch = Thrift::decode_message(&mut TCompactInputProtocol::new(&mut rest));
        assert!(rest.is_empty());
        batch
    }
    let mut encoder = JaegerMessage::<Compact>::new();
    for number in 1..200 {
        let batch = batch(&mut encoder);
        assert_eq!(batch.field(3).number(), number);
        assert_eq!(batch.get(4), None, "nothing was lost");
    }
    let stats = |batch: Thrift| {
        let stats = batch.field(4).clone();
        [1, 2, 3].map(|id| stats.field(id).number())
    };
    encoder.account(&Exported::ALL.with_oversize(2).with_failed(3));
    assert_eq!(stats(batch(&mut encoder)), [0, 2, 3]);
    encoder.account(&Exported::ALL.with_encode_error(1).with_oversize(1));
    fixture::batch(&[], &service("a"), |batch| {
        encoder.announce(batch.with_queue_dropped(7));
    });
    assert_eq!(stats(batch(&mut encoder)), [7, 3, 4]);
}

#[test]
fn a_list_of_spans_of_any_size() {
    let record = Span::new("x").seal();
    let mut encoders = (
        JaegerMessage::<Compact>::new(),
        JaegerMessage::<Binary>::new(),
    );
    for count in [1, 14, 15, 16, 127, 128, 3, 1, 16_384, 20, 0] {
        let records = vec![record.clone(); count];
        let compact = encode_with(&mut encoders.0, &records, &service("a"));
        let binary = encode_with(&mut encoders.1, &records, &service("a"));
        let mut rest = (&compact[..], &binary[..]);
        let compact = Thrift::decode_message(&mut TCompactInputProtocol::new(&mut rest.0));
        let binary = Thrift::decode_message(&mut TBinaryInputProtocol::new(&mut rest.1, true));
        assert_eq!(compact, binary, "{count} spans");
        assert_eq!(compact.field(2).list().len(), count);
        assert!(rest.0.is_empty() && rest.1.is_empty());
    }
}

#[test]
fn a_list_of_tags_of_any_size() {
    for count in [0, 1, 14, 15, 16, 100] {
        let mut span = Span::new("x");
        for n in 0..count {
            span = span.attribute(&n.to_string(), n as i64);
        }
        assert_eq!(decode_one(span).tags(10).len(), count);
    }
}

/// Attributes with few bytes are written by another loop than the others.
#[test]
fn attributes_of_every_length_before_and_behind_an_event() {
    let texts: Vec<String> = (0..140).map(|length| "x".repeat(length)).collect();
    for text in &texts {
        let key = |name: &str| format!("{name}{text}");
        let span = Span::new(text)
            .attribute(&key("a"), text.as_str())
            .attribute("error.type", text.as_str())
            .attribute(&key("b"), text.len() as i64)
            .attribute("list", [1, 2])
            .attribute(&key("c"), 0.5)
            .event(
                text,
                0,
                &[("d", text.as_str().into()), (&key("e"), 7.into())],
            )
            .attribute(&key("f"), true)
            .attribute("otel.kept", text.as_str());
        let span = decode_one(span);
        assert_eq!(span.field(5).text(), *text);
        let tags = span.tags(10);
        let same = Thrift::Bytes(text.as_bytes().to_vec());
        assert_eq!(tags[&key("a")], same);
        assert_eq!(tags["error.type"], same);
        assert_eq!(tags[&key("b")], Thrift::I64(text.len() as i64));
        assert_eq!(tags["list"], Thrift::Bytes(b"[1,2]".to_vec()));
        assert_eq!(tags[&key("c")], Thrift::Double(0.5));
        assert_eq!(tags[&key("f")], Thrift::Bool(true));
        assert_eq!(tags["otel.kept"], same);
        assert_eq!(tags.len(), 7);
        let log = span.field(11).list()[0].tags(2);
        assert_eq!((&log["event"], &log["d"]), (&same, &same));
        assert_eq!(log[&key("e")], Thrift::I64(7));
    }
}

#[test]
fn ids_keep_their_bits() {
    let span = decode_one(Span::new("x").ids(
        0xFF00_0000_0000_0000_8000_0000_0000_0001,
        0xFF00_0000_0000_0000,
        u64::MAX,
    ));
    assert_eq!(span.field(1).number(), i64::MIN + 1);
    assert_eq!(span.field(2).number(), -72_057_594_037_927_936);
    assert_eq!(span.field(3).number(), -72_057_594_037_927_936);
    assert_eq!(span.field(4).number(), -1);
}

#[test]
fn flags_say_sampled_and_never_debug() {
    let random = TraceFlags::SAMPLED.with_random(true);
    for (flags, expected) in [
        (TraceFlags::SAMPLED, 1),
        (random, 1),
        (TraceFlags::NONE, 0),
        (TraceFlags::RANDOM, 0),
    ] {
        assert_eq!(
            decode_one(Span::new("x").flags(flags)).field(7).number(),
            expected
        );
    }
}

#[test]
fn times_are_whole_microseconds_and_never_negative() {
    for (nanos, micros) in [(0, 0), (999, 0), (1_000, 1), (1_999, 1), (-5_000, 0)] {
        assert_eq!(
            decode_one(Span::new("x").took(nanos)).field(9).number(),
            micros,
            "{nanos} ns"
        );
    }
}

#[test]
fn kinds_are_tags_except_internal() {
    for (kind, name) in [
        (SpanKind::Server, Some("server")),
        (SpanKind::Client, Some("client")),
        (SpanKind::Producer, Some("producer")),
        (SpanKind::Consumer, Some("consumer")),
        (SpanKind::Internal, None),
    ] {
        let tags = decode_one(Span::new("x").kind(kind)).tags(10);
        assert_eq!(tags.get("span.kind"), name.map(text).as_ref());
    }
}

#[test]
fn every_type_of_attribute() {
    let strings = ["a", "b\"c"];
    let map = Value::map([
        ("n", Value::from(1)),
        ("list", Value::from([f64::NAN, 1.5])),
    ]);
    let span = decode_one(
        Span::new("x")
            .attribute("string", "héllo \u{0}")
            .attribute("integer", -7)
            .attribute("float", f64::INFINITY)
            .attribute("yes", true)
            .attribute("bytes", Value::bytes(&[0u8, 255][..]))
            .attribute("empty", Value::Empty)
            .attribute("blank", "")
            .attribute("bools", [true, false])
            .attribute("integers", [1, -2])
            .attribute("floats", [0.5, -0.0])
            .attribute("strings", Value::Strings(&strings))
            .attribute(
                "array",
                Value::Array(vec![Value::Empty, Value::from("x"), Value::from(1)]),
            )
            .attribute("map", map),
    );
    let expected = [
        ("string", text("héllo \u{0}")),
        ("integer", Thrift::I64(-7)),
        ("float", Thrift::Double(f64::INFINITY)),
        ("yes", Thrift::Bool(true)),
        ("bytes", Thrift::Bytes(vec![0, 255])),
        ("empty", text("")),
        ("blank", text("")),
        ("bools", text("[true,false]")),
        ("integers", text("[1,-2]")),
        ("floats", text("[0.5,-0.0]")),
        ("strings", text(r#"["a","b\"c"]"#)),
        ("array", text(r#"[null,"x",1]"#)),
        ("map", text(r#"{"n":1,"list":["NaN",1.5]}"#)),
    ];
    let expected: BTreeMap<_, _> = expected
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    assert_eq!(span.tags(10), expected);
}

#[test]
fn status_decides_about_the_error_tag() {
    let unset = decode_one(Span::new("x").attribute("error", "mine")).tags(10);
    assert_eq!(unset.get("error"), Some(&text("mine")));
    assert!(!unset.contains_key("otel.status_code"));

    let ok = decode_one(Span::new("x").status(StatusCode::Ok, "")).tags(10);
    assert_eq!(keys(&ok), ["otel.status_code"]);
    assert_eq!(ok["otel.status_code"], text("OK"));

    let error = Span::new("x")
        .attribute("error", false)
        .attribute("otel.status_code", "mine")
        .status(StatusCode::Error, "boom");
    let error = decode_one(error).tags(10);
    assert_eq!(error["error"], Thrift::Bool(true));
    assert_eq!(error["otel.status_code"], text("ERROR"));
    assert_eq!(error["otel.status_description"], text("boom"));

    let silent = decode_one(Span::new("x").status(StatusCode::Error, "")).tags(10);
    assert_eq!(keys(&silent), ["error", "otel.status_code"]);
}

#[test]
fn links_are_references_and_their_attributes_logs() {
    let span = decode_one(Span::new("x").link(1 << 64 | 5, 6, &[]).link(
        7,
        8,
        &[("why", "retry".into()), ("event", "taken".into())],
    ));
    let reference = |high, low, id| {
        let fields = [
            (1, Thrift::I32(1)), // FOLLOWS_FROM
            (2, Thrift::I64(low)),
            (3, Thrift::I64(high)),
            (4, Thrift::I64(id)),
        ];
        Thrift::Struct(fields.into_iter().collect())
    };
    assert_eq!(
        span.field(6).list(),
        [reference(1, 5, 6), reference(0, 7, 8)]
    );
    let [log] = span.field(11).list() else {
        panic!("one log, for the link with attributes")
    };
    assert_eq!(log.field(1).number(), 1000);
    let fields = log.tags(2);
    assert_eq!(fields["event"], text("link"));
    assert_eq!(fields["trace_id"], text("00000000000000000000000000000007"));
    assert_eq!(fields["span_id"], text("0000000000000008"));
    assert_eq!(fields["why"], text("retry"));
}

#[test]
fn a_link_to_nothing_is_no_reference() {
    let span = decode_one(Span::new("x").link(0, 0, &[("why", "lost".into())]));
    assert_eq!(span.get(6), None);
    assert_eq!(span.field(11).list()[0].tags(2)["why"], text("lost"));
}

#[test]
fn events_are_logs_and_their_own_event_attribute_wins() {
    let span = decode_one(
        Span::new("x")
            .event("retry", 1_999, &[("n", 1.into())])
            .event("named", 0, &[("event", "own".into())])
            .event("bare", 0, &[]),
    );
    let [retry, named, bare] = span.field(11).list() else {
        panic!("three logs")
    };
    assert_eq!(retry.field(1).number(), 1001);
    assert_eq!(retry.tags(2)["event"], text("retry"));
    assert_eq!(retry.tags(2)["n"], Thrift::I64(1));
    assert_eq!(named.tags(2)["event"], text("own"));
    assert_eq!(keys(&bare.tags(2)), ["event"]);
}

#[test]
fn what_was_dropped_is_counted_in_tags() {
    let limits = SpanLimits::default()
        .attribute_count_limit(1)
        .event_count_limit(1)
        .link_count_limit(1)
        .attribute_per_event_count_limit(1);
    let span = decode_one(
        Span::new("x")
            .limits(limits)
            .attribute("kept", 1)
            .attribute("lost", 1)
            .event("kept", 0, &[("kept", 1.into()), ("lost", 1.into())])
            .event("lost", 0, &[])
            .link(1, 1, &[])
            .link(1, 2, &[])
            .link(1, 3, &[]),
    );
    let tags = span.tags(10);
    assert_eq!(tags["otel.dropped_attributes_count"], Thrift::I64(1));
    assert_eq!(tags["otel.dropped_events_count"], Thrift::I64(1));
    assert_eq!(tags["otel.dropped_links_count"], Thrift::I64(2));
    let event = span.field(11).list()[0].tags(2);
    assert_eq!(
        keys(&event),
        ["event", "kept", "otel.dropped_attributes_count"]
    );
    assert!(
        decode_one(Span::new("x")).get(10).is_none(),
        "zero makes no tag"
    );
}

#[test]
fn scopes_are_tags_under_both_names() {
    let attributes = [
        Attribute::new("layer", "db"),
        Attribute::new("shared", "of the scope"),
    ];
    let scope = Scope::new("acme")
        .with_version("1.2")
        .with_attributes(&attributes);
    let span = Span::new("x")
        .scope(scope)
        .attribute("shared", "of the span")
        .attribute("otel.scope.name", "forged");
    let tags = decode_one(span).tags(10);
    assert_eq!(tags["otel.scope.name"], text("acme"));
    assert_eq!(tags["otel.library.name"], text("acme"));
    assert_eq!(tags["otel.scope.version"], text("1.2"));
    assert_eq!(tags["otel.library.version"], text("1.2"));
    assert_eq!(tags["layer"], text("db"));
    assert_eq!(tags["shared"], text("of the span"));
    let bare = decode_one(Span::new("x").scope(Scope::new("only a name"))).tags(10);
    assert_eq!(keys(&bare), ["otel.library.name", "otel.scope.name"]);
}

#[test]
fn trace_state_is_a_tag_if_there_is_one() {
    let span = Span::new("x")
        .trace_state("a=1,b=2")
        .attribute("w3c.tracestate", "forged");
    assert_eq!(decode_one(span).tags(10)["w3c.tracestate"], text("a=1,b=2"));
    let own = Span::new("x").attribute("w3c.tracestate", "mine");
    assert_eq!(decode_one(own).tags(10)["w3c.tracestate"], text("mine"));
}

#[test]
fn the_resource_is_the_process() {
    let resource = Resource::builder()
        .service_name("shop")
        .attribute("host.cpus", 8)
        .attribute("zones", ["a", "b"])
        .build();
    let batch = Thrift::decode(&encode(&[Span::new("x").seal()], &resource));
    let process = batch.field(1);
    assert_eq!(process.field(1).text(), "shop");
    let tags = process.tags(2);
    assert_eq!(keys(&tags), ["host.cpus", "zones"]);
    assert_eq!(tags["host.cpus"], Thrift::I64(8));
    assert_eq!(tags["zones"], text(r#"["a","b"]"#));

    let nameless = Thrift::decode(&encode(&[Span::new("x").seal()], &Resource::empty()));
    assert_eq!(nameless.field(1).field(1).text(), "unknown_service");
}

#[test]
fn another_resource_is_another_process() {
    let mut encoder = JaegerBinary::new();
    for name in ["one", "two", "two", "one"] {
        let mut out = Buffer::new();
        encoder.head(&service(name), &mut out);
        encoder.finish(0, &mut out);
        assert_eq!(
            Thrift::decode(out.as_bytes()).field(1).field(1).text(),
            name
        );
    }
}

#[test]
fn spans_without_ids_or_with_broken_records_are_refused() {
    let mut out = Buffer::new();
    let mut refused = |record: &[u8]| {
        fixture::view(record, |view| {
            JaegerBinary::new().span(&view, &mut out).unwrap_err()
        })
    };
    assert_eq!(
        refused(&Span::new("x").ids(0, 0, 0).seal()),
        EncodeError::ZeroId
    );
    let mut cut = Span::new("x").attribute("key", "value").seal();
    let at = cut.len() - 13; // the attribute's key length
    cut[at] = 0xFF;
    cut[at - 2] = 0xFF; // its tag
    assert_eq!(refused(&cut), EncodeError::Malformed);
    let mut short = Span::new("x").seal();
    short.pop();
    assert_eq!(refused(&short), EncodeError::Malformed);
}

/// What a reader of the view, which shares no code with the encoder, would send.
fn expected(value: &ValueView<'_>) -> Thrift {
    match value {
        ValueView::Bool(value) => Thrift::Bool(*value),
        ValueView::I64(number) => Thrift::I64(*number),
        ValueView::F64(number) => Thrift::Double(*number),
        ValueView::Bytes(bytes) => Thrift::Bytes(bytes.to_vec()),
        other => text(&other.to_string()),
    }
}

/// Equal as bits: NaN is a value like any other here.
fn assert_same(found: Option<&Thrift>, expected: &Thrift) {
    match (found, expected) {
        (Some(Thrift::Double(found)), Thrift::Double(expected)) => {
            assert_eq!(found.to_bits(), expected.to_bits());
        }
        (found, expected) => assert_eq!(found, Some(expected)),
    }
}

type Tags = BTreeMap<String, Thrift>;

/// Attributes, and what the mapping adds.
fn expected_tags(attributes: &Attributes<'_>, added: &[(&str, Thrift)]) -> Tags {
    let attributes = attributes
        .iter()
        .map(|one| (one.key.to_owned(), expected(&one.value)));
    let added = added
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()));
    attributes.chain(added).collect()
}

fn assert_same_tags(found: &Tags, expected: &Tags) {
    assert_eq!(keys(found), keys(expected));
    for (key, value) in expected {
        assert_same(found.get(key), value);
    }
}

/// The tags of a span, with kind and status.
fn span_tags(view: &SpanView<'_>) -> Tags {
    let mut added = Vec::new();
    if view.kind() != SpanKind::Internal {
        added.push((
            "span.kind",
            text(&format!("{:?}", view.kind()).to_lowercase()),
        ));
    }
    match view.status().code() {
        StatusCode::Unset => {}
        StatusCode::Ok => added.push(("otel.status_code", text("OK"))),
        StatusCode::Error => {
            added.push(("otel.status_code", text("ERROR")));
            added.push(("error", Thrift::Bool(true)));
        }
    }
    let status = view.status();
    added.extend(
        status
            .description()
            .map(|said| ("otel.status_description", text(said))),
    );
    expected_tags(&view.attributes(), &added)
}

/// The logs of a span, time and tags: its events, then those links that have attributes.
fn span_logs(view: &SpanView<'_>) -> Vec<(i64, Tags)> {
    let events = view.events();
    let events = events.iter().map(|event| {
        let added = [("event", text(event.name()))];
        let tags = expected_tags(&event.attributes(), &added);
        ((event.unix_nanos() / 1000) as i64, tags)
    });
    let links = view.links();
    let links = links.iter().filter(|link| !link.attributes().is_empty());
    let links = links.map(|link| {
        let context = link.span_context();
        let added = [
            ("event", text("link")),
            ("trace_id", text(&context.trace_id().unwrap().to_hex())),
            ("span_id", text(&context.span_id().unwrap().to_hex())),
        ];
        let tags = expected_tags(&link.attributes(), &added);
        ((view.start_unix_nanos() / 1000) as i64, tags)
    });
    events.chain(links).collect()
}

#[test]
fn ten_thousand_spans_decode_to_what_the_view_says() {
    let mut shapes = Shapes::new();
    for _ in 0..10_000 {
        let record = shapes.span();
        let span = decode_record(&record);
        fixture::view(&record, |view| {
            let id = view.trace_id().to_u128();
            let parent = view.parent_span_id().map_or(0, |id| id.to_u64());
            let (start, end) = (view.start_unix_nanos(), view.end_unix_nanos());
            let found = [1, 2, 3, 4, 7, 8, 9].map(|id| span.field(id).number());
            let expected = [
                id as i64,
                (id >> 64) as i64,
                view.span_id().to_u64() as i64,
                parent as i64,
                i64::from(view.trace_flags().is_sampled()),
                (start / 1000) as i64,
                (end / 1000 - start / 1000) as i64,
            ];
            assert_eq!(found, expected);
            assert_eq!(span.field(5).text(), view.name());

            // SpanRefType FOLLOWS_FROM 1
            let references = span.get(6).map(Thrift::list).unwrap_or_default();
            let references: Vec<_> = references
                .iter()
                .map(|reference| [1, 2, 3, 4].map(|id| reference.field(id).number()))
                .collect();
            let links = view.links();
            let expected = links.iter().map(|link| {
                let (high, low, span) = link.span_context().words();
                [1, low as i64, high as i64, span as i64]
            });
            assert_eq!(references, expected.collect::<Vec<_>>());

            assert_same_tags(&span.tags(10), &span_tags(&view));

            let logs = span.get(11).map(Thrift::list).unwrap_or_default();
            let expected = span_logs(&view);
            assert_eq!(logs.len(), expected.len());
            for (log, (time, tags)) in logs.iter().zip(&expected) {
                assert_eq!(log.field(1).number(), *time);
                assert_same_tags(&log.tags(2), tags);
            }
        });
    }
}

/// The end that is shown is the end, cut: 1234 ns from 900 ns on end in the second microsecond after
/// that of the start. Where the start is a whole one, it is the first.
#[test]
fn start_and_duration_make_the_end_that_was_cut() {
    for (start, duration) in [(1_000_000, 1), (1_000_900, 2)] {
        let span = decode_one(Span::new("x").times(start, start + 1_234));
        assert_eq!(span.field(8).number(), 1_000);
        assert_eq!(span.field(9).number(), duration);
    }
}

/// Once buffers have grown, a batch costs no allocation.
#[test]
fn nothing_is_allocated_for_a_span() {
    assert_eq!(fixture::allocations(JaegerBinary::new()), 0);
    assert_eq!(fixture::allocations(JaegerBatch::<Compact>::new()), 0);
}

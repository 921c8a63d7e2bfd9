//! OTLP over HTTP: both encodings on one path, answers in the encoding of the question, gzip unpacked
//! within limits. Zipkin takes gzip as well, a Jaeger collector does not.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use spanline_sink::{Format, Sink};
use support::{Client, batch, post, span, zipkin};

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";
const FULL: &[u8] = include_bytes!("../../../fuzz/corpus/sink_otlp/full");
const FULL_JSON: &[u8] = include_bytes!("../../../fuzz/corpus/sink_otlp_json/full");

fn start() -> (Sink, Client) {
    let sink = Sink::builder().otlp(0).max_body(100_000).start().unwrap();
    let client = Client::connect(sink.otlp_address().unwrap());
    (sink, client)
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// A request whose body is packed.
fn post_packed(path: &str, content_type: &str, packed: &[u8]) -> Vec<u8> {
    let request = post(path, content_type, packed);
    let at = request
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let (head, rest) = request.split_at(at);
    [head, b"\r\nContent-Encoding: gzip", rest].concat()
}

#[test]
fn an_export_is_answered_200_in_its_own_encoding() {
    let (sink, mut client) = start();
    // An ExportTraceServiceResponse without a field: no bytes, and an empty object.
    let answer = client.ask(post("/v1/traces", PROTOBUF, FULL));
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert!(
        answer
            .headers
            .contains("content-type: application/x-protobuf\r\n")
    );
    let answer = client.ask(post(
        "/v1/traces",
        "application/json; charset=utf-8",
        FULL_JSON,
    ));
    assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
    assert!(
        answer
            .headers
            .contains("content-type: application/json\r\n")
    );
    let formats: Vec<_> = sink.spans().iter().map(|span| span.format).collect();
    assert_eq!(formats, [Format::OtlpProtobuf, Format::OtlpJson]);
    assert_eq!(sink.stats().malformed, 0);
}

#[test]
fn a_refusal_is_a_status_message_with_the_reason() {
    let (sink, mut client) = start();
    let answer = client.ask(post("/v1/traces", PROTOBUF, b"\x0a\x05"));
    // google.rpc.Status, 2: string message
    let reason = "length 5, but 0 bytes remain (at byte 0)";
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.body,
        format!("\x12{}{reason}", reason.len() as u8 as char)
    );
    let answer = client.ask(post("/v1/traces", JSON, b"[]"));
    assert_eq!(answer.status, 400);
    assert!(
        answer
            .body
            .starts_with("{\"message\":\"invalid type: sequence"),
        "{}",
        answer.body
    );
    let answer = client.ask(post("/v1/traces", "text/plain", b"x"));
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (
            400,
            "Content-Type is text/plain; application/x-protobuf or application/json is taken\n"
        )
    );
    let formats: Vec<_> = sink.malformed().iter().map(|one| one.format).collect();
    assert_eq!(
        formats,
        [Format::OtlpProtobuf, Format::OtlpJson, Format::OtlpProtobuf]
    );
}

#[test]
fn gzip_is_unpacked() {
    let (sink, mut client) = start();
    let two = [gzip(&FULL[..10]), gzip(&FULL[10..])].concat();
    for (content_type, packed) in [
        (PROTOBUF, gzip(FULL)),
        // Several members are one body (RFC 1952 section 2.2).
        (PROTOBUF, two),
        (JSON, gzip(FULL_JSON)),
    ] {
        let answer = client.ask(post_packed("/v1/traces", content_type, &packed));
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    assert_eq!(sink.spans().len(), 3);
    assert_eq!(
        sink.stats().bytes as usize,
        2 * FULL.len() + FULL_JSON.len()
    );
}

#[test]
fn a_bomb_is_refused_and_costs_nothing_else() {
    let (sink, mut client) = start();
    let bomb = gzip(&vec![0; 10 << 20]);
    assert!(bomb.len() < 100_000);
    let answer = client.ask(post_packed("/v1/traces", PROTOBUF, &bomb));
    assert_eq!(answer.status, 413);
    assert!(
        answer
            .body
            .ends_with("the body is larger than 100000 bytes when unpacked")
    );
    // The connection goes on.
    assert_eq!(client.ask(post("/v1/traces", PROTOBUF, FULL)).status, 200);
    assert_eq!((sink.stats().malformed, sink.spans().len()), (1, 1));
}

#[test]
fn what_is_no_gzip_is_refused() {
    let (_sink, mut client) = start();
    let whole = gzip(FULL);
    let cut = &whole[..whole.len() - 4];
    let trailing = [whole.as_slice(), b"behind"].concat();
    let mut wrong_sum = whole.clone();
    let sum = wrong_sum.len() - 8;
    wrong_sum[sum] ^= 1;
    for packed in [b"plain".as_slice(), b"", cut, &trailing, &wrong_sum] {
        let answer = client.ask(post_packed("/v1/traces", JSON, packed));
        assert_eq!(answer.status, 400, "{}", answer.body);
    }
    assert_eq!(client.ask(post("/v1/traces", PROTOBUF, FULL)).status, 200);
}

#[test]
fn zipkin_takes_gzip_and_a_jaeger_collector_does_not() {
    let sink = Sink::builder().jaeger(0).zipkin(0).start().unwrap();
    let mut zipkin_port = Client::connect(sink.zipkin_address().unwrap());
    let packed = gzip(zipkin(1).as_bytes());
    assert_eq!(
        zipkin_port
            .ask(post_packed("/api/v2/spans", JSON, &packed))
            .status,
        202
    );
    let mut jaeger = Client::connect(sink.jaeger_address().unwrap());
    let packed = gzip(&batch(&[span(1, 0)]));
    let answer = jaeger.ask(post_packed("/api/traces", "application/x-thrift", &packed));
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (415, "Content-Encoding gzip is not taken\n")
    );
}

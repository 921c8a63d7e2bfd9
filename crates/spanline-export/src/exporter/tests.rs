//! Exporters as the runtime sees them: what comes back, and what the peer got.

use super::*;
use crate::encoder::zipkin::ZipkinJson;
use crate::error::BuildError;
use crate::fixture::{self, Span, service};
use crate::peer::{Act, Peer, say};
use crate::transport::MemoryTransport;
use std::collections::VecDeque;
use std::time::Instant;

fn records(names: &[&str]) -> Vec<Vec<u8>> {
    names.iter().map(|name| Span::new(name).seal()).collect()
}

fn export(exporter: &mut dyn SpanExporter, names: &[&str]) -> Result<Exported, ExportError> {
    export_records(exporter, &records(names))
}

fn export_records(
    exporter: &mut dyn SpanExporter,
    records: &[Vec<u8>],
) -> Result<Exported, ExportError> {
    let deadline = Deadline::after(Duration::from_secs(20));
    fixture::batch(records, &service("a"), |batch| {
        exporter.export(batch, deadline)
    })
}

/// Answers each request with the next result, then succeeds.
struct Scripted(VecDeque<Result<(), SendError>>);

impl Transport for Scripted {
    fn send(&mut self, _: &[u8], _: Deadline) -> Result<(), SendError> {
        self.0.pop_front().unwrap_or(Ok(()))
    }

    fn target(&self) -> &str {
        "POST /path"
    }
}

/// A pipeline whose every span takes a request of its own.
fn scripted(
    results: impl IntoIterator<Item = Result<(), SendError>>,
) -> Pipeline<ZipkinJson, Scripted> {
    let transport = Scripted(results.into_iter().collect());
    Pipeline::new("test", ZipkinJson::new(), transport).max_request_size(250)
}

fn refusal(code: u16) -> Result<(), SendError> {
    Err(SendError::Refused {
        code,
        excerpt: "because".to_owned(),
    })
}

#[test]
fn a_batch_arrives_in_one_request() {
    let sent = MemoryTransport::new();
    let mut exporter = Pipeline::new("test", ZipkinJson::new(), sent.clone());
    assert_eq!(
        export(&mut exporter, &["one", "two"]).unwrap(),
        Exported::ALL
    );
    let [body] = sent.take().try_into().unwrap();
    let spans: Vec<serde_json::Value> = serde_json::from_slice(&body).unwrap();
    assert_eq!(spans.len(), 2);
}

#[test]
fn a_batch_as_large_as_the_default_queue_is_one_request() {
    let sent = MemoryTransport::new();
    let mut exporter = Pipeline::new("test", ZipkinJson::new(), sent.clone());
    let span = |n| {
        let attribute = |span: Span, n| span.attribute(&format!("http.request.{n}"), "a value");
        let span = (0..5).fold(Span::new("GET /orders").ids(1, n, 0), attribute);
        span.event("cache miss", 0, &[("n", 1.into())]).seal()
    };
    let records: Vec<_> = (1..=2048).map(span).collect();
    assert_eq!(
        export_records(&mut exporter, &records).unwrap(),
        Exported::ALL
    );
    let [body] = sent.take().try_into().unwrap();
    assert!(body.len() < DEFAULT_MAX_REQUEST_SIZE / 60, "{}", body.len());
}

#[test]
fn nothing_to_send_is_no_request() {
    let sent = MemoryTransport::new();
    let mut exporter = Pipeline::new("test", ZipkinJson::new(), sent.clone());
    assert_eq!(export(&mut exporter, &[]).unwrap(), Exported::ALL);
    let bad = [Span::new("x").ids(0, 0, 0).seal()];
    let expected = Exported::ALL.with_encode_error(1);
    assert_eq!(export_records(&mut exporter, &bad).unwrap(), expected);
    assert!(sent.take().is_empty());
}

#[test]
fn spans_are_left_out_one_by_one() {
    let sent = MemoryTransport::new();
    let mut exporter =
        Pipeline::new("test", ZipkinJson::new(), sent.clone()).max_request_size(1000);
    let large = "x".repeat(1000);
    let mut records = records(&["one", &large, "two"]);
    records.push(Span::new("x").ids(0, 0, 0).seal());
    let expected = Exported::ALL.with_oversize(1).with_encode_error(1);
    assert_eq!(export_records(&mut exporter, &records).unwrap(), expected);
    assert_eq!(sent.take().len(), 1);
}

/// Whatever is wrong with it: an id that cannot be, a record that was cut short, bytes that are none.
#[test]
fn a_poison_span_costs_itself_in_every_format() {
    let whole = Span::new("cut").attribute("k", "v").seal();
    let poison = [
        Span::new("zero").ids(0, 0, 0).seal(),
        whole[..whole.len() - 3].to_vec(),
        b"no record".to_vec(),
    ];
    let good = records(&["one", "two"]);
    let peer = Peer::new(std::iter::repeat_n(say("200 OK", &[], ""), 100));
    let url = peer.url("/");
    let mut exporters: Vec<Box<dyn SpanExporter>> = vec![
        Box::new(JaegerExporter::http(&url).build().unwrap()),
        Box::new(ZipkinExporter::http(&url).build().unwrap()),
        #[cfg(feature = "otlp")]
        Box::new(OtlpExporter::http(&url).build().unwrap()),
        #[cfg(feature = "otlp")]
        Box::new(OtlpExporter::http_json(&url).build().unwrap()),
    ];
    for exporter in &mut exporters {
        let exporter_name = exporter.name().to_owned();
        let mut sent = |records: &[Vec<u8>]| {
            let exported = export_records(exporter.as_mut(), records).unwrap();
            let [got] = peer.got().try_into().unwrap();
            (exported, got.body)
        };
        let (exported, clean) = sent(&good);
        assert_eq!(exported, Exported::ALL);
        for poison in &poison {
            for at in 0..=good.len() {
                let mut records = good.clone();
                records.insert(at, poison.clone());
                let (exported, body) = sent(&records);
                assert_eq!(exported, Exported::ALL.with_encode_error(1));
                assert!(body == clean, "{} at {at}", exporter_name);
            }
        }
    }
}

#[test]
fn after_shutdown_nothing_is_sent() {
    let sent = MemoryTransport::new();
    let mut exporter = Pipeline::new("test", ZipkinJson::new(), sent.clone());
    exporter.shutdown(Deadline::NEVER).unwrap();
    assert!(matches!(
        export(&mut exporter, &["x"]),
        Err(ExportError::ShutDown)
    ));
    assert!(matches!(
        export(&mut exporter, &[]),
        Err(ExportError::ShutDown)
    ));
    assert!(sent.take().is_empty());
}

#[test]
fn every_error_says_which_request_it_was_about() {
    let broken = || std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    for (error, reason) in [
        (SendError::DeadlinePassed, "the deadline passed".to_owned()),
        (
            SendError::Unreachable(broken()),
            format!("unreachable: {}", broken()),
        ),
        (
            SendError::Datagram(broken()),
            format!("unreachable: {}", broken()),
        ),
        (SendError::Write(broken()), broken().to_string()),
        (
            SendError::Refused {
                code: 400,
                excerpt: "because".to_owned(),
            },
            "status 400: because".to_owned(),
        ),
        (
            SendError::Refused {
                code: 503,
                excerpt: String::new(),
            },
            "status 503".to_owned(),
        ),
        (
            SendError::Response("?".to_owned()),
            "the answer was not understood: ?".to_owned(),
        ),
    ] {
        let mut exporter = scripted([Err(error)]).max_request_size(10_000);
        let error = export(&mut exporter, &["one", "two"]).unwrap_err();
        let request = error.request().unwrap();
        assert_eq!(request.target, "POST /path");
        assert_eq!((request.spans, request.bytes), (2, 301));
        assert_eq!(error.reason().to_string(), reason);
        assert_eq!(
            error.to_string(),
            format!("POST /path with 2 spans in 301 bytes: {reason}")
        );
    }
    let mut exporter = scripted([Err(SendError::DeadlinePassed)]);
    let error = export(&mut exporter, &["x"]).unwrap_err().to_string();
    assert!(error.starts_with("POST /path with 1 span in 149 bytes: "));
}

#[test]
fn a_refused_request_costs_its_own_spans() {
    let mut exporter = scripted([Ok(()), refusal(400), Ok(()), refusal(413)]);
    let exported = export(&mut exporter, &["a", "b", "c", "d", "e"]).unwrap();
    assert_eq!(exported, Exported::ALL.with_failed(2));
}

#[test]
fn a_peer_that_is_gone_costs_the_rest() {
    for error in [
        SendError::DeadlinePassed,
        SendError::Response("?".to_owned()),
    ] {
        let exported = export(&mut scripted([Ok(()), Err(error)]), &["a", "b", "c", "d"]).unwrap();
        assert_eq!(exported, Exported::ALL.with_failed(3));
    }
    let exported = export(&mut scripted([Ok(()), refusal(503)]), &["a", "b", "c"]).unwrap();
    assert_eq!(exported, Exported::ALL.with_failed(2));
}

#[test]
fn a_batch_of_which_nothing_arrived_has_failed() {
    let result = export(&mut scripted([refusal(400), refusal(413)]), &["a", "b"]);
    assert!(matches!(
        result.unwrap_err().reason(),
        ExportError::Status { code: 400, .. }
    ));
    let result = export(&mut scripted([Err(SendError::DeadlinePassed)]), &["a", "b"]);
    assert!(matches!(
        result.unwrap_err().reason(),
        ExportError::DeadlinePassed
    ));
}

/// What is wrong with a span itself is its own loss, whether or not the peer is there.
#[test]
fn an_outage_does_not_hide_what_was_left_out() {
    let large = "x".repeat(250);
    let mut records = records(&["a", &large, "b"]);
    records.insert(1, Span::new("x").ids(0, 0, 0).seal());
    let left_out = Exported::ALL.with_oversize(1).with_encode_error(1);
    for results in [
        vec![Err(SendError::DeadlinePassed)],
        vec![refusal(503)],
        vec![refusal(400), refusal(400)],
    ] {
        let mut exporter = scripted(results);
        let exported = export_records(&mut exporter, &records).unwrap();
        assert_eq!(exported, left_out.with_failed(2));
        let exported = export_records(&mut exporter, &records).unwrap();
        assert_eq!(exported, left_out, "the peer is back");
    }
}

#[test]
fn both_formats_say_what_they_are() {
    let peer = Peer::new([say("202 Accepted", &[], ""), say("202 Accepted", &[], "")]);
    let mut jaeger = JaegerExporter::http(peer.url("/api/traces"))
        .build()
        .unwrap();
    let mut zipkin = ZipkinExporter::http(peer.url("/api/v2/spans"))
        .build()
        .unwrap();
    export(&mut jaeger, &["x"]).unwrap();
    export(&mut zipkin, &["x"]).unwrap();
    let [thrift, json] = peer.got().try_into().unwrap();
    let head = thrift.head.to_lowercase();
    assert!(head.starts_with("post /api/traces "));
    assert!(head.contains("content-type: application/vnd.apache.thrift.binary\r\n"));
    assert_eq!(
        &thrift.body[..3],
        [12, 0, 1],
        "a bare Batch, without message header"
    );
    let head = json.head.to_lowercase();
    assert!(head.starts_with("post /api/v2/spans "));
    assert!(head.contains("content-type: application/json\r\n"));
    assert!(serde_json::from_slice::<Vec<serde_json::Value>>(&json.body).is_ok());
    assert_eq!(
        (jaeger.name(), zipkin.name()),
        ("jaeger_http_span_exporter", "zipkin_http_span_exporter")
    );
}

/// A wait that the peer asks for is longer than the first one of our own, which is 1.2 seconds at most.
#[test]
fn a_peer_that_asks_for_a_wait_is_left_alone_for_that_long() {
    const ASKED: Duration = Duration::from_secs(2);
    for (deadline, result) in [
        (ASKED * 10, Ok(Exported::ALL)),
        // It would end behind the deadline, so it is not begun.
        (ASKED, Err(503)),
    ] {
        let busy = say("503 Busy", &["Retry-After: 2"], "");
        let peer = Peer::new([busy, say("202 Accepted", &[], "")]);
        let mut exporter = ZipkinExporter::http(peer.url("/")).build().unwrap();
        let start = Instant::now();
        let exported = fixture::batch(&records(&["x"]), &service("a"), |batch| {
            exporter.export(batch, Deadline::after(deadline))
        });
        let took = start.elapsed();
        let exported = exported.map_err(|error| match error.reason() {
            ExportError::Status { code, .. } => *code,
            other => panic!("{other:?}"),
        });
        assert_eq!(exported, result);
        let again = result.is_ok();
        assert_eq!(peer.got().len(), 1 + usize::from(again));
        assert!(took >= ASKED || !again, "{took:?}");
    }
}

#[test]
fn options_reach_the_request() {
    let peer = Peer::new([say("202 Accepted", &[], ""), say("202 Accepted", &[], "")]);
    let mut exporter = ZipkinExporter::http(peer.url("/"))
        .header("x-tenant", "shop")
        .basic_auth("a", "b")
        .max_request_size(250)
        .build()
        .unwrap();
    let exported = export(&mut exporter, &["one", &"x".repeat(250), "two"]).unwrap();
    assert_eq!(exported, Exported::ALL.with_oversize(1));
    let got = peer.got();
    assert_eq!(got.len(), 2);
    for request in got {
        let head = request.head.to_lowercase();
        assert!(head.contains("x-tenant: shop\r\n"), "{head}");
        assert!(head.contains("authorization: basic ytpi\r\n"), "{head}");
    }
}

#[test]
fn the_sooner_of_timeout_and_deadline_holds() {
    let short = Duration::from_millis(100);
    let long = Duration::from_secs(20);
    for (timeout, deadline) in [(short, long), (long, short)] {
        let peer = Peer::new([Act::Hang]);
        let mut exporter = JaegerExporter::http(peer.url("/"))
            .timeout(timeout)
            .build()
            .unwrap();
        let start = Instant::now();
        let result = fixture::batch(&records(&["x"]), &service("a"), |batch| {
            exporter.export(batch, deadline.into())
        });
        let error = result.unwrap_err();
        assert!(
            matches!(error.reason(), ExportError::DeadlinePassed),
            "{error:?}"
        );
        let request = error.request().unwrap();
        assert_eq!(request.target, format!("POST {}", peer.url("/")));
        assert_eq!(request.spans, 1);
        assert!(request.bytes > 0);
        assert!(start.elapsed() < long / 2, "it waited for the later one");
    }
}

#[test]
fn settings_that_make_no_sense_are_refused_without_io() {
    for (builder, setting) in [
        (
            JaegerExporter::http("http://peer/").timeout(Duration::ZERO),
            "timeout",
        ),
        (
            JaegerExporter::http("http://peer/").max_request_size(0),
            "max_request_size",
        ),
    ] {
        let error = builder.build().unwrap_err();
        assert!(matches!(error, BuildError::InvalidSetting { setting: s, .. } if s == setting));
    }
    JaegerExporter::http("http://no-such-host.invalid:1/")
        .build()
        .unwrap();
}

#[test]
fn builders_and_exporters_print_no_secrets() {
    let builder = ZipkinExporter::http("http://me:canary@localhost/")
        .header("x-key", "canary")
        .basic_auth("canary", "canary");
    let text = format!("{builder:?}");
    assert!(!text.contains("canary"), "{text}");
    let text = format!("{:?}", builder.build().unwrap());
    assert!(!text.contains("canary"), "{text}");
}

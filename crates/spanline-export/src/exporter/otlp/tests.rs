//! Where OTLP goes, what it says it is, and what becomes of what the peer answers.

use super::*;
use crate::encoder::Reply;
use crate::error::BuildError;
use crate::fixture::{self, Span, partial_success, service};
use crate::peer::{Act, Peer, say};
use crate::transport::Compression;
use spanline_core::deadline::Deadline;
use spanline_core::export::{ExportError, Exported, SpanExporter};
use std::time::Duration;

fn export(exporter: &mut OtlpExporter, names: &[&str]) -> Result<Exported, ExportError> {
    let records: Vec<_> = names.iter().map(|name| Span::new(name).seal()).collect();
    fixture::batch(&records, &service("a"), |batch| {
        exporter.export(batch, Deadline::after(Duration::from_secs(20)))
    })
}

#[test]
fn the_path_for_traces_is_added_to_a_base() {
    for (base, url) in [
        ("http://c:4318", "http://c:4318/v1/traces"),
        ("http://c:4318/", "http://c:4318/v1/traces"),
        ("http://c:4318/x", "http://c:4318/x/v1/traces"),
        ("http://c:4318/x/", "http://c:4318/x/v1/traces"),
        (" http://c ", "http://c/v1/traces"),
        ("http://c/x?key=1", "http://c/x/v1/traces?key=1"),
    ] {
        assert_eq!(traces_url(base), url);
    }
}

#[test]
fn requests_go_where_they_should_and_say_what_they_are() {
    let peer = Peer::new(std::array::from_fn::<_, 5, _>(|_| say("200 OK", &[], "")));
    let protobuf = "application/x-protobuf";
    let json = "application/json";
    let cases = [
        (
            OtlpExporter::http_base(peer.url("")),
            "/v1/traces",
            protobuf,
        ),
        (
            OtlpExporter::http(peer.url("/v1/traces/")),
            "/v1/traces/",
            protobuf,
        ),
        (OtlpExporter::http(peer.url("")), "/", protobuf),
        (
            OtlpExporter::http_json_base(peer.url("/x/")),
            "/x/v1/traces",
            json,
        ),
        (OtlpExporter::http_json(peer.url("/x")), "/x", json),
    ];
    let cases = cases.map(|(builder, path, content_type)| {
        let exported = export(&mut builder.build().unwrap(), &["one", "two"]);
        assert_eq!(exported.unwrap(), Exported::ALL);
        (path, content_type)
    });
    for ((path, content_type), got) in cases.into_iter().zip(peer.got()) {
        let head = got.head.to_lowercase();
        assert!(
            head.starts_with(&format!("post {path} http/1.1\r\n")),
            "{head}"
        );
        assert!(
            head.contains(&format!("content-type: {content_type}\r\n")),
            "{head}"
        );
        assert!(!head.contains("content-encoding"), "{head}");
        let first = if content_type == protobuf { 0x0A } else { b'{' };
        assert_eq!(got.body[0], first);
    }
}

#[test]
#[cfg(feature = "gzip")]
fn compressed_requests_say_so_and_hold_the_same() {
    let peer = Peer::new([say("200 OK", &[], ""), say("200 OK", &[], "")]);
    let mut bodies = [Compression::None, Compression::Gzip].map(|compression| {
        let builder = OtlpExporter::http_json_base(peer.url("")).compression(compression);
        export(&mut builder.build().unwrap(), &["span"; 100]).unwrap();
        peer.got().remove(0)
    });
    assert!(
        bodies[1]
            .head
            .to_lowercase()
            .contains("content-encoding: gzip\r\n")
    );
    assert!(bodies[1].body.len() * 5 < bodies[0].body.len());
    use std::io::Read as _;
    let mut body = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(&*bodies[1].body);
    decoder.read_to_end(&mut body).unwrap();
    bodies[1].body = body;
    assert!(bodies[0].body == bodies[1].body);
}

#[test]
fn gzip_needs_its_feature() {
    let builders = [
        OtlpExporter::http_base("http://c"),
        #[cfg(feature = "grpc")]
        OtlpExporter::grpc("http://c"),
    ];
    for builder in builders {
        let result = builder.compression(Compression::Gzip).build();
        if cfg!(feature = "gzip") {
            result.unwrap();
        } else {
            let error = result.unwrap_err();
            let expected = BuildError::NeedsFeature {
                wanted: "gzip".to_owned(),
                feature: "gzip",
            };
            assert_eq!(error, expected);
            assert!(error.to_string().contains("feature `gzip`"), "{error}");
        }
    }
}

#[test]
fn spans_that_the_peer_rejects_are_counted_and_not_sent_again() {
    // ExportTraceServiceResponse.1 partial_success: .1 rejected_spans, .2 error_message
    for (answer, rejected) in [
        ("\x0A\x07\x08\x02\x12\x03bad", 2),
        ("\x0A\x02\x08\x01", 1),
        ("\x0A\x05\x12\x03hmm", 0),
        ("\x0A\x00", 0),
        ("", 0),
        ("\x0A\x02\x08\x63", 3), // no more than were sent
        ("<html>", 0),
    ] {
        let peer = Peer::new([say("200 OK", &[], answer), say("200 OK", &[], "")]);
        let mut exporter = OtlpExporter::http_base(peer.url("")).build().unwrap();
        let exported = export(&mut exporter, &["one", "two", "three"]).unwrap();
        assert_eq!(exported, Exported::rejected(rejected), "{answer:?}");
        assert_eq!(peer.got().len(), 1);
        // What was answered to one request is not taken for an answer to the next.
        assert_eq!(export(&mut exporter, &["four"]).unwrap(), Exported::ALL);
    }
}

#[test]
fn spans_that_the_peer_rejects_in_json_are_counted() {
    for (answer, rejected) in [
        (
            r#"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"bad"}}"#,
            2,
        ),
        (r#"{"partialSuccess":{"rejectedSpans":1},"later":[]}"#, 1),
        ("{}", 0),
        ("", 0),
        ("ok", 0),
    ] {
        let peer = Peer::new([say("200 OK", &[], answer)]);
        let mut exporter = OtlpExporter::http_json_base(peer.url("")).build().unwrap();
        let exported = export(&mut exporter, &["one", "two", "three"]).unwrap();
        assert_eq!(exported, Exported::rejected(rejected), "{answer:?}");
    }
}

/// A response of this body.
fn answer(body: &[u8]) -> Act {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    Act::Say([head.as_bytes(), body].concat())
}

#[test]
fn rejected_spans_are_counted_however_long_the_text_is() {
    // The last one has 4 MiB with its frame, and not a byte to spare.
    for text in [0, 64 << 10, 100_000, (4 << 20) - 14] {
        for body in partial_success(text) {
            assert!(body.len() <= 4 << 20);
            let peer = Peer::new([answer(&body), say("200 OK", &[], "")]);
            let mut exporter = OtlpExporter::http_base(peer.url("")).build().unwrap();
            let exported = export(&mut exporter, &["one", "two", "three"]).unwrap();
            assert_eq!(exported, Exported::rejected(2), "{text}");
            assert_eq!(export(&mut exporter, &["four"]).unwrap(), Exported::ALL);
        }
    }
    let [too_long, _] = partial_success((4 << 20) - 13);
    let peer = Peer::new([answer(&too_long)]);
    let mut exporter = OtlpExporter::http_base(peer.url("")).build().unwrap();
    let failed = export(&mut exporter, &["one"]).unwrap_err();
    assert!(failed.to_string().contains("above 4 MiB"), "{failed}");
}

#[test]
fn rejected_spans_are_counted_in_json_however_long_the_text_is() {
    for text in [0, 64 << 10, 100_000, (4 << 20) - 100] {
        let text = "\\n".repeat(text / 2);
        for body in [
            format!(r#"{{"partialSuccess":{{"rejectedSpans":"2","errorMessage":"{text}"}}}}"#),
            format!(r#"{{"partialSuccess":{{"errorMessage":"{text}","rejectedSpans":"2"}}}}"#),
        ] {
            assert!(body.len() <= 4 << 20);
            let peer = Peer::new([answer(body.as_bytes())]);
            let mut exporter = OtlpExporter::http_json_base(peer.url("")).build().unwrap();
            let exported = export(&mut exporter, &["one", "two", "three"]).unwrap();
            assert_eq!(exported, Exported::rejected(2));
        }
    }
}

#[test]
fn an_answer_that_was_not_read_to_its_end_is_told() {
    let reply = |rejected, unread| Reply {
        rejected,
        message: String::new(),
        unread,
    };
    for (reply, quoted, expected) in [
        (reply(0, None), "", None),
        (
            reply(0, None),
            "hm",
            Some("peer took all spans, but says: hm"),
        ),
        (
            reply(2, None),
            "",
            Some("peer rejected 2 spans of a request"),
        ),
        (
            reply(2, None),
            "no",
            Some("peer rejected 2 spans of a request: no"),
        ),
        (
            reply(0, Some("it broke off")),
            "",
            Some("peer took a request, but perhaps not all of its spans, since it broke off"),
        ),
        (
            reply(2, Some("it broke off")),
            "no",
            Some("peer rejected 2 spans of a request or more, since it broke off: no"),
        ),
    ] {
        let words = crate::exporter::told("peer", &reply, quoted);
        assert_eq!(words.as_deref(), expected);
    }
}

#[test]
fn a_file_holds_a_request_a_line_and_is_appended_to() {
    let folder = std::env::temp_dir();
    let path = folder.join(format!("spanline-otlp-{}.jsonl", std::process::id()));
    for names in [&["one", "two"][..], &["three"]] {
        let mut exporter = OtlpExporter::file(&path).unwrap();
        assert_eq!(export(&mut exporter, names).unwrap(), Exported::ALL);
        export(&mut exporter, names).unwrap();
        exporter.force_flush(Deadline::NEVER).unwrap();
        exporter.shutdown(Deadline::NEVER).unwrap();
        let late = export(&mut exporter, names);
        assert!(matches!(late, Err(ExportError::ShutDown)), "{late:?}");
    }
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(text.ends_with('\n'));
    let spans: Vec<_> = text
        .lines()
        .map(|line| {
            let request: serde_json::Value = serde_json::from_str(line).unwrap();
            let spans = &request["resourceSpans"][0]["scopeSpans"][0]["spans"];
            spans.as_array().unwrap().len()
        })
        .collect();
    assert_eq!(spans, [2, 2, 1, 1]);
}

/// Cannot be written to.
struct Full;

impl std::io::Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_stream_that_takes_nothing_is_an_error_of_its_own_kind() {
    let error = export(&mut OtlpExporter::writer("the disk", Full), &["one"]).unwrap_err();
    let source = match error.reason() {
        ExportError::Other(error) => error.downcast_ref::<std::io::Error>().unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
    assert!(
        error.to_string().starts_with("the disk with 1 span in "),
        "{error}"
    );
}

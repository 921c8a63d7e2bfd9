//! A Zipkin v2 array is read as the OpenAPI description of its API says, and one that is not so
//! is refused with the reason and the number of the span.

mod support;

use spanline_sink::decode::zipkin_json;
use spanline_sink::{Format, Kind, SpanId, Status, TraceId, Value};

#[test]
fn the_golden_span_is_read() {
    let body = br#"[{"traceId":"463ac35c9f6413ad48485a3953bb6124","id":"a2fb4a1d1a96d312",
        "name":"x","kind":"CLIENT","timestamp":1000,"duration":1,
        "localEndpoint":{"serviceName":"a"},"remoteEndpoint":{"serviceName":"db"},
        "annotations":[{"timestamp":1000,"value":"\"e\": {\"n\":1}"}],
        "tags":{"peer.service":"db","otel.status_code":"ERROR","error":""}}]"#;
    let decoded = zipkin_json(body).unwrap();
    let span = &decoded.spans[0];
    assert_eq!(span.format, Format::ZipkinJson);
    assert_eq!(
        span.trace_id,
        TraceId(0x463a_c35c_9f64_13ad_4848_5a39_53bb_6124)
    );
    assert_eq!(span.span_id, SpanId(0xa2fb_4a1d_1a96_d312));
    assert_eq!(span.parent_id, None);
    assert_eq!((span.name.as_str(), span.kind), ("x", Kind::Client));
    assert_eq!((span.start_us, span.duration_us), (Some(1000), Some(1)));
    assert_eq!(span.service(), "a");
    assert_eq!(span.remote_endpoint.as_ref().unwrap().service, "db");
    assert_eq!(span.events[0].time_us, 1000);
    assert_eq!(span.events[0].name, "e");
    assert_eq!(span.events[0].attributes[0].value, Value::Int(1));
    let keys: Vec<&str> = span.attributes.iter().map(|tag| tag.key.as_str()).collect();
    assert_eq!(keys, ["peer.service", "otel.status_code", "error"]);
    assert_eq!(span.status, Status::Error(String::new()));
    assert_eq!((span.flags, span.debug, span.shared), (None, false, false));
}

#[test]
fn every_member_is_read() {
    let body = br#"[{"traceId":"463ac35c9f6413ad","id":"0000000000000001",
        "parentId":"0000000000000002","kind":"CONSUMER","timestamp":null,"debug":true,
        "shared":true,"unknown":{"deep":[1]},
        "localEndpoint":{"serviceName":"a","ipv4":"10.0.0.1","ipv6":"2001:db8::1","port":8080},
        "remoteEndpoint":{"port":0},
        "tags":{"otel.scope.name":"lib","otel.scope.version":"2"},
        "annotations":[{"timestamp":5,"value":"ws"},{"timestamp":6,"value":"\"q\" no object"}]}]"#;
    let decoded = zipkin_json(body).unwrap();
    let span = &decoded.spans[0];
    assert_eq!(span.trace_id, TraceId(0x463a_c35c_9f64_13ad));
    assert_eq!(span.parent_id, Some(SpanId(2)));
    assert_eq!(
        (span.start_us, span.duration_us, span.name.as_str()),
        (None, None, "")
    );
    assert!(span.debug && span.shared);
    let local = span.local_endpoint.as_ref().unwrap();
    assert_eq!(local.ipv4, "10.0.0.1".parse().ok());
    assert_eq!(local.ipv6, "2001:db8::1".parse().ok());
    assert_eq!(local.port, Some(8080));
    assert_eq!(span.remote_endpoint.as_ref().unwrap().port, None);
    assert_eq!(span.scope.as_ref().unwrap().name, "lib");
    let names: Vec<&str> = span
        .events
        .iter()
        .map(|event| event.name.as_str())
        .collect();
    assert_eq!(names, ["ws", "\"q\" no object"]);
}

#[test]
fn the_status_follows_the_tags() {
    let status = |tags: &str| {
        let body =
            format!(r#"[{{"traceId":"0000000000000001","id":"0000000000000001","tags":{tags}}}]"#);
        zipkin_json(body.as_bytes()).unwrap().spans[0]
            .status
            .clone()
    };
    assert_eq!(status("{}"), Status::Unset);
    assert_eq!(status(r#"{"otel.status_code":"OK"}"#), Status::Ok);
    assert_eq!(
        status(r#"{"error":"boom"}"#),
        Status::Error("boom".to_owned())
    );
    assert_eq!(
        status(r#"{"otel.status_code":"ERROR"}"#),
        Status::Error(String::new())
    );
}

#[test]
fn an_empty_array_is_no_error() {
    assert!(zipkin_json(b" [ ] ").unwrap().spans.is_empty());
}

#[test]
fn what_is_wrong_is_said() {
    let good = r#""traceId":"0000000000000001","id":"0000000000000001""#;
    let spans = |members: &str| format!("[{{{good}}},{{{members}}}]");
    let more = |members: &str| spans(&format!("{good},{members}"));
    for (body, place, complaint) in [
        (String::new(), "", "EOF while parsing"),
        (
            "{}".to_owned(),
            "",
            "invalid type: map, expected a JSON array of spans",
        ),
        ("[] []".to_owned(), "", "trailing characters"),
        (format!("[{{{good}}}"), "[1]", "EOF while parsing a list"),
        (
            spans(r#""id":"0000000000000001""#),
            "[1]",
            "missing field `traceId`",
        ),
        (
            spans(r#""traceId":"0000000000000001""#),
            "[1]",
            "missing field `id`",
        ),
        (
            spans(r#""traceId":"","id":"1""#),
            "[1]",
            r#"traceId is "", not 16 or 32 lower-case"#,
        ),
        (
            spans(r#""traceId":"463AC35C9F6413AD","id":"0000000000000001""#),
            "[1]",
            r#"traceId is "463AC35C9F6413AD", not 16 or 32"#,
        ),
        (
            spans(r#""traceId":"0000000000000000","id":"0000000000000001""#),
            "[1]",
            "traceId is zero",
        ),
        (
            spans(r#""traceId":"0000000000000001","id":"+000000000000001""#),
            "[1]",
            "id is \"+0",
        ),
        (
            spans(r#""traceId":"0000000000000001","id":"0000000000000000""#),
            "[1]",
            "id is zero",
        ),
        (
            more(r#""parentId":"1""#),
            "[1]",
            r#"parentId is "1", not 16"#,
        ),
        (
            more(r#""id":"0000000000000001""#),
            "[1]",
            "duplicate field `id`",
        ),
        (
            more(r#""kind":"client""#),
            "[1]",
            r#"kind is "client", not CLIENT"#,
        ),
        (
            more(r#""name":5"#),
            "[1]",
            "invalid type: integer `5`, expected a string",
        ),
        (
            more(r#""timestamp":1.5"#),
            "[1]",
            "invalid type: floating point `1.5`, expected u64",
        ),
        (
            more(r#""timestamp":-1"#),
            "[1]",
            "invalid value: integer `-1`, expected u64",
        ),
        (
            more(r#""timestamp":"1""#),
            "[1]",
            "invalid type: string \"1\", expected u64",
        ),
        (
            more(r#""duration":0"#),
            "[1]",
            "duration is 0, the least is 1",
        ),
        (
            more(r#""tags":{"a":1}"#),
            "[1]",
            "invalid type: integer `1`, expected a string",
        ),
        (
            more(r#""tags":{"a":"1","a":"2"}"#),
            "[1]",
            r#"key "a" comes twice"#,
        ),
        (
            more(r#""annotations":[{"value":"x"}]"#),
            "[1]",
            "missing field `timestamp`",
        ),
        (
            more(r#""localEndpoint":{"ipv4":"::1"}"#),
            "[1]",
            r#"localEndpoint.ipv4 is "::1", no"#,
        ),
        (
            more(r#""remoteEndpoint":{"port":70000}"#),
            "[1]",
            "invalid value: integer `70000`",
        ),
        (
            more(r#""localEndpoint":["a",null,null,null]"#),
            "[1]",
            "invalid type: sequence, expected an object",
        ),
        (
            more(r#""annotations":[[1,"a"]]"#),
            "[1]",
            "invalid type: sequence, expected an object",
        ),
        (more("\"name\":\"a\u{0}\""), "[1]", "control character"),
    ] {
        let error = zipkin_json(body.as_bytes()).unwrap_err();
        assert_eq!(error.place(), place, "{body}: {error}");
        assert!(error.reason().starts_with(complaint), "{body}: {error}");
    }
    let error = zipkin_json(b"[{\"name\":\"\xff\"}]").unwrap_err();
    assert!(
        error.to_string().starts_with("[0]: invalid unicode"),
        "{error}"
    );
}

#[test]
fn an_error_quotes_little_and_nothing_that_steers_a_terminal() {
    let long = format!(
        r#"[{{"traceId":"\u001b[31m{}","id":"0000000000000001"}}]"#,
        "é".repeat(100_000)
    );
    let error = zipkin_json(long.as_bytes()).unwrap_err().to_string();
    assert!(error.contains(r"\u{1b}[31m"), "{error}");
    assert!(
        error.chars().count() < 200 && !error.contains('\u{1b}'),
        "{error}"
    );
}

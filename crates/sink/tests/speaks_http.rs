//! The sink answers HTTP as the RFCs say, refuses what it should with the right status, and
//! survives everything else.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::net::SocketAddr;
use std::time::Duration;

use spanline_sink::Sink;
use support::{Client, Dice, batch, post, post_zipkin, span, zipkin};

const LONG: Duration = Duration::from_secs(20);

fn start() -> (Sink, SocketAddr) {
    let sink = Sink::builder()
        .zipkin(0)
        .jaeger(0)
        .max_body(10_000)
        .start()
        .unwrap();
    let address = sink.zipkin_address().unwrap();
    (sink, address)
}

#[test]
fn payloads_are_accepted_with_202() {
    let (sink, address) = start();
    let answer = Client::connect(address).ask(post_zipkin(&zipkin(1)));
    assert_eq!((answer.status, answer.body.as_str()), (202, ""));

    for content_type in [
        "application/vnd.apache.thrift.binary",
        "Application/X-Thrift; a=b",
    ] {
        let body = batch(&[span(2, 0)]);
        let request = post("/api/traces?format=jaeger.thrift", content_type, &body);
        assert_eq!(
            Client::connect(sink.jaeger_address().unwrap())
                .ask(request)
                .status,
            202
        );
    }
    assert_eq!(sink.wait_for_spans(3, LONG), Ok(3));
    assert_eq!((sink.payloads(), sink.malformed().len()), (3, 0));
}

#[test]
fn refusals_say_why_and_are_counted() {
    let (sink, address) = start();
    let mut client = Client::connect(address);
    for (request, status, reason) in [
        (
            post("/api/v2/spans", "application/json", b"[{}]"),
            400,
            "[0]: missing field `traceId`",
        ),
        (
            post("/api/v2/spans", "text/plain", b"[]"),
            400,
            "Content-Type is text/plain; applic",
        ),
        (
            b"POST /api/v2/spans HTTP/1.1\r\n\r\n".to_vec(),
            400,
            "Content-Type is missing",
        ),
        (
            b"POST /api/v2/spans HTTP/1.1\r\nContent-Type: application/json\r\n\
              Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx"
                .to_vec(),
            415,
            "Content-Encoding br is not taken",
        ),
    ] {
        // One connection for all: a refused payload does not cost it.
        let answer = client.ask(request);
        assert_eq!(answer.status, status);
        assert!(answer.body.starts_with(reason), "{}", answer.body);
    }
    let jaeger = sink.jaeger_address().unwrap();
    let answer = Client::connect(jaeger).ask(post("/api/traces", "application/x-thrift", &[99]));
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (400, "cannot convert 99 to TType (at byte 1)\n")
    );

    assert_eq!(sink.stats().malformed, 5);
    let malformed = sink.malformed();
    assert_eq!((malformed[3].status, malformed[4].status), (415, 400));
    assert_eq!(sink.stats().spans, 0);
}

#[test]
fn other_paths_and_methods_are_told_what_there_is() {
    let (sink, address) = start();
    let mut client = Client::connect(address);
    let answer = client.ask("GET /nowhere HTTP/1.1\r\n\r\n");
    assert_eq!(answer.status, 404);
    assert!(
        answer.body.contains("POST /api/v2/spans"),
        "{}",
        answer.body
    );
    // The other format's path is on the other port.
    assert_eq!(
        client
            .ask(post("/api/traces", "application/x-thrift", b""))
            .status,
        404
    );
    for (request, allow) in [
        ("GET /api/v2/spans", "allow: post"),
        ("DELETE /api/v2/spans", "allow: post"),
        ("PUT /traces", "allow: get"),
        ("POST /health", "allow: get"),
    ] {
        let answer = client.ask(format!("{request} HTTP/1.1\r\n\r\n"));
        assert_eq!(answer.status, 405);
        assert!(answer.headers.contains(allow), "{}", answer.headers);
    }
    assert_eq!(sink.stats().malformed, 0);
}

#[test]
fn health_and_traces_are_answered_on_both_ports() {
    let (sink, address) = start();
    assert_eq!(
        Client::connect(address).ask(post_zipkin(&zipkin(1))).status,
        202
    );
    for address in [address, sink.jaeger_address().unwrap()] {
        let mut client = Client::connect(address);
        let health = client.ask("GET /health HTTP/1.1\r\n\r\n");
        assert_eq!(health.status, 200);
        assert!(
            health.body.starts_with(r#"{"payloads":1,"#),
            "{}",
            health.body
        );
        let traces = client.ask("GET /traces HTTP/1.1\r\n\r\n");
        assert!(traces.headers.contains("content-type: application/json"));
        let json: serde_json::Value = serde_json::from_str(&traces.body).unwrap();
        assert_eq!(json[0]["spans"][0]["name"], "x");
        assert_eq!(json[0]["traceId"], "00000000000000000000000000000001");
    }
}

#[test]
fn a_connection_serves_many_requests_and_pipelined_ones() {
    let (sink, address) = start();
    let mut client = Client::connect(address);
    for id in 1..=50 {
        assert_eq!(client.ask(post_zipkin(&zipkin(id))).status, 202);
    }
    let several: Vec<u8> = (51..=60).flat_map(|id| post_zipkin(&zipkin(id))).collect();
    client.send(several);
    for _ in 51..=60 {
        assert_eq!(client.answer().unwrap().status, 202);
    }
    assert_eq!(sink.stats().spans, 60);
    let answer = client.ask("GET /health HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert!(answer.headers.contains("connection: close"));
    assert!(client.is_ended());
}

#[test]
fn http_1_0_connections_end_unless_kept() {
    let (_sink, address) = start();
    let mut client = Client::connect(address);
    let kept = client.ask("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert!(kept.headers.starts_with("http/1.0 200"), "{}", kept.headers);
    assert_eq!(client.ask("GET /health HTTP/1.0\r\n\r\n").status, 200);
    assert!(client.is_ended());
}

#[test]
fn head_requests_get_the_head_alone() {
    let (_sink, address) = start();
    let mut client = Client::connect(address);
    client.send("HEAD /nowhere HTTP/1.1\r\nConnection: close\r\n\r\n");
    let head = client.head().unwrap();
    assert!(
        head.starts_with("http/1.1 404") && !head.contains("content-length: 0"),
        "{head}"
    );
    assert!(client.is_ended());
}

const CHUNKED: &str = "POST /api/v2/spans HTTP/1.1\r\nContent-Type: application/json\r\n\
                       Transfer-Encoding: chunked\r\n\r\n";

#[test]
fn chunked_bodies_are_put_together() {
    let (sink, address) = start();
    let mut client = Client::connect(address);
    let json = zipkin(1);
    let (first, second) = json.split_at(30);
    let length = second.len();
    let body =
        format!("1e;name=\"v\"\r\n{first}\r\n{length:X}\r\n{second}\r\n0\r\nTrailer: x\r\n\r\n");
    assert_eq!(client.ask(format!("{CHUNKED}{body}")).status, 202);
    // Byte by byte it is the same.
    client.send(CHUNKED);
    for byte in body.as_bytes() {
        client.send([*byte]);
    }
    assert_eq!(client.answer().unwrap().status, 202);
    assert_eq!(sink.stats().spans, 2);
}

#[test]
fn broken_chunks_are_refused_and_counted() {
    let (sink, address) = start();
    for (body, status) in [
        ("zz\r\n", 400),
        ("\r\n[]\r\n0\r\n\r\n", 400),
        ("2\r\n[]]]", 400),
        ("fffffffffffffffff\r\n", 400),
        ("ffffffffffffffff\r\n", 413),
        ("2711\r\n", 413),
    ] {
        let mut client = Client::connect(address);
        assert_eq!(
            client.ask(format!("{CHUNKED}{body}")).status,
            status,
            "{body:?}"
        );
        client.finish();
        assert!(client.is_ended());
    }
    let endless = format!("{CHUNKED}1;{}", "x".repeat(2_000));
    assert_eq!(Client::connect(address).ask(endless).status, 400);
    let endless = format!("{CHUNKED}0\r\n{}", "Trailer: x\r\n".repeat(5_000));
    assert_eq!(Client::connect(address).ask(endless).status, 431);
    assert_eq!(sink.stats().malformed, 8);
}

#[test]
fn a_body_over_the_limit_is_refused_before_it_is_read() {
    let (sink, address) = start();
    let exact = format!("[{}]", " ".repeat(9_998));
    assert_eq!(
        Client::connect(address).ask(post_zipkin(&exact)).status,
        202
    );
    let answer = Client::connect(address).ask(post_zipkin(&format!(" {exact}")));
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (413, "the body is larger than 10000 bytes\n")
    );
    let huge = "POST /api/v2/spans HTTP/1.1\r\nContent-Type: application/json\r\n\
                Content-Length: 18446744073709551615\r\n\r\n";
    assert_eq!(Client::connect(address).ask(huge).status, 413);
    assert_eq!(
        (sink.stats().malformed, sink.malformed()[0].status),
        (2, 413)
    );
}

fn expecting(length: usize, content_type: &str) -> String {
    format!(
        "POST /api/v2/spans HTTP/1.1\r\nContent-Type: {content_type}\r\n\
         Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    )
}

#[test]
fn who_waits_for_100_gets_it_or_the_refusal() {
    let (_sink, address) = start();
    let json = zipkin(1);
    let mut client = Client::connect(address);
    assert_eq!(
        client.ask(expecting(json.len(), "application/json")).status,
        100
    );
    assert_eq!(client.ask(&json).status, 202);
    // Still open.
    assert_eq!(client.ask(expecting(json.len(), "text/plain")).status, 400);
    assert_eq!(
        Client::connect(address)
            .ask(expecting(10_001, "application/json"))
            .status,
        413
    );
    let mut client = Client::connect(address);
    assert_eq!(
        client.ask("POST / HTTP/1.1\r\nExpect: more\r\n\r\n").status,
        417
    );
}

#[test]
fn a_cut_body_is_counted() {
    let (sink, address) = start();
    let mut client = Client::connect(address);
    let mut request = post_zipkin(&zipkin(1));
    request.pop();
    client.send(request);
    client.finish();
    assert_eq!(client.answer().unwrap().status, 400);
    assert_eq!(
        sink.malformed()[0].reason,
        "the body ends before its announced end"
    );
}

#[test]
fn slow_requests_end_by_the_deadline() {
    let sink = Sink::builder()
        .zipkin(0)
        .request_timeout(Duration::from_millis(50))
        .start()
        .unwrap();
    let address = sink.zipkin_address().unwrap();
    let mut client = Client::connect(address);
    client.send("POST /api/v2/spans HT");
    assert_eq!(client.answer().unwrap().status, 408);
    let mut client = Client::connect(address);
    client.send(&post_zipkin(&zipkin(1))[..120]);
    assert_eq!(client.answer().unwrap().status, 408);
    assert_eq!(sink.stats().malformed, 1);
}

#[test]
fn a_head_has_a_limit() {
    let (_sink, address) = start();
    let long_line = format!("GET /{} HTTP/1.1\r\n", "x".repeat(40_000));
    assert_eq!(Client::connect(address).ask(long_line).status, 431);
    let many_lines = format!("GET / HTTP/1.1\r\n{}", "A: b\r\n".repeat(100));
    assert_eq!(Client::connect(address).ask(many_lines).status, 431);
}

#[test]
fn connections_have_a_limit() {
    let sink = Sink::builder()
        .zipkin(0)
        .max_connections(2)
        .start()
        .unwrap();
    let address = sink.zipkin_address().unwrap();
    let mut kept: Vec<Client> = (0..2).map(|_| Client::connect(address)).collect();
    for client in &mut kept {
        assert_eq!(client.ask("GET /health HTTP/1.1\r\n\r\n").status, 200);
    }
    let refused = Client::connect(address).answer().unwrap();
    assert_eq!(refused.status, 503);
    assert!(refused.headers.contains("retry-after: 1"));
    for client in &mut kept {
        assert_eq!(client.ask("GET /health HTTP/1.1\r\n\r\n").status, 200);
    }
}

#[test]
fn garbage_ends_a_connection_and_nothing_else() {
    let (sink, address) = start();
    let mut dice = Dice(0xbad);
    let good = [
        post_zipkin(&zipkin(1)),
        format!("{CHUNKED}2\r\n[]\r\n0\r\n\r\n").into_bytes(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello".to_vec(),
        b"\0\0\0\0\r\n\r\n".to_vec(),
    ];
    for round in 0..400 {
        let mut client = Client::connect(address);
        client.send(dice.mutate(&good[round % good.len()]));
        client.finish();
        while client.answer().is_some() {}
    }
    assert_eq!(
        Client::connect(address)
            .ask("GET /health HTTP/1.1\r\n\r\n")
            .status,
        200
    );
    let stats = sink.stats();
    assert!(stats.malformed > 0 && stats.payloads > 0, "{stats:?}");
}

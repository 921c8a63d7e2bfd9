//! The transport against a peer that misbehaves in every way we know.

use super::*;
#[cfg(feature = "otlp")]
use crate::fixture::{self, Span, service};
use crate::peer::{Act, Got, Peer, say};
use crate::transport::answer::BROKE_OFF;
#[cfg(feature = "otlp")]
use spanline_core::export::{Exported, SpanExporter};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Tries as often as in earnest, but does not wait long.
const QUICK: RetryPolicy = RetryPolicy {
    initial: Duration::from_millis(1),
    ..RetryPolicy::DEFAULT
};

/// Time enough for everything that is meant to work.
const AMPLE: Duration = Duration::from_secs(20);

/// What a deadline may be overrun by: scheduling on a busy machine, nothing else.
const LATE: Duration = Duration::from_secs(5);

fn transport_to(url: &str, settings: &Settings) -> HttpTransport {
    HttpTransport::new(
        &Endpoint::parse(url).unwrap(),
        settings,
        "text/plain",
        QUICK,
    )
    .unwrap()
}

fn transport(peer: &Peer) -> HttpTransport {
    transport_to(&peer.url("/api/traces"), &Settings::default())
}

fn send(peer: &Peer, body: &[u8]) -> Result<(), SendError> {
    transport(peer).send(body, AMPLE.into())
}

/// Sends with a short deadline and checks that it is kept.
fn send_by(peer: &Peer, body: &[u8], limit: Duration) -> Result<(), SendError> {
    let mut transport = transport(peer);
    let start = Instant::now();
    let result = transport.send(body, limit.into());
    let took = start.elapsed();
    assert!(
        took < limit + LATE,
        "took {took:?} of {limit:?}: {result:?}"
    );
    result
}

fn refused(result: Result<(), SendError>) -> (u16, String) {
    match result {
        Err(SendError::Refused { code, excerpt }) => (code, excerpt),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_request_says_what_it_should_and_nothing_else() {
    let peer = Peer::new([say("202 Accepted", &[], "")]);
    let url = peer.url("/api/traces?format=jaeger.thrift");
    let settings = Settings {
        headers: vec![("x-tenant".to_owned(), Secret::new("shop"))],
        basic_auth: Some((Secret::new("user"), Secret::new("pass"))),
        ..Settings::default()
    };
    transport_to(&url, &settings)
        .send(b"the spans", AMPLE.into())
        .unwrap();
    let [Got { head, body, .. }] = peer.got().try_into().unwrap();
    assert_eq!(body, b"the spans");
    let mut lines: Vec<_> = head.trim_end().lines().map(str::to_lowercase).collect();
    assert_eq!(
        lines.remove(0),
        "post /api/traces?format=jaeger.thrift http/1.1"
    );
    lines.sort();
    let host = url.split('/').nth(2).unwrap();
    let expected = [
        "accept-encoding: identity".to_owned(),
        "accept: */*".to_owned(),
        "authorization: basic dxnlcjpwyxnz".to_owned(),
        "content-length: 9".to_owned(),
        "content-type: text/plain".to_owned(),
        format!("host: {host}"),
        format!("user-agent: spanline/{}", env!("CARGO_PKG_VERSION")),
        "x-tenant: shop".to_owned(),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn every_2xx_is_success_and_the_connection_is_kept() {
    let script = ["200 OK", "202 Accepted", "204 No Content", "299 Fine"];
    let peer = Peer::new(script.map(|status| say(status, &["Set-Cookie: a=b"], "")));
    let mut transport = transport(&peer);
    for status in script {
        transport
            .send(b"x", AMPLE.into())
            .unwrap_or_else(|error| panic!("{status}: {error:?}"));
    }
    let got = peer.got();
    assert_eq!(got.len(), script.len());
    assert!(
        got.iter().all(|got| got.connection == 0),
        "one connection for all"
    );
    assert!(
        got.iter()
            .all(|got| !got.head.to_lowercase().contains("cookie"))
    );
}

#[test]
fn a_refusal_is_final_and_leaves_the_connection_usable() {
    for status in [
        "400 Bad Request",
        "401 No",
        "404 Not Found",
        "413 Too Large",
        "500 Oops",
    ] {
        let peer = Peer::new([say(status, &[], "because"), say("202 Accepted", &[], "")]);
        let mut transport = transport(&peer);
        let (code, excerpt) = refused(transport.send(b"x", AMPLE.into()));
        assert_eq!(
            (code.to_string().as_str(), excerpt.as_str()),
            (&status[..3], "because")
        );
        transport.send(b"y", AMPLE.into()).unwrap();
        let connections: Vec<_> = peer.got().iter().map(|got| got.connection).collect();
        assert_eq!(
            connections,
            [0, 0],
            "{status}: one attempt, then the next request"
        );
    }
}

#[test]
fn four_statuses_are_tried_again() {
    for status in ["429 Slow Down", "502 Bad Gateway", "503 Away", "504 Late"] {
        let peer = Peer::new([
            say(status, &["Retry-After: 0"], ""),
            say(status, &[], ""),
            say("202 Accepted", &[], ""),
        ]);
        send(&peer, b"again").unwrap();
        let bodies: Vec<_> = peer.got().into_iter().map(|got| got.body).collect();
        assert_eq!(bodies, vec![b"again".to_vec(); 3], "{status}");
    }
}

#[test]
fn nothing_is_tried_more_than_five_times() {
    let peer = Peer::new((0..9).map(|_| say("503 Away", &[], "overloaded")));
    assert_eq!(refused(send(&peer, b"x")), (503, "overloaded".to_owned()));
    assert_eq!(peer.got().len(), 5);
}

#[test]
fn a_wait_past_the_deadline_is_not_begun() {
    for after in [
        "Retry-After: 1000000000",
        "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT",
    ] {
        let peer = Peer::new([say("503 Away", &[after], "")]);
        let start = Instant::now();
        assert_eq!(refused(send(&peer, b"x")).0, 503);
        assert!(start.elapsed() < AMPLE / 2, "it waited for {after}");
        assert_eq!(peer.got().len(), 1);
    }
}

/// A wait of a minute does not fit into two seconds: half of them are waited, once.
#[test]
fn a_wait_that_does_not_fit_is_shortened_for_one_attempt() {
    let patient = RetryPolicy {
        initial: Duration::from_secs(60),
        longest: Duration::from_secs(60),
        ..RetryPolicy::DEFAULT
    };
    let busy = || say("503 Busy", &[], "");
    for (then, is_taken) in [(say("202 Accepted", &[], ""), true), (busy(), false)] {
        let peer = Peer::new([busy(), then, say("202 Accepted", &[], "")]);
        let endpoint = Endpoint::parse(&peer.url("/")).unwrap();
        let transport = HttpTransport::new(&endpoint, &Settings::default(), "text/plain", patient);
        let result = transport.unwrap().send(b"x", Duration::from_secs(2).into());
        assert_eq!(result.is_ok(), is_taken, "{result:?}");
        assert_eq!(peer.got().len(), 2);
    }
}

#[test]
fn redirects_are_refusals() {
    let other = Peer::new([say("202 Accepted", &[], "")]);
    for status in [
        "301 Moved",
        "302 Found",
        "303 See",
        "307 Temporary",
        "308 Permanent",
    ] {
        let location = format!("Location: {}", other.url("/"));
        let peer = Peer::new([say(status, &[&location], "")]);
        assert_eq!(refused(send(&peer, b"x")).0.to_string(), status[..3]);
    }
    assert!(other.got().is_empty(), "nobody went there");
}

#[test]
fn a_connection_that_breaks_is_tried_again() {
    for act in [
        Act::Close,
        Act::SayAndClose(Vec::new()),
        Act::SayAndClose(b"HTTP/1.1 20".to_vec()),
        Act::SayAndClose(b"HTTP/1.1 202 Accepted\r\nContent-".to_vec()),
    ] {
        let peer = Peer::new([act.clone(), say("202 Accepted", &[], "")]);
        send(&peer, b"x").unwrap_or_else(|error| panic!("{act:?}: {error:?}"));
    }
}

#[test]
fn a_kept_connection_that_was_closed_meanwhile_is_replaced() {
    let accepted = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
    let peer = Peer::new([
        Act::SayAndClose(accepted.to_vec()),
        say("202 Accepted", &[], ""),
    ]);
    let mut transport = transport(&peer);
    transport.send(b"one", AMPLE.into()).unwrap();
    transport.send(b"two", AMPLE.into()).unwrap();
    let connections: Vec<_> = peer.got().iter().map(|got| got.connection).collect();
    assert_eq!(connections, [0, 1]);
}

#[test]
fn nobody_listening_is_unreachable() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}/");
    let result = transport_to(&url, &Settings::default()).send(b"x", AMPLE.into());
    let Err(SendError::Unreachable(error)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[test]
fn a_silent_peer_is_cut_off_by_the_deadline() {
    let limit = Duration::from_millis(100);
    let head = b"HTTP/1.1 202 Accepted\r\nX-Slow: ";
    for act in [
        Act::Hang,
        Act::Ignore,
        Act::Say(head.to_vec()),
        Act::Drip(head.to_vec()),
    ] {
        let peer = Peer::new([act.clone()]);
        let result = send_by(&peer, b"x", limit);
        assert!(
            matches!(result, Err(SendError::DeadlinePassed)),
            "{act:?}: {result:?}"
        );
    }
}

#[test]
fn a_peer_that_does_not_read_is_cut_off_by_the_deadline() {
    let body = vec![b'x'; 32 * 1024 * 1024];
    let peer = Peer::new([Act::Ignore]);
    let result = send_by(&peer, &body, Duration::from_millis(300));
    assert!(
        matches!(result, Err(SendError::DeadlinePassed)),
        "{result:?}"
    );
}

#[test]
fn the_status_counts_even_if_the_body_never_ends() {
    // Time for the head and a byte to come, however busy the machine is.
    let limit = Duration::from_secs(2);
    let accepted = b"HTTP/1.1 202 Accepted\r\nContent-Length: 1000000\r\n\r\n";
    let refusal = b"HTTP/1.1 400 No\r\nContent-Length: 1000000\r\n\r\nno ";
    send_by(&Peer::new([Act::Drip(accepted.to_vec())]), b"x", limit).unwrap();
    let result = send_by(&Peer::new([Act::Drip(refusal.to_vec())]), b"x", limit);
    let (code, excerpt) = refused(result);
    assert_eq!(code, 400);
    assert!(excerpt.starts_with("no x"), "{excerpt}");
}

#[test]
fn a_body_without_end_is_read_to_its_limit_only() {
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let chunk = [b"10000\r\n".to_vec(), vec![b'x'; 0x10000], b"\r\n".to_vec()].concat();
    let peer = Peer::new([Act::Flood(chunked, chunk), say("202 Accepted", &[], "")]);
    let mut transport = transport(&peer);
    transport.send(b"one", AMPLE.into()).unwrap();
    transport.send(b"two", AMPLE.into()).unwrap();
    let connections: Vec<_> = peer.got().iter().map(|got| got.connection).collect();
    assert_eq!(
        connections,
        [0, 1],
        "the flooded connection is not used again"
    );
}

#[test]
fn an_answer_that_breaks_off_is_not_taken_for_a_whole_one() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let settings = Settings {
        expects_reply: true,
        ..Settings::default()
    };
    for (answer, body, unread) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nall".to_owned(),
            "all",
            None,
        ),
        ("HTTP/1.0 200 OK\r\n\r\nall".to_owned(), "all", None),
        (format!("{chunked}3\r\nall\r\n0\r\n\r\n"), "all", None),
        ("HTTP/1.1 204 No\r\n\r\n".to_owned(), "", None),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".to_owned(),
            "",
            Some(BROKE_OFF),
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na".to_owned(),
            "a",
            Some(BROKE_OFF),
        ),
        (chunked.to_owned(), "", Some(BROKE_OFF)),
        (format!("{chunked}9\r\na"), "a", Some(BROKE_OFF)),
        (format!("{chunked}1\r\na\r\n"), "a", Some(BROKE_OFF)),
        (format!("{chunked}none\r\n"), "", Some(BROKE_OFF)),
    ] {
        let peer = Peer::new([Act::SayAndClose(answer.clone().into_bytes())]);
        let mut transport = transport_to(&peer.url("/"), &settings);
        transport.send(b"x", AMPLE.into()).unwrap();
        let body = body.as_bytes().to_vec();
        assert_eq!(transport.take_answer(), Answer { body, unread }, "{answer}");
        assert_eq!(
            transport.take_answer(),
            Answer::default(),
            "it is given away"
        );
    }
    // One that goes on when the time is up breaks off as well. Its head has come by then, however busy
    // the machine is.
    let accepted = b"HTTP/1.1 202 Accepted\r\nContent-Length: 1000000\r\n\r\n";
    let peer = Peer::new([Act::Drip(accepted.to_vec())]);
    let mut transport = transport_to(&peer.url("/"), &settings);
    let limit = Duration::from_secs(2);
    transport.send(b"x", limit.into()).unwrap();
    assert_eq!(transport.take_answer().unread, Some(BROKE_OFF));
}

#[test]
fn what_nobody_reads_is_not_kept() {
    let peer = Peer::new([say("200 OK", &[], "hello")]);
    let mut transport = transport(&peer);
    transport.send(b"x", AMPLE.into()).unwrap();
    assert_eq!(transport.take_answer(), Answer::default());
}

#[test]
fn an_answer_that_is_no_http_is_final() {
    let long = format!(
        "HTTP/1.1 202 Accepted\r\nX-Long: {}\r\n\r\n",
        "x".repeat(1 << 20)
    );
    for answer in ["no http at all\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", &long] {
        let peer = Peer::new([Act::Say(answer.as_bytes().to_vec())]);
        let result = send(&peer, b"x");
        assert!(matches!(result, Err(SendError::Response(_))), "{result:?}");
        assert_eq!(peer.got().len(), 1);
    }
}

#[test]
fn older_and_wordier_peers_are_understood() {
    for answer in [
        "HTTP/1.0 202 Accepted\r\n\r\nbody until the end",
        "HTTP/1.1 202 Accepted\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
    ] {
        let peer = Peer::new([Act::SayAndClose(answer.as_bytes().to_vec())]);
        send(&peer, b"x").unwrap_or_else(|error| panic!("{answer}: {error:?}"));
    }
}

#[test]
fn no_secret_is_in_any_error_or_debug_text() {
    let secrets = [
        "canary-header",
        "canary-bearer",
        "canary-user",
        "canary-password",
        // `canary-user:canary-password` in Base64
        "Y2FuYXJ5LXVzZXI6Y2FuYXJ5LXBhc3N3b3Jk",
        // the value of the query, as it is meant and as it is sent
        "canary/query+key",
        "canary%2Fquery%2Bkey",
        // as JSON has it, and cut off
        "canary\\/query+key",
        "…ary-header",
    ];
    let settings = Settings {
        headers: vec![
            ("x-key".to_owned(), Secret::new(" canary-header ")),
            ("x-pin".to_owned(), Secret::new(" 4711 ")),
            ("x-auth".to_owned(), Secret::new("Bearer canary-bearer")),
        ],
        basic_auth: Some((Secret::new("canary-user"), Secret::new("canary-password"))),
        ..Settings::default()
    };
    for secret in secrets.into_iter().chain(["4711."]) {
        let peer = Peer::new([say("401 No", &[], &format!("you sent {secret}"))]);
        let mut transport = transport_to(&peer.url("/?key=canary%2Fquery%2Bkey"), &settings);
        let result = transport.send(b"x", AMPLE.into());
        let debug = format!("{transport:?} {settings:?} {result:?}");
        assert!(
            !debug.contains("canary") && !debug.contains("Y2FuYX"),
            "{debug}"
        );
        let error = result.unwrap_err().into_export_error().to_string();
        assert!(error.starts_with("status 401: (not shown"), "{error}");
    }
}

#[test]
#[cfg(not(feature = "tls"))]
fn https_needs_its_feature() {
    let endpoint = Endpoint::parse("https://me:pw@c/?key=x").unwrap();
    let settings = Settings::default();
    let built = HttpTransport::new(&endpoint, &settings, "text/plain", RetryPolicy::DEFAULT);
    let error = built.unwrap_err();
    let expected = BuildError::NeedsFeature {
        wanted: "https://c/".to_owned(),
        feature: "tls",
    };
    assert_eq!(error, expected);
    assert!(error.to_string().contains("`tls`"));
}

#[test]
fn a_deadline_that_has_passed_sends_nothing() {
    let peer = Peer::new([]);
    let result = transport(&peer).send(b"x", Duration::ZERO.into());
    assert!(matches!(result, Err(SendError::DeadlinePassed)));
    assert!(peer.got().is_empty());
}

#[test]
#[cfg(feature = "tls")]
fn a_handshake_that_hangs_is_cut_off_by_the_deadline() {
    let peer = Peer::new([Act::Ignore]);
    let url = peer.url("/").replace("http:", "https:");
    let start = Instant::now();
    let limit = Duration::from_millis(300);
    let result = transport_to(&url, &Settings::default()).send(b"x", limit.into());
    assert!(
        matches!(result, Err(SendError::DeadlinePassed)),
        "{result:?}"
    );
    assert!(start.elapsed() < limit + LATE);
}

/// A transport to a name that `ask` knows.
fn transport_finding(ask: fn(&str, u16) -> std::io::Result<Vec<SocketAddr>>) -> HttpTransport {
    let endpoint = Endpoint::parse("http://collector.test:4318/").unwrap();
    let lookup = Lookup::with(ask);
    HttpTransport::finding(lookup, &endpoint, &Settings::default(), "text/plain", QUICK).unwrap()
}

/// The peer's address is on this machine; only its port is not the one that was asked for.
fn here(port: u16) -> Vec<SocketAddr> {
    vec![([127, 0, 0, 1], port).into()]
}

#[test]
fn a_name_is_looked_up_for_the_first_request_and_again_when_its_peer_is_gone() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    static PORT: AtomicU16 = AtomicU16::new(0);
    let old = Peer::new([
        say("200 OK", &[], ""),
        Act::SayAndClose(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec()),
        Act::Close,
    ]);
    let new = Peer::new([say("200 OK", &[], "")]);
    let mut transport = transport_finding(|host, port| {
        assert_eq!((host, port), ("collector.test", 4318));
        ASKED.fetch_add(1, Relaxed);
        Ok(here(PORT.load(Relaxed)))
    });
    assert_eq!(
        ASKED.load(Relaxed),
        0,
        "nothing is looked up before it is needed"
    );
    PORT.store(old.port(), Relaxed);
    transport.send(b"1", AMPLE.into()).unwrap();
    PORT.store(new.port(), Relaxed);
    transport.send(b"2", AMPLE.into()).unwrap();
    assert_eq!(ASKED.load(Relaxed), 1, "an answer that does is kept");
    // The old peer has closed the connection and takes no other.
    transport.send(b"3", AMPLE.into()).unwrap();
    assert_eq!(ASKED.load(Relaxed), 2);
    let bodies = |peer: &Peer| -> Vec<_> { peer.got().into_iter().map(|got| got.body).collect() };
    assert_eq!(bodies(&old), [b"1", b"2"]);
    assert_eq!(bodies(&new), [b"3"]);
}

#[test]
fn a_name_that_nobody_knows_yet_is_looked_up_with_each_attempt() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    static PORT: AtomicU16 = AtomicU16::new(0);
    let peer = Peer::new([say("200 OK", &[], "")]);
    PORT.store(peer.port(), Relaxed);
    let mut transport = transport_finding(|_, _| match ASKED.fetch_add(1, Relaxed) {
        0 => Err(std::io::Error::other("no such host")),
        1 => Ok(Vec::new()),
        _ => Ok(here(PORT.load(Relaxed))),
    });
    transport.send(b"x", AMPLE.into()).unwrap();
    assert_eq!(ASKED.load(Relaxed), 3);
    assert_eq!(peer.got().len(), 1);
}

#[test]
fn a_twin_looks_its_peer_up_by_itself() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    static PORT: AtomicU16 = AtomicU16::new(0);
    let peer = Peer::new([say("200 OK", &[], ""), say("200 OK", &[], "")]);
    PORT.store(peer.port(), Relaxed);
    let mut transport = transport_finding(|_, _| {
        ASKED.fetch_add(1, Relaxed);
        Ok(here(PORT.load(Relaxed)))
    });
    transport.send(b"parent", AMPLE.into()).unwrap();
    transport
        .twin()
        .unwrap()
        .send(b"child", AMPLE.into())
        .unwrap();
    assert_eq!(ASKED.load(Relaxed), 2);
    let connections: Vec<_> = peer.got().into_iter().map(|got| got.connection).collect();
    assert_eq!(connections, [0, 1]);
}

/// The name points elsewhere, and for a moment nowhere, while a batch is exported.
#[test]
#[cfg(feature = "otlp")]
fn a_collector_that_moves_during_an_export_gets_the_batch_once() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    static PORTS: [AtomicU16; 2] = [AtomicU16::new(0), AtomicU16::new(0)];
    let old = Peer::new([
        Act::SayAndClose(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec()),
        Act::Close,
    ]);
    let new = Peer::new([say("200 OK", &[], ""), say("200 OK", &[], "")]);
    PORTS[0].store(old.port(), Relaxed);
    PORTS[1].store(new.port(), Relaxed);
    let transport = transport_finding(|_, _| match ASKED.fetch_add(1, Relaxed) {
        0 => Ok(here(PORTS[0].load(Relaxed))),
        1 => Err(std::io::Error::other("no such host")),
        _ => Ok(here(PORTS[1].load(Relaxed))),
    });
    let encoder = crate::encoder::otlp::OtlpProtobuf::new();
    let mut exporter = crate::Pipeline::new("test", encoder, transport);
    let records = [Span::new("x").seal()];
    for moved in [0, 1, 1] {
        let exported = fixture::batch(&records, &service("a"), |batch| {
            exporter.export(batch, Deadline::after(AMPLE))
        });
        assert_eq!(exported.unwrap(), Exported::ALL);
        assert_eq!([old.got().len(), new.got().len()], [1 - moved, moved]);
    }
    assert_eq!(
        ASKED.load(Relaxed),
        3,
        "the new address is believed as well"
    );
}

//! Whatever a collector does, each span ends as exactly one of exported, failed and rejected: the table
//! of behaviours, for each exporter over HTTP.
//!
//! For every row: at most five attempts, and more than one only where trying again may help; nobody is
//! followed anywhere; the exporter's time is kept; memory stays small whatever the collector sends; no
//! credential is told to anyone. All rows run at once, each on a thread of its own with a collector of
//! its own. TLS, gRPC and UDP have matrices of their own.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/answers.rs"]
mod answers;
#[path = "support/collector.rs"]
mod collector;
#[path = "support/matrix.rs"]
mod matrix;
#[path = "support/nobody.rs"]
mod nobody;

use std::net::TcpListener;
use std::thread;

use answers::{MOST, bomb, partial_success};
use collector::{Collector, Does};
use matrix::End::{self, Exported as Arrives, Failed as Fails, Rejected as IsRejected};
use matrix::{
    Build, SHORT, SOME, build, check, check_flush, row, run, told, told_no_secret, within,
};
use nobody::Nobody;
use spanline::export::{JaegerExporter, OtlpExporter, ZipkinExporter};

type Row = matrix::Row<Vec<Does>>;

/// An answer with this status line and these headers.
fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

fn says(status: &str, headers: &str, body: &[u8]) -> Does {
    Does::Says(answer(status, headers, body))
}

fn ok() -> Does {
    says("200 OK", "", b"")
}

/// The table. `elsewhere` is where redirects point to.
fn table(elsewhere: &str, wire: &Wire) -> Vec<Row> {
    use Does::{
        Echoes, Hangs, Resets, ResetsOnAccept, SaysAndCloses, SaysAndDrips, SaysAndFloods,
        SaysAndHangs,
    };
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let chunk = [b"10000\r\n".to_vec(), vec![b'x'; 0x10000], b"\r\n".to_vec()].concat();
    let long_header = format!("X-Long: {}\r\n", "x".repeat(1 << 20));
    let location = format!("Location: {elsewhere}\r\n");
    let (media, rejects) = (wire.media, wire.rejects);
    // OTLP alone says what a success with too long an answer is.
    let long = if rejects == IsRejected {
        Fails
    } else {
        Arrives
    };
    let partial = |text: usize| (wire.partial)(text).map(|body| says("200 OK", media, &body));
    let [number_first, number_last] = partial(10);
    let [long_first, long_last] = partial(100_000);
    let [longest_first, longest_last] = partial(MOST - 100);
    let [in_chunks, _] = (wire.partial)(100_000);
    let in_chunks = [
        chunked.as_slice(),
        format!("{:x}\r\n", in_chunks.len()).as_bytes(),
        &in_chunks,
        b"\r\n0\r\n\r\n",
    ]
    .concat();
    let mut cut = answer("200 OK", media, &(wire.partial)(10)[0]);
    cut.truncate(cut.len() - 4);
    let unending = |status| {
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: 1000000\r\n\r\n");
        head.into_bytes()
    };
    let again = |status, after: &str| says(status, &format!("Retry-After: {after}\r\n"), b"busy");
    let past = "Fri, 31 Dec 1999 23:59:59 GMT";
    let future = "Fri, 31 Dec 9999 23:59:59 GMT";
    let slow = b"HTTP/1.1 200 OK\r\nX-Slow: ".to_vec();
    vec![
        // The connection breaks: another attempt, after a wait.
        within(
            SOME,
            row("reset on accept", vec![ResetsOnAccept], Fails, 2..=4),
        ),
        within(
            SOME,
            row(
                "reset at the first byte",
                vec![Resets(0, b"")],
                Fails,
                2..=4,
            ),
        ),
        within(
            SOME,
            row("reset in the request", vec![Resets(16, b"")], Fails, 2..=4),
        ),
        within(
            SOME,
            row(
                "reset in the response",
                vec![Resets(16, b"HTTP/1.1 2")],
                Fails,
                2..=4,
            ),
        ),
        within(
            SOME,
            row(
                "close before the response",
                vec![SaysAndCloses(vec![])],
                Fails,
                2..=4,
            ),
        ),
        row(
            "close, then recovery",
            vec![SaysAndCloses(vec![]), ok()],
            Arrives,
            2..=2,
        ),
        Row {
            spans: 2,
            ..row(
                "kept connection dropped between requests",
                vec![SaysAndCloses(answer("200 OK", "", b"")), ok()],
                Arrives,
                2..=2,
            )
        },
        // It is silent or slow: the deadline.
        within(SHORT, row("accept and hang", vec![Hangs], Fails, 1..=1)),
        within(
            SHORT,
            row(
                "hang after the request",
                vec![SaysAndHangs(vec![])],
                Fails,
                1..=1,
            ),
        ),
        within(
            SHORT,
            row(
                "hang after the status line",
                vec![SaysAndHangs(b"HTTP/1.1 200 OK\r\n".to_vec())],
                Fails,
                1..=1,
            ),
        ),
        within(
            SHORT,
            row(
                "a byte of a header at a time",
                vec![SaysAndDrips(slow, b"x")],
                Fails,
                1..=1,
            ),
        ),
        within(
            SHORT,
            row(
                "503, and a byte of its body at a time",
                vec![SaysAndDrips(unending("503 Away"), b"x")],
                Fails,
                1..=1,
            ),
        ),
        Row {
            text: 16 << 20,
            ..within(SOME, row("reads nothing", vec![Hangs], Fails, 1..=1))
        },
        // It has taken the spans, and what else it says does not matter.
        row("200", vec![ok()], Arrives, 1..=1),
        row(
            "204",
            vec![Does::Says(b"HTTP/1.1 204 No\r\n\r\n".to_vec())],
            Arrives,
            1..=1,
        ),
        within(
            SHORT,
            row(
                "200, and a byte of its body at a time",
                vec![SaysAndDrips(unending("200 OK"), b"x")],
                Arrives,
                1..=1,
            ),
        ),
        within(
            SHORT,
            row(
                "200, and a chunk of a byte at a time",
                vec![SaysAndDrips(chunked.clone(), b"1\r\nx\r\n")],
                Arrives,
                1..=1,
            ),
        ),
        row("200 partial success", vec![number_first], rejects, 1..=1),
        row(
            "200 partial success, the number behind the text",
            vec![number_last],
            rejects,
            1..=1,
        ),
        row(
            "200 partial success, then a text of 100,000 bytes",
            vec![long_first],
            rejects,
            1..=1,
        ),
        row(
            "200 partial success behind a text of 100,000 bytes",
            vec![long_last],
            rejects,
            1..=1,
        ),
        row(
            "200 partial success, then a text of 4 MiB",
            vec![longest_first],
            rejects,
            1..=1,
        ),
        row(
            "200 partial success behind a text of 4 MiB",
            vec![longest_last],
            rejects,
            1..=1,
        ),
        row(
            "200 partial success in chunks",
            vec![Does::Says(in_chunks)],
            rejects,
            1..=1,
        ),
        row(
            "200 partial success that breaks off",
            vec![SaysAndCloses(cut)],
            Arrives,
            1..=1,
        ),
        row(
            "200, and the body never comes",
            vec![SaysAndCloses(unending("200 OK"))],
            Arrives,
            1..=1,
        ),
        row(
            "200 garbage",
            vec![says("200 OK", media, b"\xff\xff\x00{]")],
            Arrives,
            1..=1,
        ),
        row(
            "200 with 5 MiB",
            vec![says("200 OK", "", &vec![b'x'; 5 << 20])],
            long,
            1..=1,
        ),
        row(
            "200 without end",
            vec![SaysAndFloods(chunked, chunk)],
            long,
            1..=1,
        ),
        row(
            "200 with a bomb of gzip, which was not asked for",
            vec![says(
                "200 OK",
                &format!("Content-Encoding: gzip\r\n{media}"),
                &bomb(),
            )],
            Arrives,
            1..=1,
        ),
        row(
            "HTTP/1.0",
            vec![SaysAndCloses(
                b"HTTP/1.0 200 OK\r\n\r\nuntil the end".to_vec(),
            )],
            Arrives,
            1..=1,
        ),
        row(
            "100, then 200",
            vec![Does::Says(
                [
                    b"HTTP/1.1 100 Continue\r\n\r\n",
                    answer("200 OK", "", b"").as_slice(),
                ]
                .concat(),
            )],
            Arrives,
            1..=1,
        ),
        // It is no HTTP, or too much of it: final.
        row(
            "no HTTP",
            vec![SaysAndCloses(b"no HTTP at all\r\n\r\n".to_vec())],
            Fails,
            1..=1,
        ),
        row(
            "a header of 1 MiB",
            vec![says("200 OK", &long_header, b"")],
            Fails,
            1..=1,
        ),
        // It refuses: final, and nobody is followed.
        row(
            "301 to elsewhere",
            vec![says("301 Moved", &location, b"")],
            Fails,
            1..=1,
        ),
        row(
            "307 to elsewhere",
            vec![says("307 Moved", &location, b"")],
            Fails,
            1..=1,
        ),
        row(
            "308 to elsewhere",
            vec![says("308 Moved", &location, b"")],
            Fails,
            1..=1,
        ),
        row("400", vec![Echoes("400 Bad Request")], Fails, 1..=1),
        row(
            "401 with the credentials",
            vec![Echoes("401 Unauthorized")],
            Fails,
            1..=1,
        ),
        row("404", vec![Echoes("404 Not Found")], Fails, 1..=1),
        row("413", vec![Echoes("413 Too Large")], Fails, 1..=1),
        row("500", vec![Echoes("500 Oops")], Fails, 1..=1),
        Row {
            text: 16 << 20,
            ..row(
                "413 to the head, and the body is not read",
                vec![Resets(
                    16,
                    b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n",
                )],
                Fails,
                1..=1,
            )
        },
        // It is busy: another attempt when it says, or not at all if that is too late.
        row(
            "429 at once",
            vec![again("429 Slow Down", "0"), ok()],
            Arrives,
            2..=2,
        ),
        row(
            "429, a time gone by",
            vec![again("429 Slow Down", past), ok()],
            Arrives,
            2..=2,
        ),
        within(
            SOME,
            row(
                "429 in 3 s",
                vec![again("429 Slow Down", "3")],
                Fails,
                1..=1,
            ),
        ),
        row(
            "429 in 30 years",
            vec![again("429 Slow Down", "1000000000")],
            Fails,
            1..=1,
        ),
        row(
            "429 in the year 9999",
            vec![again("429 Slow Down", future)],
            Fails,
            1..=1,
        ),
        within(
            SOME,
            row("429, -1", vec![again("429 Slow Down", "-1")], Fails, 2..=4),
        ),
        within(
            SOME,
            row(
                "429, garbage",
                vec![again("429 Slow Down", "soon")],
                Fails,
                2..=4,
            ),
        ),
        row("502", vec![again("502 Bad Gateway", "0")], Fails, 5..=5),
        row("503", vec![again("503 Away", "0")], Fails, 5..=5),
        row("504", vec![again("504 Late", "0")], Fails, 5..=5),
        row(
            "503, then recovery",
            vec![again("503 Away", "0"), ok()],
            Arrives,
            2..=2,
        ),
    ]
}

/// What the exporters of one format are answered with.
struct Wire {
    name: &'static str,
    /// Where they send to.
    path: &'static str,
    media: &'static str,
    /// A partial success that rejects a span, with a text of so many bytes: the number first, and last.
    partial: fn(usize) -> [Vec<u8>; 2],
    /// What becomes of a span that is answered so.
    rejects: End,
}

const PROTOBUF: &str = "Content-Type: application/x-protobuf\r\n";

/// The partial success in JSON, with every character of the text escaped.
fn partial_success_in_json(text: usize) -> [Vec<u8>; 2] {
    let text = "\\n".repeat(text / 2);
    let (number, text) = (
        r#""rejectedSpans":"1""#.to_owned(),
        format!(r#""errorMessage":"{text}""#),
    );
    [[&number, &text], [&text, &number]]
        .map(|[first, second]| format!(r#"{{"partialSuccess":{{{first},{second}}}}}"#).into_bytes())
}

/// Every row of the table.
fn holds(wire: &Wire, exporter: &Build) {
    told();
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("http://{}/", elsewhere.local_addr().unwrap());
    let (name, path) = (wire.name, wire.path);
    thread::scope(|scope| {
        for row in table(&target, wire) {
            scope.spawn(move || {
                let collector = Collector::new(row.does.clone());
                let url = format!("http://{}{path}", collector.address());
                let ran = run(&row, url, exporter);
                check(name, &row, collector.attempts(), &ran);
                let collector = Collector::new(row.does.clone());
                let url = format!("http://{}{path}", collector.address());
                check_flush(name, &row, url, exporter);
            });
        }
        scope.spawn(move || {
            let nobody = Nobody::new();
            let row: Row = within(SOME, row("refuse", vec![], Fails, 0..=0));
            let url = format!("http://{}{path}", nobody.address());
            check(name, &row, 0, &run(&row, url.clone(), exporter));
            check_flush(name, &row, url, exporter);
        });
        scope.spawn(move || {
            let row: Row = within(SOME, row("no such name", vec![], Fails, 0..=0));
            let url = format!("http://no-such-host.invalid{path}");
            check(name, &row, 0, &run(&row, url.clone(), exporter));
            check_flush(name, &row, url, exporter);
        });
    });
    elsewhere.set_nonblocking(true).unwrap();
    assert!(elsewhere.accept().is_err(), "somebody followed a redirect");
    told_no_secret("status 401");
}

#[test]
fn over_jaeger() {
    let wire = Wire {
        name: "Jaeger",
        path: "/api/traces?key=canary-query",
        media: PROTOBUF,
        partial: partial_success,
        rejects: Arrives,
    };
    holds(&wire, &|url, time, said| {
        build(JaegerExporter::http(url), time, said)
    });
}

#[test]
fn over_zipkin() {
    let wire = Wire {
        name: "Zipkin",
        path: "/api/v2/spans?key=canary-query",
        media: PROTOBUF,
        partial: partial_success,
        rejects: Arrives,
    };
    holds(&wire, &|url, time, said| {
        build(ZipkinExporter::http(url), time, said)
    });
}

#[test]
fn over_otlp_in_protobuf() {
    let wire = Wire {
        name: "OTLP",
        path: "/v1/traces?key=canary-query",
        media: PROTOBUF,
        partial: partial_success,
        rejects: IsRejected,
    };
    holds(&wire, &|url, time, said| {
        build(OtlpExporter::http(url), time, said)
    });
}

#[test]
fn over_otlp_in_json() {
    let wire = Wire {
        name: "OTLP JSON",
        path: "/v1/traces?key=canary-query",
        media: "Content-Type: application/json\r\n",
        partial: partial_success_in_json,
        rejects: IsRejected,
    };
    holds(&wire, &|url, time, said| {
        build(OtlpExporter::http_json(url), time, said)
    });
}

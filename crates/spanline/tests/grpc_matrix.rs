//! Whatever a peer does with a call, each span ends as exactly one of exported, failed and rejected: the
//! table of behaviours for OTLP over gRPC.
//!
//! What is tried again is what OTLP allows ("OTLP/gRPC", "Failures"), and connections that break, that
//! do not speak HTTP/2 among them. All rows run at once, each with a peer of its own.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/answers.rs"]
mod answers;
#[path = "support/grpc_peer.rs"]
mod grpc_peer;
#[path = "support/matrix.rs"]
mod matrix;
#[path = "support/nobody.rs"]
mod nobody;

use std::thread;

use answers::{MOST, bomb, partial_success};
use grpc_peer::{Does, Peer};
use matrix::End::{Exported as Arrives, Failed as Fails, Rejected as IsRejected};
use matrix::{SHORT, SOME, build, check, check_flush, row, run, told, told_no_secret, within};
use nobody::Nobody;
use spanline::export::OtlpExporter;

type Row = matrix::Row<Vec<Does>>;

/// `google.rpc.Status`, 3: details, a `RetryInfo` whose `retry_delay` is this `Duration`, in Base64.
fn patience(duration: &[u8]) -> String {
    let url = b"type.googleapis.com/google.rpc.RetryInfo";
    let info = [&[0x0A, duration.len() as u8], duration].concat();
    let any = [
        &[0x0A, url.len() as u8],
        &url[..],
        &[0x12, info.len() as u8],
        &info,
    ]
    .concat();
    base64(&[&[0x1A, any.len() as u8], &any[..]].concat())
}

/// Base64 without padding, as gRPC sends binary headers.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    let bits: Vec<u8> = bits.collect();
    let digit = |bits: &[u8]| {
        let at = (0..6).fold(0, |at, bit| at << 1 | bits.get(bit).copied().unwrap_or(0));
        char::from(DIGITS[usize::from(at)])
    };
    bits.chunks(6).map(digit).collect()
}

fn ends(code: u32) -> Does {
    Does::Ends(vec![("grpc-status", code.to_string())])
}

fn asks(code: u32, duration: &[u8]) -> Does {
    Does::Ends(vec![
        ("grpc-status", code.to_string()),
        ("grpc-status-details-bin", patience(duration)),
    ])
}

/// A message in its frame.
fn answers(compressed: u8, message: &[u8]) -> Does {
    let length = (message.len() as u32).to_be_bytes();
    Does::Answers([&[compressed], &length[..], message].concat())
}

fn table() -> Vec<Row> {
    let [number_first, number_last] = partial_success(10);
    let [long_first, long_last] = partial_success(100_000);
    let [longest_first, longest_last] = partial_success(MOST - 14);
    let two = [&[0, 0, 0, 0, 0], &[0, 0, 0, 0, 0][..]].concat();
    // Duration 2: nanos
    let at_once = [0x10, 0x01];
    // Duration 1: seconds = 3600
    let an_hour = [0x08, 0x90, 0x1C];
    let long = "x".repeat(1 << 20);
    vec![
        // The connection breaks, or never was one: another attempt, after a wait.
        within(SOME, row("closes", vec![Does::Writes(b"")], Fails, 2..=4)),
        within(
            SOME,
            row(
                "garbage frames",
                vec![Does::Writes(&[0xFF; 64])],
                Fails,
                2..=4,
            ),
        ),
        within(
            SOME,
            row(
                "HTTP/1.1",
                vec![Does::Writes(b"HTTP/1.1 400 Bad Request\r\n\r\n")],
                Fails,
                2..=4,
            ),
        ),
        within(
            SOME,
            row("resets the stream", vec![Does::Resets], Fails, 2..=4),
        ),
        within(SOME, row("goes away", vec![Does::GoesAway], Fails, 2..=4)),
        within(
            SOME,
            row(
                "goes away, and tells why with the credentials",
                vec![Does::GoesAwayAndEchoes],
                Fails,
                2..=4,
            ),
        ),
        row(
            "goes away, then recovery",
            vec![Does::GoesAway, ends(0)],
            Arrives,
            2..=2,
        ),
        within(
            SOME,
            row(
                "a header of 1 MiB",
                vec![Does::Refuses(200, vec![("x-long", long)])],
                Fails,
                2..=4,
            ),
        ),
        // It is silent: the deadline.
        within(
            SHORT,
            row("accept and hang", vec![Does::Hangs], Fails, 1..=1),
        ),
        within(
            SHORT,
            row(
                "hang after the request",
                vec![Does::ReadsAndHangs],
                Fails,
                1..=1,
            ),
        ),
        within(
            SHORT,
            row("hang in the answer", vec![Does::SaysAndHangs], Fails, 1..=1),
        ),
        within(
            SHORT,
            row("a byte at a time", vec![Does::Drips], Fails, 1..=1),
        ),
        // It has taken the spans, and what else it says does not matter.
        row("OK", vec![ends(0)], Arrives, 1..=1),
        Row {
            spans: 3,
            ..row("OK, three times", vec![ends(0)], Arrives, 3..=3)
        },
        row("OK with a message", vec![answers(0, b"")], Arrives, 1..=1),
        row(
            "partial success",
            vec![answers(0, &number_first)],
            IsRejected,
            1..=1,
        ),
        row(
            "partial success, the number behind the text",
            vec![answers(0, &number_last)],
            IsRejected,
            1..=1,
        ),
        row(
            "partial success, then a text of 100,000 bytes",
            vec![answers(0, &long_first)],
            IsRejected,
            1..=1,
        ),
        row(
            "partial success behind a text of 100,000 bytes",
            vec![answers(0, &long_last)],
            IsRejected,
            1..=1,
        ),
        row(
            "partial success, then a text of 4 MiB",
            vec![answers(0, &longest_first)],
            IsRejected,
            1..=1,
        ),
        row(
            "partial success behind a text of 4 MiB",
            vec![answers(0, &longest_last)],
            IsRejected,
            1..=1,
        ),
        row(
            "OK with garbage",
            vec![answers(0, b"\xff\xff\x00{]")],
            Arrives,
            1..=1,
        ),
        row(
            "OK, packed, which was not asked for",
            vec![answers(1, &number_first)],
            Arrives,
            1..=1,
        ),
        row(
            "OK, and a bomb of gzip",
            vec![answers(1, &bomb())],
            Arrives,
            1..=1,
        ),
        row("OK twice", vec![Does::Answers(two)], Arrives, 1..=1),
        row(
            "OK, and a message cut short",
            vec![Does::Answers(vec![0, 0, 0, 1, 0, 0x0A])],
            Arrives,
            1..=1,
        ),
        // Too much of an answer, or none: final.
        row("5 MiB", vec![answers(0, &vec![0; 5 << 20])], Fails, 1..=1),
        row("without end", vec![Does::Floods], Fails, 1..=1),
        row("no status", vec![Does::Ends(Vec::new())], Fails, 1..=1),
        row(
            "a status that is no number",
            vec![Does::Ends(vec![("grpc-status", "fine".to_owned())])],
            Fails,
            1..=1,
        ),
        // It refuses: final.
        row("UNKNOWN", vec![ends(2)], Fails, 1..=1),
        row("INVALID_ARGUMENT", vec![Does::Echoes("3")], Fails, 1..=1),
        row("PERMISSION_DENIED", vec![Does::Echoes("7")], Fails, 1..=1),
        row("RESOURCE_EXHAUSTED", vec![Does::Echoes("8")], Fails, 1..=1),
        row("UNIMPLEMENTED", vec![Does::Echoes("12")], Fails, 1..=1),
        row("UNAUTHENTICATED", vec![Does::Echoes("16")], Fails, 1..=1),
        row(
            "HTTP status 404",
            vec![Does::Refuses(404, Vec::new())],
            Fails,
            1..=1,
        ),
        // It is busy: another attempt when it says, or not at all if that is too late.
        within(
            SOME,
            row("UNAVAILABLE", vec![Does::Echoes("14")], Fails, 2..=4),
        ),
        row(
            "UNAVAILABLE at once, for ever",
            vec![asks(14, &at_once)],
            Fails,
            5..=5,
        ),
        row(
            "UNAVAILABLE at once, then recovery",
            vec![asks(14, &at_once), ends(0)],
            Arrives,
            2..=2,
        ),
        row(
            "UNAVAILABLE in an hour",
            vec![asks(14, &an_hour)],
            Fails,
            1..=1,
        ),
        row(
            "RESOURCE_EXHAUSTED at once, then recovery",
            vec![asks(8, &at_once), ends(0)],
            Arrives,
            2..=2,
        ),
        row(
            "RESOURCE_EXHAUSTED in an hour",
            vec![asks(8, &an_hour)],
            Fails,
            1..=1,
        ),
        within(
            SOME,
            row(
                "HTTP status 503",
                vec![Does::Refuses(503, Vec::new())],
                Fails,
                2..=4,
            ),
        ),
    ]
}

#[test]
fn over_otlp_by_grpc() {
    told();
    let exporter = |url, time, said| build(OtlpExporter::grpc(url), time, said);
    thread::scope(|scope| {
        for row in table() {
            scope.spawn(move || {
                let peer = Peer::new(row.does.clone());
                let ran = run(&row, format!("http://{}", peer.address()), &exporter);
                check("gRPC", &row, peer.attempts(), &ran);
                let peer = Peer::new(row.does.clone());
                let url = format!("http://{}", peer.address());
                check_flush("gRPC", &row, url, &exporter);
            });
        }
        scope.spawn(move || {
            let nobody = Nobody::new();
            let row: Row = within(SOME, row("refuse", vec![], Fails, 0..=0));
            let url = format!("http://{}", nobody.address());
            check("gRPC", &row, 0, &run(&row, url.clone(), &exporter));
            check_flush("gRPC", &row, url, &exporter);
        });
        scope.spawn(move || {
            let row: Row = within(SOME, row("no such name", vec![], Fails, 0..=0));
            let url = "http://no-such-host.invalid".to_owned();
            check("gRPC", &row, 0, &run(&row, url.clone(), &exporter));
            check_flush("gRPC", &row, url, &exporter);
        });
    });
    told_no_secret("UNAUTHENTICATED");
    told_no_secret("gave the connection up");
}

//! A Jaeger agent's datagrams: taken on both ports, and a bad one is counted and told of once, and
//! costs nothing else.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc;
use std::time::Duration;

use spanline_sink::decode::{jaeger_binary, jaeger_udp_binary, jaeger_udp_compact};
use spanline_sink::{Format, ReceivedSpan, Sink};

const LONG: Duration = Duration::from_secs(20);

/// Datagrams written by Apache Thrift for Python: the batch of the same name, around it `emitBatch`.
macro_rules! datagram {
    ($name:literal) => {
        include_bytes!(concat!("../../../fuzz/corpus/sink_udp/", $name)).as_slice()
    };
}

fn send(to: SocketAddr, datagram: &[u8]) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    assert_eq!(socket.send_to(datagram, to).unwrap(), datagram.len());
}

#[test]
fn the_batch_is_the_same_in_every_protocol() {
    for (bare, binary, compact) in [
        (
            include_bytes!("../../../fuzz/corpus/sink_jaeger/tags").as_slice(),
            datagram!("binary_tags"),
            datagram!("compact_tags"),
        ),
        (
            include_bytes!("../../../fuzz/corpus/sink_jaeger/stats"),
            datagram!("binary_stats"),
            datagram!("compact_stats"),
        ),
    ] {
        let bare = jaeger_binary(bare).unwrap();
        for (format, decoded) in [
            (Format::JaegerUdpBinary, jaeger_udp_binary(binary).unwrap()),
            (
                Format::JaegerUdpCompact,
                jaeger_udp_compact(compact).unwrap(),
            ),
        ] {
            assert_eq!(decoded.client_stats, bare.client_stats);
            let same = |one: &ReceivedSpan, other: &ReceivedSpan| {
                let mut other = other.clone();
                other.format = format;
                *one == other
            };
            assert!(
                decoded
                    .spans
                    .iter()
                    .zip(&bare.spans)
                    .all(|(one, other)| same(one, other))
            );
            assert_eq!(decoded.spans.len(), bare.spans.len());
        }
    }
}

#[test]
fn datagrams_arrive_on_their_ports() {
    let sink = Sink::builder()
        .jaeger_udp_compact(0)
        .jaeger_udp_binary(0)
        .start()
        .unwrap();
    send(
        sink.jaeger_udp_compact_address().unwrap(),
        datagram!("compact_one"),
    );
    assert_eq!(sink.wait_for_spans(1, LONG), Ok(1));
    send(
        sink.jaeger_udp_binary_address().unwrap(),
        datagram!("binary_one"),
    );
    assert_eq!(sink.wait_for_spans(2, LONG), Ok(2));
    let formats: Vec<_> = sink.spans().iter().map(|span| span.format).collect();
    assert_eq!(formats, [Format::JaegerUdpCompact, Format::JaegerUdpBinary]);
}

#[test]
fn a_bad_datagram_is_counted_and_told_of_once() {
    let (told, hears) = mpsc::channel();
    let sink = Sink::builder()
        .jaeger_udp_compact(0)
        .on_malformed(move |malformed| told.send(malformed.clone()).unwrap())
        .start()
        .unwrap();
    let to = sink.jaeger_udp_compact_address().unwrap();
    for (bad, reason) in [
        (b"".as_slice(), "the payload ends here"),
        (b"hello", "invalid compact protocol header 104"),
        (
            datagram!("binary_one"),
            "invalid compact protocol header 128",
        ),
        (
            datagram!("compact_other_method"),
            "the message is \"emit\", not \"emitBatch\"",
        ),
        (
            datagram!("compact_reply"),
            "the message is a Reply, not a oneway call",
        ),
        (datagram!("compact_cut"), "batch.spans[0]"),
        (datagram!("compact_left_over"), "1 bytes are left over"),
        (datagram!("compact_length_lies"), "Byte array size"),
    ] {
        send(to, bad);
        let malformed = hears.recv_timeout(LONG).unwrap();
        assert!(malformed.reason.starts_with(reason), "{}", malformed.reason);
        assert_eq!(
            (malformed.format, malformed.status),
            (Format::JaegerUdpCompact, 0)
        );
    }
    send(to, datagram!("compact_one"));
    assert_eq!(sink.wait_for_spans(1, LONG), Ok(1));
    assert_eq!(sink.stats().malformed, 8);
    assert!(hears.try_recv().is_err());
}

#[test]
fn dropping_the_sink_frees_its_ports() {
    let sink = Sink::builder()
        .host("0.0.0.0")
        .jaeger_udp_binary(0)
        .start()
        .unwrap();
    let address = sink.jaeger_udp_binary_address().unwrap();
    assert!(address.ip().is_loopback());
    drop(sink);
    UdpSocket::bind(("0.0.0.0", address.port())).unwrap();
}

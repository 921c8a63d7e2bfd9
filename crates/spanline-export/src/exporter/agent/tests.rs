//! Batches of every size through real datagrams: none too large, and every span accounted for.

use super::*;
use crate::encoder::jaeger::{Binary, Compact};
use crate::fixture::{self, Span, service};
use crate::transport::{SendError, Transport};
use spanline_core::deadline::Deadline;
use spanline_core::export::{ExportError, Exported, SpanExporter};
use std::cell::Cell;
use std::net::UdpSocket;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use thrift::protocol::{TBinaryInputProtocol, TCompactInputProtocol, TInputProtocol, TType};

/// Sends to an agent, and takes what that received before the next datagram is sent.
struct Agent {
    transport: UdpTransport,
    socket: UdpSocket,
    received: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Transport for Agent {
    fn send(&mut self, body: &[u8], deadline: Deadline) -> Result<(), SendError> {
        self.transport.send(body, deadline)?;
        let mut datagram = vec![0; MAX_DATAGRAM];
        let length = self.socket.recv(&mut datagram).unwrap();
        datagram.truncate(length);
        self.received.lock().unwrap().push(datagram);
        Ok(())
    }

    fn target(&self) -> &str {
        self.transport.target()
    }
}

/// An exporter to an agent, its limit, and what the agent received.
struct Line {
    exporter: Box<dyn SpanExporter>,
    max: usize,
    received: Arc<Mutex<Vec<Vec<u8>>>>,
    is_compact: bool,
}

impl Line {
    fn new<P: Protocol>(max: usize, is_compact: bool) -> Line {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let address = socket.local_addr().unwrap().to_string();
        let received = Arc::default();
        let agent = Agent {
            transport: UdpTransport::new(&address, P::AGENT_PORT).unwrap(),
            socket,
            received: Arc::clone(&received),
        };
        let pipeline = Pipeline::new("test", JaegerMessage::<P>::new(), agent);
        Line {
            exporter: Box::new(pipeline.max_request_size(max)),
            max,
            received,
            is_compact,
        }
    }

    /// Exports a batch, and returns the span ids that arrived, in order.
    fn export(&mut self, records: &[Vec<u8>]) -> (Exported, Vec<i64>) {
        let deadline = Deadline::after(Duration::from_secs(20));
        let exported = fixture::batch(records, &service("shop"), |batch| {
            self.exporter.export(batch, deadline).unwrap()
        });
        let mut ids = Vec::new();
        for datagram in self.received.lock().unwrap().drain(..) {
            assert!(datagram.len() <= self.max, "{} bytes", datagram.len());
            let mut rest = &datagram[..];
            if self.is_compact {
                read_ids(&mut TCompactInputProtocol::new(&mut rest), &mut ids);
            } else {
                read_ids(&mut TBinaryInputProtocol::new(&mut rest, true), &mut ids);
            }
            assert!(rest.is_empty());
        }
        (exported, ids)
    }
}

/// Calls `field` for each field of a struct; it reads those for which it says so.
fn each_field(
    from: &mut dyn TInputProtocol,
    field: &mut dyn FnMut(&mut dyn TInputProtocol, i16) -> bool,
) {
    from.read_struct_begin().unwrap();
    loop {
        let head = from.read_field_begin().unwrap();
        if head.field_type == TType::Stop {
            break;
        }
        if !field(from, head.id.unwrap()) {
            from.skip(head.field_type).unwrap();
        }
        from.read_field_end().unwrap();
    }
    from.read_struct_end().unwrap();
}

/// Appends each `Span.spanId` of a message.
fn read_ids(from: &mut dyn TInputProtocol, ids: &mut Vec<i64>) {
    from.read_message_begin().unwrap();
    each_field(from, &mut |from, _| {
        each_field(from, &mut |from, id| {
            if id != 2 {
                return false;
            }
            let list = from.read_list_begin().unwrap();
            for _ in 0..list.size {
                each_field(from, &mut |from, id| {
                    if id == 3 {
                        ids.push(from.read_i64().unwrap());
                    }
                    id == 3
                });
            }
            true
        });
        true
    });
}

/// Random numbers, the same ones in every run.
fn random() -> impl Fn(u64) -> u64 {
    let state = Rc::new(Cell::new(7_u64));
    move |below| {
        let mut x = state.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        state.set(x);
        x % below
    }
}

#[test]
fn ten_thousand_batches_arrive_but_for_what_is_too_large() {
    let mut lines = [
        Line::new::<Compact>(65_000, true),
        Line::new::<Compact>(1_400, true),
        Line::new::<Binary>(65_000, false),
        Line::new::<Binary>(1_400, false),
    ];
    let random = random();
    let mut oversize = 0;
    for number in 0..10_000 {
        let line = &mut lines[number % 4];
        let records: Vec<_> = (1..=random(12))
            .map(|id| {
                let length = match random(40) {
                    0 => 60_000 + random(10_000),
                    1..=3 => line.max as u64 - 300 + random(300),
                    _ => random(500),
                };
                let name = "n".repeat(length as usize);
                Span::new(&name)
                    .ids(1, id, 0)
                    .attribute("k", id as i64)
                    .seal()
            })
            .collect();
        let (exported, ids) = line.export(&records);
        assert_eq!(exported, Exported::ALL.with_oversize(exported.oversize));
        assert_eq!(ids.len() as u64, records.len() as u64 - exported.oversize);
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
        oversize += exported.oversize;
    }
    assert!(
        oversize > 1_000,
        "too few of the edges were met: {oversize}"
    );
}

#[test]
fn a_thousand_spans_of_a_kilobyte_take_sixteen_datagrams() {
    let mut line = Line::new::<Compact>(65_000, true);
    let name = "n".repeat(1_000);
    let records: Vec<_> = (1..=1_000)
        .map(|id| Span::new(&name).ids(1, id, 0).seal())
        .collect();
    let (exported, ids) = line.export(&records);
    assert_eq!(exported, Exported::ALL);
    assert_eq!(ids, (1..=1_000).collect::<Vec<_>>());
}

#[test]
fn a_span_fits_to_the_byte() {
    let alone = |length| [Span::new(&"n".repeat(length)).seal()];
    let mut largest = Vec::new();
    for max in [1_400, 65_000] {
        let mut line = Line::new::<Compact>(max, true);
        let fits = |length: &usize| line.export(&alone(*length)).0 == Exported::ALL;
        let length = (max - 200..max).take_while(fits).last().unwrap();
        largest.push((max, length));
    }
    // The head is counted exactly: what is not the name takes as much in both.
    let [(small, in_small), (large, in_large)] = largest.try_into().unwrap();
    let (small, large) = (small - in_small, large - in_large);
    // A longer length of the name, and losses to tell of, which take a byte or two.
    assert!(small.abs_diff(large) <= 8, "{small} and {large}");
}

#[test]
fn an_agent_that_is_not_there_costs_packets_and_no_more() {
    // A socket that hears one peer alone: datagrams of others are refused, and its port stays taken.
    let nobody = UdpSocket::bind("127.0.0.1:0").unwrap();
    nobody.connect("127.0.0.1:9").unwrap();
    let address = nobody.local_addr().unwrap().to_string();
    let mut exporter = JaegerExporter::udp_compact(&address)
        .max_packet_size(200)
        .build()
        .unwrap();
    let names: Vec<_> = (0..20).map(|_| "n".repeat(100)).collect();
    let records: Vec<_> = names.iter().map(|name| Span::new(name).seal()).collect();
    let deadline = Deadline::after(Duration::from_secs(20));
    let mut failed = 0;
    for _ in 0..10 {
        let outcome = fixture::batch(&records, &service("a"), |batch| {
            exporter.export(batch, deadline)
        });
        match outcome {
            Ok(exported) => {
                assert_eq!(exported, Exported::ALL.with_failed(exported.failed));
                failed += exported.failed;
            }
            Err(error) => {
                assert!(
                    matches!(error.reason(), ExportError::Unreachable(_)),
                    "{error:?}"
                );
                failed += 20;
            }
        }
    }
    assert!(failed > 0, "nobody listened, and nobody noticed");
}

/// What a forked child sends: its packets are numbered from 1, and tell of its own losses.
#[test]
fn a_twin_sends_by_itself_and_counts_for_itself() {
    let agent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = agent.local_addr().unwrap().to_string();
    let mut parent = JaegerExporter::udp_compact(&address).build().unwrap();
    let records = [Span::new("x").seal()];
    let mut packets = Vec::new();
    let mut export = |exporter: &mut dyn SpanExporter| {
        let exported = fixture::batch(&records, &service("a"), |batch| {
            exporter.export(
                batch.with_queue_dropped(7),
                Deadline::after(Duration::from_secs(20)),
            )
        });
        assert_eq!(exported.unwrap(), Exported::ALL);
        let mut packet = vec![0; 65_536];
        let length = agent.recv(&mut packet).unwrap();
        packets.push(packet[..length].to_vec());
    };
    export(&mut parent);
    export(&mut parent);
    export(&mut *parent.twin().unwrap());
    assert_ne!(
        packets[0], packets[1],
        "the second packet has another number"
    );
    assert_eq!(packets[0], packets[2]);
}

#[test]
fn a_packet_the_network_refuses_fails_alone() {
    struct Full(u32);
    impl Transport for Full {
        fn send(&mut self, _: &[u8], _: Deadline) -> Result<(), SendError> {
            self.0 += 1;
            match self.0 % 3 {
                // ENOBUFS and EMSGSIZE, for which the standard library has no kind.
                1 => Err(SendError::Datagram(std::io::Error::from_raw_os_error(105))),
                2 => Err(SendError::Datagram(std::io::Error::from_raw_os_error(90))),
                _ => Ok(()),
            }
        }

        fn target(&self) -> &str {
            "UDP test:1"
        }
    }
    let mut exporter =
        Pipeline::new("test", JaegerMessage::<Compact>::new(), Full(0)).max_request_size(200);
    let records: Vec<_> = (0..6).map(|_| Span::new(&"n".repeat(100)).seal()).collect();
    let exported = fixture::batch(&records, &service("a"), |batch| {
        exporter.export(batch, Deadline::NEVER).unwrap()
    });
    assert_eq!(exported, Exported::ALL.with_failed(4));
}

/// Two spans that would fit, and one that fits no packet.
#[test]
fn a_span_too_large_for_a_packet_is_that_in_an_outage_too() {
    struct Gone;
    impl Transport for Gone {
        fn send(&mut self, _: &[u8], _: Deadline) -> Result<(), SendError> {
            let gone = std::io::ErrorKind::HostUnreachable;
            Err(SendError::Unreachable(gone.into()))
        }

        fn target(&self) -> &str {
            "UDP test:1"
        }
    }
    let mut exporter = Pipeline::new("test", JaegerMessage::<Compact>::new(), Gone)
        .max_request_size(DEFAULT_MAX_PACKET_SIZE);
    let records = [1, 70_000, 1].map(|length| Span::new(&"n".repeat(length)).seal());
    let exported = fixture::batch(&records, &service("a"), |batch| {
        exporter.export(batch, Deadline::NEVER).unwrap()
    });
    assert_eq!(exported, Exported::ALL.with_failed(2).with_oversize(1));
}

#[test]
fn settings_that_make_no_sense_are_refused_without_io() {
    for (builder, expected) in [
        (
            JaegerExporter::udp_compact("agent").timeout(Duration::ZERO),
            "timeout must be more than zero",
        ),
        (
            JaegerExporter::udp_compact("agent").max_packet_size(0),
            "max_packet_size must be from 1 to 65507",
        ),
        (
            JaegerExporter::udp_compact("agent").max_packet_size(65_508),
            "max_packet_size must be from 1 to 65507",
        ),
        (
            JaegerExporter::udp_compact("http://agent"),
            "`http://agent` is no host or host:port",
        ),
    ] {
        assert_eq!(builder.build().unwrap_err().to_string(), expected);
    }
    let exporter = JaegerExporter::udp_binary("no-such-host.invalid").build();
    assert_eq!(exporter.unwrap().name(), "jaeger_udp_binary_span_exporter");
}

//! Calls against a server in the same process that answers as it is told.

use super::*;
use crate::fixture::{self, Span, partial_success, service};
use crate::{Compression, OtlpExporter};
use spanline_core::export::{ExportError, Exported, SpanExporter};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use ureq::http::HeaderMap;

/// What to do with one call.
#[derive(Clone)]
enum Act {
    /// Answer with this message and these trailers.
    Answer(Vec<u8>, Vec<(&'static str, String)>),
    /// Answer with these headers alone, and this HTTP status.
    Refuse(u16, Vec<(&'static str, String)>),
    /// Answer, then close the connection.
    AnswerAndClose,
    /// Close the connection.
    Close,
    /// Say nothing.
    Hang,
}

/// A call as it arrived.
struct Got {
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
    connection: usize,
}

struct Peer {
    port: u16,
    got: Receiver<Got>,
}

impl Peer {
    fn new(script: impl IntoIterator<Item = Act>) -> Peer {
        let script: Arc<Mutex<VecDeque<Act>>> = Arc::new(Mutex::new(script.into_iter().collect()));
        let (tell, got) = channel();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        listener.set_nonblocking(true).unwrap();
        std::thread::spawn(move || {
            runtime().unwrap().block_on(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                for connection in 0.. {
                    let (stream, _) = listener.accept().await.unwrap();
                    tokio::spawn(serve(stream, connection, Arc::clone(&script), tell.clone()));
                }
            });
        });
        Peer { port, got }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/ignored", self.port)
    }

    fn got(&self) -> Vec<Got> {
        self.got.try_iter().collect()
    }
}

async fn serve(
    stream: TcpStream,
    connection: usize,
    script: Arc<Mutex<VecDeque<Act>>>,
    tell: Sender<Got>,
) {
    stream.set_nodelay(true).unwrap();
    let mut server = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((request, mut respond))) = server.accept().await {
        let act = script.lock().unwrap().pop_front().unwrap_or(Act::Hang);
        let tell = tell.clone();
        let closes = matches!(act, Act::Close | Act::AnswerAndClose);
        let answer = async move {
            let (head, mut body) = request.into_parts();
            let mut bytes = Vec::new();
            while let Some(Ok(piece)) = body.data().await {
                let _ = body.flow_control().release_capacity(piece.len());
                bytes.extend_from_slice(&piece);
            }
            let _ = tell.send(Got {
                path: head.uri.path().to_owned(),
                headers: head.headers,
                body: bytes,
                connection,
            });
            match act {
                Act::Answer(message, trailers) => {
                    let mut stream = respond.send_response(Response::new(()), false).unwrap();
                    stream.send_data(frame(0, &message), false).unwrap();
                    stream.send_trailers(map(&trailers)).unwrap();
                }
                Act::AnswerAndClose => {
                    let mut stream = respond.send_response(Response::new(()), false).unwrap();
                    let trailers = map(&[("grpc-status", "0".to_owned())]);
                    stream.send_trailers(trailers).unwrap();
                }
                Act::Refuse(status, headers) => {
                    let mut response = Response::new(());
                    *response.status_mut() = status.try_into().unwrap();
                    *response.headers_mut() = map(&headers);
                    respond.send_response(response, true).unwrap();
                }
                Act::Close => {}
                Act::Hang => std::future::pending().await,
            }
        };
        if closes {
            // The connection works on while the call is answered, and ends with it.
            let mut answer = Box::pin(answer);
            loop {
                tokio::select! {
                    () = &mut answer => break,
                    next = server.accept() => if next.is_none() { return },
                }
            }
            server.graceful_shutdown();
            let _ = tokio::time::timeout(Duration::from_millis(50), server.accept()).await;
            return;
        }
        tokio::spawn(answer);
    }
}

fn map(pairs: &[(&'static str, String)]) -> HeaderMap {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| {
            (
                (*name).parse().unwrap(),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect()
}

fn ok() -> Act {
    status(0)
}

fn status(code: u32) -> Act {
    Act::Answer(Vec::new(), vec![("grpc-status", code.to_string())])
}

const QUICK: RetryPolicy = RetryPolicy {
    initial: Duration::from_millis(1),
    ..RetryPolicy::DEFAULT
};

fn transport(peer: &Peer) -> GrpcTransport {
    let endpoint = Endpoint::parse(&peer.url()).unwrap();
    GrpcTransport::new(&endpoint, &Settings::default(), QUICK).unwrap()
}

fn send(peer: &Peer) -> Result<(), SendError> {
    transport(peer).send(b"request", Duration::from_secs(20).into())
}

#[test]
fn a_call_says_what_it_should() {
    let peer = Peer::new([ok(), ok()]);
    let compressions = [
        (Compression::None, 0),
        #[cfg(feature = "gzip")]
        (Compression::Gzip, 1),
    ];
    for (compression, prefix) in compressions {
        let mut exporter = OtlpExporter::grpc(peer.url())
            .header("X-Tenant", "shop")
            .compression(compression)
            .build()
            .unwrap();
        let records = [Span::new("x").seal()];
        let exported = fixture::batch(&records, &service("a"), |batch| {
            exporter.export(batch, Deadline::after(Duration::from_secs(20)))
        });
        assert_eq!(exported.unwrap(), Exported::ALL);
        let [got] = peer.got().try_into().ok().unwrap();
        assert_eq!(got.path, PATH);
        let header = |name: &str| got.headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!(header("content-type"), Some("application/grpc"));
        assert_eq!(header("te"), Some("trailers"));
        assert_eq!(header("x-tenant"), Some("shop"));
        assert_eq!(header("content-encoding"), None);
        assert_eq!(header("grpc-encoding"), (prefix == 1).then_some("gzip"));
        let timeout = header("grpc-timeout").unwrap().strip_suffix('m').unwrap();
        assert!(
            (1..=10_000).contains(&timeout.parse::<u32>().unwrap()),
            "{timeout}"
        );
        let (head, message) = got.body.split_first_chunk::<PREFIX>().unwrap();
        assert_eq!(head[0], prefix);
        assert_eq!(head[1..], (message.len() as u32).to_be_bytes());
        assert_eq!(message[0], if prefix == 1 { 0x1F } else { 0x0A });
    }
}

#[test]
fn retryable_statuses_are_tried_again_and_no_other() {
    for code in 1..=16 {
        let peer = Peer::new([status(code), ok()]);
        let result = send(&peer);
        let calls = peer.got().len();
        if [1, 4, 10, 11, 14, 15].contains(&code) {
            assert!(result.is_ok(), "{code}: {result:?}");
            assert_eq!(calls, 2, "{code}");
        } else {
            let Err(SendError::Grpc(status)) = result else {
                panic!("{code}: {result:?}")
            };
            assert_eq!((status.code, calls), (code, 1));
        }
    }
}

#[test]
fn a_peer_that_asks_for_patience_gets_it() {
    // Status.3 details: Any of a RetryInfo with this Duration
    let info = |nanos: &[u8]| {
        let url = b"type.googleapis.com/google.rpc.RetryInfo";
        let duration = [&[0x0A, nanos.len() as u8], nanos].concat();
        let any = [
            &[0x0A, url.len() as u8],
            &url[..],
            &[0x12, duration.len() as u8],
            &duration,
        ];
        let any = any.concat();
        let status = [&[0x1A, any.len() as u8], &any[..]].concat();
        let text: Vec<u8> = crate::base64::base64(&status).flatten().collect();
        String::from_utf8(text).unwrap()
    };
    let exhausted = |details: String| {
        let trailers = vec![
            ("grpc-status", "8".to_owned()),
            ("grpc-status-details-bin", details),
        ];
        Act::Refuse(200, trailers)
    };
    let peer = Peer::new([exhausted(info(&[0x10, 0xE8, 0x07])), ok()]);
    send(&peer).unwrap();
    assert_eq!(peer.got().len(), 2);
    // An hour is longer than the deadline allows, so nobody waits.
    let peer = Peer::new([exhausted(info(&[0x08, 0x90, 0x1C])), ok()]);
    let result = send(&peer);
    assert!(matches!(result, Err(SendError::Grpc(_))), "{result:?}");
    assert_eq!(peer.got().len(), 1);
}

#[test]
fn the_connection_is_kept_and_replaced_when_it_is_gone() {
    let peer = Peer::new([ok(), Act::AnswerAndClose, ok()]);
    let mut transport = transport(&peer);
    for _ in 0..3 {
        transport
            .send(b"x", Duration::from_secs(20).into())
            .unwrap();
    }
    let connections: Vec<_> = peer.got().iter().map(|got| got.connection).collect();
    assert_eq!(connections, [0, 0, 1]);
}

#[test]
fn a_connection_that_breaks_is_tried_again() {
    let peer = Peer::new([Act::Close, ok()]);
    send(&peer).unwrap();
    assert_eq!(peer.got().len(), 2);
}

#[test]
fn a_silent_peer_is_cut_off_by_the_deadline() {
    let peer = Peer::new([Act::Hang]);
    let start = Instant::now();
    let limit = Duration::from_millis(100);
    let result = transport(&peer).send(b"x", limit.into());
    assert!(
        matches!(result, Err(SendError::DeadlinePassed)),
        "{result:?}"
    );
    // A busy machine may be late, but nobody waits for the peer.
    assert!(start.elapsed() < limit + Duration::from_secs(5));
}

/// The near end of a connection: its port is taken, and nobody listens there.
fn nobody() -> (std::net::TcpListener, std::net::TcpStream) {
    let far = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let near = std::net::TcpStream::connect(far.local_addr().unwrap()).unwrap();
    (far, near)
}

#[test]
fn nobody_listening_is_unreachable() {
    let (_far, near) = nobody();
    let url = format!("http://{}", near.local_addr().unwrap());
    let endpoint = Endpoint::parse(&url).unwrap();
    let mut transport = GrpcTransport::new(&endpoint, &Settings::default(), QUICK).unwrap();
    let result = transport.send(b"x", Duration::from_secs(20).into());
    assert!(
        matches!(result, Err(SendError::Unreachable(_))),
        "{result:?}"
    );
}

#[test]
fn partial_success_is_counted_and_statuses_are_typed() {
    let records = ["one", "two", "three"].map(|name| Span::new(name).seal());
    let answer = b"\x0A\x07\x08\x02\x12\x03bad".to_vec();
    let peer = Peer::new([
        Act::Answer(answer, vec![("grpc-status", "0".to_owned())]),
        Act::Answer(
            Vec::new(),
            vec![
                ("grpc-status", "16".to_owned()),
                ("grpc-message", "no%0Acanary".to_owned()),
            ],
        ),
        Act::Refuse(404, Vec::new()),
    ]);
    let mut exporter = OtlpExporter::grpc(peer.url())
        .header("authorization", "Bearer canary")
        .build()
        .unwrap();
    let mut export = || {
        fixture::batch(&records, &service("a"), |batch| {
            exporter.export(batch, Deadline::after(Duration::from_secs(20)))
        })
    };
    assert_eq!(export().unwrap(), Exported::rejected(2));
    for (code, name) in [(16, "UNAUTHENTICATED"), (12, "UNIMPLEMENTED")] {
        let failed = export().unwrap_err();
        let ExportError::Other(error) = failed.reason() else {
            panic!("another error: {failed:?}")
        };
        let request = failed.request().unwrap();
        assert!(request.target.starts_with("gRPC to 127"), "{failed}");
        assert!(request.spans > 0 && request.bytes > 0, "{failed}");
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("gRPC status {code} ({name})")),
            "{text}"
        );
        assert!(!text.contains("canary"), "{text}");
        assert_eq!(error.downcast_ref::<GrpcStatus>().unwrap().code, code);
    }
}

/// An answer cut into pieces, as it may come.
#[test]
fn an_answer_is_one_whole_message_or_known_to_be_none() {
    let whole = |body: &[u8]| Answer {
        body: body.to_vec(),
        unread: None,
    };
    for (bytes, body, unread) in [
        (&b""[..], &b""[..], None),
        (b"\0\0\0\0\0", b"", None),
        (b"\0\0\0\0\x03all", b"all", None),
        (b"\0\0\0", b"", Some("its answer broke off")),
        (b"\0\0\0\0\x03", b"", Some("its answer broke off")),
        (b"\0\0\0\0\x03al", b"al", Some("its answer broke off")),
        (
            b"\0\0\0\0\x03all\0",
            b"all",
            Some("its answer goes on behind its one message"),
        ),
        (
            b"\x01\0\0\0\x03all",
            b"",
            Some("its answer is compressed, which was not asked for"),
        ),
    ] {
        let expected = Answer {
            unread,
            ..whole(body)
        };
        for size in 1..=bytes.len().max(1) {
            let mut frame = Frame::default();
            bytes.chunks(size).for_each(|piece| frame.push(piece));
            assert_eq!(frame.message(), expected, "{bytes:x?} by {size}");
        }
    }
}

#[test]
fn rejected_spans_are_counted_however_long_the_text_is() {
    let trailers = || vec![("grpc-status", "0".to_owned())];
    let records = ["one", "two", "three"].map(|name| Span::new(name).seal());
    for text in [0, 64 << 10, 100_000, (4 << 20) - 14] {
        for body in partial_success(text) {
            let peer = Peer::new([Act::Answer(body, trailers())]);
            let mut exporter = OtlpExporter::grpc(peer.url()).build().unwrap();
            let exported = fixture::batch(&records, &service("a"), |batch| {
                exporter.export(batch, Deadline::after(Duration::from_secs(20)))
            });
            assert_eq!(exported.unwrap(), Exported::rejected(2), "{text}");
        }
    }
    let [too_long, _] = partial_success((4 << 20) - 13);
    let peer = Peer::new([Act::Answer(too_long, trailers())]);
    let Err(SendError::Grpc(status)) = send(&peer) else {
        panic!("taken")
    };
    assert_eq!(status.message, "the answer is too long");
}

/// A transport to a name that `ask` knows.
fn transport_finding(ask: fn(&str, u16) -> io::Result<Vec<SocketAddr>>) -> GrpcTransport {
    let endpoint = Endpoint::parse("http://collector.test:4317/").unwrap();
    let lookup = Lookup::with(ask);
    GrpcTransport::finding(lookup, &endpoint, &Settings::default(), QUICK).unwrap()
}

fn here(port: u16) -> Vec<SocketAddr> {
    vec![([127, 0, 0, 1], port).into()]
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(20))
}

#[test]
fn a_name_is_looked_up_for_the_first_call_and_again_when_its_peer_is_gone() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    static PORT: AtomicU16 = AtomicU16::new(0);
    let old = Peer::new([ok(), Act::AnswerAndClose, Act::Close]);
    let new = Peer::new([ok()]);
    let mut transport = transport_finding(|host, port| {
        assert_eq!((host, port), ("collector.test", 4317));
        ASKED.fetch_add(1, Relaxed);
        Ok(here(PORT.load(Relaxed)))
    });
    assert_eq!(
        ASKED.load(Relaxed),
        0,
        "nothing is looked up before it is needed"
    );
    PORT.store(old.port, Relaxed);
    transport.send(b"1", soon()).unwrap();
    PORT.store(new.port, Relaxed);
    transport.send(b"2", soon()).unwrap();
    assert_eq!(ASKED.load(Relaxed), 1, "an answer that does is kept");
    // The old peer has closed the connection and gives the next call up.
    transport.send(b"3", soon()).unwrap();
    assert_eq!(ASKED.load(Relaxed), 2);
    let calls = |peer: &Peer| -> Vec<_> {
        let bodies = peer.got().into_iter().map(|got| got.body);
        bodies.map(|body| body[PREFIX..].to_vec()).collect()
    };
    assert_eq!(calls(&old), [b"1", b"2", b"3"]);
    assert_eq!(calls(&new), [b"3"]);
}

/// The name points elsewhere, and for a moment nowhere, while a batch is exported.
#[test]
fn a_collector_that_moves_during_an_export_gets_the_batch_once() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    static PORTS: [AtomicU16; 2] = [AtomicU16::new(0), AtomicU16::new(0)];
    let old = Peer::new([
        Act::AnswerAndClose,
        Act::Refuse(503, Vec::new()),
        Act::Close,
    ]);
    let new = Peer::new([ok(), ok()]);
    PORTS[0].store(old.port, Relaxed);
    PORTS[1].store(new.port, Relaxed);
    let transport = transport_finding(|_, _| match ASKED.fetch_add(1, Relaxed) {
        0 => Ok(here(PORTS[0].load(Relaxed))),
        1 => Err(io::Error::other("no such host")),
        _ => Ok(here(PORTS[1].load(Relaxed))),
    });
    let encoder = crate::encoder::otlp::OtlpProtobuf::new();
    let mut exporter = crate::Pipeline::new("test", encoder, transport);
    let records = [Span::new("x").seal()];
    // The second export hears a refusal, which is no reason to look elsewhere, and a broken connection.
    for expected in [[1, 0], [2, 1], [0, 1]] {
        let exported = fixture::batch(&records, &service("a"), |batch| {
            exporter.export(batch, soon())
        });
        assert_eq!(exported.unwrap(), Exported::ALL);
        assert_eq!([old.got().len(), new.got().len()], expected);
    }
    assert_eq!(
        ASKED.load(Relaxed),
        3,
        "the new address is believed as well"
    );
}

#[test]
fn a_name_that_nobody_knows_yet_is_looked_up_with_each_attempt() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    static PORT: AtomicU16 = AtomicU16::new(0);
    let peer = Peer::new([ok()]);
    PORT.store(peer.port, Relaxed);
    let mut transport = transport_finding(|_, _| match ASKED.fetch_add(1, Relaxed) {
        0 => Err(io::Error::other("no such host")),
        1 => Ok(Vec::new()),
        _ => Ok(here(PORT.load(Relaxed))),
    });
    transport.send(b"x", soon()).unwrap();
    assert_eq!(ASKED.load(Relaxed), 3);
    assert_eq!(peer.got().len(), 1);
}

#[test]
fn the_first_address_that_takes_a_connection_is_the_peers() {
    static PORTS: [AtomicU16; 2] = [AtomicU16::new(0), AtomicU16::new(0)];
    let (_far, near) = nobody();
    let peer = Peer::new([ok()]);
    PORTS[0].store(near.local_addr().unwrap().port(), Relaxed);
    PORTS[1].store(peer.port, Relaxed);
    let mut transport = transport_finding(|_, _| {
        let ports = PORTS.iter().map(|port| port.load(Relaxed));
        Ok(ports.flat_map(here).collect())
    });
    transport.send(b"x", soon()).unwrap();
    assert_eq!(peer.got().len(), 1);
}

#[test]
fn a_look_up_that_hangs_is_cut_off_by_the_deadline_and_not_begun_again() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let mut transport = transport_finding(|_, _| {
        ASKED.fetch_add(1, Relaxed);
        loop {
            std::thread::park();
        }
    });
    for _ in 0..3 {
        let begun = Instant::now();
        let result = transport.send(b"x", Duration::from_millis(50).into());
        assert!(
            matches!(result, Err(SendError::DeadlinePassed)),
            "{result:?}"
        );
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
    assert_eq!(ASKED.load(Relaxed), 1, "one thread hangs, not three");
}

#[test]
fn a_twin_looks_its_peer_up_by_itself() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    static PORT: AtomicU16 = AtomicU16::new(0);
    let peer = Peer::new([ok(), ok()]);
    PORT.store(peer.port, Relaxed);
    let mut transport = transport_finding(|_, _| {
        ASKED.fetch_add(1, Relaxed);
        Ok(here(PORT.load(Relaxed)))
    });
    transport.send(b"parent", soon()).unwrap();
    transport.twin().unwrap().send(b"child", soon()).unwrap();
    assert_eq!(ASKED.load(Relaxed), 2);
    let connections: Vec<_> = peer.got().into_iter().map(|got| got.connection).collect();
    assert_eq!(connections, [0, 1]);
}

/// A span may end in a task of the program's, behind a simple processor, and a provider be dropped there.
#[test]
fn it_works_and_is_dropped_within_another_runtime() {
    let peer = Peer::new([ok(), ok()]);
    let mut transport = transport(&peer);
    runtime().unwrap().block_on(async {
        transport.send(b"x", soon()).unwrap();
        transport.send(b"y", soon()).unwrap();
        drop(transport);
    });
    let connections: Vec<_> = peer.got().iter().map(|got| got.connection).collect();
    assert_eq!(connections, [0, 0]);
}

/// Whatever features are on: one that is turned on for it would not help.
#[test]
fn https_is_an_error_when_the_exporter_is_built() {
    let error = OtlpExporter::grpc("https://me:canary@collector:4317/?canary").build();
    let url = "https://collector:4317/".to_owned();
    assert_eq!(error.unwrap_err(), BuildError::NoTls { url });
}

#[test]
fn headers_that_http_2_forbids_are_refused() {
    for name in [
        "te",
        "Upgrade",
        "Keep-Alive",
        "proxy-connection",
        "transfer-encoding",
        "Connection",
    ] {
        let built = OtlpExporter::grpc("http://c").header(name, "trailers");
        let name = name.to_ascii_lowercase();
        let expected = BuildError::InvalidHeader { name };
        assert_eq!(built.build().unwrap_err(), expected);
    }
}

/// It would fail again in the same way.
#[test]
fn a_call_that_http_2_forbids_is_not_tried_again() {
    let peer = Peer::new([]);
    let mut transport = transport(&peer);
    let value = HeaderValue::from_static("x");
    transport.headers.push((header::UPGRADE, value));
    let sent = runtime().unwrap().block_on(async {
        let message = Bytes::from_static(b"request");
        transport.call(message, soon()).await
    });
    let failure = sent.unwrap_err();
    assert_eq!(failure.outcome, crate::retry::Outcome::Final);
    assert!(peer.got().is_empty());
}

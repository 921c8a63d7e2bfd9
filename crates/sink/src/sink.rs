//! The handle of a running sink and its builder: the API for examples and tests.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use crate::http::Limits;
use crate::model::ReceivedSpan;
use crate::routes::{
    BINARY, COMPACT, Callbacks, Datagram, Datagrams, Inbox, Ingest, JAEGER, OTLP, Routes, ZIPKIN,
};
use crate::server::Server;
use crate::store::{Keep, Malformed, Payload, Stats, Store};
use crate::trace::Trace;
use crate::udp::UdpServer;

/// Settings of a [`Sink`], from [`Sink::builder`].
///
/// A port that is not named is not opened, so that tests open only what they use.
pub struct Builder {
    host: String,
    otlp: Option<u16>,
    jaeger: Option<u16>,
    jaeger_udp_compact: Option<u16>,
    jaeger_udp_binary: Option<u16>,
    zipkin: Option<u16>,
    keep: Keep,
    limits: Limits,
    callbacks: Callbacks,
}

impl Builder {
    /// Listens for OTLP by HTTP (`POST /v1/traces`, Protocol Buffers and JSON) on this port; 0 takes a
    /// free one.
    #[must_use]
    pub fn otlp(mut self, port: u16) -> Self {
        self.otlp = Some(port);
        self
    }

    /// Receives datagrams as a Jaeger agent's port for the Thrift compact protocol; 0 takes a free
    /// one. A datagram that is refused is counted and told of, and nobody is answered.
    #[must_use]
    pub fn jaeger_udp_compact(mut self, port: u16) -> Self {
        self.jaeger_udp_compact = Some(port);
        self
    }

    /// Receives datagrams as a Jaeger agent's port for the Thrift binary protocol; 0 takes a free one.
    #[must_use]
    pub fn jaeger_udp_binary(mut self, port: u16) -> Self {
        self.jaeger_udp_binary = Some(port);
        self
    }

    /// Listens as a Jaeger collector (`POST /api/traces`) on this port; 0 takes a free one.
    #[must_use]
    pub fn jaeger(mut self, port: u16) -> Self {
        self.jaeger = Some(port);
        self
    }

    /// Listens as a Zipkin server (`POST /api/v2/spans`) on this port; 0 takes a free one.
    #[must_use]
    pub fn zipkin(mut self, port: u16) -> Self {
        self.zipkin = Some(port);
        self
    }

    /// The name or address to listen on; `127.0.0.1` by default.
    ///
    /// Nothing here asks who sends: listen on more than loopback only in a network you trust.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// How many traces are kept; 100 by default, at least 1. The one that came first goes first.
    #[must_use]
    pub fn keep(mut self, traces: usize) -> Self {
        self.keep.traces = traces.max(1);
        self
    }

    /// How many spans of one trace are kept; 10,000 by default. Later ones are counted as dropped.
    #[must_use]
    pub fn keep_spans_per_trace(mut self, spans: usize) -> Self {
        self.keep.spans_per_trace = spans;
        self
    }

    /// About how many bytes of spans are kept over all; 256 MiB by default. Old traces make room.
    #[must_use]
    pub fn keep_bytes(mut self, bytes: usize) -> Self {
        self.keep.bytes = bytes;
        self
    }

    /// The largest body of a request, as it comes and unpacked; 64 MiB by default. Larger ones are
    /// answered 413.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.limits.body = bytes;
        self.limits.in_flight = bytes.saturating_mul(2);
        self
    }

    /// Connections served at one time, one thread each; 64 by default. More are answered 503.
    #[must_use]
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.limits.connections = connections;
        self
    }

    /// How long a request may take to arrive, its first byte to its last; 30 s by default. Slower
    /// ones are answered 408.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.limits.request = timeout;
        self
    }

    /// Calls back for each payload taken, on the connection's thread, before it is stored and
    /// answered. A slow callback delays the sender; a panic costs it the connection.
    #[must_use]
    pub fn on_payload(mut self, callback: impl Fn(&Payload<'_>) + Send + Sync + 'static) -> Self {
        self.callbacks.payload = Some(Arc::new(callback));
        self
    }

    /// Calls back for each payload refused, as [`Builder::on_payload`] does.
    #[must_use]
    pub fn on_malformed(mut self, callback: impl Fn(&Malformed) + Send + Sync + 'static) -> Self {
        self.callbacks.malformed = Some(Arc::new(callback));
        self
    }

    /// Opens the ports and starts to receive.
    ///
    /// # Errors
    ///
    /// A port cannot be opened (the message names it), or a thread cannot be started.
    pub fn start(self) -> io::Result<Sink> {
        let store = Arc::new(Store::new(self.keep));
        let inbox = Inbox {
            store: Arc::clone(&store),
            callbacks: self.callbacks.clone(),
        };
        let serve = |ingest: &'static Ingest, port: Option<u16>| -> io::Result<Option<Server>> {
            let Some(port) = port else { return Ok(None) };
            let listener = open(&self.host, port, TcpListener::bind)?;
            let inbox = inbox.clone();
            let routes = Arc::new(Routes { ingest, inbox });
            Server::start(listener, routes, self.limits.clone()).map(Some)
        };
        let receive = |datagrams: Datagrams, port: Option<u16>| -> io::Result<Option<UdpServer>> {
            let Some(port) = port else { return Ok(None) };
            let socket = open(&self.host, port, UdpSocket::bind)?;
            let inbox = inbox.clone();
            UdpServer::start(socket, Arc::new(Datagram { datagrams, inbox })).map(Some)
        };
        Ok(Sink {
            otlp: serve(&OTLP, self.otlp)?,
            jaeger: serve(&JAEGER, self.jaeger)?,
            jaeger_udp_compact: receive(COMPACT, self.jaeger_udp_compact)?,
            jaeger_udp_binary: receive(BINARY, self.jaeger_udp_binary)?,
            zipkin: serve(&ZIPKIN, self.zipkin)?,
            store,
        })
    }
}

fn open<'a, S>(
    host: &'a str,
    port: u16,
    bind: impl FnOnce((&'a str, u16)) -> io::Result<S>,
) -> io::Result<S> {
    // An IPv6 address may be written as in a URL.
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    bind((bare, port)).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("cannot listen on {host} port {port}: {error}"),
        )
    })
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("host", &self.host)
            .field("otlp", &self.otlp)
            .field("jaeger", &self.jaeger)
            .field("jaeger_udp_compact", &self.jaeger_udp_compact)
            .field("jaeger_udp_binary", &self.jaeger_udp_binary)
            .field("zipkin", &self.zipkin)
            .field("keep", &self.keep)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// A running receiver. Dropping it ends its threads and frees its ports; answers being written are
/// still written.
///
/// Each port costs one thread and each open connection one more. What is kept is bounded by the
/// settings of the [`Builder`].
pub struct Sink {
    otlp: Option<Server>,
    jaeger: Option<Server>,
    jaeger_udp_compact: Option<UdpServer>,
    jaeger_udp_binary: Option<UdpServer>,
    zipkin: Option<Server>,
    store: Arc<Store>,
}

/// [`Sink::wait_for_spans`] waited in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaitTimeout {
    /// How many spans were waited for.
    pub wanted: usize,
    /// How many had been received.
    pub received: usize,
    /// How many payloads had been refused: often the explanation.
    pub malformed: u64,
}

impl fmt::Display for WaitTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            wanted,
            received,
            malformed,
        } = self;
        write!(
            f,
            "waited for {wanted} spans, received {received}, refused {malformed} payloads"
        )
    }
}

impl std::error::Error for WaitTimeout {}

impl Sink {
    /// The settings of a new sink.
    pub fn builder() -> Builder {
        Builder {
            host: "127.0.0.1".to_owned(),
            otlp: None,
            jaeger: None,
            jaeger_udp_compact: None,
            jaeger_udp_binary: None,
            zipkin: None,
            keep: Keep {
                traces: 100,
                spans_per_trace: 10_000,
                bytes: 256 << 20,
            },
            limits: Limits::default(),
            callbacks: Callbacks::default(),
        }
    }

    /// Where OTLP is posted, such as `http://127.0.0.1:4318/v1/traces`; `None` if that port is not
    /// open.
    pub fn otlp_endpoint(&self) -> Option<String> {
        self.otlp.as_ref().map(|server| endpoint(server, &OTLP))
    }

    /// Where Jaeger Thrift is posted, such as `http://127.0.0.1:14268/api/traces`; `None` if that
    /// port is not open.
    pub fn jaeger_endpoint(&self) -> Option<String> {
        self.jaeger.as_ref().map(|server| endpoint(server, &JAEGER))
    }

    /// Where Zipkin JSON is posted, such as `http://127.0.0.1:9411/api/v2/spans`; `None` if that
    /// port is not open.
    pub fn zipkin_endpoint(&self) -> Option<String> {
        self.zipkin.as_ref().map(|server| endpoint(server, &ZIPKIN))
    }

    /// The address of the OTLP port.
    pub fn otlp_address(&self) -> Option<SocketAddr> {
        self.otlp.as_ref().map(Server::address)
    }

    /// Where datagrams in the Thrift compact protocol are sent.
    pub fn jaeger_udp_compact_address(&self) -> Option<SocketAddr> {
        self.jaeger_udp_compact.as_ref().map(UdpServer::address)
    }

    /// Where datagrams in the Thrift binary protocol are sent.
    pub fn jaeger_udp_binary_address(&self) -> Option<SocketAddr> {
        self.jaeger_udp_binary.as_ref().map(UdpServer::address)
    }

    /// The address of the Jaeger collector's port.
    pub fn jaeger_address(&self) -> Option<SocketAddr> {
        self.jaeger.as_ref().map(Server::address)
    }

    /// The address of the Zipkin port.
    pub fn zipkin_address(&self) -> Option<SocketAddr> {
        self.zipkin.as_ref().map(Server::address)
    }

    /// Waits until `count` spans have been received since the start, and says how many have.
    ///
    /// # Errors
    ///
    /// The time is over, and there were fewer.
    pub fn wait_for_spans(&self, count: usize, timeout: Duration) -> Result<usize, WaitTimeout> {
        let received = |stats: &Stats| usize::try_from(stats.spans).unwrap_or(usize::MAX);
        match self.store.wait(timeout, |stats| received(stats) >= count) {
            Ok(stats) => Ok(received(&stats)),
            Err(stats) => Err(WaitTimeout {
                wanted: count,
                received: received(&stats),
                malformed: stats.malformed,
            }),
        }
    }

    /// The spans kept, in the order of their arrival. Copies them.
    pub fn spans(&self) -> Vec<ReceivedSpan> {
        let mut spans: Vec<_> = self
            .traces()
            .into_iter()
            .flat_map(|trace| trace.spans)
            .collect();
        spans.sort_by_key(|span| span.arrival);
        spans
    }

    /// The traces kept, in the order in which their first spans arrived. Copies them.
    pub fn traces(&self) -> Vec<Trace> {
        self.store.traces()
    }

    /// The traces that have changed since this method last returned them, and to which nothing was
    /// added for at least `quiet`: what to draw next.
    pub fn settled(&self, quiet: Duration) -> Vec<Trace> {
        self.store.settled(quiet)
    }

    /// How many payloads were taken.
    pub fn payloads(&self) -> u64 {
        self.store.stats().payloads
    }

    /// The payloads refused last, at most 100, oldest first; [`Stats::malformed`] counts them all.
    pub fn malformed(&self) -> Vec<Malformed> {
        self.store.malformed()
    }

    /// Everything counted since the start.
    pub fn stats(&self) -> Stats {
        self.store.stats()
    }
}

fn endpoint(server: &Server, ingest: &Ingest) -> String {
    format!("http://{}{}", server.address(), ingest.path)
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink")
            .field("otlp", &self.otlp_endpoint())
            .field("jaeger", &self.jaeger_endpoint())
            .field("jaeger_udp_compact", &self.jaeger_udp_compact_address())
            .field("jaeger_udp_binary", &self.jaeger_udp_binary_address())
            .field("zipkin", &self.zipkin_endpoint())
            .field("stats", &self.stats())
            .finish()
    }
}

//! OTLP over gRPC: each request is one unary call of `TraceService/Export` over HTTP/2.
//!
//! h2 speaks HTTP/2, on a runtime of one thread that runs only while a request is sent, on the thread
//! that sends it. The frame around a message and the meaning of a status are gRPC's ("gRPC over
//! HTTP2"); they are written in `frame.rs` and `status.rs`, because a call is all there is. Names are
//! looked up as for every transport (`lookup.rs`). One absolute deadline holds over look-up, connection,
//! retries and the waits between them. There is no TLS here.

mod frame;
mod status;

pub use status::GrpcStatus;

use super::answer::{Answer, MAX_ANSWER};
use super::http::compression::Gzip;
use super::http::reply::excerpt;
use super::http::{Compression, Endpoint, Failure, Settings};
use super::lookup::{Lookup, LookupError, share};
use super::outage::Outage;
use super::{SendError, Transport};
use crate::error::BuildError;
use crate::retry::{Decision, Jitter, RetryPolicy};
use crate::secret::Secret;
use bytes::Bytes;
use frame::{Frame, PREFIX, frame};
use h2::RecvStream;
use h2::client::SendRequest;
use spanline_core::deadline::Deadline;
use std::fmt;
use std::io;
use std::thread;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle, Runtime};
use ureq::http::header::{self, CONTENT_ENCODING, USER_AGENT};
use ureq::http::{HeaderName, HeaderValue, Method, Request, Response, Uri, Version};

/// The method of trace_service.proto.
const PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// The most of an answer's headers, and of its trailers, that is read.
const MAX_RESPONSE_HEADERS: u32 = 16 * 1024;

/// Headers that belong to a connection of HTTP/1.1 and that HTTP/2 forbids (RFC 9113, section 8.2.2),
/// next to those that no user may set; and the one that may say `trailers` and does.
const OF_HTTP_1: [HeaderName; 4] = [
    header::TE,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// Calls one peer, and keeps the connection for the next call.
pub struct GrpcTransport {
    /// Made with the first request, so that building an exporter opens nothing.
    runtime: Option<Runtime>,
    connection: Option<SendRequest<Bytes>>,
    lookup: Lookup,
    uri: Uri,
    /// The address, for error messages.
    target: String,
    /// Marked sensitive, so that they print as nothing.
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Everything that must not be quoted back to the user's logs.
    secrets: Vec<Secret>,
    /// There if requests are compressed.
    gzip: Option<Gzip>,
    /// The answer to the last request that was taken.
    answer: Answer,
    retry: RetryPolicy,
    jitter: Jitter,
    outage: Outage,
}

impl GrpcTransport {
    /// A transport to `endpoint`, whose path does not count. Does no I/O.
    pub(crate) fn new(
        endpoint: &Endpoint,
        settings: &Settings,
        retry: RetryPolicy,
    ) -> Result<GrpcTransport, BuildError> {
        GrpcTransport::finding(Lookup::new(), endpoint, settings, retry)
    }

    /// The same with names looked up elsewhere.
    pub(in crate::transport) fn finding(
        lookup: Lookup,
        endpoint: &Endpoint,
        settings: &Settings,
        retry: RetryPolicy,
    ) -> Result<GrpcTransport, BuildError> {
        let shown = endpoint.shown().to_owned();
        if endpoint.is_secure() {
            return Err(BuildError::NoTls { url: shown });
        }
        let invalid = |problem: &dyn fmt::Display| BuildError::InvalidUrl {
            url: shown.clone(),
            problem: problem.to_string(),
        };
        let url: Uri = endpoint.url().parse().map_err(|error| invalid(&error))?;
        let authority = url.authority().ok_or_else(|| invalid(&"no authority"))?;
        let authority = authority.as_str();
        let uri = Uri::builder()
            .scheme("http")
            .authority(authority)
            .path_and_query(PATH);
        let mut headers = settings.headers(endpoint, "application/grpc")?;
        if let Some((name, _)) = headers.iter().find(|(name, _)| OF_HTTP_1.contains(name)) {
            let name = name.to_string();
            return Err(BuildError::InvalidHeader { name });
        }
        headers.retain(|(name, _)| name != CONTENT_ENCODING);
        if settings.compression == Compression::Gzip {
            let gzip = HeaderValue::from_static("gzip");
            headers.push((HeaderName::from_static("grpc-encoding"), gzip));
        }
        Ok(GrpcTransport {
            runtime: None,
            connection: None,
            lookup,
            target: format!("gRPC to {authority}"),
            uri: uri.build().map_err(|error| invalid(&error))?,
            headers,
            secrets: settings.secrets(endpoint),
            gzip: settings.compression.gzip()?,
            answer: Answer::default(),
            retry,
            jitter: Jitter::new(endpoint.url()),
            outage: Outage::default(),
        })
    }

    /// Sends a message until it is taken, refused for good, or no time is left.
    async fn send_until(&mut self, message: Bytes, deadline: Deadline) -> Result<(), SendError> {
        let mut attempt = 1;
        loop {
            let call = self.call(message.clone(), deadline);
            let answered = match deadline.remaining() {
                None => call.await,
                Some(left) => tokio::time::timeout(left, call)
                    .await
                    .unwrap_or_else(|_| Err(Failure::last(SendError::DeadlinePassed))),
            };
            let failure = match answered {
                Ok(answer) => {
                    self.answer = answer;
                    self.outage.is_over();
                    return Ok(());
                }
                Err(failure) => failure,
            };
            if !matches!(failure.error, SendError::Grpc(_)) {
                // Nobody has answered: the next attempt asks anew where the peer is.
                self.lookup.forget();
            }
            let jitter = self.jitter.draw();
            let left = deadline.remaining();
            match self.retry.decide(attempt, failure.outcome, left, jitter) {
                Decision::GiveUp => return Err(failure.error),
                Decision::Wait {
                    wait,
                    attempt: next,
                } => {
                    self.outage.goes_on(&self.target, failure.error, wait);
                    tokio::time::sleep(wait).await;
                    attempt = next;
                }
            }
        }
    }

    /// One call and its answer. The connection is put back if it can be used again.
    async fn call(&mut self, message: Bytes, deadline: Deadline) -> Result<Answer, Failure> {
        if deadline.has_passed() {
            return Err(Failure::last(SendError::DeadlinePassed));
        }
        let mut connection = self.connect(deadline).await?;
        let request = self.request(deadline);
        let (answer, mut body) = connection.send_request(request, false).map_err(broken)?;
        body.send_data(message, true).map_err(broken)?;
        let answer = answer.await.map_err(broken)?;
        let reply = self.read(answer).await;
        self.connection = Some(connection);
        reply
    }

    /// The kept connection if it is still good, else a new one.
    async fn connect(&mut self, deadline: Deadline) -> Result<SendRequest<Bytes>, Failure> {
        if let Some(kept) = self.connection.take() {
            // Nobody has listened since the last call. Two turns of the runtime notice what has
            // come meanwhile, the end of the connection for example.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            if let Ok(ready) = kept.ready().await {
                return Ok(ready);
            }
        }
        let stream = self.open(deadline).await?;
        let mut settings = h2::client::Builder::new();
        settings
            .enable_push(false)
            .max_header_list_size(MAX_RESPONSE_HEADERS);
        let (connection, driver) = settings.handshake(stream).await.map_err(broken)?;
        tokio::spawn(async move {
            // Whoever sends is told of errors.
            let _ = driver.await;
        });
        connection.ready().await.map_err(broken)
    }

    /// A connection to the first of the peer's addresses that takes one.
    async fn open(&self, deadline: Deadline) -> Result<TcpStream, Failure> {
        let host = self.uri.host().unwrap_or_default();
        let port = self.uri.port_u16().unwrap_or(80);
        // Waits on this thread; there is nothing else for it to do while there is no connection.
        let addresses = self.lookup.addresses(host, port, deadline);
        let addresses = addresses.map_err(|error| match error {
            LookupError::DeadlinePassed => Failure::last(SendError::DeadlinePassed),
            LookupError::Failed(error) => unreachable(error),
        })?;
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        let mut left = addresses.len() as u32;
        for address in addresses {
            let connecting = TcpStream::connect(address);
            let connected = match deadline.remaining() {
                Some(time) if left > 1 => tokio::time::timeout(share(time, left), connecting)
                    .await
                    .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
                // The last one has until the deadline of the call.
                _ => connecting.await,
            };
            match connected.and_then(|stream| stream.set_nodelay(true).map(|()| stream)) {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
            left -= 1;
        }
        Err(unreachable(last))
    }

    fn request(&self, deadline: Deadline) -> Request<()> {
        let mut request = Request::new(());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.version_mut() = Version::HTTP_2;
        let headers = request.headers_mut();
        headers.insert("te", HeaderValue::from_static("trailers"));
        let agent = concat!("spanline/", env!("CARGO_PKG_VERSION"));
        headers.insert(USER_AGENT, HeaderValue::from_static(agent));
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        if let Some(left) = deadline.remaining() {
            // TimeoutValue has at most eight digits.
            let text = format!("{}m", left.as_millis().clamp(1, 99_999_999));
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert("grpc-timeout", value);
            }
        }
        request
    }

    /// Reads an answer to its end, or to its limit.
    async fn read(&self, answer: Response<RecvStream>) -> Result<Answer, Failure> {
        let (head, mut body) = answer.into_parts();
        if !head.status.is_success() {
            return Err(self.failed(GrpcStatus::of_http(head.status.as_u16()), None));
        }
        // A call that failed at once says so in its head.
        if let Some(status) = GrpcStatus::read(&head.headers) {
            return self.settle(status, &head.headers, Frame::default());
        }
        let mut frame = Frame::default();
        let mut length = 0;
        while let Some(piece) = body.data().await {
            let piece = piece.map_err(broken)?;
            // What the window is not told of was not read, so this cannot fail.
            let _ = body.flow_control().release_capacity(piece.len());
            length += piece.len();
            if length > PREFIX + MAX_ANSWER {
                let status = GrpcStatus::too_large();
                return Err(Failure::last(SendError::Grpc(status)));
            }
            frame.push(&piece);
        }
        let trailers = body.trailers().await.map_err(broken)?.unwrap_or_default();
        let status = GrpcStatus::read(&trailers).unwrap_or_else(GrpcStatus::missing);
        self.settle(status, &trailers, frame)
    }

    /// The message of a call that succeeded.
    fn settle(
        &self,
        status: GrpcStatus,
        trailers: &ureq::http::HeaderMap,
        frame: Frame,
    ) -> Result<Answer, Failure> {
        if status.code == GrpcStatus::OK {
            // Whatever became of the answer, the spans are taken.
            Ok(frame.message())
        } else {
            Err(self.failed(status, GrpcStatus::retry_delay(trailers)))
        }
    }

    /// A call that the peer ended with this status.
    fn failed(&self, mut status: GrpcStatus, delay: Option<Duration>) -> Failure {
        let outcome = status.outcome(delay);
        status.message = excerpt(status.message.as_bytes(), &self.secrets);
        Failure {
            error: SendError::Grpc(status),
            outcome,
        }
    }
}

impl Transport for GrpcTransport {
    fn twin(&self) -> Option<Self> {
        Some(GrpcTransport {
            runtime: None,
            connection: None,
            lookup: self.lookup.twin(),
            uri: self.uri.clone(),
            target: self.target.clone(),
            headers: self.headers.clone(),
            secrets: self.secrets.clone(),
            gzip: self.gzip.as_ref().map(Gzip::twin),
            answer: Answer::default(),
            retry: self.retry,
            jitter: Jitter::new(&self.target),
            outage: Outage::default(),
        })
    }

    fn send(&mut self, body: &[u8], deadline: Deadline) -> Result<(), SendError> {
        let message = match &mut self.gzip {
            Some(gzip) => frame(1, gzip.compress(body)),
            None => frame(0, body),
        };
        let runtime = match self.runtime.take() {
            Some(runtime) => runtime,
            None => runtime().map_err(SendError::Unreachable)?,
        };
        let result = outside(|| runtime.block_on(self.send_until(message, deadline)));
        self.runtime = Some(runtime);
        result.unwrap_or_else(|error| Err(SendError::Unreachable(error)))
    }

    fn target(&self) -> &str {
        &self.target
    }

    fn take_answer(&mut self) -> Answer {
        std::mem::take(&mut self.answer)
    }

    fn quote(&self, text: &str) -> String {
        excerpt(text.as_bytes(), &self.secrets)
    }
}

impl Drop for GrpcTransport {
    /// Waits for nothing: within a runtime of the program's own that would be a panic.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for GrpcTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcTransport")
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
}

/// Runs `work` here, unless this thread belongs to a runtime of the program's own, in which no other may
/// run: a span that ends there comes here by way of a simple processor. Then a thread is lent for it.
fn outside<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    if Handle::try_current().is_err() {
        return Ok(work());
    }
    thread::scope(|scope| {
        let lent = thread::Builder::new().name("spanline-grpc".to_owned());
        let done = lent.spawn_scoped(scope, work)?.join();
        // A panic goes on as it would without the other thread.
        Ok(done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// What HTTP/2 made of a call that came to no answer. Another attempt may heal a connection that broke or
/// was given up; a request that HTTP/2 forbids stays forbidden.
///
/// Of the peer's own words nothing is kept: an `h2::Error` prints whatever stands behind the code in a
/// GOAWAY frame (RFC 9113, section 6.8), which may repeat our credentials, at any length.
fn broken(error: h2::Error) -> Failure {
    let Some(reason) = error.reason() else {
        return match error.into_io() {
            Some(error) => unreachable(error),
            None => {
                let text = "HTTP/2 does not allow the request";
                let error = io::Error::new(io::ErrorKind::InvalidInput, text);
                Failure::last(SendError::Unreachable(error))
            }
        };
    };
    let what = match (error.is_go_away(), error.is_remote()) {
        (true, true) => "the peer gave the connection up",
        (false, true) => "the peer gave the call up",
        (_, false) => "the peer broke the rules of HTTP/2",
    };
    unreachable(io::Error::other(format!("{what}: {reason}")))
}

fn unreachable(error: io::Error) -> Failure {
    Failure::passing(SendError::Unreachable(error))
}

#[cfg(test)]
mod tests;

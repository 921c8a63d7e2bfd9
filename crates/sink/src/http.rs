//! HTTP/1.1 for a server that nobody should be able to upset (RFC 9112).
//!
//! Why not a server crate: the small synchronous one, tiny_http 0.12, reads header lines without an
//! end, sets no read timeout and bounds neither connections nor threads; the others bring an
//! asynchronous runtime. So the part that is easy to get wrong, the grammar of heads and chunk
//! sizes, is httparse, and the rest is here: `message` decides in pure values, `wire` moves bytes
//! under a deadline, `body` joins them for a body and this file for a connection.
//!
//! Every size has a limit and every wait an end. It knows nothing of spans; see [`Service`].

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

mod body;
mod wire;
mod message;

use body::Body;
use message::{Version, parse_head};
use wire::Wire;

pub(crate) use message::{Head, Method, Refusal, Response};

/// The bounds on what a peer may ask for.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Largest request line and headers together.
    pub(crate) head: usize,
    /// Largest body, decoded from chunks and unpacked.
    pub(crate) body: usize,
    /// Largest sum of the bodies being read and answered at one time.
    pub(crate) in_flight: usize,
    /// Connections served at one time, one thread each.
    pub(crate) connections: usize,
    /// How long a connection may be silent between requests.
    pub(crate) idle: Duration,
    /// How long a request may take from its first byte to its last.
    pub(crate) request: Duration,
    /// How long a peer may take no byte of an answer.
    pub(crate) write: Duration,
    /// How long the rest of a refused request is read and thrown away.
    pub(crate) linger: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: 16 << 10,
            body: 64 << 20,
            in_flight: 128 << 20,
            connections: 64,
            idle: Duration::from_secs(120),
            request: Duration::from_secs(30),
            write: Duration::from_secs(10),
            linger: Duration::from_secs(2),
        }
    }
}

/// What answers requests.
pub(crate) trait Service: Send + Sync {
    /// Looks at the head alone, before a byte of the body is read.
    fn check(&self, head: &Head) -> Result<(), Response>;

    /// Answers a whole request that `check` let pass.
    fn answer(&self, head: &Head, body: Vec<u8>) -> Response;

    /// Answers a request that `check` let pass but whose body could not be read or unpacked.
    fn unread(&self, head: &Head, refusal: &Refusal) -> Response;
}

/// What all connections of a server share.
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    /// Set once, when the server ends: no further request is begun.
    pub(crate) stopping: AtomicBool,
    /// Bytes of bodies in memory now; never above `limits.in_flight`.
    in_flight: AtomicUsize,
}

impl Shared {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            stopping: AtomicBool::new(false),
            in_flight: AtomicUsize::new(0),
        }
    }

    fn stopping(&self) -> bool {
        // Acquire: pairs with the Release in `Server::stop`.
        self.stopping.load(Ordering::Acquire)
    }
}

/// What follows an answer.
#[derive(PartialEq)]
enum Next {
    Keep,
    Close,
    /// Close, but read on for a moment: a peer still writing would otherwise have its connection
    /// reset and never see the answer.
    Linger,
}

/// Serves requests until the peer leaves, errs or is too slow, or the server stops.
pub(crate) fn serve(stream: Arc<TcpStream>, service: &dyn Service, shared: &Shared) {
    let Ok(mut wire) = Wire::new(stream, shared.limits.write) else {
        return;
    };
    loop {
        match serve_one(&mut wire, service, shared) {
            Some(Next::Keep) if !shared.stopping() => {}
            Some(Next::Linger) => return wire.linger(Instant::now() + shared.limits.linger),
            _ => return,
        }
    }
}

/// One request and its answer; `None` when there is nobody left to answer.
fn serve_one(wire: &mut Wire, service: &dyn Service, shared: &Shared) -> Option<Next> {
    let head = match read_head(wire, &shared.limits)? {
        Ok(head) => head,
        Err(refusal) => {
            wire.send(&refusal.response(), Version::Http11, false, false)
                .ok()?;
            return Some(Next::Linger);
        }
    };
    let body_deadline = Instant::now() + shared.limits.request;
    let verdict = service.check(&head);

    // A peer that waits for 100 has not sent the body, and need not if the answer is a refusal.
    if head.expects_continue && head.has_body() {
        if let Err(response) = &verdict {
            wire.send(response, head.version, false, head.method == Method::Head)
                .ok()?;
            return Some(Next::Linger);
        }
        if head.declared_length() <= shared.limits.body as u64 {
            wire.send_continue().ok()?;
        }
    }
    match body::read(wire, &head, shared, body_deadline)? {
        Ok(body) => {
            let response = match verdict {
                Ok(()) => answer(&head, body, service, &shared.limits),
                Err(response) => response,
            };
            let keep = head.keep_alive && !shared.stopping();
            wire.send(&response, head.version, keep, head.method == Method::Head)
                .ok()?;
            Some(if keep { Next::Keep } else { Next::Close })
        }
        Err(refusal) => {
            let response = match verdict {
                Ok(()) => service.unread(&head, &refusal),
                Err(response) => response,
            };
            wire.send(&response, head.version, false, head.method == Method::Head)
                .ok()?;
            Some(Next::Linger)
        }
    }
}

/// Answers a request whose body has arrived; `check` lets no other coding than gzip pass.
fn answer(head: &Head, body: Body<'_>, service: &dyn Service, limits: &Limits) -> Response {
    let plain = match head.content_encoding {
        None => Ok(body),
        Some(_) => body.gunzip(limits.body),
    };
    match plain {
        Ok(body) => service.answer(head, body.bytes),
        Err(refusal) => service.unread(head, &refusal),
    }
}

/// Reads until the head of a request is complete; `None` if the peer leaves or stays silent.
fn read_head(wire: &mut Wire, limits: &Limits) -> Option<Result<Head, Refusal>> {
    let mut deadline = Instant::now() + limits.idle;
    let mut begun = false;
    // Bytes already parsed without success: a new attempt pays only after a new line.
    let mut tried = 0;
    loop {
        if wire
            .buffered()
            .get(tried..)
            .is_some_and(|fresh| fresh.contains(&b'\n'))
        {
            match parse_head(wire.buffered()) {
                Ok(Some((head, length))) => {
                    wire.consume(length);
                    return Some(Ok(head));
                }
                Ok(None) => tried = wire.buffered().len(),
                Err(refusal) => return Some(Err(refusal)),
            }
        }
        if wire.buffered().len() > limits.head {
            return Some(Err(Refusal::new(
                431,
                format!("head over {} bytes", limits.head),
            )));
        }
        if !begun && !wire.buffered().is_empty() {
            // The clock of the request runs from its first byte, not from the last answer.
            begun = true;
            deadline = Instant::now() + limits.request;
        }
        match wire.fill(deadline) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(error) if begun && wire::is_timeout(&error) => {
                return Some(Err(Refusal::new(408, "the head did not arrive in time")));
            }
            Err(_) => return None,
        }
    }
}

/// Answers a connection that will not be served, without waiting for its request.
pub(crate) fn turn_away(stream: Arc<TcpStream>, refusal: &Refusal, limits: &Limits) {
    if let Ok(mut wire) = Wire::new(stream, limits.write) {
        // A new connection's send buffer takes this at once. If the peer has left, so be it.
        let _ = wire.send(&refusal.response(), Version::Http11, false, false);
    }
}

//! UDP: each request is one datagram to an agent.
//!
//! The socket is connected, so that it hears when nobody listens. Who is on this machine says so at
//! once: the datagram has found nobody, is sent to the peer's next address, and fails if it has found
//! nobody at any. Who is elsewhere says so later: the socket tells it in place of sending the next
//! datagram, which is then sent after all, and diagnostics are told that the one before is lost. It has
//! been counted as exported by then, as what the network took is. Nothing else is sent twice: whether a
//! datagram arrived is not known.
//!
//! A name is looked up for the first datagram, again after a failure, though once per batch at most, and
//! every 30 seconds, so that an agent that moves is followed. Of its addresses those of IPv4 come first,
//! since that is where most agents listen; the one that did is kept as long as it is one of them.
//!
//! A datagram is whole or nothing: those larger than the network takes fail. Linux takes 65,507
//! bytes at once; some other systems are set to less.

use super::lookup::{BELIEVED, Lookup, LookupError};
use super::outage::Outage;
use super::{SendError, Transport};
use crate::error::BuildError;
use spanline_core::deadline::Deadline;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Instant;

/// The most bytes of a datagram's content: 65,535 less the heads of IPv4 (20) and UDP (8).
pub(crate) const MAX_DATAGRAM: usize = 65_507;

/// Sends datagrams to one peer.
#[derive(Debug)]
pub struct UdpTransport {
    host: String,
    port: u16,
    /// `UDP` and the address, for error messages.
    target: String,
    lookup: Lookup,
    /// All of the peer's, the one in use first; none before the first datagram and after a failure.
    addresses: Vec<SocketAddr>,
    /// Connected to the first address when the first datagram needs it.
    socket: Option<(UdpSocket, Instant)>,
    /// The batch in which the name was last found to need a new look-up. The requests of a batch have
    /// their deadline in common, and no other.
    forgotten_by: Option<Deadline>,
    outage: Outage,
}

impl UdpTransport {
    /// A transport to `address`: `host`, `host:port`, or either with `udp://` in front; an IPv6
    /// address stands in brackets. Does no I/O.
    ///
    /// # Errors
    ///
    /// If that is no address.
    pub fn new(address: &str, default_port: u16) -> Result<UdpTransport, BuildError> {
        let invalid = || BuildError::InvalidAddress {
            address: address.rsplit('@').next().unwrap_or_default().to_owned(),
        };
        let (host, port) = parse(address, default_port).ok_or_else(invalid)?;
        Ok(UdpTransport {
            target: format!("UDP {host}:{port}"),
            host: host.to_owned(),
            port,
            lookup: Lookup::new(),
            addresses: Vec::new(),
            socket: None,
            forgotten_by: None,
            outage: Outage::default(),
        })
    }

    /// The socket, connected to where the peer is now.
    fn socket(&mut self, deadline: Deadline) -> Result<&UdpSocket, SendError> {
        let fresh = self.socket.take_if(|(_, since)| since.elapsed() < BELIEVED);
        let socket = match fresh {
            Some(socket) => socket,
            None => (self.connect(deadline)?, Instant::now()),
        };
        Ok(&self.socket.insert(socket).0)
    }

    /// A socket to the first of the peer's addresses that there is a way to. Nothing is sent.
    fn connect(&mut self, deadline: Deadline) -> Result<UdpSocket, SendError> {
        let found = self.lookup.addresses(&self.host, self.port, deadline);
        let mut found = found.map_err(|error| match error {
            LookupError::DeadlinePassed => SendError::DeadlinePassed,
            LookupError::Failed(error) => SendError::Unreachable(error),
        })?;
        found.sort_by_key(SocketAddr::is_ipv6);
        let in_use = self.addresses.first();
        let at = found.iter().position(|address| Some(address) == in_use);
        found.rotate_left(at.unwrap_or(0));
        self.addresses = found;
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for _ in 0..self.addresses.len() {
            match self.addresses.first().map(|address| open(*address)) {
                Some(Ok(socket)) => return Ok(socket),
                Some(Err(error)) => last = error,
                None => {}
            }
            self.addresses.rotate_left(1);
        }
        Err(SendError::Unreachable(last))
    }

    /// The next datagram goes to the next address, or, if there is none, to wherever the name points then.
    fn turn(&mut self, deadline: Deadline) {
        self.socket = None;
        match self.addresses.len() {
            0 | 1 => self.give_up(deadline),
            _ => self.addresses.rotate_left(1),
        }
    }

    /// The next datagram starts over, and the next batch asks anew where the peer is.
    fn give_up(&mut self, deadline: Deadline) {
        self.socket = None;
        self.addresses.clear();
        let forgotten_by = self.forgotten_by.replace(deadline);
        if forgotten_by != Some(deadline) || deadline == Deadline::NEVER {
            self.lookup.forget();
        }
    }
}

impl UdpTransport {
    /// Sends a datagram, if the socket has nothing to tell about an earlier one.
    fn send_once(&mut self, body: &[u8], deadline: Deadline) -> Result<(), Refusal> {
        if deadline.has_passed() {
            return Err(Refusal::OfThisOne(SendError::DeadlinePassed));
        }
        let socket = self.socket(deadline).map_err(Refusal::OfThisOne)?;
        send(socket, body, deadline)
    }

    /// The same, and sends it after all, if the socket tells that an earlier one has found nobody.
    fn send_once_at_last(&mut self, body: &[u8], deadline: Deadline) -> Result<(), SendError> {
        let late = match self.send_once(body, deadline) {
            Err(Refusal::OfAnEarlierOne(error)) => error,
            Err(Refusal::OfThisOne(error)) => return Err(error),
            Ok(()) => {
                self.outage.is_over();
                return Ok(());
            }
        };
        // A new socket has sent nothing, so that whatever it says is about this datagram.
        self.outage.has_lost(&self.target, &late);
        self.turn(deadline);
        self.send_once(body, deadline).map_err(Refusal::into_error)
    }
}

/// Why a datagram was not sent, or found nobody.
#[derive(Debug)]
enum Refusal {
    /// An earlier datagram has found nobody. This one was not sent.
    OfAnEarlierOne(io::Error),
    OfThisOne(SendError),
}

impl Refusal {
    fn into_error(self) -> SendError {
        match self {
            Refusal::OfAnEarlierOne(error) => SendError::Datagram(error),
            Refusal::OfThisOne(error) => error,
        }
    }
}

impl Transport for UdpTransport {
    fn twin(&self) -> Option<Self> {
        Some(UdpTransport {
            host: self.host.clone(),
            port: self.port,
            target: self.target.clone(),
            lookup: self.lookup.twin(),
            addresses: Vec::new(),
            socket: None,
            forgotten_by: None,
            outage: Outage::default(),
        })
    }

    fn send(&mut self, body: &[u8], deadline: Deadline) -> Result<(), SendError> {
        let mut sent = self.send_once_at_last(body, deadline);
        // It has found nobody at that address, so that nobody gets it twice.
        for _ in 1..self.addresses.len() {
            if !matches!(&sent, Err(error) if found_nobody(error)) {
                break;
            }
            self.turn(deadline);
            sent = self.send_once(body, deadline).map_err(Refusal::into_error);
        }
        sent.inspect_err(|_| self.give_up(deadline))
    }

    fn target(&self) -> &str {
        &self.target
    }
}

fn found_nobody(error: &SendError) -> bool {
    matches!(error, SendError::Datagram(error) if error.kind() == io::ErrorKind::ConnectionRefused)
}

/// A socket of our own, of the same family as the peer's.
fn open(peer: SocketAddr) -> io::Result<UdpSocket> {
    let own: SocketAddr = match peer {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(own)?;
    socket.connect(peer)?;
    Ok(socket)
}

/// Waits until the deadline, if there is no room for the datagram before.
fn send(socket: &UdpSocket, body: &[u8], deadline: Deadline) -> Result<(), Refusal> {
    let failed = |error| Refusal::OfThisOne(SendError::Datagram(error));
    loop {
        let left = deadline.remaining();
        if left.is_some_and(|left| left.is_zero()) {
            return Err(Refusal::OfThisOne(SendError::DeadlinePassed));
        }
        socket.set_write_timeout(left).map_err(failed)?;
        match socket.send(body) {
            Ok(sent) if sent == body.len() => break,
            Ok(_) => return Err(failed(io::ErrorKind::WriteZero.into())),
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted => {}
                // Sending a datagram does not wait for anybody to refuse it.
                io::ErrorKind::ConnectionRefused => return Err(Refusal::OfAnEarlierOne(error)),
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                    return Err(Refusal::OfThisOne(SendError::DeadlinePassed));
                }
                _ => return Err(failed(error)),
            },
        }
    }
    match socket.take_error() {
        Ok(Some(refused)) => Err(failed(refused)),
        _ => Ok(()),
    }
}

/// `[udp://]host[:port][/]`
fn parse(address: &str, default_port: u16) -> Option<(&str, u16)> {
    let rest = match address.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("udp") => rest,
        Some(_) => return None,
        None => address,
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let in_brackets = rest.starts_with('[');
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !in_brackets || host.ends_with(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let port = match port {
        None => default_port,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
        Some(_) => return None,
    };
    let is_host = if in_brackets {
        let inner = host.strip_prefix('[')?.strip_suffix(']')?;
        inner.parse::<Ipv6Addr>().is_ok()
    } else {
        let of_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        !host.is_empty() && host.chars().all(of_name)
    };
    (is_host && port != 0).then_some((host, port))
}

#[cfg(test)]
mod tests;

//! Sockets that keep an absolute deadline.
//!
//! ureq's own sockets renew their limit with each system call, so that a peer which takes a little
//! at a time, or nothing once its buffers are full, holds a large request for several times its
//! limit. These ask the transport's one [`Limit`] before every call.
//!
//! Uses ureq's `unversioned` interface, which may change with any minor version: hence the exact
//! requirement in `Cargo.toml`.

use super::limit::{Limit, of_io};
use super::resolver::Resolver;
use crate::transport::lookup::share;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use ureq::config::Config;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};

/// An agent whose sockets and look-ups obey `limit`.
pub(super) fn agent(config: Config, limit: Limit, resolver: Resolver) -> ureq::Agent {
    let connector = TcpConnector { limit };
    #[cfg(feature = "tls")]
    let connector = connector.chain(ureq::unversioned::transport::RustlsConnector::default());
    ureq::Agent::with_parts(config, connector, resolver)
}

/// Opens TCP connections.
#[derive(Debug)]
struct TcpConnector {
    limit: Limit,
}

impl Connector<()> for TcpConnector {
    type Out = TcpTransport;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<TcpTransport>, ureq::Error> {
        let mut last = ureq::Error::HostNotFound;
        let addresses = details.addrs.iter();
        let mut left = addresses.len() as u32;
        for address in addresses {
            match self.open(*address, left) {
                Ok(stream) => {
                    let config = details.config;
                    let buffers =
                        LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
                    return Ok(Some(TcpTransport {
                        stream,
                        is_refused: false,
                        buffers,
                        limit: self.limit.clone(),
                    }));
                }
                Err(error) => last = error,
            }
            left -= 1;
        }
        // If the time is up, that is the reason, whatever the last address said.
        self.limit.remaining()?;
        Err(last)
    }
}

impl TcpConnector {
    /// Tries one of `left` addresses, with its share of the time.
    fn open(&self, address: SocketAddr, left: u32) -> Result<TcpStream, ureq::Error> {
        let stream = match self.limit.remaining()? {
            Some(time) => TcpStream::connect_timeout(&address, share(time, left)),
            None => TcpStream::connect(address),
        };
        let stream = stream.map_err(ureq::Error::Io)?;
        // A request is one or two large writes: waiting to fill packets only delays the last one.
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// One open connection.
struct TcpTransport {
    stream: TcpStream,
    /// The peer has refused a request before it was written to its end, and reads no more.
    is_refused: bool,
    buffers: LazyBuffers,
    limit: Limit,
}

impl Transport for TcpTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    /// What is left of a request that is refused already is not written; its answer is read next.
    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        if self.is_refused {
            return Ok(());
        }
        let mut rest = self.buffers.output().get(..amount).unwrap_or_default();
        while !rest.is_empty() {
            self.stream.set_write_timeout(self.limit.remaining()?)?;
            match (&self.stream).write(rest) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) if has_refused(&self.stream) => {
                    self.is_refused = true;
                    return Ok(());
                }
                Err(error) => return Err(of_io(error)),
            }
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        loop {
            self.stream.set_read_timeout(self.limit.remaining()?)?;
            match (&self.stream).read(self.buffers.input_append_buf()) {
                Ok(read) => {
                    self.buffers.input_appended(read);
                    return Ok(read > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(of_io(error)),
            }
        }
    }

    /// A kept connection is good as long as there is nothing to read: neither an end nor bytes that
    /// nobody asked for.
    fn is_open(&mut self) -> bool {
        let nothing = peek(&self.stream, &mut [0]);
        !self.is_refused
            && matches!(nothing, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

/// Whether the beginning of a refusal lies ready to be read: a server may answer a request from its head
/// alone, as when it is too large, and close the connection upon what it does not want to read (RFC 9112,
/// section 9.5, and RFC 9110, section 15.5.14). One that says success so early has not read the request.
fn has_refused(stream: &TcpStream) -> bool {
    let mut beginning = [0; "HTTP/1.1 400".len()];
    match peek(stream, &mut beginning) {
        Ok(12) => {
            let [version @ .., _, class, _, _] = beginning;
            version.starts_with(b"HTTP/1.") && matches!(class, b'3'..=b'5')
        }
        _ => false,
    }
}

/// What lies ready to be read, without taking it and without waiting for it.
fn peek(stream: &TcpStream, bytes: &mut [u8]) -> io::Result<usize> {
    stream.set_nonblocking(true)?;
    let ready = stream.peek(bytes);
    stream.set_nonblocking(false)?;
    ready
}

impl fmt::Debug for TcpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpTransport")
            .field("peer", &self.stream.peer_addr().ok())
            .finish()
    }
}

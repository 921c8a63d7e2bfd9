//! One listening port: a thread that accepts and a thread for each connection, ended together.
//!
//! It knows sockets and threads; what is said over them is `http`'s, what it means is `routes`'.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::http::{self, Limits, Refusal, Service, Shared};

/// How long to rest after an accept that failed for want of file descriptors or memory.
const AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(20);

/// A running server; dropping it ends its threads and frees its port.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// `None` once joined.
    acceptor: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `listener` until dropped.
    pub(crate) fn start(
        listener: TcpListener,
        service: Arc<dyn Service>,
        limits: Limits,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(limits));
        let acceptor = thread::Builder::new()
            .name(format!("sink-{}", address.port()))
            .spawn({
                let shared = Arc::clone(&shared);
                move || {
                    Acceptor {
                        service,
                        shared,
                        connections: Vec::new(),
                    }
                    .run(&listener)
                }
            })?;
        Ok(Self {
            address,
            shared,
            acceptor: Some(acceptor),
        })
    }

    /// The address to connect to: where it listens, or loopback if it listens everywhere.
    pub(crate) fn address(&self) -> SocketAddr {
        reachable(self.address)
    }
}

/// `address`, or loopback if it is the one for everywhere.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

impl Drop for Server {
    fn drop(&mut self) {
        // Release: pairs with the Acquire in `Shared::stopping`.
        self.shared.stopping.store(true, Ordering::Release);
        // The acceptor waits in `accept`, which only a connection ends.
        let woken = TcpStream::connect_timeout(&self.address(), Duration::from_secs(1));
        if let (Ok(_), Some(acceptor)) = (woken, self.acceptor.take()) {
            // A panic in it has been reported by the panic hook.
            let _ = acceptor.join();
        }
    }
}

/// The accepting thread's state.
struct Acceptor {
    service: Arc<dyn Service>,
    shared: Arc<Shared>,
    connections: Vec<Connection>,
}

struct Connection {
    /// To end the thread's reads. Weak, so that the connection closes when its thread ends, however
    /// it ends.
    stream: Weak<TcpStream>,
    thread: JoinHandle<()>,
}

impl Acceptor {
    fn run(mut self, listener: &TcpListener) {
        loop {
            let accepted = listener.accept();
            // Acquire: pairs with the Release in `Server::drop`.
            if self.shared.stopping.load(Ordering::Acquire) {
                break;
            }
            match accepted {
                Ok((stream, _)) => self.admit(stream),
                Err(_) => thread::park_timeout(AFTER_FAILED_ACCEPT),
            }
        }
        self.end();
    }

    fn admit(&mut self, stream: TcpStream) {
        self.connections
            .retain(|connection| !connection.thread.is_finished());
        if self.connections.len() >= self.shared.limits.connections {
            let refusal = Refusal::new(503, "too many connections");
            return http::turn_away(Arc::new(stream), &refusal, &self.shared.limits);
        }
        let stream = Arc::new(stream);
        let weak = Arc::downgrade(&stream);
        let (service, shared) = (Arc::clone(&self.service), Arc::clone(&self.shared));
        let spawned = thread::Builder::new()
            .name("sink-connection".to_owned())
            .spawn(move || http::serve(stream, &*service, &shared));
        // Without a thread the connection is closed by dropping it: the peer may try again.
        if let Ok(thread) = spawned {
            self.connections.push(Connection {
                stream: weak,
                thread,
            });
        }
    }

    /// Ends the connections: reads end now, an answer being written is still written.
    fn end(self) {
        for connection in &self.connections {
            if let Some(stream) = connection.stream.upgrade() {
                // Fails if the peer has left, which is as good.
                let _ = stream.shutdown(Shutdown::Read);
            }
        }
        for connection in self.connections {
            let _ = connection.thread.join();
        }
    }
}

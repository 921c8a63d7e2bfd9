//! A port of datagrams: one thread that receives, ended when the port is dropped.
//!
//! It knows a socket and a thread; what a datagram means is `routes`'. Nobody is answered, and a
//! datagram that the system could not hold is lost without anyone knowing: that is UDP.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::server::reachable;

/// The largest datagram that the length field of UDP can announce (RFC 768).
const LARGEST: usize = 65_535;

/// How often the thread looks whether it should end, should the waking datagram get lost.
const LOOK: Duration = Duration::from_millis(500);

/// What takes datagrams.
pub(crate) trait Receiver: Send + Sync {
    /// Takes one datagram, whatever is in it.
    fn receive(&self, datagram: &[u8]);
}

/// A running receiver; dropping it ends its thread and frees its port.
pub(crate) struct UdpServer {
    address: SocketAddr,
    stopping: Arc<AtomicBool>,
    /// `None` once joined.
    thread: Option<JoinHandle<()>>,
}

impl UdpServer {
    /// Receives from `socket` until dropped.
    pub(crate) fn start(socket: UdpSocket, receiver: Arc<dyn Receiver>) -> io::Result<Self> {
        let address = socket.local_addr()?;
        socket.set_read_timeout(Some(LOOK))?;
        let stopping = Arc::new(AtomicBool::new(false));
        let thread = thread::Builder::new()
            .name(format!("sink-udp-{}", address.port()))
            .spawn({
                let stopping = Arc::clone(&stopping);
                move || run(&socket, &*receiver, &stopping)
            })?;
        Ok(Self {
            address,
            stopping,
            thread: Some(thread),
        })
    }

    /// The address to send to: where it receives, or loopback if it receives everywhere.
    pub(crate) fn address(&self) -> SocketAddr {
        reachable(self.address)
    }
}

fn run(socket: &UdpSocket, receiver: &dyn Receiver, stopping: &AtomicBool) {
    let mut buffer = vec![0; LARGEST];
    loop {
        let received = socket.recv_from(&mut buffer);
        // Acquire: pairs with the Release in `UdpServer::drop`.
        if stopping.load(Ordering::Acquire) {
            return;
        }
        match received {
            Ok((length, _)) => receiver.receive(buffer.get(..length).unwrap_or_default()),
            Err(error) if is_passing(&error) => {}
            // Whatever it is, it should not be asked for again at once.
            Err(_) => thread::park_timeout(LOOK),
        }
    }
}

/// Whether nothing was received for a reason that says nothing of the socket.
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

impl Drop for UdpServer {
    fn drop(&mut self) {
        // Release: pairs with the Acquire in `run`.
        self.stopping.store(true, Ordering::Release);
        // The thread waits in `recv_from`: a datagram from anywhere ends that, at the latest its
        // timeout does.
        let everywhere = match self.address {
            SocketAddr::V4(_) => "0.0.0.0:0",
            SocketAddr::V6(_) => "[::]:0",
        };
        if let Ok(socket) = UdpSocket::bind(everywhere) {
            let _ = socket.send_to(&[], self.address());
        }
        if let Some(thread) = self.thread.take() {
            // A panic in it has been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

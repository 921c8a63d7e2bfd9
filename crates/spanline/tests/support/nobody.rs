//! An address where a connection is refused, for as long as a test needs it.

use std::net::{SocketAddr, TcpListener, TcpStream};

/// The near end of a connection: nobody listens there, and while the connection stands, the system gives
/// the port to nobody else. A port that was merely free a moment ago may be another test's listener now.
pub(crate) struct Nobody {
    near: TcpStream,
    _far: TcpListener,
}

impl Nobody {
    pub(crate) fn new() -> Nobody {
        let far = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(far.local_addr().unwrap()).unwrap();
        Nobody { near, _far: far }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.near.local_addr().unwrap()
    }
}

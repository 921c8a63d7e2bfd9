//! From host name to addresses, within a deadline.
//!
//! An address in place of a name needs no look-up. A name is looked up when the first request needs
//! it, and again after 30 seconds or a failure, so that a peer that moves is followed. The operating
//! system's look-up cannot be stopped, so it runs on a thread of its own; at most one such thread is
//! waited for at a time, however many requests give up on it.

use spanline_core::deadline::Deadline;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long an answer is believed.
pub(super) const BELIEVED: Duration = Duration::from_secs(30);

/// Looks up the one host of a transport. Clones share what they know.
#[derive(Clone)]
pub(super) struct Lookup {
    state: Arc<Mutex<State>>,
    ask: fn(&str, u16) -> io::Result<Vec<SocketAddr>>,
}

#[derive(Default)]
struct State {
    /// The last answer and when it came.
    known: Option<(Vec<SocketAddr>, Instant)>,
    /// A look-up that was begun and not yet answered.
    pending: Option<Receiver<io::Result<Vec<SocketAddr>>>>,
}

/// Why there are no addresses.
#[derive(Debug)]
pub(super) enum LookupError {
    /// The deadline passed first.
    DeadlinePassed,
    /// There is no such host, or nobody to ask.
    Failed(io::Error),
}

impl Lookup {
    /// Asks the operating system.
    pub(super) fn new() -> Lookup {
        Lookup::with(|host, port| Ok((host, port).to_socket_addrs()?.collect()))
    }

    /// Asks somebody else.
    pub(super) fn with(ask: fn(&str, u16) -> io::Result<Vec<SocketAddr>>) -> Lookup {
        let state = Arc::default();
        Lookup { state, ask }
    }

    /// One that asks the same, and knows nothing yet.
    pub(super) fn twin(&self) -> Lookup {
        Lookup::with(self.ask)
    }

    /// Asks anew next time.
    pub(super) fn forget(&self) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .known = None;
    }

    /// The addresses of a host, which may be an address itself.
    pub(super) fn addresses(
        &self,
        host: &str,
        port: u16,
        deadline: Deadline,
    ) -> Result<Vec<SocketAddr>, LookupError> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(ip) = bare.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        // Held while waiting: only the worker that owns the transport ever comes here.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((addresses, since)) = &state.known {
            if since.elapsed() < BELIEVED {
                return Ok(addresses.clone());
            }
        }
        let pending = match state.pending.take() {
            Some(pending) => pending,
            None => self.begin(host, port).map_err(LookupError::Failed)?,
        };
        let answer = match deadline.remaining() {
            Some(left) => pending.recv_timeout(left),
            None => pending.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match answer {
            Ok(addresses) => {
                let addresses = addresses.map_err(LookupError::Failed)?;
                state.known = Some((addresses.clone(), Instant::now()));
                Ok(addresses)
            }
            Err(RecvTimeoutError::Timeout) => {
                state.pending = Some(pending);
                Err(LookupError::DeadlinePassed)
            }
            Err(RecvTimeoutError::Disconnected) => {
                let error = io::Error::new(io::ErrorKind::NotFound, "the look-up came to nothing");
                Err(LookupError::Failed(error))
            }
        }
    }

    fn begin(&self, host: &str, port: u16) -> io::Result<Receiver<io::Result<Vec<SocketAddr>>>> {
        let (answer, pending) = sync_channel(1);
        let host = host.to_owned();
        let ask = self.ask;
        thread::Builder::new()
            .name("spanline-lookup".to_owned())
            .spawn(move || {
                // Nobody listens any more if the transport is gone.
                let _ = answer.send(ask(&host, port));
            })?;
        Ok(pending)
    }
}

/// How long to try one of `left` addresses: all of the time for the last one, half of it for any other.
#[cfg(feature = "http")]
pub(super) fn share(time: Duration, left: u32) -> Duration {
    let share = if left > 1 { time / 2 } else { time };
    share.max(Duration::from_millis(1))
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

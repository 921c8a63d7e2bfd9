//! From host name to addresses, within the deadline.
//!
//! An address in the URL needs no look-up. A name is looked up when the first request needs it, and
//! again after 30 seconds or a failure, so that a peer that moves is followed. The operating
//! system's look-up cannot be stopped, so it runs on a thread of its own; at most one such thread is
//! waited for at a time, however many requests give up on it.

use super::limit::{Limit, passed};
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver as UreqResolver};
use ureq::unversioned::transport::NextTimeout;

/// How long an answer is believed.
const BELIEVED: Duration = Duration::from_secs(30);

/// The most addresses of a peer that are tried; what ureq has room for.
const MAX_ADDRESSES: usize = 16;

/// Looks up the one host of a transport. Clones share what they know.
#[derive(Clone)]
pub(super) struct Resolver {
    limit: Limit,
    state: Arc<Mutex<State>>,
    lookup: fn(&str, u16) -> io::Result<Vec<SocketAddr>>,
}

#[derive(Default)]
struct State {
    /// The last answer and when it came.
    known: Option<(Vec<SocketAddr>, Instant)>,
    /// A look-up that was begun and not yet answered.
    pending: Option<Receiver<io::Result<Vec<SocketAddr>>>>,
}

impl Resolver {
    pub(super) fn new(limit: Limit) -> Resolver {
        Resolver::with_lookup(limit, |host, port| {
            Ok((host, port).to_socket_addrs()?.collect())
        })
    }

    /// A resolver that asks somebody else than the operating system.
    fn with_lookup(limit: Limit, lookup: fn(&str, u16) -> io::Result<Vec<SocketAddr>>) -> Resolver {
        Resolver {
            limit,
            state: Arc::default(),
            lookup,
        }
    }

    /// Asks anew next time.
    pub(super) fn forget(&self) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .known = None;
    }

    fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, ureq::Error> {
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
            None => self.begin(host, port)?,
        };
        let answer = match self.limit.remaining()? {
            Some(left) => pending.recv_timeout(left),
            None => pending.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match answer {
            Ok(addresses) => {
                let addresses = addresses?;
                state.known = Some((addresses.clone(), Instant::now()));
                Ok(addresses)
            }
            Err(RecvTimeoutError::Timeout) => {
                state.pending = Some(pending);
                Err(passed())
            }
            Err(RecvTimeoutError::Disconnected) => Err(ureq::Error::HostNotFound),
        }
    }

    fn begin(&self, host: &str, port: u16) -> io::Result<Receiver<io::Result<Vec<SocketAddr>>>> {
        let (answer, pending) = sync_channel(1);
        let host = host.to_owned();
        let lookup = self.lookup;
        thread::Builder::new()
            .name("spanline-lookup".to_owned())
            .spawn(move || {
                // Nobody listens any more if the transport is gone.
                let _ = answer.send(lookup(&host, port));
            })?;
        Ok(pending)
    }
}

impl UreqResolver for Resolver {
    fn resolve(
        &self,
        uri: &Uri,
        _: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().ok_or(ureq::Error::HostNotFound)?;
        let default = if uri.scheme_str() == Some("https") {
            443
        } else {
            80
        };
        let addresses = self.addresses(host, uri.port_u16().unwrap_or(default))?;
        let mut resolved = self.empty();
        for address in addresses.into_iter().take(MAX_ADDRESSES) {
            resolved.push(address);
        }
        if resolved.is_empty() {
            Err(ureq::Error::HostNotFound)
        } else {
            Ok(resolved)
        }
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

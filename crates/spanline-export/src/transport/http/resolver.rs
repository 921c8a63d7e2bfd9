//! The transport's look-up as ureq asks for it, within the one deadline.
//!
//! Uses ureq's `unversioned` interface; see `socket.rs`.

use super::limit::{Limit, passed};
use crate::transport::lookup::{Lookup, LookupError};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver as UreqResolver};
use ureq::unversioned::transport::NextTimeout;

/// The most addresses of a peer that are tried; what ureq has room for.
const MAX_ADDRESSES: usize = 16;

/// Looks up the one host of a transport. Clones share what they know.
#[derive(Clone, Debug)]
pub(super) struct Resolver {
    limit: Limit,
    lookup: Lookup,
}

impl Resolver {
    pub(super) fn new(limit: Limit, lookup: Lookup) -> Resolver {
        Resolver { limit, lookup }
    }

    /// One that asks whom this one asks, and knows nothing yet.
    pub(super) fn twin(&self, limit: Limit) -> Resolver {
        Resolver::new(limit, self.lookup.twin())
    }

    /// Asks anew next time.
    pub(super) fn forget(&self) {
        self.lookup.forget();
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
        let port = uri.port_u16().unwrap_or(default);
        let addresses = self.lookup.addresses(host, port, self.limit.deadline());
        let addresses = addresses.map_err(|error| match error {
            LookupError::DeadlinePassed => passed(),
            LookupError::Failed(error) => ureq::Error::Io(error),
        })?;
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

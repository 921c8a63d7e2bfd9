//! The service's own requests: a POST with JSON, to this machine only.
//!
//! The url comes from whoever calls the service, so it must not lead anywhere else: no other host,
//! no proxy, no redirect.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;
use ureq::Agent;
use ureq::http::Uri;

/// The most time for one call. The harness waits five seconds for all of them.
const PATIENCE: Duration = Duration::from_secs(4);

/// Posts, keeping connections open in between.
pub(super) struct Client {
    agent: Agent,
}

/// Why a call was not answered.
#[derive(Debug)]
pub(super) enum CallError {
    /// The url is none, or not of this machine.
    Url,
    Http(ureq::Error),
}

impl Client {
    pub(super) fn new() -> Client {
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .build();
        Client {
            agent: config.into(),
        }
    }

    /// Posts `body` with these headers; the status of the answer.
    pub(super) fn post(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<u16, CallError> {
        let uri: Uri = url.parse().map_err(|_| CallError::Url)?;
        if uri.scheme_str() != Some("http") || !uri.host().is_some_and(is_here) {
            return Err(CallError::Url);
        }
        let mut request = self
            .agent
            .post(uri)
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let response = request.send(body).map_err(CallError::Http)?;
        Ok(response.status().as_u16())
    }
}

/// Whether a url's host is this machine.
fn is_here(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::Url => f.write_str("not an http url of this machine"),
            CallError::Http(error) => write!(f, "{error}"),
        }
    }
}

impl Error for CallError {}

#[cfg(test)]
mod tests;

//! HTTP/1.1: each request is a `POST` to one URL.
//!
//! ureq speaks the protocol and keeps connections alive; sockets and name look-ups are ours
//! (`socket.rs`, `resolver.rs`), because one absolute deadline holds over everything, waits between
//! attempts included. The peer is not trusted: no redirects, no cookies, no proxy from the
//! environment, no decompression, headers and bodies up to a limit, and what it says is escaped and
//! searched for our credentials before it is quoted.

pub(crate) mod endpoint;
pub(super) mod compression;
#[cfg(feature = "gzip")]
mod gzip;
mod limit;
pub(super) mod reply;
mod resolver;
mod settings;
mod socket;
#[cfg(feature = "tls")]
pub(crate) mod tls;

pub use compression::Compression;

pub(crate) use endpoint::Endpoint;
pub(crate) use settings::Settings;

use super::lookup::Lookup;
use super::outage::Outage;
use super::{Answer, SendError, Transport, escape};
use crate::error::BuildError;
use crate::retry::{Decision, Jitter, Outcome, RetryPolicy};
use crate::secret::Secret;
use compression::Gzip;
use limit::Limit;
use resolver::Resolver;
use spanline_core::deadline::Deadline;
use std::time::SystemTime;
use ureq::http::{HeaderName, HeaderValue};

/// The most of a response's headers that is read.
const MAX_RESPONSE_HEADERS: usize = 16 * 1024;

/// Posts requests to one URL and keeps the connection for the next.
#[derive(Debug)]
pub struct HttpTransport {
    agent: ureq::Agent,
    /// With its query, which may hold a key.
    url: Secret,
    /// `POST` and the address, for error messages.
    target: String,
    /// Marked sensitive, so that they print as nothing.
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Everything that must not be quoted back to the user's logs.
    secrets: Vec<Secret>,
    /// Until when the request in progress may take; sockets and look-ups read it.
    limit: Limit,
    resolver: Resolver,
    /// Whether the answer to a request that was taken is kept.
    expects_reply: bool,
    retry: RetryPolicy,
    /// There if requests are compressed.
    gzip: Option<Gzip>,
    /// The answer to the last request that was taken.
    answer: Answer,
    jitter: Jitter,
    outage: Outage,
}

impl HttpTransport {
    /// A transport to `endpoint`. Does no I/O.
    pub(crate) fn new(
        endpoint: &Endpoint,
        settings: &Settings,
        content_type: &'static str,
        retry: RetryPolicy,
    ) -> Result<HttpTransport, BuildError> {
        HttpTransport::finding(Lookup::new(), endpoint, settings, content_type, retry)
    }

    /// The same with names looked up elsewhere.
    fn finding(
        lookup: Lookup,
        endpoint: &Endpoint,
        settings: &Settings,
        content_type: &'static str,
        retry: RetryPolicy,
    ) -> Result<HttpTransport, BuildError> {
        if endpoint.is_secure() && !cfg!(feature = "tls") {
            return Err(BuildError::NeedsFeature {
                wanted: endpoint.shown().to_owned(),
                feature: "tls",
            });
        }
        let limit = Limit::default();
        let resolver = Resolver::new(limit.clone(), lookup);
        let secrets = settings.secrets(endpoint);
        Ok(HttpTransport {
            agent: socket::agent(config(settings)?, limit.clone(), resolver.clone()),
            url: Secret::new(endpoint.url()),
            target: format!("POST {}", endpoint.shown()),
            headers: settings.headers(endpoint, content_type)?,
            secrets,
            limit,
            resolver,
            expects_reply: settings.expects_reply,
            retry,
            gzip: settings.compression.gzip()?,
            answer: Answer::default(),
            jitter: Jitter::new(endpoint.url()),
            outage: Outage::default(),
        })
    }

    /// One request and its response.
    fn attempt(&mut self, body: &[u8], deadline: Deadline) -> Result<Answer, Failure> {
        if deadline.has_passed() {
            return Err(Failure::last(SendError::DeadlinePassed));
        }
        self.limit.set(deadline);
        let mut request = self.agent.post(self.url.expose());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = request.send(body).map_err(|error| {
            // Whatever address that was, the next attempt asks anew where the peer is.
            self.resolver.forget();
            Failure::of_error(error)
        })?;
        reply::judge(
            response,
            self.expects_reply,
            &self.secrets,
            SystemTime::now(),
        )
    }
}

impl Transport for HttpTransport {
    fn twin(&self) -> Option<Self> {
        let limit = Limit::default();
        let resolver = self.resolver.twin(limit.clone());
        Some(HttpTransport {
            agent: socket::agent(self.agent.config().clone(), limit.clone(), resolver.clone()),
            url: self.url.clone(),
            target: self.target.clone(),
            headers: self.headers.clone(),
            secrets: self.secrets.clone(),
            limit,
            resolver,
            expects_reply: self.expects_reply,
            retry: self.retry,
            gzip: self.gzip.as_ref().map(Gzip::twin),
            answer: Answer::default(),
            jitter: Jitter::new(self.url.expose()),
            outage: Outage::default(),
        })
    }

    fn send(&mut self, body: &[u8], deadline: Deadline) -> Result<(), SendError> {
        // Compressed once, however often it is sent.
        let mut gzip = self.gzip.take();
        let result = match &mut gzip {
            Some(gzip) => self.send_as_it_is(gzip.compress(body), deadline),
            None => self.send_as_it_is(body, deadline),
        };
        self.gzip = gzip;
        result
    }

    fn target(&self) -> &str {
        &self.target
    }

    fn take_answer(&mut self) -> Answer {
        std::mem::take(&mut self.answer)
    }

    fn quote(&self, text: &str) -> String {
        reply::excerpt(text.as_bytes(), &self.secrets)
    }
}

impl HttpTransport {
    /// Sends a request until it is taken, refused for good, or no time is left.
    fn send_as_it_is(&mut self, body: &[u8], deadline: Deadline) -> Result<(), SendError> {
        let mut attempt = 1;
        loop {
            let failure = match self.attempt(body, deadline) {
                Ok(answer) => {
                    self.answer = answer;
                    self.outage.is_over();
                    return Ok(());
                }
                Err(failure) => failure,
            };
            let jitter = self.jitter.draw();
            let left = deadline.remaining();
            match self.retry.decide(attempt, failure.outcome, left, jitter) {
                Decision::GiveUp => return Err(failure.error),
                Decision::Wait {
                    wait,
                    attempt: next,
                } => {
                    self.outage.goes_on(&self.target, failure.error, wait);
                    std::thread::sleep(wait);
                    attempt = next;
                }
            }
        }
    }
}

/// How an attempt ended that did not succeed, and what may be done about it.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: SendError,
    pub(super) outcome: Outcome,
}

impl Failure {
    /// A failure that another attempt would not heal.
    pub(super) fn last(error: SendError) -> Failure {
        Failure {
            error,
            outcome: Outcome::Final,
        }
    }

    /// A failure that another attempt may heal.
    pub(super) fn passing(error: SendError) -> Failure {
        Failure {
            error,
            outcome: Outcome::Again { after: None },
        }
    }

    /// Sorts ureq's errors: broken connections may heal, an answer that is no HTTP will not, and
    /// neither will a certificate that is not believed.
    fn of_error(error: ureq::Error) -> Failure {
        match error {
            ureq::Error::Timeout(_) => Failure::last(SendError::DeadlinePassed),
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                // What rustls says of certificates and handshakes: no time heals those. A peer that
                // does not believe ours may say so too late and reset the connection; that is tried
                // again like any other that breaks.
                Failure::last(SendError::Unreachable(error))
            }
            ureq::Error::Io(error) => Failure::passing(SendError::Unreachable(error)),
            ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => Failure::passing(
                SendError::Unreachable(std::io::Error::other(error.to_string())),
            ),
            other => Failure::last(SendError::Response(escape(&other.to_string()))),
        }
    }
}

/// Everything that makes the client talk to nobody but the peer, and believe little of it.
fn config(settings: &Settings) -> Result<ureq::config::Config, BuildError> {
    let config = ureq::config::Config::builder();
    #[cfg(feature = "tls")]
    let config = match settings.tls.config()? {
        Some(tls) => config.tls_config(tls),
        None => config,
    };
    #[cfg(not(feature = "tls"))]
    let _ = settings;
    Ok(config
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .user_agent(concat!("spanline/", env!("CARGO_PKG_VERSION")))
        .accept_encoding("identity")
        .max_response_header_size(MAX_RESPONSE_HEADERS)
        .max_idle_connections(1)
        .max_idle_connections_per_host(1)
        .build())
}

#[cfg(test)]
mod tests;

//! The options that all exporters over HTTP have.

use super::{DEFAULT_TIMEOUT, Pipeline};
use crate::encoder::Encoder;
use crate::error::BuildError;
use crate::retry::RetryPolicy;
use crate::secret::Secret;
use crate::split::DEFAULT_MAX_REQUEST_SIZE;
use crate::transport::http::{Endpoint, Settings};
use crate::transport::{Compression, HttpTransport, Transport};
use spanline_core::diagnostics::{DiagnosticKind, report};
use std::fmt;
use std::time::Duration;

/// Collects the options of an exporter `X` that sends over HTTP.
///
/// Nothing is checked before [`build`](HttpBuilder::build), and nothing is sent before the first
/// batch. Printing a builder shows no header values, no users and no passwords.
#[must_use = "a builder does nothing until `build`"]
pub struct HttpBuilder<X> {
    /// As it was said, since an error quotes it.
    url: Secret,
    /// What makes the address of requests of it, if it is not that itself. What it is given is a URL.
    complete: Option<fn(&str) -> String>,
    settings: Settings,
    timeout: Duration,
    max_request_size: usize,
    wire: Wire<X>,
}

/// What is particular to one exporter.
struct Wire<X> {
    /// The exporter's name.
    name: &'static str,
    /// Puts the exporter together.
    assemble: Assemble<X>,
}

type Assemble<X> = Box<dyn FnOnce(&Endpoint, &Settings, Options) -> Result<X, BuildError> + Send>;

/// What the transport does not need to know.
struct Options {
    timeout: Duration,
    max_request_size: usize,
}

impl<E: Encoder + 'static> Pipeline<E, HttpTransport> {
    /// An exporter that posts what `encoder` writes to `url`; for formats of your own.
    pub fn http(name: &'static str, encoder: E, url: impl AsRef<str>) -> HttpBuilder<Self> {
        let content_type = encoder.content_type();
        let expects_reply = encoder.expects_reply();
        let mut builder = Pipeline::over(name, encoder, url.as_ref(), move |endpoint, settings| {
            HttpTransport::new(endpoint, settings, content_type, RetryPolicy::DEFAULT)
        });
        builder.settings.expects_reply = expects_reply;
        builder
    }
}

impl<E: Encoder + 'static, T: Transport + 'static> Pipeline<E, T> {
    /// An exporter over the transport that `connect` makes.
    pub(super) fn over(
        name: &'static str,
        encoder: E,
        url: &str,
        connect: impl FnOnce(&Endpoint, &Settings) -> Result<T, BuildError> + Send + 'static,
    ) -> HttpBuilder<Self> {
        let assemble = move |endpoint: &Endpoint, settings: &Settings, options: Options| {
            let transport = connect(endpoint, settings)?;
            Ok(Pipeline::new(name, encoder, transport)
                .timeout(options.timeout)
                .max_request_size(options.max_request_size))
        };
        HttpBuilder {
            url: Secret::new(url),
            complete: None,
            settings: Settings::default(),
            timeout: DEFAULT_TIMEOUT,
            max_request_size: DEFAULT_MAX_REQUEST_SIZE,
            wire: Wire {
                name,
                assemble: Box::new(assemble),
            },
        }
    }
}

impl<X> HttpBuilder<X> {
    /// The same with an address of requests that `complete` makes of the one that was said.
    #[cfg(feature = "otlp")]
    pub(super) fn completed_by(self, complete: fn(&str) -> String) -> Self {
        HttpBuilder {
            complete: Some(complete),
            ..self
        }
    }

    /// The same options for what `wrap` makes of the exporter.
    #[cfg(any(feature = "jaeger", feature = "otlp", feature = "zipkin"))]
    pub(super) fn map<Y>(self, wrap: fn(X) -> Y) -> HttpBuilder<Y>
    where
        X: 'static,
        Y: 'static,
    {
        let Wire { name, assemble } = self.wire;
        let assemble: Assemble<Y> = Box::new(move |endpoint, settings, options| {
            assemble(endpoint, settings, options).map(wrap)
        });
        HttpBuilder {
            url: self.url,
            complete: self.complete,
            settings: self.settings,
            timeout: self.timeout,
            max_request_size: self.max_request_size,
            wire: Wire { name, assemble },
        }
    }

    /// How long one export may take in all, with connecting, retries and the waits between them;
    /// ten seconds if not set. The deadline of a batch holds as well.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sends a header with each request. A later one of the same name replaces an earlier one. The
    /// value is treated as a secret, whatever the name is: it appears in no error and no log, and
    /// [`build`](HttpBuilder::build) warns if others could read it on the way.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings
            .headers
            .push((name.into(), Secret::new(value)));
        self
    }

    /// Sends user and password with each request (RFC 7617, HTTP Basic). Goes before `user:password@`
    /// in the URL and before a header `authorization`.
    pub fn basic_auth(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.settings.basic_auth = Some((Secret::new(user), Secret::new(password)));
        self
    }

    /// Compresses requests; not done if not set. Needs the feature `gzip`; without it,
    /// [`build`](HttpBuilder::build) is an error that says so. Servers of OTLP and Zipkin unpack them; of
    /// those that take Jaeger's Thrift, not all do.
    pub fn compression(mut self, compression: Compression) -> Self {
        self.settings.compression = compression;
        self
    }

    /// Trusts these certificate authorities, and no others, to vouch for an `https` peer; those that
    /// Mozilla trusts, as they were when spanline was built, if not set. A PEM of one or more
    /// certificates. A self-signed certificate of the peer's own is not enough unless it may act as an
    /// authority or is the very one given here.
    ///
    /// A peer that cannot prove who it is fails the batch at once: trying again would not help. There
    /// is no switch to believe it all the same. Not for OTLP over gRPC, which has no TLS here.
    ///
    /// [`build`](HttpBuilder::build) refuses what cannot be read.
    #[cfg(feature = "tls")]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.settings.tls.roots = Some(pem.into());
        self
    }

    /// Proves to an `https` peer who sends, if it asks (mutual TLS): the certificate with those between
    /// it and its authority, and its private key, both as PEM. The key is treated as a secret.
    ///
    /// [`build`](HttpBuilder::build) refuses what cannot be read, and a key of another certificate.
    #[cfg(feature = "tls")]
    pub fn client_certificate(
        mut self,
        chain_pem: impl Into<Vec<u8>>,
        key_pem: impl Into<Vec<u8>>,
    ) -> Self {
        self.settings.tls.client = Some((chain_pem.into(), key_pem.into()));
        self
    }

    /// The most bytes of one request, before it is compressed; 64 MiB if not set. Larger batches are
    /// sent in several requests, and a span that is larger alone is dropped and counted as oversize.
    pub fn max_request_size(mut self, bytes: usize) -> Self {
        self.max_request_size = bytes;
        self
    }

    /// The exporter. Does no I/O: a host that does not resolve or answer yet is no error.
    ///
    /// Diagnostics are told if what may be a secret would cross a network in plain text, by `http` to
    /// another machine: any header that was set, whatever its name, user and password, and the query of
    /// the address. They are named, and not quoted.
    ///
    /// # Errors
    ///
    /// If the address is no usable URL, if it is `https` and the feature `tls` is off, or the exporter
    /// has no TLS at all, if compression is asked for and the feature `gzip` is off, or if a header, the
    /// credentials, a certificate or a number are invalid.
    pub fn build(self) -> Result<X, BuildError> {
        let must = "more than zero";
        if self.timeout.is_zero() {
            return Err(BuildError::InvalidSetting {
                setting: "timeout",
                must,
            });
        }
        if self.max_request_size == 0 {
            return Err(BuildError::InvalidSetting {
                setting: "max_request_size",
                must,
            });
        }
        let Wire { name, assemble } = self.wire;
        let mut endpoint = Endpoint::parse(self.url.expose())?;
        if let Some(complete) = self.complete {
            endpoint = Endpoint::parse(&complete(self.url.expose()))?;
        }
        let options = Options {
            timeout: self.timeout,
            max_request_size: self.max_request_size,
        };
        let exporter = assemble(&endpoint, &self.settings, options)?;
        if let Some(words) = exposed(&endpoint, &self.settings) {
            report(DiagnosticKind::Config, name, format_args!("{words}"));
        }
        Ok(exporter)
    }
}

/// What there is to tell if others can read on the way what may be a secret.
fn exposed(endpoint: &Endpoint, settings: &Settings) -> Option<String> {
    let secret_parts = settings
        .secret_parts(endpoint)
        .filter(|_| endpoint.is_exposed())?;
    let shown = endpoint.shown();
    Some(format!(
        "{secret_parts}: what may be a secret is sent to {shown} in plain text"
    ))
}

impl<X> fmt::Debug for HttpBuilder<X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpBuilder")
            .field("settings", &self.settings)
            .field("timeout", &self.timeout)
            .field("max_request_size", &self.max_request_size)
            .finish_non_exhaustive()
    }
}

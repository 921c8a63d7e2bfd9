//! Exporters: an encoder times a transport, behind the seam that the runtime knows.
//!
//! [`Pipeline`] is the seam's one implementation here. It keeps the order of things: split the
//! batch, send each request, count what did not arrive, and refuse after shutdown. What is particular
//! to a wire is in its encoder and its transport; `jaeger.rs`, `otlp.rs` and `zipkin.rs` only put them
//! together, each as one type (`opaque.rs`).

#[cfg(feature = "http")]
mod builder;
#[cfg(any(feature = "jaeger", feature = "otlp", feature = "zipkin"))]
mod opaque;
#[cfg(feature = "jaeger")]
mod agent;
#[cfg(feature = "jaeger")]
mod jaeger;
#[cfg(feature = "otlp")]
mod otlp;
#[cfg(feature = "zipkin")]
mod zipkin;

#[cfg(feature = "jaeger")]
pub use agent::AgentBuilder;
#[cfg(feature = "http")]
pub use builder::HttpBuilder;
#[cfg(feature = "jaeger")]
pub use jaeger::JaegerExporter;
#[cfg(feature = "otlp")]
pub use otlp::OtlpExporter;
#[cfg(feature = "zipkin")]
pub use zipkin::ZipkinExporter;

use crate::encoder::{Encoder, Reply};
use crate::split::{DEFAULT_MAX_REQUEST_SIZE, Request, Splitter};
use crate::transport::{SendError, Transport};
use spanline_core::deadline::Deadline;
use spanline_core::diagnostics::{DiagnosticKind, report};
use spanline_core::export::{Batch, ExportError, Exported, FailedRequest, SpanExporter};
use std::fmt;
use std::ops::ControlFlow;
use std::time::Duration;

/// How long an export may take unless told otherwise, retries included.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// An encoder and a transport as an exporter.
///
/// Requests go one after another, so that an exporter delivers a batch per round trip. Where the way
/// is long, larger batches carry more; there is no pipelining, because a batch's answer must be known
/// when [`SpanExporter::export`] returns.
///
/// The ready-made exporters are this inside. Put your own together to send a format of ours over a
/// transport of yours, or the reverse:
///
/// ```
/// # #[cfg(feature = "zipkin")] {
/// use spanline_export::Pipeline;
/// use spanline_export::encoder::zipkin::ZipkinJson;
/// use spanline_export::transport::MemoryTransport;
///
/// let sent = MemoryTransport::new();
/// let exporter = Pipeline::new("zipkin_memory_exporter", ZipkinJson::new(), sent.clone());
/// # drop(exporter);
/// # }
/// ```
pub struct Pipeline<E, T> {
    name: &'static str,
    encoder: E,
    transport: T,
    splitter: Splitter,
    max_request_size: usize,
    timeout: Duration,
    shut_down: bool,
}

impl<E: Encoder, T: Transport> Pipeline<E, T> {
    /// Requests of at most 64 MiB, exports of at most ten seconds.
    #[must_use]
    pub fn new(name: &'static str, encoder: E, transport: T) -> Self {
        Pipeline {
            name,
            encoder,
            transport,
            splitter: Splitter::new(),
            max_request_size: DEFAULT_MAX_REQUEST_SIZE,
            timeout: DEFAULT_TIMEOUT,
            shut_down: false,
        }
    }

    /// The most bytes of one request. A span that is larger alone is not sent.
    #[must_use]
    pub fn max_request_size(mut self, bytes: usize) -> Self {
        self.max_request_size = bytes;
        self
    }

    /// How long an export may take, retries included; the batch's own deadline holds as well.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn flush(&mut self, deadline: Deadline) -> Result<(), ExportError> {
        let flushed = self.transport.flush(deadline);
        flushed.map_err(|error| {
            let nothing = FailedRequest::new(self.transport.target(), 0, 0);
            error.into_export_error().of_request(nothing)
        })
    }

    /// Sends all requests of a batch that are worth sending.
    fn send_all(&mut self, batch: Batch<'_>, deadline: Deadline) -> Sent {
        let Pipeline {
            name,
            encoder,
            transport,
            splitter,
            ..
        } = self;
        let mut sent = Sent::default();
        let send = |request: Request<'_>| {
            let Err(error) = transport.send(request.body, deadline) else {
                sent.delivered += u64::from(request.spans);
                let answer = transport.take_answer();
                let mut reply = E::read_reply(&answer.body);
                reply.unread = answer.unread.or(reply.unread);
                sent.rejected += reply.rejected.min(request.spans.into());
                let quoted = transport.quote(&reply.message);
                if let Some(words) = told(transport.target(), &reply, &quoted) {
                    report(DiagnosticKind::Rejected, name, format_args!("{words}"));
                }
                return ControlFlow::Continue(());
            };
            let go_on = error.concerns_this_request_only();
            sent.error
                .get_or_insert_with(|| explain(error, transport.target(), request));
            match go_on {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        };
        sent.left_out = splitter.split(encoder, batch, self.max_request_size, send);
        sent
    }
}

/// What became of a batch's requests.
#[derive(Default)]
struct Sent {
    /// In requests that the peer took.
    delivered: u64,
    /// Of those, what the peer refused all the same.
    rejected: u64,
    /// Not sent at all, each for a reason of its own.
    left_out: Exported,
    /// The first error of a request.
    error: Option<ExportError>,
}

/// What there is to tell of a reply to a request that was taken: nothing if all spans were, and not a
/// word said. The protocol calls it a partial success, a warning without a rejected span as well.
fn told(target: &str, reply: &Reply, quoted: &str) -> Option<String> {
    let said = match quoted {
        "" => String::new(),
        text => format!(": {text}"),
    };
    let words = match (reply.rejected, reply.unread) {
        (0, None) if quoted.is_empty() => return None,
        (0, None) => format!("{target} took all spans, but says{said}"),
        (0, Some(why)) => {
            format!("{target} took a request, but perhaps not all of its spans, since {why}")
        }
        (rejected, None) => format!("{target} rejected {rejected} spans of a request{said}"),
        (rejected, Some(why)) => {
            format!("{target} rejected {rejected} spans of a request or more, since {why}{said}")
        }
    };
    Some(words)
}

/// An error with what it was about: peer, spans and bytes.
fn explain(error: SendError, target: &str, request: Request<'_>) -> ExportError {
    let Request { body, spans } = request;
    let failed = FailedRequest::new(target, spans.into(), body.len() as u64);
    error.into_export_error().of_request(failed)
}

impl<E: Encoder + 'static, T: Transport + 'static> SpanExporter for Pipeline<E, T> {
    /// An error if every span of the batch was on its way and none arrived. Where some arrive, or some
    /// are left out for a reason of their own, the others count as failed, and diagnostics are told
    /// why.
    fn export(&mut self, batch: Batch<'_>, deadline: Deadline) -> Result<Exported, ExportError> {
        if self.shut_down {
            return Err(ExportError::ShutDown);
        }
        if batch.is_empty() {
            return Ok(Exported::ALL);
        }
        self.encoder.announce(batch);
        let Sent {
            delivered,
            rejected,
            left_out,
            error,
        } = self.send_all(batch, deadline.sooner(self.timeout));
        let spans = batch.len() as u64;
        let failed = spans.saturating_sub(delivered + left_out.missing());
        let exported = Exported::rejected(rejected)
            .with_failed(failed)
            .with_oversize(left_out.oversize)
            .with_encode_error(left_out.encode_error);
        self.encoder.account(&exported);
        match error {
            Some(error) if failed == spans => return Err(error),
            Some(error) => report(
                DiagnosticKind::ExportFailed,
                self.name,
                format_args!("{failed} spans of a batch of {spans}: {error}"),
            ),
            None => {}
        }
        Ok(exported)
    }

    fn force_flush(&mut self, deadline: Deadline) -> Result<(), ExportError> {
        self.flush(deadline)
    }

    fn shutdown(&mut self, deadline: Deadline) -> Result<(), ExportError> {
        self.shut_down = true;
        self.flush(deadline)
    }

    fn twin(&self) -> Option<Box<dyn SpanExporter>> {
        let twin = Pipeline::new(self.name, self.encoder.twin()?, self.transport.twin()?)
            .max_request_size(self.max_request_size)
            .timeout(self.timeout);
        Some(Box::new(twin))
    }

    fn name(&self) -> &str {
        self.name
    }
}

impl<E, T> fmt::Debug for Pipeline<E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(all(feature = "jaeger", feature = "zipkin"))]
mod tests;

//! Transports: the bytes of a request to a peer, by a deadline.
//!
//! A transport knows no spans and no formats. It does all that belongs to its medium, connection
//! reuse and retries included, and reports once how it ended.

#[cfg(feature = "grpc")]
pub(crate) mod grpc;
#[cfg(feature = "http")]
pub(crate) mod http;
#[cfg(feature = "jaeger")]
pub(crate) mod udp;
pub mod lines;
pub mod memory;
mod answer;
#[cfg(any(feature = "http", feature = "jaeger"))]
mod lookup;
#[cfg(feature = "http")]
mod outage;
mod escape;

pub use answer::Answer;
#[cfg(feature = "grpc")]
pub use grpc::{GrpcStatus, GrpcTransport};
#[cfg(feature = "http")]
pub use http::{Compression, HttpTransport};
pub use lines::LinesTransport;
pub use memory::MemoryTransport;
#[cfg(feature = "jaeger")]
pub use udp::UdpTransport;

#[cfg(feature = "http")]
#[doc(hidden)]
pub use http::reply::property::check_excerpt;

pub(crate) use escape::escape;

use spanline_core::deadline::Deadline;
use spanline_core::export::ExportError;
use std::io;

/// Carries requests to one peer.
pub trait Transport: Send {
    /// Delivers one request, and returns by the deadline.
    ///
    /// # Errors
    ///
    /// If it did not arrive, or the peer did not take it.
    fn send(&mut self, body: &[u8], deadline: Deadline) -> Result<(), SendError>;

    /// A transport to the same peer that shares nothing with this one, no connection least of all;
    /// for the exporter of a forked child.
    fn twin(&self) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }

    /// What the transport talks to, for error messages: never a credential.
    fn target(&self) -> &str;

    /// Passes on what the transport itself still holds, if it ever does.
    ///
    /// # Errors
    ///
    /// If that did not work.
    fn flush(&mut self, deadline: Deadline) -> Result<(), SendError> {
        let _ = deadline;
        Ok(())
    }

    /// What the peer answered to the request that it took last, given away; empty if it says nothing.
    fn take_answer(&mut self) -> Answer {
        Answer::default()
    }

    /// A text of the peer's in a form that is fit for logs: short, on one line, no credential in it.
    fn quote(&self, text: &str) -> String {
        escape(text)
    }
}

/// Why a request was not delivered.
#[derive(Debug)]
#[non_exhaustive]
pub enum SendError {
    /// The deadline passed first.
    DeadlinePassed,
    /// The peer could not be reached, or the connection broke.
    Unreachable(io::Error),
    /// The network did not take this one datagram: nobody listened for it (`ConnectionRefused`), it was
    /// larger than the network takes (`EMSGSIZE`), or there was no room for it (`ENOBUFS`). The next one
    /// may fare better.
    Datagram(io::Error),
    /// It could not be written, or only a part of it.
    Write(io::Error),
    /// The peer answered that it did not take the request.
    Refused {
        /// The HTTP status.
        code: u16,
        /// The beginning of what the peer said, with control characters escaped.
        excerpt: String,
    },
    /// The peer answered by gRPC that the call failed.
    #[cfg(feature = "grpc")]
    Grpc(GrpcStatus),
    /// The peer's answer could not be understood.
    Response(String),
}

impl SendError {
    /// Whether another request to the same peer is worth sending right away: it is, if this one was
    /// refused for what was in it, and a datagram always is.
    #[must_use]
    pub fn concerns_this_request_only(&self) -> bool {
        match self {
            SendError::Datagram(_) => true,
            SendError::Refused { code, .. } => !matches!(code, 429 | 502 | 503 | 504),
            #[cfg(feature = "grpc")]
            SendError::Grpc(status) => status.code == GrpcStatus::INVALID_ARGUMENT,
            _ => false,
        }
    }

    /// The same error as an exporter reports it, without the request that it is about.
    #[must_use]
    pub fn into_export_error(self) -> ExportError {
        match self {
            SendError::DeadlinePassed => ExportError::DeadlinePassed,
            SendError::Unreachable(error) | SendError::Datagram(error) => {
                ExportError::Unreachable(error)
            }
            SendError::Write(error) => ExportError::other(error),
            SendError::Refused { code, excerpt } => ExportError::Status { code, excerpt },
            #[cfg(feature = "grpc")]
            SendError::Grpc(status) => ExportError::other(status),
            SendError::Response(text) => ExportError::Response(text),
        }
    }
}

//! What an exporter says when a batch did not arrive: why, and which request it was about.
//!
//! The reason is an enum that anybody's exporter can use. One that sends requests puts the request
//! around it ([`ExportError::of_request`]), so that every reason says alike where it happened, and
//! how much was lost.

use std::error::Error;
use std::fmt;
use std::io;

/// Why a batch did not arrive.
///
/// ```
/// use spanline_core::export::{ExportError, FailedRequest};
///
/// let request = FailedRequest::new("POST http://collector:4318/v1/traces", 512, 70_000);
/// let error = ExportError::DeadlinePassed.of_request(request);
/// assert_eq!(
///     error.to_string(),
///     "POST http://collector:4318/v1/traces with 512 spans in 70000 bytes: the deadline passed",
/// );
/// assert!(matches!(error.reason(), ExportError::DeadlinePassed));
/// assert_eq!(error.request().map(|request| request.spans), Some(512));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ExportError {
    /// One of the exporter's requests failed, the first of the batch that did.
    Request {
        /// Which one.
        request: FailedRequest,
        /// Why.
        reason: Box<ExportError>,
    },
    /// The deadline passed first.
    DeadlinePassed,
    /// The peer could not be reached, or the connection broke.
    Unreachable(io::Error),
    /// The peer answered with a status that is no success.
    Status {
        /// The HTTP status.
        code: u16,
        /// The beginning of what the peer said, with control characters escaped.
        excerpt: String,
    },
    /// The peer's answer could not be understood.
    Response(String),
    /// The exporter was shut down.
    ShutDown,
    /// Anything else.
    Other(Box<dyn Error + Send + Sync>),
}

/// A request that did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedRequest {
    /// What was done and where, such as `POST http://collector:4318/v1/traces`: scheme, host, port
    /// and path of a URL, without user, password and query.
    pub target: String,
    /// How many spans were in it; 0 where it was about none, as in a flush.
    pub spans: u64,
    /// How long it was, before any compression.
    pub bytes: u64,
}

impl FailedRequest {
    /// A request to `target`, of so many spans and bytes.
    pub fn new(target: impl Into<String>, spans: u64, bytes: u64) -> FailedRequest {
        FailedRequest {
            target: target.into(),
            spans,
            bytes,
        }
    }
}

impl fmt::Display for FailedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FailedRequest {
            target,
            spans,
            bytes,
        } = self;
        match spans {
            0 => f.write_str(target),
            1 => write!(f, "{target} with 1 span in {bytes} bytes"),
            _ => write!(f, "{target} with {spans} spans in {bytes} bytes"),
        }
    }
}

impl ExportError {
    /// Wraps any error, or a text.
    pub fn other(error: impl Into<Box<dyn Error + Send + Sync>>) -> ExportError {
        ExportError::Other(error.into())
    }

    /// The same as what became of this request.
    #[must_use]
    pub fn of_request(self, request: FailedRequest) -> ExportError {
        ExportError::Request {
            request,
            reason: Box::new(self),
        }
    }

    /// The request that it is about, if it is about one.
    pub fn request(&self) -> Option<&FailedRequest> {
        match self {
            ExportError::Request { request, .. } => Some(request),
            _ => None,
        }
    }

    /// The reason by itself, without the request.
    pub fn reason(&self) -> &ExportError {
        match self {
            ExportError::Request { reason, .. } => reason.reason(),
            reason => reason,
        }
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExportError::Request { request, reason } => write!(f, "{request}: {reason}"),
            ExportError::DeadlinePassed => f.write_str("the deadline passed"),
            ExportError::Unreachable(error) => write!(f, "unreachable: {error}"),
            ExportError::Status { code, excerpt } if excerpt.is_empty() => {
                write!(f, "status {code}")
            }
            ExportError::Status { code, excerpt } => write!(f, "status {code}: {excerpt}"),
            ExportError::Response(text) => write!(f, "the answer was not understood: {text}"),
            ExportError::ShutDown => f.write_str("the exporter was shut down"),
            ExportError::Other(error) => write!(f, "{error}"),
        }
    }
}

impl Error for ExportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ExportError::Request { reason, .. } => Some(reason),
            ExportError::Unreachable(error) => Some(error),
            ExportError::Other(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}

//! How a call ended ("gRPC over HTTP2", "Responses"; "Status codes and their use in gRPC"), and
//! whether OTLP allows another attempt ("OTLP/gRPC", "Failures").

use crate::base64::decode_base64;
use crate::protobuf::{Field, Fields};
use crate::retry::Outcome;
use std::error::Error;
use std::fmt;
use std::time::Duration;
use ureq::http::HeaderMap;

/// The most of a message that is read.
const LONGEST: usize = 4096;

/// The status of a gRPC call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrpcStatus {
    /// The number of the code, 0 to 16.
    pub code: u32,
    /// What the peer said, with control characters escaped.
    pub message: String,
}

impl GrpcStatus {
    pub(super) const OK: u32 = 0;
    const UNKNOWN: u32 = 2;
    /// The request itself is at fault.
    pub(crate) const INVALID_ARGUMENT: u32 = 3;
    const RESOURCE_EXHAUSTED: u32 = 8;

    fn new(code: u32, message: &str) -> GrpcStatus {
        GrpcStatus {
            code,
            message: message.to_owned(),
        }
    }

    /// An answer without a status.
    pub(super) fn missing() -> GrpcStatus {
        GrpcStatus::new(GrpcStatus::UNKNOWN, "the answer has no status")
    }

    /// An answer that is longer than we read.
    pub(super) fn too_large() -> GrpcStatus {
        GrpcStatus::new(GrpcStatus::RESOURCE_EXHAUSTED, "the answer is too long")
    }

    /// What an HTTP status means that somebody in between has sent ("HTTP to gRPC Status Code
    /// Mapping").
    pub(super) fn of_http(status: u16) -> GrpcStatus {
        let code = match status {
            400 => 13,                   // INTERNAL
            401 => 16,                   // UNAUTHENTICATED
            403 => 7,                    // PERMISSION_DENIED
            404 => 12,                   // UNIMPLEMENTED
            429 | 502 | 503 | 504 => 14, // UNAVAILABLE
            _ => GrpcStatus::UNKNOWN,
        };
        GrpcStatus::new(code, &format!("HTTP status {status}"))
    }

    /// The status in trailers, or in the head of an answer that has no body. `None` if there is
    /// none; one that makes no sense is UNKNOWN.
    pub(super) fn read(trailers: &HeaderMap) -> Option<GrpcStatus> {
        let code = trailers.get("grpc-status")?.to_str().ok();
        let code = code
            .and_then(|text| text.parse().ok())
            .filter(|code| *code <= 16);
        let message = trailers
            .get("grpc-message")
            .map_or(&[][..], |value| value.as_bytes());
        let message = percent_decoded(message.get(..LONGEST).unwrap_or(message));
        Some(GrpcStatus::new(
            code.unwrap_or(GrpcStatus::UNKNOWN),
            &message,
        ))
    }

    /// How long the peer asks to wait: the `RetryInfo` in the details of a status.
    pub(super) fn retry_delay(trailers: &HeaderMap) -> Option<Duration> {
        let details = trailers.get("grpc-status-details-bin")?.as_bytes();
        retry_delay(&decode_base64(details)?)
    }

    /// Whether the call may be made again.
    pub(super) fn outcome(&self, delay: Option<Duration>) -> Outcome {
        match self.code {
            // CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS
            1 | 4 | 10 | 11 | 14 | 15 => Outcome::Again { after: delay },
            // Only if the peer says that it will recover.
            GrpcStatus::RESOURCE_EXHAUSTED if delay.is_some() => Outcome::Again { after: delay },
            _ => Outcome::Final,
        }
    }

    /// The code's name.
    fn name(&self) -> &'static str {
        match self.code {
            0 => "OK",
            1 => "CANCELLED",
            3 => "INVALID_ARGUMENT",
            4 => "DEADLINE_EXCEEDED",
            5 => "NOT_FOUND",
            6 => "ALREADY_EXISTS",
            7 => "PERMISSION_DENIED",
            8 => "RESOURCE_EXHAUSTED",
            9 => "FAILED_PRECONDITION",
            10 => "ABORTED",
            11 => "OUT_OF_RANGE",
            12 => "UNIMPLEMENTED",
            13 => "INTERNAL",
            14 => "UNAVAILABLE",
            15 => "DATA_LOSS",
            16 => "UNAUTHENTICATED",
            _ => "UNKNOWN",
        }
    }
}

impl fmt::Display for GrpcStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gRPC status {} ({})", self.code, self.name())?;
        match self.message.as_str() {
            "" => Ok(()),
            message => write!(f, ": {message}"),
        }
    }
}

impl Error for GrpcStatus {}

/// `Percent-Encoded` of gRPC: what is not well encoded stays as it is.
fn percent_decoded(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let digits = after.split_at_checked(2).filter(|_| *first == b'%');
        let decoded = digits.and_then(|(digits, after)| {
            Some((spanline_core::hex::decode_any(digits)? as u8, after))
        });
        let (byte, after) = decoded.unwrap_or((*first, after));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The delay in a `google.rpc.Status`.
///
/// ```text
/// Status 3: repeated Any details   Any 1: string type_url   2: bytes value
/// RetryInfo 1: Duration retry_delay   Duration 1: int64 seconds   2: int32 nanos
/// ```
fn retry_delay(status: &[u8]) -> Option<Duration> {
    let mut fields = Fields::of(status);
    while let Some(field) = fields.next()? {
        let Field::Bytes(3, detail) = field else {
            continue;
        };
        let (mut kind, mut value): (&[u8], &[u8]) = (&[], &[]);
        let mut fields = Fields::of(detail);
        while let Some(field) = fields.next()? {
            match field {
                Field::Bytes(1, url) => kind = url,
                Field::Bytes(2, bytes) => value = bytes,
                _ => {}
            }
        }
        if kind.ends_with(b"/google.rpc.RetryInfo") {
            return duration(value);
        }
    }
    None
}

/// The delay in a `RetryInfo`; one below zero is none at all.
fn duration(retry_info: &[u8]) -> Option<Duration> {
    let mut fields = Fields::of(retry_info);
    let mut delay = Duration::ZERO;
    while let Some(field) = fields.next()? {
        let Field::Bytes(1, duration) = field else {
            continue;
        };
        let mut fields = Fields::of(duration);
        while let Some(field) = fields.next()? {
            let number = |number: u64| u64::try_from(number as i64).unwrap_or(0);
            match field {
                Field::Varint(1, seconds) => {
                    delay = delay.saturating_add(Duration::from_secs(number(seconds)));
                }
                Field::Varint(2, nanos) => {
                    delay = delay.saturating_add(Duration::from_nanos(number(nanos)));
                }
                _ => {}
            }
        }
    }
    Some(delay)
}

#[cfg(test)]
mod tests;

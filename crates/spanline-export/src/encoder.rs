//! Encoders: finished spans in, bytes of one wire format out.
//!
//! An encoder is pure: the same spans give the same bytes. It knows the document that defines its
//! wire and nothing of sockets, retries or limits; [`crate::split`] cuts requests and
//! [`crate::transport`] carries them.
//!
//! A request is *head · span · separator · span · … · tail*. All of it goes into one recycled
//! [`Buffer`], so that in steady state nothing is allocated per span or per request.

pub mod buffer;
#[cfg(feature = "jaeger")]
pub mod jaeger;
#[cfg(feature = "zipkin")]
pub mod zipkin;
#[cfg(any(feature = "jaeger", feature = "zipkin"))]
mod extras;
pub mod text;

pub use buffer::Buffer;

#[cfg(any(feature = "jaeger", feature = "zipkin"))]
use spanline_core::record::{Header, RawRecord};
use spanline_core::resource::Resource;
use spanline_core::view::SpanView;
use std::fmt;

/// Spans to the bytes of one wire format.
pub trait Encoder: Send {
    /// An encoder with the same settings that has seen nothing; for the exporter of a forked child.
    fn twin(&self) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }

    /// The media type of a request, for transports that name it.
    fn content_type(&self) -> &'static str;

    /// Begins a request. Whatever depends only on the resource is encoded once and kept.
    fn head(&mut self, resource: &Resource, out: &mut Buffer);

    /// What stands between two spans.
    fn separator(&self) -> &'static [u8] {
        b""
    }

    /// Appends one span.
    ///
    /// # Errors
    ///
    /// If the span cannot be said in this format. What was appended is then to be thrown away.
    fn span(&mut self, span: &SpanView<'_>, out: &mut Buffer) -> Result<(), EncodeError>;

    /// What ends a request. Its length is a constant, because it counts against the limit before
    /// it is written.
    fn tail(&self) -> &'static [u8];

    /// Closes a request of `spans` spans that began at the buffer's first byte: appends the tail
    /// and fills in what could not be known before.
    fn finish(&mut self, spans: u32, out: &mut Buffer) {
        let _ = spans;
        out.push(self.tail());
    }
}

/// The service name of a resource without one (OpenTelemetry resource semantic conventions,
/// `service.name`). The SDK's default resource has a better one; encoders do not look around.
#[cfg(any(feature = "jaeger", feature = "zipkin"))]
const UNKNOWN_SERVICE: &str = "unknown_service";

/// The header of a record that can be sent.
#[cfg(any(feature = "jaeger", feature = "zipkin"))]
#[inline]
fn check(record: &RawRecord<'_>) -> Result<Header, EncodeError> {
    let header = record.header();
    if header.span_id == 0 || (header.trace_low | header.trace_high) == 0 {
        return Err(EncodeError::ZeroId);
    }
    if header.length as usize > record.bytes().len() {
        return Err(EncodeError::Malformed);
    }
    Ok(header)
}

/// Why a span has no form on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// Its trace id or span id is zero, which every format forbids.
    ZeroId,
    /// Its record holds less than it says.
    Malformed,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EncodeError::ZeroId => "the span's trace id or span id is zero",
            EncodeError::Malformed => "the span's record is cut short",
        })
    }
}

impl std::error::Error for EncodeError {}

//! Encoders: finished spans in, bytes of one wire format out.
//!
//! An encoder is pure: the same spans give the same bytes. It knows the document that defines its
//! wire and nothing of sockets, retries or limits; [`crate::split`] cuts requests and
//! [`crate::transport`] carries them.
//!
//! A request is *head · span · separator · span · … · tail*. All of it goes into one recycled
//! [`Buffer`], so that in steady state nothing is allocated per span or per request. In a format
//! that groups spans by their instrumentation scope, each group has a beginning of its own.

pub mod buffer;
#[cfg(feature = "jaeger")]
pub mod jaeger;
#[cfg(feature = "otlp")]
pub mod otlp;
#[cfg(feature = "zipkin")]
pub mod zipkin;
#[cfg(any(feature = "jaeger", feature = "zipkin"))]
mod extras;
pub mod text;

pub use buffer::Buffer;

use spanline_core::export::Exported;
#[cfg(any(feature = "jaeger", feature = "otlp", feature = "zipkin"))]
use spanline_core::record::{Header, Item, Items, RawRecord};
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

    /// Which group a span belongs to, in a format that groups spans; a request has each group once.
    /// `None` (the default) in a format that does not.
    #[inline]
    fn group(&self, span: &SpanView<'_>) -> Option<u16> {
        let _ = span;
        None
    }

    /// Begins the group that `span` belongs to.
    fn begin_group(&mut self, span: &SpanView<'_>, out: &mut Buffer) {
        let _ = (span, out);
    }

    /// What stands between the last span of a group and the beginning of the next group.
    fn group_separator(&self) -> &'static [u8] {
        b""
    }

    /// What stands between two spans of a group.
    fn separator(&self) -> &'static [u8] {
        b""
    }

    /// Appends one span.
    ///
    /// # Errors
    ///
    /// If the span cannot be said in this format. What was appended is then to be thrown away.
    fn span(&mut self, span: &SpanView<'_>, out: &mut Buffer) -> Result<(), EncodeError>;

    /// What ends every request.
    fn tail(&self) -> &'static [u8] {
        b""
    }

    /// How long a request of `len` bytes and `spans` spans will be at most when
    /// [`finish`](Encoder::finish) is done with it: it counts against the limit before it is written.
    fn finished_len(&self, len: usize, spans: u32) -> usize {
        let _ = spans;
        len + self.tail().len()
    }

    /// Closes a request of `spans` spans that began at the buffer's first byte: appends the tail
    /// and fills in what could not be known before.
    fn finish(&mut self, spans: u32, out: &mut Buffer) {
        let _ = spans;
        out.push(self.tail());
    }

    /// Whether the wire says something in the answer to a request that was taken. A transport keeps
    /// such answers, and a request whose answer is too long to be read has failed for good. False (the
    /// default) for most wires.
    fn expects_reply(&self) -> bool {
        false
    }

    /// Reads what the peer answered to a request that it took, if the wire
    /// [expects a reply](Encoder::expects_reply).
    fn read_reply(body: &[u8]) -> Reply
    where
        Self: Sized,
    {
        let _ = body;
        Reply::default()
    }

    /// Told after each batch what became of its spans, for wires that pass it on.
    fn account(&mut self, exported: &Exported) {
        let _ = exported;
    }
}

/// What a peer says of a request that it took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Spans of the request that it refused all the same.
    pub rejected: u64,
    /// Why it did, or a warning where it refused none: the beginning, from outside and not escaped.
    pub message: String,
    /// Why not all of the answer could be read; whether more spans were refused is then not known.
    /// `None` if it was read to its end.
    pub unread: Option<&'static str>,
}

/// The service name of a resource without one (OpenTelemetry resource semantic conventions,
/// `service.name`). The SDK's default resource has a better one; encoders do not look around.
#[cfg(any(feature = "jaeger", feature = "zipkin"))]
const UNKNOWN_SERVICE: &str = "unknown_service";

/// A record that can be sent, ready for a walk.
#[cfg(any(feature = "jaeger", feature = "otlp", feature = "zipkin"))]
struct Opened<'a> {
    header: Header,
    name: &'a [u8],
    /// What stands behind the name.
    items: Items<'a>,
}

/// Opens the record of a span.
#[cfg(any(feature = "jaeger", feature = "otlp", feature = "zipkin"))]
#[inline(always)]
fn open(record: RawRecord<'_>) -> Result<Opened<'_>, EncodeError> {
    let header = record.header();
    if header.span_id == 0 || (header.trace_low | header.trace_high) == 0 {
        return Err(EncodeError::ZeroId);
    }
    if header.length as usize > record.bytes().len() {
        return Err(EncodeError::Malformed);
    }
    let mut items = record.items();
    let name = items.next().map_or(&[][..], |item| item.value);
    Ok(Opened {
        header,
        name,
        items,
    })
}

/// Calls `each` with the attributes up to the first item that is none, and returns the items from
/// that one on. Mostly these are all attributes: programs set them before they add events, and
/// links, status and trace state stand at the end.
#[cfg(any(feature = "jaeger", feature = "otlp", feature = "zipkin"))]
#[inline(always)]
fn for_each_attribute<'a>(mut items: Items<'a>, mut each: impl FnMut(&Item<'a>)) -> Items<'a> {
    while let Some(item) = items.next_attribute() {
        each(&item);
    }
    items
}

/// The number in an item that counts something.
#[cfg(any(feature = "jaeger", feature = "otlp", feature = "zipkin"))]
#[inline(always)]
fn count(value: &[u8]) -> u32 {
    value.first_chunk().map_or(0, |n| u32::from_le_bytes(*n))
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

#[cfg(test)]
#[cfg(all(feature = "jaeger", feature = "otlp", feature = "zipkin"))]
mod tests;

//! From the bytes of a request to spans; one file per format, no network and no state.
//!
//! The rule for all of them: what the published description of a format demands is demanded here,
//! what it leaves open is taken, and a payload is taken whole or not at all. A refusal says what is
//! wrong and where. Nothing is allocated on the word of a length that the payload cannot hold.
//!
//! A further format is one more file here, one more [`Format`](crate::Format), and a route or a
//! socket that calls it.

use std::fmt;

use crate::model::{ClientStats, ReceivedSpan};
use crate::text;

mod jaeger;
mod zipkin;
mod otlp;
mod walker;
mod object;
mod otel;

pub use jaeger::{jaeger_binary, jaeger_udp_binary, jaeger_udp_compact};
pub use otlp::{otlp_json, otlp_protobuf};
pub use zipkin::zipkin_json;

// The laws of the decoders, for fuzzing and for the replay of its corpora.
#[doc(hidden)]
pub use jaeger::property::{check_jaeger_binary, check_jaeger_udp};
#[doc(hidden)]
pub use otlp::property::{check_otlp_json, check_otlp_protobuf};
#[doc(hidden)]
pub use zipkin::property::check_zipkin_json;

/// What one payload held.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Decoded {
    /// The spans, in the order of the payload, with `arrival` 0.
    pub spans: Vec<ReceivedSpan>,
    /// The number of the batch as its sender counts (`Batch.seqNo` of jaeger.thrift).
    pub seq_no: Option<i64>,
    /// What the sender says it lost (`Batch.stats` of jaeger.thrift).
    pub client_stats: Option<ClientStats>,
}

/// Why a payload was refused: what is wrong, and where.
///
/// The text quotes at most a short excerpt of the payload, escaped, and is safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// Path of fields, such as `spans[2].tags[0].vType`; empty for the payload as a whole.
    place: String,
    /// Offset into the payload, where the decoder knows it.
    byte: Option<usize>,
    reason: String,
}

impl DecodeError {
    fn new(place: impl Into<String>, byte: Option<usize>, reason: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            byte,
            reason: reason.into(),
        }
    }

    /// Path of fields, such as `spans[2].tags[0].vType`; empty for the payload as a whole.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// How many bytes had been read when it was found, where the decoder knows it.
    pub fn byte(&self) -> Option<usize> {
        self.byte
    }

    /// What is wrong.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&text::escape(&self.reason))?;
        match self.byte {
            Some(byte) => write!(f, " (at byte {byte})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for DecodeError {}

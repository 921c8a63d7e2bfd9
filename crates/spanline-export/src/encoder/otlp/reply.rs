//! What an OTLP receiver answers to a request that it took: `ExportTraceServiceResponse`.
//!
//! ```text
//! ExportTraceServiceResponse 1: ExportTracePartialSuccess partial_success
//! ExportTracePartialSuccess  1: int64 rejected_spans   2: string error_message
//! ```
//!
//! The bytes come from outside and are at most what the transport keeps of an answer. Fields that
//! are not known are passed over. An answer that is neither form is no failure, since the status has
//! said already that the request was taken; the exporter tells diagnostics.

mod property;
#[cfg(feature = "json")]
mod json;

pub use property::check_otlp_response;

use crate::encoder::Reply;
use crate::protobuf::{Field, Fields};

/// What is told of an answer that cannot be read.
const UNREADABLE: &str = "the answer is no ExportTraceServiceResponse";

/// The same where nothing can read it.
#[cfg(not(feature = "json"))]
const NOT_READ: &str = "the answer was not read, because the feature `json` is not on";

/// Reads an answer to a request in protobuf.
pub(super) fn read_protobuf(body: &[u8]) -> Reply {
    response(body).unwrap_or_else(unreadable)
}

/// Reads an answer to a request in JSON.
#[cfg(feature = "json")]
pub(super) fn read_json(body: &[u8]) -> Reply {
    json::read(body)
}

/// Says that an answer to a request in JSON was not read.
#[cfg(not(feature = "json"))]
pub(super) fn read_json(body: &[u8]) -> Reply {
    let message = if body.is_empty() { "" } else { NOT_READ };
    Reply {
        rejected: 0,
        message: message.to_owned(),
    }
}

fn unreadable() -> Reply {
    Reply {
        rejected: 0,
        message: UNREADABLE.to_owned(),
    }
}

/// ExportTraceServiceResponse. A message that comes more than once is put together.
fn response(body: &[u8]) -> Option<Reply> {
    let mut reply = Reply::default();
    let mut fields = Fields::of(body);
    while let Some(field) = fields.next()? {
        // 1: partial_success
        if let Field::Bytes(1, message) = field {
            partial_success(message, &mut reply)?;
        }
    }
    Some(reply)
}

/// ExportTracePartialSuccess. The last of a field counts.
fn partial_success(message: &[u8], reply: &mut Reply) -> Option<()> {
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        match field {
            // 1: rejected_spans, which nobody may send below zero
            Field::Varint(1, number) => {
                reply.rejected = u64::try_from(number as i64).unwrap_or(0);
            }
            // 2: error_message
            Field::Bytes(2, text) => reply.message = std::str::from_utf8(text).ok()?.to_owned(),
            _ => {}
        }
    }
    Some(())
}

#[cfg(test)]
mod tests;

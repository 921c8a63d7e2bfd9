//! What an OTLP receiver answers to a request that it took: `ExportTraceServiceResponse`.
//!
//! ```text
//! ExportTraceServiceResponse 1: ExportTracePartialSuccess partial_success
//! ExportTracePartialSuccess  1: int64 rejected_spans   2: string error_message
//! ```
//!
//! The bytes come from outside and may be 4 MiB: they are read where they lie, and of the text, which
//! is for people, only the beginning is kept. Fields that are not known are passed over. An answer that
//! is neither form is no failure, since the status has said already that the request was taken; but
//! nobody knows then what became of its spans, and diagnostics are told so.

mod property;
mod json;

pub use property::check_otlp_response;

use crate::encoder::Reply;
use crate::json::{self as text, beginning};
use crate::protobuf::{Field, Fields};

/// What is told of an answer that cannot be read.
const UNREADABLE: &str = "its answer is no ExportTraceServiceResponse";

/// The most bytes of a text that are kept: more than is ever quoted, and enough to find a credential in
/// what is.
const LONGEST: usize = 4096;

/// Reads an answer to a request in protobuf.
pub(super) fn read_protobuf(body: &[u8]) -> Reply {
    response(body).unwrap_or_else(unreadable)
}

/// Reads an answer to a request in JSON.
pub(super) fn read_json(body: &[u8]) -> Reply {
    if body.is_empty() {
        return Reply::default();
    }
    text::read(body, json::response).unwrap_or_else(unreadable)
}

fn unreadable() -> Reply {
    Reply {
        unread: Some(UNREADABLE),
        ..Reply::default()
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
            Field::Bytes(2, text) => reply.message = beginning(text, LONGEST),
            _ => {}
        }
    }
    Some(())
}

#[cfg(test)]
mod tests;

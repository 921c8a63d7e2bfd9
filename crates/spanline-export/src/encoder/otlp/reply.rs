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

pub use property::check_otlp_response;

use crate::encoder::Reply;
use crate::json::Json;
use crate::protobuf::{Field, Fields};

/// What is told of an answer that cannot be read.
const UNREADABLE: &str = "the answer is no ExportTraceServiceResponse";

/// Reads an answer to a request in protobuf.
pub(super) fn read_protobuf(body: &[u8]) -> Reply {
    response(body).unwrap_or_else(unreadable)
}

/// Reads an answer to a request in JSON.
pub(super) fn read_json(body: &[u8]) -> Reply {
    if body.is_empty() {
        return Reply::default();
    }
    let text = std::str::from_utf8(body).ok();
    let answer = text.and_then(|text| Json::read(text).ok());
    answer.and_then(json_response).unwrap_or_else(unreadable)
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

/// The same in JSON. `null` is as good as absent (proto3 JSON mapping).
fn json_response(answer: Json<'_>) -> Option<Reply> {
    let mut reply = Reply::default();
    let Some(partial) = present(answer, "partialSuccess")? else {
        return Some(reply);
    };
    if let Some(rejected) = present(partial, "rejectedSpans")? {
        reply.rejected = u64::try_from(integer(rejected)?).unwrap_or(0);
    }
    if let Some(message) = present(partial, "errorMessage")? {
        reply.message = message.as_str()?.into_owned();
    }
    Some(reply)
}

/// A field of a message, if it is there; `None` if the message is none.
fn present<'a>(message: Json<'a>, field: &str) -> Option<Option<Json<'a>>> {
    message.members()?;
    Some(message.get(field).filter(|value| !value.is_null()))
}

/// 64-bit integers are strings in protobuf's JSON, and readers take numbers as well.
fn integer(value: Json<'_>) -> Option<i64> {
    match value.as_str() {
        Some(text) => text.parse().ok(),
        None => value.as_i64(),
    }
}

#[cfg(test)]
mod tests;

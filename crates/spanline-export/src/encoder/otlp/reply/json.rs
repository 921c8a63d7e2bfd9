//! The answer to a request in JSON. `null` is as good as absent (proto3 JSON mapping).

use super::unreadable;
use crate::encoder::Reply;
use serde_json::Value;

pub(super) fn read(body: &[u8]) -> Reply {
    if body.is_empty() {
        return Reply::default();
    }
    let answer = serde_json::from_slice(body).ok();
    answer
        .as_ref()
        .and_then(response)
        .unwrap_or_else(unreadable)
}

/// ExportTraceServiceResponse and the ExportTracePartialSuccess in it.
fn response(answer: &Value) -> Option<Reply> {
    let partial = present(answer.as_object()?.get("partialSuccess"));
    let Some(partial) = partial else {
        return Some(Reply::default());
    };
    let partial = partial.as_object()?;
    let rejected = present(partial.get("rejectedSpans")).map_or(Some(0), integer)?;
    let message = present(partial.get("errorMessage")).map_or(Some(""), Value::as_str)?;
    Some(Reply {
        rejected: u64::try_from(rejected).unwrap_or(0),
        message: message.to_owned(),
    })
}

fn present(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null())
}

/// 64-bit integers are strings in protobuf's JSON, and readers take numbers as well.
fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    }
}

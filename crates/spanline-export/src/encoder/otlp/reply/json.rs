//! The answer to a request in JSON. `null` is as good as absent (proto3 JSON mapping).

use super::LONGEST;
use crate::encoder::Reply;
use crate::json::{Json, Text};

/// ExportTraceServiceResponse. The last of a field counts.
pub(super) fn response(json: &mut Json<'_>) -> Option<Reply> {
    let mut reply = Reply::default();
    json.members(&mut |json, name| {
        if name.is("partialSuccess") {
            reply = Reply::default();
            unless_null(json, |json| partial_success(json, &mut reply))
        } else {
            json.skip()
        }
    })?;
    Some(reply)
}

/// ExportTracePartialSuccess.
fn partial_success(json: &mut Json<'_>, reply: &mut Reply) -> Option<()> {
    json.members(&mut |json, name: Text<'_>| {
        if name.is("rejectedSpans") {
            reply.rejected = 0;
            unless_null(json, |json| {
                // Nobody may send one below zero.
                reply.rejected = u64::try_from(integer(json)?).unwrap_or(0);
                Some(())
            })
        } else if name.is("errorMessage") {
            reply.message.clear();
            unless_null(json, |json| {
                reply.message = json.text()?.beginning(LONGEST);
                Some(())
            })
        } else {
            json.skip()
        }
    })
}

fn unless_null<'a>(
    json: &mut Json<'a>,
    read: impl FnOnce(&mut Json<'a>) -> Option<()>,
) -> Option<()> {
    if json.null() { Some(()) } else { read(json) }
}

/// 64-bit integers are strings in protobuf's JSON, and readers take numbers as well.
fn integer(json: &mut Json<'_>) -> Option<i64> {
    if json.is_text() {
        json.text()?.beginning(LONGEST).parse().ok()
    } else {
        json.number()?.parse().ok()
    }
}

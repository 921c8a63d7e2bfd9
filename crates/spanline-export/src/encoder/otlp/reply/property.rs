//! The law of answers: whatever comes is read or said to be unreadable; what was read is read again
//! from either form when it is written by the book, with fields around it that nobody knows; and a
//! message that was cut short is not taken for a whole one.
//!
//! Called by the fuzz target and the replay of its corpus, never by programs.

#[cfg(feature = "json")]
use super::read_json;
use super::{Reply, UNREADABLE, read_protobuf};

/// Holds the law for these bytes: as an answer in either form, and as what an answer says.
///
/// # Panics
///
/// If the law is broken.
pub fn check_otlp_response(data: &[u8]) {
    check_round_trips(&read_protobuf(data));
    #[cfg(feature = "json")]
    check_round_trips(&read_json(data));
    // The bytes as the content of an answer.
    if let Some((number, text)) = data.split_first_chunk() {
        check_round_trips(&Reply {
            rejected: u64::from_le_bytes(*number) >> 1,
            message: String::from_utf8_lossy(text).into_owned(),
        });
    }
}

fn check_round_trips(reply: &Reply) {
    let written = protobuf(reply);
    assert_eq!(read_protobuf(&written), *reply, "{written:?}");
    #[cfg(feature = "json")]
    {
        let json = json(reply);
        assert_eq!(read_json(json.as_bytes()), *reply, "{json}");
    }
    // 15: an unknown message, 14: an unknown fixed64
    let around = [&[0x7A, 2, 1, 2], &*written, &[0x71, 1, 2, 3, 4, 5, 6, 7, 8]].concat();
    assert_eq!(read_protobuf(&around), *reply, "{around:?}");
    let unreadable = Reply {
        rejected: 0,
        message: UNREADABLE.to_owned(),
    };
    for cut in [1, written.len() / 2, written.len().saturating_sub(1)] {
        if (1..written.len()).contains(&cut) {
            let cut = written.get(..cut).unwrap_or_default();
            assert_eq!(read_protobuf(cut), unreadable, "{cut:?}");
        }
    }
}

/// ExportTraceServiceResponse, byte by byte.
fn protobuf(reply: &Reply) -> Vec<u8> {
    let mut partial = vec![0x08];
    varint(&mut partial, reply.rejected);
    partial.push(0x12);
    varint(&mut partial, reply.message.len() as u64);
    partial.extend_from_slice(reply.message.as_bytes());
    let mut response = vec![0x0A];
    varint(&mut response, partial.len() as u64);
    response.extend(partial);
    response
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(feature = "json")]
fn json(reply: &Reply) -> String {
    let Reply { rejected, message } = reply;
    let partial =
        serde_json::json!({"rejectedSpans": rejected.to_string(), "errorMessage": message});
    serde_json::json!({"unknown": [{}], "partialSuccess": partial}).to_string()
}

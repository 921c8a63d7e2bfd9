//! The law of answers: whatever comes is read or said to be unreadable; what was read is read again
//! from either form when it is written by the book, with fields around it that nobody knows and its own
//! in any order; and a message that was cut short is not taken for a whole one.
//!
//! Called by the fuzz target and the replay of its corpus, never by programs.

use super::{LONGEST, Reply, UNREADABLE, beginning, read_json, read_protobuf};
use crate::encoder::Buffer;
use crate::encoder::text::{Level, Text};

/// Holds the law for these bytes: as an answer in either form, and as what an answer says.
///
/// # Panics
///
/// If the law is broken.
pub fn check_otlp_response(data: &[u8]) {
    for read in [read_protobuf(data), read_json(data)] {
        match read.unread {
            Some(why) => assert_eq!((read.rejected, why), (0, UNREADABLE)),
            None => check_round_trips(&read),
        }
    }
    // The bytes as the content of an answer.
    if let Some((number, text)) = data.split_first_chunk() {
        check_round_trips(&Reply {
            rejected: u64::from_le_bytes(*number) >> 1,
            message: beginning(text, LONGEST),
            unread: None,
        });
    }
}

fn check_round_trips(reply: &Reply) {
    let written = protobuf(reply);
    assert_eq!(read_protobuf(&written), *reply, "{written:?}");
    for json in json(reply) {
        assert_eq!(read_json(&json), *reply, "{json:?}");
    }
    // 15: an unknown message, 14: an unknown fixed64
    let around = [&[0x7A, 2, 1, 2], &*written, &[0x71, 1, 2, 3, 4, 5, 6, 7, 8]].concat();
    assert_eq!(read_protobuf(&around), *reply, "{around:?}");
    for cut in [1, written.len() / 2, written.len().saturating_sub(1)] {
        if (1..written.len()).contains(&cut) {
            let cut = written.get(..cut).unwrap_or_default();
            let read = read_protobuf(cut);
            assert_eq!(
                (read.rejected, read.unread),
                (0, Some(UNREADABLE)),
                "{cut:?}"
            );
        }
    }
}

/// ExportTraceServiceResponse, byte by byte.
fn protobuf(reply: &Reply) -> Vec<u8> {
    let mut partial = vec![0x08];
    varint(&mut partial, reply.rejected);
    let mut message = vec![0x12];
    varint(&mut message, reply.message.len() as u64);
    message.extend_from_slice(reply.message.as_bytes());
    // Either may come first.
    let fields = match reply.rejected % 2 {
        0 => [partial, message],
        _ => [message, partial],
    };
    let partial = fields.concat();
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

/// The same in JSON, in either order.
fn json(reply: &Reply) -> [Vec<u8>; 2] {
    let mut text = Buffer::new();
    text.write(64, |to| Text::inside(to, reply.message.as_bytes()));
    let rejected = format!(r#""rejectedSpans":"{}""#, reply.rejected).into_bytes();
    let message = [br#""errorMessage":""#, text.as_bytes(), b"\""].concat();
    [[&rejected, &message], [&message, &rejected]].map(|[first, second]| {
        let begin = br#"{"unknown":[{}],"partialSuccess":{"#;
        [begin, &**first, b",", &**second, b"}}"].concat()
    })
}

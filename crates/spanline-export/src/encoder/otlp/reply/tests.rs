//! Answers of receivers, whole, broken, and of versions to come.

use super::*;

fn reply(rejected: u64, message: &str) -> Reply {
    Reply {
        rejected,
        message: message.to_owned(),
    }
}

#[test]
fn answers_in_protobuf() {
    let minus_one = [&[0x0A, 11, 0x08][..], &[0xFF; 9], &[1]].concat();
    let cases: [(&[u8], Reply); 16] = [
        (b"", reply(0, "")),
        (b"\x0A\x00", reply(0, "")),
        (b"\x0A\x02\x08\x05", reply(5, "")),
        (b"\x0A\x03\x08\x80\x01", reply(128, "")),
        (b"\x0A\x05\x12\x03bad", reply(0, "bad")),
        // put together, the last of each field
        (
            b"\x0A\x02\x08\x05\x0A\x04\x12\x02no\x0A\x02\x08\x06",
            reply(6, "no"),
        ),
        // nobody rejects fewer than none
        (&minus_one, reply(0, "")),
        // fields that are not known: 9 varint, 3 fixed32; 1 of another type
        (
            b"\x48\x01\x1D\x01\x02\x03\x04\x0A\x02\x08\x05",
            reply(5, ""),
        ),
        (b"\x08\x05", reply(0, "")),
        // longer than need be, as some write lengths
        (b"\x0A\x82\x00\x08\x05", reply(5, "")),
        // broken: a length beyond the end, a group, a field 0, a varint without end, no UTF-8
        (b"\x0A\x05\x08", reply(0, UNREADABLE)),
        (b"\x0B\x08\x05", reply(0, UNREADABLE)),
        (b"\x02\x00", reply(0, UNREADABLE)),
        (
            b"\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
            reply(0, UNREADABLE),
        ),
        (b"\x0A\x03\x12\x01\xFF", reply(0, UNREADABLE)),
        (b"<!DOCTYPE html>", reply(0, UNREADABLE)),
    ];
    for (body, expected) in cases {
        assert_eq!(read_protobuf(body), expected, "{body:x?}");
    }
}

#[test]
#[cfg(not(feature = "json"))]
fn answers_in_json_are_not_read_without_the_feature_and_that_is_said() {
    assert_eq!(read_json(b""), reply(0, ""));
    let body = br#"{"partialSuccess":{"rejectedSpans":"5"}}"#;
    assert_eq!(read_json(body), reply(0, NOT_READ));
}

#[test]
#[cfg(feature = "json")]
fn answers_in_json() {
    for (body, expected) in [
        ("", reply(0, "")),
        ("{}", reply(0, "")),
        (r#"{"partialSuccess":{}}"#, reply(0, "")),
        (r#"{"partialSuccess":null}"#, reply(0, "")),
        (r#"{"partialSuccess":{"rejectedSpans":"5"}}"#, reply(5, "")),
        (
            r#"{"partialSuccess":{"rejectedSpans":5,"errorMessage":"no"}}"#,
            reply(5, "no"),
        ),
        (
            r#"{"partialSuccess":{"rejectedSpans":"-5","x":{}},"y":1}"#,
            reply(0, ""),
        ),
        (r#"{"partialSuccess":{"errorMessage":null}}"#, reply(0, "")),
        // names in another case are other names
        (
            r#"{"partial_success":{"rejected_spans":"5"}}"#,
            reply(0, ""),
        ),
        (
            r#"{"partialSuccess":{"rejectedSpans":"many"}}"#,
            reply(0, UNREADABLE),
        ),
        (r#"{"partialSuccess":[]}"#, reply(0, UNREADABLE)),
        ("[]", reply(0, UNREADABLE)),
        ("<!DOCTYPE html>", reply(0, UNREADABLE)),
    ] {
        assert_eq!(read_json(body.as_bytes()), expected, "{body}");
    }
}

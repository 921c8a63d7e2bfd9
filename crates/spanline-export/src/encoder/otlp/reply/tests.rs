//! Answers of receivers, whole, broken, and of versions to come.

use super::*;
use crate::fixture;

fn reply(rejected: u64, message: &str) -> Reply {
    Reply {
        rejected,
        message: message.to_owned(),
        unread: None,
    }
}

#[test]
fn answers_in_protobuf() {
    let minus_one = [&[0x0A, 11, 0x08][..], &[0xFF; 9], &[1]].concat();
    let cases: [(&[u8], Reply); 17] = [
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
        // either may come first, and a text that is no UTF-8 spoils itself alone
        (b"\x0A\x06\x12\x02no\x08\x05", reply(5, "no")),
        (b"\x0A\x05\x12\x01\xFF\x08\x05", reply(5, "\u{FFFD}")),
        // broken: a length beyond the end, a group, a field 0, a varint without end
        (b"\x0A\x05\x08", unreadable()),
        (b"\x0B\x08\x05", unreadable()),
        (b"\x02\x00", unreadable()),
        (
            b"\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
            unreadable(),
        ),
        (b"<!DOCTYPE html>", unreadable()),
    ];
    for (body, expected) in cases {
        assert_eq!(read_protobuf(body), expected, "{body:x?}");
    }
}

#[test]
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
        // in any order, the last of each field
        (
            r#"{"partialSuccess":{"errorMessage":"no","rejectedSpans":"5"}}"#,
            reply(5, "no"),
        ),
        (
            r#"{"partialSuccess":{"rejectedSpans":1,"rejectedSpans":"\u0032"}}"#,
            reply(2, ""),
        ),
        (
            r#"{"partialSuccess":{"rejectedSpans":1},"partialSuccess":{"errorMessage":"no"}}"#,
            reply(0, "no"),
        ),
        // names in another case are other names
        (
            r#"{"partial_success":{"rejected_spans":"5"}}"#,
            reply(0, ""),
        ),
        (
            r#"{"partialSuccess":{"rejectedSpans":"many"}}"#,
            unreadable(),
        ),
        (r#"{"partialSuccess":[]}"#, unreadable()),
        ("[]", unreadable()),
        ("<!DOCTYPE html>", unreadable()),
    ] {
        assert_eq!(read_json(body.as_bytes()), expected, "{body}");
    }
}

/// An answer may be 4 MiB, nearly all of it text: the number is read wherever it stands, and nothing is
/// copied but the beginning of the text.
#[test]
fn a_long_text_hides_no_number() {
    let text = "é\n".repeat((1 << 20) + 1);
    let escaped = "\\u00e9\\n".repeat(1 << 19);
    let partial = |fields: [&[u8]; 2]| {
        let partial = fields.concat();
        [
            &[0x0A][..],
            &fixture::varint(partial.len() as u64),
            &partial,
        ]
        .concat()
    };
    let message = [
        &[0x12][..],
        &fixture::varint(text.len() as u64),
        text.as_bytes(),
    ]
    .concat();
    let number = [0x08, 0x05];
    let answers = [
        partial([&number, &message]),
        partial([&message, &number]),
        format!(r#"{{"partialSuccess":{{"rejectedSpans":"5","errorMessage":"{escaped}"}}}}"#)
            .into(),
        format!(r#"{{"partialSuccess":{{"errorMessage":"{escaped}","rejectedSpans":5}}}}"#).into(),
    ];
    for (answer, read) in answers
        .iter()
        .zip([read_protobuf, read_protobuf, read_json, read_json])
    {
        assert!(answer.len() > 3 << 20, "{}", answer.len());
        let mut reply = Reply::default();
        let used = allocation_counter::measure(|| reply = read(answer));
        assert_eq!((reply.rejected, reply.unread), (5, None));
        assert!(reply.message.len() <= LONGEST && reply.message.starts_with("é\né"));
        assert!(used.bytes_max < 1 << 15, "{used:?}");
    }
}

/// Answers in either form with a few bytes changed, added or gone, and texts around the length that is
/// kept.
#[test]
fn any_bytes_keep_the_law() {
    let mut state = 1u64;
    let mut draw = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % below
    };
    let text = "é😀x".repeat(LONGEST / 7);
    let long = [b"\x0A\x06\x08\x05\x12\x02".as_slice(), text.as_bytes()].concat();
    let seeds: [&[u8]; 4] = [
        b"\x0A\x07\x08\x05\x12\x03bad\x12\x01\x00",
        br#"{"x":[1],"partialSuccess":{"rejectedSpans":"5","errorMessage":"b\u00e9d"}}"#,
        br#"{"partialSuccess":{"errorMessage":"\ud83d\ude00\n","rejectedSpans":5}}"#,
        &long,
    ];
    for round in 0..20_000 {
        // The long one is slow and seldom.
        let seed = if round % 500 == 0 { 3 } else { round % 3 };
        let mut bytes = seeds[seed].to_vec();
        for _ in 0..draw(4) {
            let at = draw(bytes.len());
            match draw(3) {
                0 => drop(bytes.remove(at)),
                1 => bytes[at] = draw(256) as u8,
                _ => bytes.insert(at, draw(256) as u8),
            }
        }
        check_otlp_response(&bytes);
    }
}

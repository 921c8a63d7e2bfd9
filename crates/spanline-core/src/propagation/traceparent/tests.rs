//! Places of digits; the verdicts on headers are in `tests/traceparent_table.rs`.

use super::*;
use crate::id::{SpanId, TraceId};

#[test]
fn digits_stand_where_they_belong() {
    let context = SpanContext::new(
        TraceId::from_u128(0x0123_4567_89ab_cdef_0011_2233_4455_6677).unwrap(),
        SpanId::from_u64(0x8899_aabb_ccdd_eeff).unwrap(),
        TraceFlags::RANDOM,
    );
    assert_eq!(
        format_traceparent(&context).unwrap(),
        "00-0123456789abcdef0011223344556677-8899aabbccddeeff-02"
    );
}

#[test]
fn writing_beyond_the_end_writes_nothing() {
    let mut text = *b"abc";
    write_at(&mut text, 1, b"xy");
    assert_eq!(&text, b"axy");
    write_at(&mut text, 2, b"zz");
    assert_eq!(&text, b"axy");
}

#[test]
fn the_short_way_to_a_reason_gives_the_reason_of_the_long_one() {
    const VALID: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let zeros = |from: usize, to: usize| {
        let mut header = VALID.to_owned();
        header.replace_range(from..to, &"0".repeat(to - from));
        header
    };
    let mut headers = vec![zeros(3, 35), zeros(36, 52), zeros(3, 19), zeros(19, 35)];
    for at in 0..LENGTH {
        for byte in ["g", "A", "-", " ", "/", ":", "`", "0"] {
            let mut header = VALID.to_owned();
            header.replace_range(at..=at, byte);
            headers.push(header);
        }
    }
    let mut short = 0;
    for header in headers {
        let text = header.as_bytes();
        let fault = Usual::of(text).and_then(|usual| usual.fault());
        let usual = Usual::of(text).is_some();
        let long = parse(text).err();
        assert_eq!(fault, long.filter(|_| usual), "{header}");
        short += usize::from(fault.is_some());
    }
    // Each place of a digit, and the two ids of zeros.
    assert!(short > 50 * 7, "{short}");
}

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

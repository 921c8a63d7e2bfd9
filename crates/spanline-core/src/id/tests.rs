//! Ids as text, bytes and numbers.

use super::*;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

#[test]
fn text_bytes_and_numbers_agree() {
    let trace: TraceId = TRACE.parse().unwrap();
    assert_eq!(trace.to_string(), TRACE);
    assert_eq!(format!("{trace:?}"), TRACE);
    assert_eq!(trace.to_hex(), TRACE);
    assert_eq!(TraceId::from_bytes(trace.to_bytes()), Some(trace));
    assert_eq!(TraceId::from_u128(trace.to_u128()), Some(trace));
    assert_eq!(TraceId::from_halves(trace.high(), trace.low()), Some(trace));
    assert_eq!(trace.to_bytes()[0], 0x4b);
    assert_eq!(
        (trace.high(), trace.low()),
        (0x4bf9_2f35_77b3_4da6, 0xa3ce_929d_0e0e_4736)
    );

    let span: SpanId = SPAN.parse().unwrap();
    assert_eq!(span.to_string(), SPAN);
    assert_eq!(format!("{span:?}"), SPAN);
    assert_eq!(SpanId::from_bytes(span.to_bytes()), Some(span));
    assert_eq!(SpanId::from_u64(span.to_u64()), Some(span));
}

#[test]
fn zero_is_no_id() {
    assert_eq!(TraceId::from_bytes([0; 16]), None);
    assert_eq!(TraceId::from_u128(0), None);
    assert_eq!(SpanId::from_bytes([0; 8]), None);
    assert_eq!(SpanId::from_u64(0), None);
    assert_eq!("0".repeat(32).parse::<TraceId>(), Err(ParseIdError::Zero));
    assert_eq!("0".repeat(16).parse::<SpanId>(), Err(ParseIdError::Zero));
}

#[test]
fn a_half_may_be_zero() {
    let low = "00000000000000000000000000000001"
        .parse::<TraceId>()
        .unwrap();
    assert_eq!((low.high(), low.low()), (0, 1));
    let high = "00000000000000010000000000000000"
        .parse::<TraceId>()
        .unwrap();
    assert_eq!((high.high(), high.low()), (1, 0));
}

#[test]
fn bad_text_is_refused_with_its_place() {
    assert_eq!("".parse::<TraceId>(), Err(ParseIdError::Length));
    assert_eq!(TRACE[1..].parse::<TraceId>(), Err(ParseIdError::Length));
    assert_eq!(
        format!("{TRACE}0").parse::<TraceId>(),
        Err(ParseIdError::Length)
    );
    assert_eq!(
        TRACE.to_uppercase().parse::<TraceId>(),
        Err(ParseIdError::Digit { at: 1 })
    );
    assert_eq!(
        SPAN.replace('7', "g").parse::<SpanId>(),
        Err(ParseIdError::Digit { at: 5 })
    );
    assert_eq!(
        "é".repeat(8).parse::<SpanId>(),
        Err(ParseIdError::Digit { at: 0 })
    );
    assert_eq!(
        ParseIdError::Digit { at: 5 }.to_string(),
        "not a lower-case hexadecimal digit at byte 5"
    );
}

#[test]
fn an_absent_id_takes_no_extra_room() {
    assert_eq!(size_of::<Option<TraceId>>(), 16);
    assert_eq!(size_of::<Option<SpanId>>(), 8);
}

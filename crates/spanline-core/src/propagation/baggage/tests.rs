//! The characters of a value; headers are tried in `tests/baggage_header.rs`.

use super::*;

#[test]
fn octets_are_visible_ascii_without_four() {
    for byte in 0..=u8::MAX {
        let expected = byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\');
        assert_eq!(is_octet(byte), expected, "{byte:#x}");
    }
}

#[test]
fn what_was_received_wins() {
    let known = Baggage::new().with_metadata("a", "1", "m").with("b", "2");
    let merged = merge(&known, Baggage::new().with("a", "3"));
    assert_eq!(merged, Baggage::new().with("a", "3").with("b", "2"));
}

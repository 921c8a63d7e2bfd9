//! What a peer's answer means.

use super::*;

#[test]
fn quotes_are_short_and_harmless() {
    for (body, quoted) in [
        ("plain", "plain"),
        ("  trimmed \r\n", "trimmed"),
        ("two\nlines", r"two\nlines"),
        ("\u{1b}[31mred", r"\u{1b}[31mred"),
        ("\u{9b}31m", r"\u{9b}31m"),
        ("turn\u{202e}ed", r"turn\u{202e}ed"),
        ("nul\0", r"nul\u{0}"),
        ("héllo", "héllo"),
    ] {
        assert_eq!(excerpt(body.as_bytes(), &[]), quoted);
    }
    assert_eq!(excerpt(&[b'a', 0xFF, b'b'], &[]), "a\u{FFFD}b");
    let long = "é".repeat(300);
    assert_eq!(
        excerpt(long.as_bytes(), &[]),
        format!("{}…", "é".repeat(200))
    );
}

#[test]
fn a_body_with_a_credential_is_not_quoted() {
    let secrets = [Secret::new("hunter2")];
    assert!(excerpt(b"bad password hunter2", &secrets).starts_with("(not shown"));
    assert_eq!(excerpt(b"bad password", &secrets), "bad password");
}

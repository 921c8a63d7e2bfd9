//! White space, tokens and percent-encoding.

use super::*;

#[test]
fn trimming() {
    assert_eq!(trim(b" \t a b\t "), b"a b");
    assert_eq!(trim(b" \t "), b"");
    assert_eq!(trim_str(" \t é \t"), "é");
    assert_eq!(trim_str("\r\nx"), "\r\nx");
}

#[test]
fn tokens() {
    assert!(is_token(b"!#$%&'*+-.^_`|~09azAZ"));
    for bad in [
        "", "a b", "a(", "a,", "a=", "a;", "a\"", "a/", "a:", "é", "a\r", "a{",
    ] {
        assert!(!is_token(bad.as_bytes()), "{bad:?}");
    }
}

#[test]
fn encoding() {
    let mut out = String::new();
    encode_percent(&mut out, "aé\r\n %", |byte| byte.is_ascii_alphanumeric());
    assert_eq!(out, "a%C3%A9%0D%0A%20%25");
}

#[test]
fn decoding() {
    for (text, decoded) in [
        ("", ""),
        ("plain+text", "plain+text"),
        ("Am%C3%A9lie", "Amélie"),
        ("a%2cb%2Cc", "a,b,c"),
        ("%", "%"),
        ("%2", "%2"),
        ("%zz", "%zz"),
        ("%%41", "%A"),
        ("%FF", "\u{fffd}"),
        ("%ED%A0%80", "\u{fffd}\u{fffd}\u{fffd}"),
        ("%2é", "%2é"),
    ] {
        assert_eq!(decode_percent(text, Plus::Plus), decoded, "{text:?}");
    }
    assert_eq!(decode_percent("a+b%20c%2B", Plus::Space), "a b c+");
}

#[test]
fn prefixes() {
    assert_eq!(after_prefix("UberCtx-Key", "uberctx-"), Some("Key"));
    assert_eq!(after_prefix("uberctx-", "uberctx-"), Some(""));
    assert_eq!(after_prefix("uberctx", "uberctx-"), None);
    assert_eq!(after_prefix("éééééééé", "uberctx-"), None);
    assert_eq!(after_prefix("uberctxéx", "uberctx-"), None);
}

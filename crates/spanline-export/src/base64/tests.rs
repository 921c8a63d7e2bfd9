//! Base64 against the standard's vectors (RFC 4648).

use super::*;

#[test]
fn the_test_vectors_of_rfc_4648() {
    let encode = |bytes| String::from_utf8(base64(bytes).flatten().collect()).unwrap();
    for (bytes, text) in [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ] {
        assert_eq!(encode(bytes.as_bytes()), text);
    }
    assert_eq!(encode(&[0xFB, 0xFF, 0xBF]), "+/+/");
}

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
    #[cfg(feature = "grpc")]
    for bytes in ["", "f", "fo", "foo", "foob", "fooba", "foobar"] {
        let text = encode(bytes.as_bytes());
        assert_eq!(decode_base64(text.as_bytes()).unwrap(), bytes.as_bytes());
        let bare = text.trim_end_matches('=');
        assert_eq!(decode_base64(bare.as_bytes()).unwrap(), bytes.as_bytes());
    }
    #[cfg(feature = "grpc")]
    for text in ["Z", "Zm9vY", "Z?==", "Zg===", "====", "Zm9v=Zm9v"] {
        assert_eq!(decode_base64(text.as_bytes()), None, "{text}");
    }
    assert_eq!(encode(&[0xFB, 0xFF, 0xBF]), "+/+/");
}

//! The word-at-a-time routines against the obvious ones.

use super::*;

#[test]
fn words_encode_as_the_formatter_does() {
    let mut word = 1_u64;
    for _ in 0..2_000 {
        word = word
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let digits = encode_u64(word);
        assert_eq!(
            std::str::from_utf8(&digits).unwrap(),
            format!("{word:016x}")
        );
        assert_eq!(decode_lower(&digits), Some(word));
        assert_eq!(decode_any(&digits.to_ascii_uppercase()), Some(word));
    }
    assert_eq!(&encode_u64(0), b"0000000000000000");
    assert_eq!(&encode_u64(u64::MAX), b"ffffffffffffffff");
}

#[test]
fn every_byte_encodes_and_decodes() {
    for byte in 0..=u8::MAX {
        let digits = encode_u8(byte);
        assert_eq!(std::str::from_utf8(&digits).unwrap(), format!("{byte:02x}"));
        assert_eq!(decode_lower(&digits), Some(u64::from(byte)));
        assert_eq!(decode_byte(digits), Some(byte));
    }
    for byte in 0..=u8::MAX {
        let lower = matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        assert_eq!(decode_byte([byte, b'0']).is_some(), lower);
        assert_eq!(decode_byte([b'0', byte]).is_some(), lower);
    }
}

#[test]
fn every_byte_in_every_place_is_judged_as_the_slow_way_does() {
    for place in 0..16 {
        for byte in 0..=u8::MAX {
            let mut digits = *b"0123456789abcdef";
            digits[place] = byte;
            let lower = matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            assert_eq!(
                decode_lower(&digits).is_some(),
                lower,
                "byte {byte:#x} at {place}"
            );
            assert_eq!(decode_any(&digits).is_some(), byte.is_ascii_hexdigit());
            assert_eq!(first_bad_lower(&digits), (!lower).then_some(place));
        }
    }
}

#[test]
fn words_are_read_if_every_digit_is_one_wherever_it_stands() {
    let good = *b"0123456789abcdef";
    let read = |words: &[[u8; 16]; 3]| decode_words([&words[0], &words[1]], &words[2]);
    for place in 0..48 {
        for byte in 0..=u8::MAX {
            let mut words = [good; 3];
            words[place / 16][place % 16] = byte;
            let [high, low, last] = words.map(|word| decode_lower(&word));
            let expected = high.zip(low).zip(last);
            let expected = expected.map(|((high, low), last)| (high, low, last));
            assert_eq!(read(&words), expected, "byte {byte:#x} at {place}");
        }
    }
}

#[test]
fn short_runs_are_padded_and_long_ones_refused() {
    assert_eq!(decode_lower(b"1"), Some(1));
    assert_eq!(decode_lower(b"abc"), Some(0xabc));
    assert_eq!(decode_lower(b"00000000000000001"), None);
    assert_eq!(decode_lower(b""), None);
    assert_eq!(decode_lower(b"ABC"), None);
    assert_eq!(decode_any(b"ABC"), Some(0xabc));
}

#[test]
fn hex_reads_as_text() {
    let hex = Hex::from_ascii(*b"00-ab");
    assert_eq!(hex, "00-ab");
    assert_eq!(&*hex, "00-ab");
    assert_eq!(format!("{hex:>7}"), "  00-ab");
    assert_eq!(format!("{hex:?}"), "\"00-ab\"");
    assert_eq!(hex.as_bytes(), b"00-ab");
}

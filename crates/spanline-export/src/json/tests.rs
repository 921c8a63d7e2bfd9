//! What JSON is and what it says, by the reading of serde_json.

use super::*;
use serde_json::Value;

/// Puts a value together from what the walk shows of it.
fn value(json: &mut Json<'_>) -> Option<Value> {
    if json.null() {
        return Some(Value::Null);
    }
    if json.is_text() {
        return Some(Value::String(json.text()?.beginning(1 << 20)));
    }
    if json.rest.first() == Some(&b'{') {
        let mut object = serde_json::Map::new();
        json.members(&mut |json, name| {
            let name = name.beginning(1 << 20);
            object.insert(name, value(json)?);
            Some(())
        })?;
        return Some(Value::Object(object));
    }
    if json.rest.first() == Some(&b'[') {
        let mut array = Vec::new();
        json.list(b"[", b"]", &mut |json| {
            array.push(value(json)?);
            Some(())
        })?;
        return Some(Value::Array(array));
    }
    for (token, said) in [(b"true".as_slice(), true), (b"false", false)] {
        if json.takes(token) {
            return Some(Value::Bool(said));
        }
    }
    serde_json::from_str(json.number()?).ok()
}

#[track_caller]
fn agrees(text: &[u8]) {
    let shown = String::from_utf8_lossy(text);
    let expected: Option<Value> = serde_json::from_str(&shown).ok();
    assert_eq!(read(text, value), expected, "{shown}");
    let skipped = read(text, Json::skip);
    assert_eq!(skipped.is_some(), expected.is_some(), "{shown}");
}

#[test]
fn every_form_is_read_as_serde_json_reads_it() {
    for text in [
        "",
        " ",
        "null",
        " null ",
        "nul",
        "nullx",
        "true",
        "false",
        "tru",
        "TRUE",
        "{}",
        "[]",
        "[ ]",
        "{ }",
        "[1]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1, 2 ]",
        "[",
        "]",
        "[}",
        "{]",
        "{\"a\":1}",
        "{\"a\" : 1 , \"b\":[{}]}",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{\"a\":1,}",
        "{\"a\":1,\"a\":2}",
        "0",
        "-0",
        "00",
        "01",
        "-",
        "-1",
        "+1",
        "1.",
        ".1",
        "1.5",
        "1e5",
        "1E+5",
        "1e-5",
        "1e",
        "1e+",
        "- 1",
        "1 .5",
        "1.5e3",
        "9223372036854775807",
        "18446744073709551616",
        "0x1",
        "Infinity",
        r#""""#,
        r#"""#,
        r#""a"#,
        r#""a\"b""#,
        r#""\\""#,
        r#""\/\b\f\n\r\t""#,
        r#""\u00e9""#,
        r#""\uD83D\uDE00!""#,
        r#""\x""#,
        r#""\u12"#,
        r#""\u12g4""#,
        "\"a\nb\"",
        "\"\u{7f}é😀\"",
        "\"\0\"",
        "1 1",
        "{} {}",
        "\u{feff}{}",
        "/* */ 1",
        "'a'",
    ] {
        agrees(text.as_bytes());
    }
    for levels in [126, 127, 128, 100_000] {
        agrees(&[b"[".repeat(levels), b"]".repeat(levels)].concat());
        agrees(
            &[
                br#"{"a":"#.repeat(levels),
                b"1".to_vec(),
                b"}".repeat(levels),
            ]
            .concat(),
        );
    }
}

#[test]
fn texts_that_are_nearly_json_are_read_as_serde_json_reads_them() {
    let base = br#" {"partialSuccess" : {"rejectedSpans":"12", "errorMessage":"n\u00e9 \"o\"" },"x":[1.5e3,null,true,{}]} "#;
    let mut state = 1u64;
    let mut draw = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % below
    };
    let letters = br#"{}[]":,\u0eE1-+. tn"#;
    for _ in 0..20_000 {
        let mut text = base.to_vec();
        for _ in 0..=draw(3) {
            let at = draw(text.len());
            match draw(3) {
                0 => drop(text.remove(at)),
                1 => text[at] = letters[draw(letters.len())],
                _ => text.insert(at, letters[draw(letters.len())]),
            }
        }
        agrees(&text);
    }
}

#[test]
fn what_is_no_text_spoils_nothing_else() {
    let said = |text: &[u8], bytes| read(text, Json::text).map(|text| text.beginning(bytes));
    for (text, expected) in [
        (&b"\"a\xFFb\""[..], "a\u{FFFD}b"),
        (br#""a\ud800b""#, "a\u{FFFD}b"),
        (br#""\udc00\ud800""#, "\u{FFFD}\u{FFFD}"),
        (br#""\ud800\u0041""#, "\u{FFFD}A"),
    ] {
        // `text` passes over the value, and the rest of the walk goes on behind it.
        assert_eq!(
            read(text, |json| Some(json.text()?.beginning(99))).unwrap(),
            expected
        );
    }
    assert!(said(b"\"", 9).is_none());
}

#[test]
fn beginnings_end_between_characters() {
    let text = "aé😀\\n\u{FFFD}z".replace("\\n", "\n");
    for bytes in 0..=text.len() + 2 {
        let expected = (0..=bytes.min(text.len()))
            .rev()
            .find(|end| text.is_char_boundary(*end));
        let expected = &text[..expected.unwrap()];
        assert_eq!(beginning(text.as_bytes(), bytes), expected);
        for quoted in [
            serde_json::to_string(&text).unwrap(),
            r#""\u0061\u00e9\uD83D\uDE00\n\uFFFDz""#.to_owned(),
            r#""a\u00E9😀\u000a�\u007a""#.to_owned(),
        ] {
            let said = read(quoted.as_bytes(), |json| {
                Some(json.text()?.beginning(bytes))
            });
            assert_eq!(said.unwrap(), expected, "{quoted}");
        }
    }
    // What is no UTF-8 grows, and is cut all the same.
    assert_eq!(beginning(&[0xFF; 10], 7), "\u{FFFD}\u{FFFD}");
}

#[test]
fn names_are_compared_by_what_they_say() {
    let is = |text: &str, name| read(text.as_bytes(), |json| Some(json.text()?.is(name))).unwrap();
    assert!(is(r#""rejected""#, "rejected"));
    assert!(is(r#""\u0072ejected""#, "rejected"));
    assert!(!is(r#""\u0072ejecteds""#, "rejected"));
    assert!(!is(r#""rejecte""#, "rejected"));
    assert!(!is(r#""rejected\n""#, "rejected"));
}

//! JSON by the grammar, and as somebody else's reader sees it.

use super::*;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;

fn refused(text: &str) -> String {
    Json::read(text).unwrap_err().to_string()
}

#[test]
fn values_are_read_by_their_type() {
    let read = |text| Json::read(text).unwrap();
    assert!(read(" null\n").is_null());
    assert!(!read("false").is_null());
    assert_eq!(read("-0.5e+1").as_f64(), Some(-5.0));
    assert_eq!(read("1e999").as_f64(), None);
    assert_eq!(read("-9223372036854775808").as_i64(), Some(i64::MIN));
    assert_eq!(read("9223372036854775808").as_i64(), None);
    assert_eq!(read("1.0").as_i64(), None);
    assert_eq!(read("\"1\"").as_f64(), None);
    assert_eq!(read("1").as_str(), None);
    assert_eq!(read("[1]").get("1"), None);
    assert_eq!(read("[ 1 ]").text(), "[ 1 ]");
}

#[test]
fn strings_without_escapes_are_not_copied() {
    let plain = Json::read(r#""ünï 𝄞""#).unwrap().as_str();
    assert!(matches!(plain, Some(Cow::Borrowed("ünï 𝄞"))), "{plain:?}");
    let escaped = r#""\"\\\/\b\f\n\r\té\uD834\udd1e x""#;
    let expected = "\"\\/\u{8}\u{c}\n\r\té𝄞 x";
    assert_eq!(Json::read(escaped).unwrap().as_str().unwrap(), expected);
}

#[test]
fn the_last_member_of_a_name_counts_and_all_are_walked() {
    let object = Json::read(r#"{"a": {"b": 1}, "\u0061" :[{}], "c":{}}"#).unwrap();
    assert_eq!(object.get("a").unwrap().text(), "[{}]");
    assert_eq!(object.get("b"), None);
    let names: Vec<_> = object.members().unwrap().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "a", "c"]);
    let empty = Json::read("{ }").unwrap();
    assert_eq!(empty.members().unwrap().count(), 0);
}

#[test]
fn errors_say_what_and_where() {
    for (text, expected) in [
        ("", "expected a value at line 1 column 1"),
        ("{} {}", "expected the end at line 1 column 4"),
        ("{\n\"ü\" 1}", "expected `:` at line 2 column 5"),
        (
            "{\"a\":1 \"b\":2}",
            "expected `,` or `}` at line 1 column 8",
        ),
        ("[1,\n 2", "expected `,` or `]` at line 2 column 3"),
        ("[1,]", "expected a value at line 1 column 4"),
        ("{1:2}", "expected a name in quotes at line 1 column 2"),
        ("nul", "expected a value at line 1 column 1"),
        ("-x", "expected a digit at line 1 column 2"),
        ("1.", "expected a digit at line 1 column 3"),
        ("01", "expected the end at line 1 column 2"),
        ("\"\\x\"", "an escape that means nothing at line 1 column 2"),
        (
            "\"\\ud834\"",
            "an escape that means nothing at line 1 column 2",
        ),
        (
            "\"\t\"",
            "a control character in a string at line 1 column 2",
        ),
        ("\"", "expected the end of a string at line 1 column 2"),
    ] {
        assert_eq!(refused(text), expected, "{text}");
    }
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(Json::read(&nested(MAX_DEPTH)).is_ok());
    let column = MAX_DEPTH + 1;
    assert_eq!(
        refused(&nested(MAX_DEPTH + 1)),
        format!("nested too deep at line 1 column {column}")
    );
    assert!(Json::read(&"[".repeat(1_000_000)).is_err());
}

/// What is accepted, and what is in it, is the same as for serde_json.
fn compare(text: &str) {
    match (Json::read(text), serde_json::from_str::<Value>(text)) {
        (Ok(ours), Ok(theirs)) => assert_same(ours, &theirs),
        (Err(_), Err(_)) => {}
        // It refuses such numbers while it reads, we when we are asked for them.
        (Ok(_), Err(error)) if error.to_string().starts_with("number out of range") => {}
        (ours, theirs) => panic!("{text}: {ours:?}, but {theirs:?}"),
    }
}

fn assert_same(ours: Json<'_>, theirs: &Value) {
    assert_eq!(ours.is_null(), theirs.is_null());
    assert_eq!(ours.as_str().as_deref(), theirs.as_str());
    assert_eq!(ours.as_f64(), theirs.as_f64());
    // Minus zero is an integer here, and a float there.
    if ours.text() != "-0" {
        assert_eq!(ours.as_i64(), theirs.as_i64());
    }
    assert_eq!(ours.members().is_some(), theirs.is_object());
    for (name, theirs) in theirs.as_object().into_iter().flatten() {
        assert_same(ours.get(name).unwrap(), theirs);
    }
    for (name, _) in ours.members().into_iter().flatten() {
        assert!(theirs.get(&*name).is_some());
    }
}

#[test]
fn texts_are_read_as_by_serde_json() {
    const SEEDS: [&str; 6] = [
        r#"{"partialSuccess":{"rejectedSpans":"5","errorMessage":"no \"way\"\n"},"x":[{}]}"#,
        r#"{"name": "order", "endpoint": "http://h:9411/", "sampler": 0.25, "batcher": "zipkin"}"#,
        r#"[-0, 0.5, 1e5, -1.25E-3, 18446744073709551616, true, false, null, [], {}, [[1],[]]]"#,
        r#"["\u00e9\ud834\udd1e\\\/\b\f\n\r\t", "é", "𝄞", "\u0000\u001f", ""]"#,
        "{\n\t\"a\" : {\"b\":{ \"c\" :\r[1 ,2]} } ,\"a\":-1 }",
        r#""text""#,
    ];
    const SPICE: &[u8] = br#"{}[]",:\/ntfalsebru0123456789dDeE+-. "#;
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut draw = |below: usize| random.random_range(0..below);
    for seed in SEEDS {
        compare(seed);
        assert!(Json::read(seed).is_ok());
        for _ in 0..2_000 {
            let mut bytes = seed.as_bytes().to_vec();
            for _ in 0..=draw(3) {
                let (at, spice) = (draw(bytes.len()), SPICE[draw(SPICE.len())]);
                match draw(4) {
                    0 => bytes.truncate(at + 1),
                    1 => bytes.insert(at, spice),
                    2 if bytes.len() > 1 => drop(bytes.remove(at)),
                    _ => bytes[at] = spice,
                }
            }
            if let Ok(text) = std::str::from_utf8(&bytes) {
                compare(text);
                check_json(&bytes);
            }
        }
    }
}

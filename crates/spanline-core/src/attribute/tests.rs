//! Conversions into values, their equality and their text.

use std::collections::HashMap;

use super::*;

/// As the writing methods of a span take attributes.
fn keys<'v>(
    attributes: impl IntoIterator<Item = impl Into<Attribute<'v>>>,
) -> Vec<(String, Value<'static>)> {
    let attributes = attributes.into_iter().map(Into::into);
    attributes
        .map(|a| (a.key.to_string(), a.value.into_owned()))
        .collect()
}

#[test]
fn numbers() {
    assert_eq!(Value::from(7), Value::I64(7));
    assert_eq!(Value::from(-7_i8), Value::I64(-7));
    assert_eq!(Value::from(7_u16), Value::I64(7));
    assert_eq!(Value::from(7_usize), Value::I64(7));
    assert_eq!(Value::from(i64::MAX as u64), Value::I64(i64::MAX));
    assert_eq!(
        Value::from(i64::MAX as u64 + 1),
        Value::from("9223372036854775808")
    );
    assert_eq!(Value::from(i128::MIN), Value::from(i128::MIN.to_string()));
    assert_eq!(Value::from(0.5_f32), Value::F64(0.5));
    assert_eq!(Value::from(true), Value::Bool(true));
}

#[test]
fn texts_and_bytes() {
    let owned = String::from("x");
    assert_eq!(Value::from(&owned), Value::from("x"));
    assert_eq!(Value::from(Cow::Borrowed("x")), Value::from(owned));
    assert_eq!(Value::from(Box::<str>::from("x")), Value::from('x'));
    assert_eq!(Value::from(&b"ab"[..]), Value::bytes(&b"ab"[..]));
    assert_eq!(Value::from(vec![1_u8, 2]), Value::from(&[1_u8, 2]));
    assert_ne!(Value::from("1"), Value::from(1));
}

#[test]
fn lists() {
    assert_eq!(Value::from([100, 200]), Value::from(&[100_i64, 200][..]));
    assert_eq!(Value::from(vec![true]), Value::from(&[true]));
    assert_eq!(Value::from(["a", "b"]), Value::from(&["a", "b"]));
    assert_eq!(Value::from(vec![0.5]), Value::from(&[0.5]));
    assert_eq!(Value::from(vec![vec![1], vec![]]).to_string(), "[[1],[]]");
    assert_ne!(Value::from([1, 2]), Value::from([1, 3]));
    assert_ne!(Value::from([1, 2]), Value::from([1]));
    assert_ne!(Value::from(["1"]), Value::from([1]));
    assert_ne!(Value::from([1]), Value::from(1));
}

#[test]
fn maps_have_each_name_once_and_no_order() {
    let map = Value::map([("a", 1), ("b", 2), ("a", 3)]);
    assert_eq!(map, Value::map([("b", 2), ("a", 3)]));
    assert_ne!(map, Value::map([("b", 2)]));
    assert_eq!(map.to_string(), r#"{"a":3,"b":2}"#);
}

#[test]
fn maps_of_many_names_have_each_once_too() {
    let pairs = (0..500).map(|n| (format!("name {}", n % 100), n));
    let Value::Map(map) = Value::map(pairs) else {
        panic!("not a map");
    };
    assert_eq!(map.len(), 100);
    for (at, entry) in map.iter().enumerate() {
        assert_eq!(entry.key, format!("name {at}"), "in the place of the first");
        assert_eq!(entry.value, Value::from(400 + at as i64), "the last stays");
    }
}

#[test]
fn collections_that_are_attributes() {
    assert_eq!(keys([("a", "x"), ("b", "y")]).len(), 2);
    assert_eq!(keys(Some(("a", 1))), [("a".into(), Value::from(1))]);
    assert_eq!(keys(None::<(&str, bool)>), []);
    let map = HashMap::from([("k".to_owned(), "v".to_owned())]);
    assert_eq!(keys(&map), [("k".into(), Value::from("v"))]);
    let attributes = [Attribute::new("k", [1, 2])];
    assert_eq!(keys(&attributes), [("k".into(), Value::from([1, 2]))]);
    assert_eq!(keys(attributes), [("k".into(), Value::from([1, 2]))]);
    assert_eq!(
        keys(vec![(String::from("k"), 1.5)]),
        [("k".into(), Value::from(1.5))]
    );
}

#[test]
fn owning_keeps_the_meaning() {
    let all = Value::map([
        ("empty", Value::Empty),
        ("text", Value::from("t")),
        ("bytes", Value::from(b"b")),
        ("bools", Value::from(&[true])),
        ("numbers", Value::from(&[1_i64])),
        ("floats", Value::from(&[0.5])),
        ("texts", Value::from(&["a", "b"])),
        ("list", Value::from(vec![Value::Empty, Value::from(1)])),
    ]);
    assert_eq!(all.clone().into_owned(), all);
    assert_eq!(Value::from(&all), all);
}

#[test]
fn text_at_top_level() {
    for (value, text) in [
        (Value::Empty, ""),
        (Value::from(""), ""),
        (Value::from("a\"b\n"), "a\"b\n"),
        (Value::from(true), "true"),
        (Value::from(-42), "-42"),
        (Value::from(1.5), "1.5"),
        (Value::from(1.0), "1"),
        (Value::from(-0.0), "-0"),
        (Value::from(1e300), "1e300"),
        (Value::from(2.5e-8), "2.5e-8"),
        (Value::from(f64::NAN), "NaN"),
        (Value::from(f64::INFINITY), "Infinity"),
        (Value::from(f64::NEG_INFINITY), "-Infinity"),
        (Value::from(b""), ""),
        (Value::from(b"f"), "Zg=="),
        (Value::from(b"fo"), "Zm8="),
        (Value::from(b"foo"), "Zm9v"),
        (Value::from(&[0xfb_u8, 0xff, 0xfe]), "+//+"),
    ] {
        assert_eq!(value.to_string(), text, "{value:?}");
    }
}

#[test]
fn text_inside_lists_and_maps() {
    for (value, text) in [
        (Value::from(Vec::<Value<'_>>::new()), "[]"),
        (
            Value::from(vec![Value::Empty, Value::from("a\"\\\n\r\t\u{1}é")]),
            { "[null,\"a\\\"\\\\\\n\\r\\t\\u0001é\"]" },
        ),
        (Value::from(&[f64::NAN, 0.5]), "[\"NaN\",0.5]"),
        (Value::from([f64::NEG_INFINITY]), "[\"-Infinity\"]"),
        (Value::from(&[true, false]), "[true,false]"),
        (Value::from(&["a", "b"]), "[\"a\",\"b\"]"),
        (Value::from(vec![Value::from(b"foo")]), "[\"Zm9v\"]"),
        (
            Value::map([("k\"", Value::map([("n", Value::Empty)]))]),
            "{\"k\\\"\":{\"n\":null}}",
        ),
    ] {
        assert_eq!(value.to_string(), text, "{value:?}");
    }
}

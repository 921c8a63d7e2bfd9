//! Our texts against the vocabulary's own, which is written independently of these.

use super::*;
use crate::encoder::buffer::{Buffer, Cursor};
use crate::fixture::{self, Span};
use spanline_core::attribute::Value;
use spanline_core::record::Item;

fn write(value: &Value<'_>, writer: fn(&mut Cursor<'_>, &Item<'_>)) -> String {
    let record = Span::new("x").attribute("key", value.clone()).seal();
    let mut out = Buffer::new();
    fixture::view(&record, |view| {
        let item = view.raw().items().find(|item| item.key == b"key").unwrap();
        out.write(0, |to| writer(to, &item));
    });
    String::from_utf8(out.as_bytes().to_vec()).unwrap()
}

fn values() -> Vec<Value<'static>> {
    let strings: &[&str] = &[
        "",
        "plain",
        "qu\"ote",
        "back\\slash",
        "\n\r\t\u{8}\u{1f}",
        "ünï",
    ];
    let mut values = vec![
        Value::Empty,
        Value::from(true),
        Value::bytes(vec![1, 2, 3, 4]),
        Value::from([true, false]),
        Value::from(vec![0i64; 0]),
        Value::from([f64::NAN, f64::INFINITY, -1.5, 1e-7]),
        Value::Strings(strings),
        Value::map([("a\"", Value::Empty), ("b", Value::from("c\\"))]),
        Value::map([("", 0); 0]),
        Value::Array(vec![
            Value::map([("deep", Value::from([1, 2]))]),
            Value::bytes(vec![255]),
        ]),
    ];
    values.extend(strings.iter().map(|text| Value::from((*text).to_owned())));
    let integers = [
        0,
        1,
        -1,
        9,
        10,
        99,
        100,
        101,
        12_345,
        1_000_000,
        i64::MIN,
        i64::MAX,
    ];
    values.extend(integers.map(Value::from));
    let floats = [
        0.0,
        -0.0,
        0.1,
        1.0,
        1e20,
        1e21,
        1e-5,
        1e-6,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
    ];
    values.extend(floats.map(Value::from));
    values.extend([f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(Value::from));
    values.extend((0..40).map(|length| Value::from(format!("{}\"", "x".repeat(length)))));
    values
}

#[test]
fn plain_text_is_that_of_the_vocabulary() {
    for value in values() {
        assert_eq!(
            write(&value, put_text::<Text>),
            value.to_string(),
            "{value:?}"
        );
    }
}

#[test]
fn text_inside_a_string_reads_back_as_the_text() {
    for value in values() {
        let quoted = format!("\"{}\"", write(&value, put_text::<Quoted>));
        let read: String =
            serde_json::from_str(&quoted).unwrap_or_else(|e| panic!("{e}: {quoted}"));
        assert_eq!(read, value.to_string(), "{value:?}");
    }
}

#[test]
fn json_reads_back_on_both_levels() {
    for value in values() {
        let plain = write(&value, put_json::<Text>);
        let read: serde_json::Value = serde_json::from_str(&plain).unwrap();
        let quoted = format!("\"{}\"", write(&value, put_json::<Quoted>));
        let inner: String = serde_json::from_str(&quoted).unwrap();
        assert_eq!(inner, plain, "{value:?}");
        if let Value::String(text) = &value {
            assert_eq!(read, **text);
        }
    }
}

#[test]
fn every_byte_is_escaped_at_every_place_if_it_must_be() {
    for byte in 0..128u8 {
        for (length, at) in (1..70).flat_map(|length| (0..length).map(move |at| (length, at))) {
            let mut text = "x".repeat(length);
            text.replace_range(at..=at, &char::from(byte).to_string());
            let mut out = Buffer::new();
            out.push(b"\"");
            out.write(0, |to| Text::inside(to, text.as_bytes()));
            out.push(b"\"");
            let read: String = serde_json::from_slice(out.as_bytes()).unwrap();
            assert_eq!(read, text);
        }
    }
}

#[test]
fn numbers_of_every_length() {
    let mut number: u64 = 0;
    let mut numbers = vec![u64::MAX];
    for digit in (1..=9).cycle().take(19) {
        numbers.extend([number, number + 1, number.saturating_sub(1)]);
        number = number * 10 + digit;
    }
    numbers.extend((0..20).map(|power| 10u64.pow(power)));
    for number in numbers {
        let mut out = Buffer::new();
        out.write(0, |to| put_u64(to, number));
        assert_eq!(out.as_bytes(), number.to_string().as_bytes());
    }
}

#[test]
fn short_and_long_fractions() {
    let mut floats = vec![
        0.1 + 0.2,
        1e15,
        1e15 + 0.5,
        999_999_999_999.999,
        0.0005,
        1.0005,
        -0.25,
    ];
    floats.extend((0..3000).map(|n| f64::from(n) / 1000.0));
    floats.extend((1..2000).map(|n| f64::from(n) / 700.0));
    floats.extend((0..60).map(|power| 1.1 * 2f64.powi(power)));
    for float in floats {
        let value = Value::from(float);
        assert_eq!(
            write(&value, put_text::<Text>),
            value.to_string(),
            "{float:e}"
        );
    }
}

/// Without a fraction, readers that know integers read an integer, which has no sign to keep.
#[test]
fn minus_zero_is_no_integer_in_json() {
    let mut out = Buffer::new();
    out.write(0, |to| put_number::<Text>(to, -0.0));
    assert_eq!(out.as_bytes(), b"-0.0");
    let mut out = Buffer::new();
    out.write(0, |to| put_number::<Text>(to, 0.0));
    assert_eq!(out.as_bytes(), b"0");
}

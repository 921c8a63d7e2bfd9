//! Values and ids as rows write them.

use super::*;

fn value(json: &str) -> Value<'static> {
    let typed: Typed = serde_json::from_str(json).unwrap();
    typed.value().into_owned()
}

#[test]
fn values_keep_their_types() {
    for (json, expected) in [
        (r#"{"type":"string","value":""}"#, Value::from("")),
        (r#"{"type":"bool","value":true}"#, Value::Bool(true)),
        (
            r#"{"type":"int","value":-9223372036854775808}"#,
            Value::I64(i64::MIN),
        ),
        (r#"{"value":1,"type":"double"}"#, Value::F64(1.0)),
        (
            r#"{"type":"double","value":"-Infinity"}"#,
            Value::F64(f64::NEG_INFINITY),
        ),
        (
            r#"{"type":"bytes","value":"AP/+"}"#,
            Value::bytes(vec![0, 255, 254]),
        ),
        (r#"{"type":"empty","value":null}"#, Value::Empty),
        (
            r#"{"type":"array","value":[{"type":"int","value":1},{"type":"bool","value":false}]}"#,
            Value::Array(vec![Value::I64(1), Value::Bool(false)]),
        ),
        (
            r#"{"type":"map","value":{"b":{"type":"int","value":1}}}"#,
            Value::map([("b", 1)]),
        ),
    ] {
        assert_eq!(value(json), expected, "{json}");
    }
    let list = value(r#"{"type":"array","value":[{"type":"double","value":0.1}]}"#);
    assert!(matches!(list, Value::F64s(_)));
}

#[test]
fn doubles_arrive_to_the_last_bit() {
    let text = "0.30000000000000004";
    let read = value(&format!(r#"{{"type":"double","value":{text}}}"#));
    assert_eq!(read, Value::F64(text.parse().unwrap()));
}

#[test]
fn base64_is_strict() {
    for (text, bytes) in [
        ("", &b""[..]),
        ("Zg==", b"f"),
        ("Zm8=", b"fo"),
        ("Zm9v", b"foo"),
    ] {
        assert_eq!(text.parse(), Ok(Base64(bytes.to_vec())));
    }
    for text in [
        "Zg", "Zg=", "Z===", "====", "Zh==", "Zm 8", "Z=g=", "Zm9v\n",
    ] {
        assert!(text.parse::<Base64>().is_err(), "{text:?}");
    }
}

#[test]
fn what_cannot_be_a_span_is_refused() {
    let good = r#"{"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","parent_span_id":null,"start_ns":5,"service":"s"}"#;
    let row: SpanRow = serde_json::from_str(good).unwrap();
    assert_eq!((row.end_ns(), row.flags()), (5, TraceFlags::SAMPLED));
    for (part, instead) in [
        (
            "0af7651916cd43dd8448eb211c80319c",
            "0AF7651916CD43DD8448EB211C80319C",
        ),
        ("b7ad6b7169203331", "0000000000000000"),
        ("\"start_ns\":5", "\"start_ns\":-5"),
        ("\"start_ns\":5", "\"end_ns\":5"),
    ] {
        let bad = good.replace(part, instead);
        assert!(serde_json::from_str::<SpanRow>(&bad).is_err(), "{bad}");
    }
}

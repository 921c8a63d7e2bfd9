//! Answers as servers write them, and what is none.

use super::{Json, parse};

#[test]
fn values_are_read() {
    let json = parse(r#" {"a": [1, -2.5e3, true, null], "b": {"c": "x\n\u0041"}, "d": []} "#);
    let json = json.as_ref();
    assert_eq!(json.map(|json| json.list("a").len()), Some(4));
    let word = |json: &Json| json.list("a").get(1).cloned();
    assert_eq!(json.and_then(word), Some(Json::Word("-2.5e3".to_owned())));
    let inner = json
        .and_then(|json| json.get("b"))
        .and_then(|b| b.text("c"));
    assert_eq!(inner, Some("x\nA"));
    assert_eq!(json.map(|json| json.list("d")), Some(&[][..]));
    assert_eq!(json.map(|json| json.list("z")), Some(&[][..]));
}

#[test]
fn what_is_no_json_is_refused() {
    for text in [
        "", "{", "[1", "[1 2]", "{\"a\"}", "{\"a\":}", "\"open", "1 2", "[,]",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}

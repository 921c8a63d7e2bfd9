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

#[test]
fn what_is_written_is_read_again() {
    let json = Json::object([
        ("a \"b\" \\ \n\u{1}", Json::of("ż 🙂 \u{7f}")),
        ("numbers", Json::List(vec![Json::word(-1), Json::word(1.5)])),
        (
            "",
            Json::List(vec![Json::null(), Json::object([("", Json::word(true))])]),
        ),
    ]);
    assert_eq!(parse(&json.to_string()), Some(json));
}

#[test]
fn pairs_of_halves_are_one_character_and_a_half_is_none() {
    let text = |text: &str| parse(text).map(|json| json.to_string());
    assert_eq!(text(r#""\ud83d\ude42""#).as_deref(), Some("\"🙂\""));
    assert_eq!(text(r#""\ud83d""#), None);
    assert_eq!(text(r#""\ude42""#), None);
    assert_eq!(text(r#""\ud83d\u0041""#), None);
}

//! The oracle's answers, well-formed and not; no oracle runs here.

use super::*;
use crate::json;

fn trace(count: usize, trace: impl Fn(usize) -> usize) -> Vec<Json> {
    let row = |n| {
        Json::object([
            ("record", Json::of("span")),
            ("trace_id", Json::of(trace(n).to_string())),
        ])
    };
    (0..count).map(row).collect()
}

#[test]
fn eight_spans_of_one_trace_pass() {
    assert_eq!(one_whole_trace(&trace(8, |_| 7)), Ok(()));
}

#[test]
fn anything_else_does_not() {
    assert!(one_whole_trace(&trace(7, |_| 7)).is_err());
    assert!(one_whole_trace(&trace(8, |n| n / 4)).is_err());
    let mut malformed = trace(8, |_| 7);
    malformed.push(Json::object([("record", Json::of("malformed"))]));
    assert!(one_whole_trace(&malformed).is_err());
}

#[test]
fn arguments_are_told_apart() {
    let ask = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        arguments_of(&words)
            .err()
            .map(|failure| failure.to_string())
    };
    assert!(ask(&[]).is_some_and(|text| text.starts_with("usage:")));
    assert!(ask(&[".", "python", "many"]).is_some_and(|text| text.starts_with("usage:")));
    assert!(ask(&["."]).is_some_and(|text| text.ends_with("holds no module span_oracle")));
}

#[test]
fn random_rows_are_the_same_each_time_and_portions_share_a_resource() {
    let make = |seed| -> Vec<Json> { Rows::new(seed).take(200).collect() };
    let rows = make(1);
    assert_eq!(rows, make(1));
    assert_ne!(rows, make(2));
    assert!(rows.chunks(PORTION).all(is_one_batch));
    assert!(!is_one_batch(&rows[1..=PORTION]) && !is_one_batch(&rows[..PORTION - 1]));
    let ids: BTreeSet<_> = rows.iter().map(|row| row.text("span_id")).collect();
    assert_eq!(ids.len(), rows.len());
    for row in &rows {
        assert_eq!(json::parse(&row.to_string()).as_ref(), Some(row));
    }
}

/// A row as the decoder would write it: what must come, with nothing left open.
fn came(route: &Route, row: &Json) -> Json {
    fn said(value: &Json) -> Json {
        match value {
            Json::List(elements) => Json::List(elements.iter().map(said).collect()),
            Json::Object(members) => {
                let inner = value
                    .get("value")
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let as_type =
                    |kind, value| Json::object([("type", Json::of(kind)), ("value", value)]);
                match value.text("type") {
                    Some("json text") => as_type("string", Json::of(inner)),
                    Some("double text") => as_type("string", Json::of(inner.trim_matches('"'))),
                    Some("number") => as_type("double", Json::word(inner)),
                    _ => Json::object(
                        members
                            .iter()
                            .map(|(key, value)| (key.clone(), said(value))),
                    ),
                }
            }
            other => other.clone(),
        }
    }
    said(&wanted(route, row))
}

/// Every way to change one field of a row to something else.
fn changed(row: &Json) -> Vec<Json> {
    match row {
        Json::Word(word) => vec![Json::of(format!("{word}1")), Json::null(), Json::word("77")]
            .into_iter()
            .filter(|other| other != row)
            .collect(),
        Json::Text(text) => vec![Json::of(format!("{text}x")), Json::null()],
        Json::List(elements) => {
            let mut ways = vec![Json::List([&elements[..], &[Json::null()]].concat())];
            for (n, element) in elements.iter().enumerate() {
                ways.extend(changed(element).into_iter().map(|other| {
                    let mut elements = elements.clone();
                    elements[n] = other;
                    Json::List(elements)
                }));
            }
            ways
        }
        Json::Object(members) => {
            let mut ways = Vec::new();
            for (n, (_, value)) in members.iter().enumerate() {
                let mut fewer = members.clone();
                fewer.remove(n);
                ways.push(Json::Object(fewer));
                ways.extend(changed(value).into_iter().map(|other| {
                    let mut members = members.clone();
                    members[n].1 = other;
                    Json::Object(members)
                }));
            }
            ways
        }
    }
}

#[test]
fn what_comes_as_sent_passes_and_nothing_else_in_any_field() {
    let sent: Vec<Json> = Rows::new(3).take(20).collect();
    for route in &ROUTES {
        let came: Vec<Json> = sent.iter().map(|row| came(route, row)).collect();
        assert_eq!(same_spans(route, &sent, &came), Ok(()), "{}", route.name());
        assert!(same_spans(route, &sent, &came[1..]).is_err());
        for other in changed(&came[7]) {
            let mut others = came.clone();
            others[7] = other;
            let result = same_spans(route, &sent, &others);
            assert!(result.is_err(), "{}: {}", route.name(), others[7]);
        }
    }
}

#[test]
fn numbers_are_compared_by_value_and_to_the_last_digit() {
    let same = |wanted: &str, came: &str| {
        let read = |text| json::parse(text).unwrap_or_else(Json::null);
        difference(&read(wanted), &read(came)).is_none()
    };
    let double = |word: &str| format!(r#"{{"type":"double","value":{word}}}"#);
    assert!(same(&double("1e21"), &double("1e+21")));
    assert!(same(&double(r#""NaN""#), &double(r#""NaN""#)));
    assert!(!same(&double("0.0"), &double("-0.0")));
    assert!(!same(&double("0.1"), &double("0.10000000000000002")));
    assert!(!same("9007199254740993", "9007199254740992"));
    let text = |value: &str| format!(r#"{{"type":"string","value":{value}}}"#);
    let list = r#"{"type":"json text","value":[1,2.5,{"a":null}]}"#;
    assert!(same(list, &text(r#""[1, 2.50, {\"a\": null}]""#)));
    assert!(!same(list, &text(r#""[1,2.5,{\"a\":0}]""#)));
    assert!(!same(list, &text(r#""[1,2.5""#)));
}

//! Whether what a decoder read is what must have come, and where it is not.

use crate::json::{self, Json};

/// What differs first, with the path to it; `None` if nothing does. Members of objects may have another
/// order. What stands in `extra` beside what must be there is the decoder's own business.
pub(super) fn difference(wanted: &Json, came: &Json) -> Option<String> {
    at("", wanted, came)
}

fn at(path: &str, wanted: &Json, came: &Json) -> Option<String> {
    let differs = || Some(format!("{path}: must be {wanted}, is {came}"));
    match (wanted, came) {
        (Json::Object(_), _) if special(wanted, came) == Some(true) => None,
        (Json::Object(_), _) if special(wanted, came) == Some(false) => differs(),
        (Json::Object(members), Json::Object(others)) => {
            let inner = members.iter().find_map(|(name, value)| {
                let path = format!("{path}.{name}");
                match came.get(name) {
                    Some(other) => at(&path, value, other),
                    None => Some(format!("{path}: must be {value}, is not there")),
                }
            });
            let is_wanted = |name: &str| wanted.get(name).is_some() || path == ".extra";
            let more = others.iter().find(|(name, _)| !is_wanted(name));
            inner.or_else(|| more.map(|(name, value)| format!("{path}.{name}: is there, {value}")))
        }
        (Json::List(elements), Json::List(others)) if elements.len() == others.len() => {
            let mut pairs = elements.iter().zip(others).enumerate();
            pairs.find_map(|(n, (wanted, came))| at(&format!("{path}[{n}]"), wanted, came))
        }
        _ if wanted == came || same_number(wanted, came) => None,
        _ => differs(),
    }
}

/// Of a value with a type of our own, whether it came (see the mapping); `None` of any other.
fn special(wanted: &Json, came: &Json) -> Option<bool> {
    let value = wanted.get("value")?;
    let other = came.get("value");
    let is = |kind| came.text("type") == Some(kind);
    match wanted.text("type")? {
        "json text" => {
            let Some(Json::Text(text)) = other else {
                return Some(false);
            };
            let read = json::parse(text);
            Some(is("string") && read.is_some_and(|read| difference(value, &read).is_none()))
        }
        "double text" => {
            let is_text = matches!(other, Some(Json::Text(_)));
            Some(is("string") && is_text && other.is_some_and(|other| same_double(value, other)))
        }
        "number" => {
            let is_number = is("int") || is("double");
            Some(is_number && other.is_some_and(|other| same_double(value, other)))
        }
        "double" => Some(is("double") && other.is_some_and(|other| same_double(value, other))),
        _ => None,
    }
}

/// Two numbers as JSON has them. Integers are compared digit by digit: a double has not room for all.
fn same_number(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Word(one), Json::Word(other)) => {
            match (one.parse::<i128>(), other.parse::<i128>()) {
                (Ok(one), Ok(other)) => one == other,
                _ => same_double(&Json::of(one), &Json::of(other)),
            }
        }
        _ => false,
    }
}

/// Whether both read as the same double, to the sign of zero. What is not a number may be a text.
fn same_double(one: &Json, other: &Json) -> bool {
    let read = |json: &Json| match json {
        Json::Word(text) | Json::Text(text) => text.parse::<f64>().ok(),
        _ => None,
    };
    match (read(one), read(other)) {
        (Some(one), Some(other)) if one.is_nan() => other.is_nan(),
        (Some(one), Some(other)) => one.to_bits() == other.to_bits(),
        _ => false,
    }
}

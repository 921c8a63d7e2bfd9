//! The law of JSON: what was read reads again from its own text; the same with every character
//! escaped and blanks wherever they may stand; what was cut short is no JSON; and any text can be
//! said in a string.
//!
//! Called by the fuzz target and the replay of its corpus, never by programs. That the same texts
//! are JSON as for serde_json is in `tests.rs`.

use super::Json;
use std::fmt::Write as _;

/// Holds the law for these bytes: as a document, and as what a string in one says.
///
/// # Panics
///
/// If the law is broken.
pub fn check_json(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Json::read(&text) {
        Ok(value) => check_value(value),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let said = quoted(&text);
    let read = Json::read(&said).ok().and_then(Json::as_str);
    assert_eq!(read.as_deref(), Some(&*text), "{said}");
}

fn check_value(value: Json<'_>) {
    let text = value.text();
    assert_eq!(Json::read(text), Ok(value), "{text}");
    let spacious = spacious(value);
    match Json::read(&spacious) {
        Ok(again) => assert_eq!(canonical(again), canonical(value), "{spacious}"),
        Err(error) => panic!("{error}: {spacious}"),
    }
    if text.ends_with(['}', ']', '"']) {
        for cut in [1, text.len() / 2, text.len().saturating_sub(1)] {
            let short = text.get(..cut).filter(|short| short.len() < text.len());
            assert!(
                short.is_none_or(|short| Json::read(short).is_err()),
                "{text}"
            );
        }
    }
}

/// The value in one way of writing; arrays are left as they are.
fn canonical(value: Json<'_>) -> String {
    rewritten(value, "")
}

/// The same with blanks.
fn spacious(value: Json<'_>) -> String {
    rewritten(value, " \r\n\t")
}

fn rewritten(value: Json<'_>, blanks: &str) -> String {
    let written = match (value.members(), value.as_str()) {
        (Some(members), _) => {
            let written = members.map(|(name, value)| {
                format!(
                    "{blanks}{}{blanks}:{}",
                    quoted(&name),
                    rewritten(value, blanks)
                )
            });
            format!("{{{blanks}{}}}", written.collect::<Vec<_>>().join(","))
        }
        (_, Some(text)) => quoted(&text),
        _ => value.text().to_owned(),
    };
    format!("{blanks}{written}{blanks}")
}

/// A string that says this, each character escaped.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for unit in text.encode_utf16() {
        // Writing to a string cannot fail.
        let _ = write!(out, "\\u{unit:04x}");
    }
    out.push('"');
    out
}

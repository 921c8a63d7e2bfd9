//! The law of `baggage`: entries are read exactly as the standard's grammar says, within one budget
//! over all lines; what is written stays within it, and reads back as what it was.
//!
//! Called by the fuzz target and the replay of its corpus, never by programs.

use super::super::property::{
    Headers, extracted, injected, is_token, percent_decoded, text, without_space,
};
use super::{BAGGAGE, BaggagePropagator};
use crate::baggage::Baggage;
use crate::context::Context;

/// W3C Baggage, "Limits".
const BYTES: usize = 8192;
const MEMBERS: usize = 64;

/// Name, value, metadata.
type Entry = (String, String, String);

/// What header lines hold together. The second part: whether all of it could be used.
///
/// W3C Baggage, "Header Content":
///
/// ```text
/// baggage-string = list-member 0*179( OWS "," OWS list-member )
/// list-member    = key OWS "=" OWS value *( OWS ";" OWS property )
/// property       = key OWS "=" OWS value / key OWS
/// key            = token
/// value          = *baggage-octet
/// ```
///
/// Empty members and properties are passed over. A member that is malformed, is not whole within the
/// first 8,192 bytes or comes after 64 good ones is left out alone.
fn defined(lines: &[&str]) -> (Vec<Entry>, bool) {
    let (mut entries, mut whole) = (Vec::<Entry>::new(), true);
    let (mut end, mut good) = (0, 0);
    let joined = lines.join(",");
    for member in joined.split(',') {
        end += member.len();
        let trimmed = without_space(member);
        if end > BYTES {
            whole = false; // even if it were empty: not all was looked at
        } else if !trimmed.is_empty() {
            match self::member(trimmed).filter(|_| good < MEMBERS) {
                Some(entry) => {
                    good += 1;
                    match entries.iter_mut().find(|known| known.0 == entry.0) {
                        Some(known) => *known = entry,
                        None => entries.push(entry),
                    }
                }
                None => whole = false,
            }
        }
        end += 1;
    }
    (entries, whole)
}

fn member(text: &str) -> Option<Entry> {
    let mut parts = text.split(';').map(without_space);
    let (name, value) = pair(parts.next()?)?;
    let mut properties = Vec::new();
    for property in parts.filter(|property| !property.is_empty()) {
        properties.push(match pair(property) {
            Some((key, value)) => format!("{key}={value}"),
            None => Some(property).filter(|key| is_token(key))?.to_owned(),
        });
    }
    let value = percent_decoded(value, false);
    Some((name.to_owned(), value, properties.join(";")))
}

fn pair(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once('=')?;
    let (key, value) = (without_space(key), without_space(value));
    let octet = |c: char| c.is_ascii_graphic() && !"\",;\\".contains(c);
    (is_token(key) && value.chars().all(octet)).then_some((key, value))
}

fn entries(baggage: &Baggage) -> Vec<Entry> {
    let entry = |(name, value, metadata): (&str, &str, &str)| {
        (name.to_owned(), value.to_owned(), metadata.to_owned())
    };
    let parts = baggage
        .iter()
        .map(|entry| (entry.name, entry.value, entry.metadata));
    parts.map(entry).collect()
}

/// Panics if reading or writing `baggage` breaks its law: for these bytes as header lines, and for
/// the baggage that consists of their lines, three to an entry.
pub fn check_baggage(data: &[u8]) {
    let text = text(data);
    let lines: Vec<&str> = text.split('\n').collect();
    check_reading(&lines);
    let baggage = lines
        .chunks(3)
        .take(2 * MEMBERS)
        .fold(Baggage::new(), |baggage, chunk| {
            let part = |n: usize| chunk.get(n).copied().unwrap_or_default();
            baggage.with_metadata(part(0), part(1), part(2))
        });
    check_writing(&baggage);
}

fn check_reading(lines: &[&str]) {
    let headers: Headers = lines
        .iter()
        .map(|line| (BAGGAGE.to_owned(), (*line).to_owned()))
        .collect();
    let (expected, whole) = defined(lines);
    let context = extracted(&BaggagePropagator, &headers);
    assert_eq!(
        context.is_none(),
        expected.is_empty() && !whole,
        "{lines:?}"
    );
    if let Some(context) = context {
        assert_eq!(entries(context.baggage()), expected);
        check_writing(context.baggage());
    }
}

/// What is sent keeps to the limits and is read as entries that were there, with their values; what
/// is read of it and sent again is the same text.
fn check_writing(baggage: &Baggage) {
    let context = Context::root().with_baggage(baggage.clone());
    let sent = injected(&BaggagePropagator, &context);
    let Some((name, line)) = sent.first() else {
        let tokens = baggage.iter().filter(|entry| is_token(entry.name));
        let short = |length: usize| length < 1000;
        let mut sendable = tokens.filter(|entry| {
            short(entry.value.len()) && short(entry.name.len() + entry.metadata.len())
        });
        assert!(sendable.next().is_none(), "nothing is sent of {baggage:?}");
        return;
    };
    assert_eq!((sent.len(), name.as_str()), (1, BAGGAGE));
    assert!(!line.is_empty() && line.len() <= BYTES && !line.contains(' '));
    let (read, whole) = defined(&[line]);
    assert!(whole && read.len() <= MEMBERS, "{line}");
    for (name, value, _) in &read {
        assert_eq!(baggage.get(name), Some(value.as_str()));
    }
    let again = extracted(&BaggagePropagator, &sent);
    let again = again
        .as_ref()
        .map(Context::baggage)
        .cloned()
        .unwrap_or_default();
    assert_eq!(entries(&again), read);
    let context = Context::root().with_baggage(again);
    assert_eq!(injected(&BaggagePropagator, &context), sent);
}

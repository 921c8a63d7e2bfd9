//! Writing baggage as one `baggage` line that any receiver can read.
//!
//! Whatever an entry holds, the line consists of visible ASCII and keeps to the grammar: values are
//! percent-encoded, metadata is brought into form, names that cannot be sent are left out.

use super::super::text::{
    MAX_BAGGAGE_BYTES, MAX_BAGGAGE_MEMBERS, encode_percent, is_token, trim_str,
};
use super::is_octet;
use crate::baggage::{Baggage, BaggageEntry};

/// The line, and how many entries are not in it. Empty if none is.
///
/// Entries keep their order; one that does not fit is passed over, and smaller ones after it may.
pub(super) fn header(baggage: &Baggage) -> (String, usize) {
    let mut line = String::new();
    let (mut members, mut left_out) = (0, 0);
    for entry in baggage {
        let before = line.len();
        if members == MAX_BAGGAGE_MEMBERS || !append(&mut line, &entry) {
            line.truncate(before);
            left_out += 1;
        } else {
            members += 1;
        }
    }
    (line, left_out)
}

/// Adds one member; false if it must not stay.
fn append(line: &mut String, entry: &BaggageEntry<'_>) -> bool {
    // Encoding only lengthens: what is too long as it is need not be encoded.
    let least = entry.name.len().saturating_add(entry.value.len());
    if least > MAX_BAGGAGE_BYTES || entry.metadata.len() > MAX_BAGGAGE_BYTES {
        return false;
    }
    if !is_token(entry.name.as_bytes()) {
        return false;
    }
    if !line.is_empty() {
        line.push(',');
    }
    line.push_str(entry.name);
    line.push('=');
    encode_percent(line, entry.value, |byte| is_octet(byte) && byte != b'%');
    entry
        .metadata
        .split(';')
        .map(trim_str)
        .for_each(|property| append_property(line, property));
    line.len() <= MAX_BAGGAGE_BYTES
}

/// Adds a property. Its text is encoded already, so `%` stays; whatever else cannot be sent is
/// encoded, and a property whose key is no token is left out.
fn append_property(line: &mut String, property: &str) {
    let (key, value) = match property.split_once('=') {
        Some((key, value)) => (trim_str(key), Some(trim_str(value))),
        None => (property, None),
    };
    if !is_token(key.as_bytes()) {
        return;
    }
    line.push(';');
    line.push_str(key);
    if let Some(value) = value {
        line.push('=');
        encode_percent(line, value, is_octet);
    }
}

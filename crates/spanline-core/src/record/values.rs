//! Attribute values as bytes, compound ones as items inside an item.

use super::bytes::cut_chars;
use super::item::{Tag, head_word};
use super::limits::SpanLimits;
use crate::attribute::{Attribute, FEW, Value};
use std::collections::HashMap;

/// Appends a value's bytes to `out` and says what they are. Cuts by length and depth on the way
/// (OpenTelemetry "Attribute Limits": strings by characters, bytes by bytes, inside arrays and maps
/// too; what nests deeper than the limit becomes the empty value).
pub(super) fn encode(value: &Value<'_>, limits: &SpanLimits, out: &mut Vec<u8>) -> Tag {
    encode_at(value, limits, 1, out)
}

fn encode_at(value: &Value<'_>, limits: &SpanLimits, depth: usize, out: &mut Vec<u8>) -> Tag {
    let compound = !matches!(
        value,
        Value::Empty
            | Value::Bool(_)
            | Value::I64(_)
            | Value::F64(_)
            | Value::String(_)
            | Value::Bytes(_)
    );
    if compound && depth > limits.attribute_value_depth() {
        return Tag::Empty;
    }
    match value {
        Value::Empty => Tag::Empty,
        Value::Bool(value) => bytes(out, Tag::Bool, &[u8::from(*value)]),
        Value::I64(value) => bytes(out, Tag::I64, &value.to_le_bytes()),
        Value::F64(value) => bytes(out, Tag::F64, &value.to_le_bytes()),
        Value::String(text) => bytes(out, Tag::String, cut_text(text, limits)),
        Value::Bytes(value) => {
            let limit = limits.attribute_value_length().unwrap_or(usize::MAX);
            bytes(out, Tag::Bytes, value.get(..limit).unwrap_or(value))
        }
        Value::Bools(values) => {
            out.extend(values.iter().map(|value| u8::from(*value)));
            Tag::Bools
        }
        Value::I64s(values) => {
            values
                .iter()
                .for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
            Tag::I64s
        }
        Value::F64s(values) => {
            values
                .iter()
                .for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
            Tag::F64s
        }
        Value::Strings(texts) => {
            for text in *texts {
                nested(out, b"", |out| {
                    bytes(out, Tag::String, cut_text(text, limits))
                });
            }
            Tag::Strings
        }
        Value::Array(values) => {
            for value in values {
                nested(out, b"", |out| encode_at(value, limits, depth + 1, out));
            }
            Tag::Array
        }
        Value::Map(entries) => {
            map(entries, limits, depth + 1, out);
            Tag::Map
        }
    }
}

/// The entries of a map. Of entries with one name the last stays: `Value::map` sees to that, but
/// a map can be put together without it, and exported ones must have unique keys (OpenTelemetry
/// "map<string, AnyValue>").
fn map(entries: &[Attribute<'_>], limits: &SpanLimits, depth: usize, out: &mut Vec<u8>) {
    let many = entries.len() > FEW;
    let mut last: HashMap<&str, usize> = HashMap::new();
    if many {
        last.extend(
            entries
                .iter()
                .zip(1..)
                .map(|(entry, left)| (&*entry.key, left)),
        );
    }
    let mut rest = entries;
    while let [entry, later @ ..] = rest {
        rest = later;
        let key = entry.key.as_bytes();
        let hidden = match many {
            true => last.get(&*entry.key) != Some(&(entries.len() - later.len())),
            false => later.iter().any(|other| other.key == entry.key),
        };
        if !hidden && key.len() <= usize::from(u16::MAX) {
            nested(out, key, |out| encode_at(&entry.value, limits, depth, out));
        }
    }
}

fn bytes(out: &mut Vec<u8>, tag: Tag, bytes: &[u8]) -> Tag {
    out.extend_from_slice(bytes);
    tag
}

fn cut_text<'a>(text: &'a str, limits: &SpanLimits) -> &'a [u8] {
    match limits.attribute_value_length() {
        Some(limit) => cut_chars(text.as_bytes(), limit),
        None => text.as_bytes(),
    }
}

/// One item whose value `content` appends; its head is written when the length is known.
fn nested(out: &mut Vec<u8>, key: &[u8], content: impl FnOnce(&mut Vec<u8>) -> Tag) {
    let head = out.len();
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(key);
    let start = out.len();
    let tag = content(out);
    let word = head_word(tag, key.len() as u16, (out.len() - start) as u32);
    if let Some(to) = out
        .get_mut(head..)
        .and_then(|bytes| bytes.first_chunk_mut())
    {
        *to = word.to_le_bytes();
    }
}

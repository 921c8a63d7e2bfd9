//! The laws of the record: texts are cut between characters and nowhere else, and any bytes taken
//! for a record read as part of what they are.
//!
//! Called by the fuzz targets and the replay of their corpora, never by programs.

use super::bytes::{cut_bytes, cut_chars};
use super::{EventHead, HEADER_BYTES, Items, LinkHead, RawRecord, Record, SpanLimits, Tag};
use crate::attribute::Value;

/// Panics if a text is not cut as it should be. The first two bytes say where, the rest is the text.
///
/// OpenTelemetry specification, "Attribute Limits": a limit counts characters. The name of a span,
/// which only the bytes of a whole span limit, is cut to bytes.
pub fn check_truncation(data: &[u8]) {
    let (limit, text) = match data {
        [low, high, text @ ..] => (u16::from_le_bytes([*low, *high]).into(), text),
        _ => (0, data),
    };
    assert!(text.starts_with(cut_bytes(text, limit)) && text.starts_with(cut_chars(text, limit)));
    let text = String::from_utf8_lossy(text);
    let chars: String = text.chars().take(limit).collect();
    assert_eq!(cut_chars(text.as_bytes(), limit), chars.as_bytes());
    let fits = |end: &usize| *end <= limit && text.is_char_boundary(*end);
    let end = (0..=text.len()).rev().find(fits).unwrap_or(0);
    assert_eq!(
        cut_bytes(text.as_bytes(), limit),
        text.as_bytes().get(..end).unwrap_or_default()
    );
    check_record_of(&text, limit, &chars);
}

/// The same cut, all the way through a span's record.
fn check_record_of(text: &str, limit: usize, cut: &str) {
    let limits = SpanLimits::default().attribute_value_length_limit(Some(limit));
    let mut record = Record::default();
    record.begin("name", &limits);
    record.set("bare", &Value::from(text), &limits);
    record.set("list", &Value::from(vec![text, "", text]), &limits);
    let sealed = record.seal();
    let raw = RawRecord::new(sealed).unwrap_or_default();
    assert_eq!(raw.find(Tag::String), Some(cut.as_bytes()));
    let list = Items::new(raw.find(Tag::Array).unwrap_or_default());
    let list: Vec<_> = list.map(|item| item.value).collect();
    assert_eq!(list, [cut.as_bytes(), b"", cut.as_bytes()]);
}

/// Panics if reading these bytes as a record does not end, or shows what is not in them.
pub fn check_record(data: &[u8]) {
    let Some(raw) = RawRecord::new(data) else {
        assert!(data.len() < HEADER_BYTES);
        return;
    };
    let length = raw.header().length as usize;
    let items: Vec<_> = raw.items().collect();
    let expected = defined_items(data.get(HEADER_BYTES..length).unwrap_or_default());
    assert_eq!(items.len(), expected.len());
    for (item, (tag, key, value)) in items.iter().zip(&expected) {
        assert_eq!((item.tag as u8, item.key, item.value), (*tag, *key, *value));
        if let Some(event) = EventHead::read(item) {
            let used: usize = event.attributes.map(|item| item.size()).sum();
            assert!(event.name == item.key && used + 16 <= item.value.len());
        }
        if let Some(link) = LinkHead::read(item) {
            let used: usize = link.attributes.map(|item| item.size()).sum();
            assert!(used + link.trace_state.len() + 32 <= item.value.len());
        }
    }
    assert_eq!(
        raw.name(),
        expected.first().map_or(&b""[..], |(_, _, value)| value)
    );
}

/// Tag, key and value of each item, by the layout in the module's documentation: `tag u8 · spare u8
/// · key length u16 · value length u32 · key · value`, up to the first that is not whole or has no
/// known tag.
fn defined_items(bytes: &[u8]) -> Vec<(u8, &[u8], &[u8])> {
    let mut items = Vec::new();
    let mut at = 0;
    let byte = |at: usize| bytes.get(at).map(|byte| usize::from(*byte));
    while let Some(tag) = byte(at).filter(|tag| matches!(tag, 1..=13 | 16..=22)) {
        let number = |places: [usize; 4]| {
            let digits = places.map(|place| byte(at + place));
            digits
                .into_iter()
                .rev()
                .try_fold(0, |sum, digit| Some(sum * 256 + digit?))
        };
        let (Some(four), Some(value)) = (number([0, 1, 2, 3]), number([4, 5, 6, 7])) else {
            break;
        };
        let key_end = at + 8 + four / 65_536;
        let value_end = key_end + value;
        let (key, value) = (bytes.get(at + 8..key_end), bytes.get(key_end..value_end));
        let (Some(key), Some(value)) = (key, value) else {
            break;
        };
        items.push((tag as u8, key, value));
        at = value_end;
    }
    items
}

//! `tags` and `annotations`: attributes and events as strings.
//!
//! A tag's value is always a JSON string, whatever the attribute was. An annotation has no
//! attributes of its own, so an event with some becomes the text `"name": {attributes as JSON}`.

use crate::encoder::EncodeError;
use crate::encoder::buffer::Buffer;
use crate::encoder::extras::{KeyFilter, ScopeTags};
use crate::encoder::text::{
    DECIMAL, Level, Quoted, Text, is_plain, push_u64, put_u64, write_object, write_text,
};
use spanline_core::attribute::Value;
use spanline_core::record::{EventHead, Item, RawRecord, Tag};
use spanline_core::status::StatusCode;
use spanline_core::view::SpanView;

/// Appends `,"annotations":[…]`.
///
/// The list has unique items (Zipkin v2 API, `Span.annotations`): of events that are the same down
/// to the microsecond, only the first is written.
#[inline]
pub(super) fn push_annotations(span: &SpanView<'_>, out: &mut Buffer) -> Result<(), EncodeError> {
    let record = span.raw();
    let mut count = 0;
    // The annotations of the microsecond at hand: where they begin, and the microsecond.
    let mut instant = (out.len(), None);
    out.push_array(*br#","annotations":["#);
    let notes = record.items().behind_attributes();
    for event in notes.filter_map(|item| EventHead::read(&item)) {
        let nanos = match event.is_unix {
            true => event.time,
            false => span.times().unix_nanos(event.time),
        };
        let micros = nanos / 1000;
        let begin = out.len();
        push_annotation(&event, micros, out);
        if instant.1 != Some(micros) {
            instant = (begin, Some(micros));
        } else if is_repeated(out.as_bytes().get(instant.0..), begin - instant.0) {
            out.truncate(begin);
        }
        count += 1;
    }
    if count < record.header().events {
        return Err(EncodeError::Malformed);
    }
    // The comma behind the last annotation.
    out.truncate(out.len() - 1);
    out.push_array(*b"]");
    Ok(())
}

/// Appends `{"timestamp":…,"value":"…"},`.
#[inline]
fn push_annotation(event: &EventHead<'_>, micros: u64, out: &mut Buffer) {
    let mut to = out.room(13 + DECIMAL + 10);
    to.put(*br#"{"timestamp":"#);
    put_u64(&mut to, micros);
    to.put(*br#","value":""#);
    drop(to);
    push_event(event, out);
    out.push_array(*br#""},"#);
}

/// Whether the annotation that begins at `begin` stands before it, too. Quotes inside a value are
/// escaped, so the text of an annotation cannot be found inside another one.
#[cold]
fn is_repeated(annotations: Option<&[u8]>, begin: usize) -> bool {
    let split = annotations.and_then(|all| all.split_at_checked(begin));
    split.is_some_and(|(before, last)| before.windows(last.len()).any(|one| one == last))
}

/// The text of an annotation: the name alone, or the quoted name and an object.
#[inline]
fn push_event(event: &EventHead<'_>, out: &mut Buffer) {
    if event.count == 0 && event.dropped == 0 {
        return Text::inside(out, event.name);
    }
    out.push_array(*br#"\""#);
    Quoted::inside(out, event.name);
    out.push_array(*br#"\": "#);
    write_object::<Quoted>(out, event.attributes);
    if event.dropped > 0 {
        push_dropped_inside(event, out);
    }
}

/// Adds the number of dropped attributes to the object that was just closed.
#[cold]
fn push_dropped_inside(event: &EventHead<'_>, out: &mut Buffer) {
    out.truncate(out.len() - 1);
    out.push(if event.count > 0 { b"," } else { b"" });
    out.push(br#"\"otel.dropped_attributes_count\":"#);
    push_u64(out, event.dropped.into());
    out.push(b"}");
}

/// Appends `,"tags":{…}` if there are any.
#[inline]
pub(super) fn push_tags(
    record: &RawRecord<'_>,
    scope: &ScopeTags,
    out: &mut Buffer,
) -> Result<(), EncodeError> {
    let start = out.len();
    out.push_array(*br#","tags":{"#);
    let first = out.len();
    let filtered = !scope.extras.filter().is_empty();
    let mut used = KeyFilter::default();
    let mut added = Added::of(record, scope);
    let mut seen = 0;
    for item in record.items() {
        if !item.tag.is_attribute() {
            added.note(&item);
            continue;
        }
        seen += 1;
        if added.contains(item.key) {
            continue;
        }
        if filtered {
            used.insert(item.key);
        }
        push_item(out, &item);
    }
    if seen < record.header().attributes {
        return Err(EncodeError::Malformed);
    }
    added.push(out);
    out.push(scope.identity.as_bytes());
    scope.extras.append(out, used, record);
    if out.len() == first {
        out.truncate(start);
    } else {
        // Every tag ends in a comma; the last one's becomes the closing brace.
        out.truncate(out.len() - 1);
        out.push_array(*b"}");
    }
    Ok(())
}

/// An attribute item of a record as `"key":"text",`.
#[inline]
fn push_item(out: &mut Buffer, item: &Item<'_>) {
    match item.tag {
        Tag::String => push_text(out, item.key, item.value),
        Tag::Bool if item.value.first().is_some_and(|byte| *byte != 0) => {
            push_text(out, item.key, b"true");
        }
        Tag::Bool => push_text(out, item.key, b"false"),
        Tag::I64 if is_plain(item.key) => push_integer(out, item),
        _ => {
            out.push_array(*b"\"");
            Text::inside(out, item.key);
            out.push_array(*br#"":""#);
            write_text::<Quoted>(out, item);
            out.push_array(*br#"","#);
        }
    }
}

/// An integer as `"key":"digits",`. The key needs no escape.
#[inline]
fn push_integer(out: &mut Buffer, item: &Item<'_>) {
    let number = item
        .value
        .first_chunk()
        .map_or(0, |n| i64::from_le_bytes(*n));
    let mut to = out.room(1 + item.key.len() + 4 + 1 + DECIMAL + 2);
    to.put(*b"\"");
    to.put_bytes(item.key);
    to.put(*br#"":""#);
    if number < 0 {
        to.put(*b"-");
    }
    put_u64(&mut to, number.unsigned_abs());
    to.put(*br#"","#);
}

/// An attribute of a resource or a scope as `"key":"text",`. Not on the hot path.
pub(super) fn push_value(out: &mut Buffer, key: &str, value: &Value<'_>) {
    push_text(out, key.as_bytes(), value.to_string().as_bytes());
}

/// A tag of text as `"key":"text",`.
#[inline(always)]
fn push_text(out: &mut Buffer, key: &[u8], text: &[u8]) {
    if !is_plain(key) || !is_plain(text) {
        return push_escaped(out, key, text);
    }
    let mut to = out.cursor(1 + key.len() + 3 + text.len() + 2);
    to.put(*b"\"");
    to.put_bytes(key);
    to.put(*br#"":""#);
    to.put_bytes(text);
    to.put(*br#"","#);
}

#[cold]
fn push_escaped(out: &mut Buffer, key: &[u8], text: &[u8]) {
    out.push_array(*b"\"");
    Text::inside(out, key);
    out.push_array(*br#"":""#);
    Text::inside(out, text);
    out.push_array(*br#"","#);
}

fn push_count(out: &mut Buffer, key: &[u8], count: u32) {
    if count > 0 {
        out.push_array(*b"\"");
        out.push(key);
        out.push_array(*br#"":""#);
        push_u64(out, count.into());
        out.push_array(*br#"","#);
    }
}

/// Keys that belong to the mapping itself, so that scope and resource attributes may not use them.
pub(super) fn is_reserved(key: &str) -> bool {
    matches!(
        key,
        "error"
            | "otel.status_code"
            | "otel.dropped_attributes_count"
            | "otel.dropped_events_count"
            | "otel.dropped_links_count"
            | "otel.scope.name"
            | "otel.scope.version"
            | "otel.library.name"
            | "otel.library.version"
    )
}

/// Which tags the mapping itself adds to a span.
struct Added<'a> {
    record: &'a RawRecord<'a>,
    scope: &'a ScopeTags,
    status: StatusCode,
    /// Found while the attributes are walked, because they are items like those.
    status_text: &'a [u8],
    dropped_links: u32,
}

impl<'a> Added<'a> {
    #[inline]
    fn of(record: &'a RawRecord<'a>, scope: &'a ScopeTags) -> Added<'a> {
        let status = record.header().kind_status.status();
        Added {
            record,
            scope,
            status,
            status_text: &[],
            dropped_links: 0,
        }
    }

    #[inline]
    fn note(&mut self, item: &Item<'a>) {
        match item.tag {
            Tag::StatusText => self.status_text = item.value,
            Tag::DroppedLinks => {
                self.dropped_links = item
                    .value
                    .first_chunk()
                    .map_or(0, |n| u32::from_le_bytes(*n));
            }
            _ => {}
        }
    }

    /// Whether the mapping decides about this name. `error` is there if and only if the status is
    /// an error, because Zipkin shows every span that has it as failed, whatever its value.
    #[inline]
    fn contains(&self, key: &[u8]) -> bool {
        match key.first() {
            Some(b'e') => key == b"error",
            Some(b'o') => key.starts_with(b"otel.") && self.contains_otel(key),
            _ => false,
        }
    }

    #[cold]
    fn contains_otel(&self, key: &[u8]) -> bool {
        let header = self.record.header();
        match key {
            b"otel.status_code" => self.status != StatusCode::Unset,
            b"otel.dropped_attributes_count" => header.dropped_attributes > 0,
            b"otel.dropped_events_count" => header.dropped_events > 0,
            b"otel.dropped_links_count" => self.record.dropped_links() > 0,
            _ => self.scope.names.contain(key),
        }
    }

    #[inline]
    fn push(&self, out: &mut Buffer) {
        match self.status {
            StatusCode::Unset => {}
            StatusCode::Ok => out.push(br#""otel.status_code":"OK","#),
            StatusCode::Error => {
                out.push(br#""otel.status_code":"ERROR","#);
                push_text(out, b"error", self.status_text);
            }
        }
        let header = self.record.header();
        push_count(
            out,
            b"otel.dropped_attributes_count",
            header.dropped_attributes.into(),
        );
        push_count(
            out,
            b"otel.dropped_events_count",
            header.dropped_events.into(),
        );
        push_count(out, b"otel.dropped_links_count", self.dropped_links);
    }
}

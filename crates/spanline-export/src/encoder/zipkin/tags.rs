//! `tags` and `annotations`: attributes and events as strings.
//!
//! A tag's value is always a JSON string, whatever the attribute was. An annotation has no
//! attributes of its own, so an event with some becomes the text `"name": {attributes as JSON}`.

use super::repeats::Repeats;
use crate::encoder::buffer::Cursor;
use crate::encoder::extras::{ScopeNames, ScopeTags};
use crate::encoder::text::{Level, Quoted, Text, put_members, put_text, put_u64};
use crate::encoder::{EncodeError, count, for_each_attribute};
use spanline_core::attribute::Value;
use spanline_core::record::{EventHead, Item, Items, RawRecord, Tag};
use spanline_core::status::StatusCode;
use spanline_core::view::SpanView;

/// Puts `,"annotations":[…]`.
///
/// The list has unique items (Zipkin v2 API, `Span.annotations`): of events that are the same down
/// to the microsecond, only the first is written.
#[inline(always)]
pub(super) fn put_annotations(
    to: &mut Cursor<'_>,
    span: &SpanView<'_>,
    notes: Items<'_>,
    repeats: &mut Repeats,
) -> Result<(), EncodeError> {
    const OPENING: [u8; 16] = *br#","annotations":["#;
    let mut count = 0;
    let (length, ()) = to.ahead(OPENING.len(), |to| {
        // The annotations of the microsecond at hand are ahead of the cursor until it is over.
        let (mut instant, mut ahead) = (None, 0);
        for event in notes.filter_map(|item| EventHead::read(&item)) {
            let nanos = match event.is_unix {
                true => event.time,
                false => span.times().unix_nanos(event.time),
            };
            let micros = nanos / 1000;
            let is_next = instant != Some(micros);
            if is_next {
                to.skip(ahead);
                (instant, ahead) = (Some(micros), 0);
                repeats.forget();
            }
            let (length, ()) = to.ahead(ahead, |to| {
                to.apart(|to| put_annotation(to, &event, micros))
            });
            if is_next || !repeats.contain(to.peek(ahead + length), ahead) {
                ahead += length;
            }
            count += 1;
        }
        to.skip(ahead);
    });
    if count < span.raw().header().events {
        return Err(EncodeError::Malformed);
    }
    to.put(OPENING);
    // The comma behind the last annotation.
    to.skip(length.saturating_sub(1));
    to.put(*b"]");
    Ok(())
}

/// Puts `{"timestamp":…,"value":"…"},`.
#[inline(always)]
fn put_annotation(to: &mut Cursor<'_>, event: &EventHead<'_>, micros: u64) {
    to.put(*br#"{"timestamp":"#);
    put_u64(to, micros);
    to.put(*br#","value":""#);
    put_event(to, event);
    to.put(*br#""},"#);
}

/// The text of an annotation: the name alone, or the quoted name and an object.
#[inline(always)]
fn put_event(to: &mut Cursor<'_>, event: &EventHead<'_>) {
    if event.count == 0 && event.dropped == 0 {
        return Text::inside(to, event.name);
    }
    to.put(*br#"\""#);
    Quoted::inside(to, event.name);
    to.put(*br#"\": {"#);
    put_members::<Quoted>(to, event.attributes);
    if event.dropped > 0 {
        let (dropped, count) = (event.dropped, event.count);
        to.rarely(move |to| {
            to.put_bytes(if count > 0 { b"," } else { b"" });
            to.put(*br#"\"otel.dropped_attributes_count\":"#);
            put_u64(to, dropped.into());
        });
    }
    to.put(*b"}");
}

/// Puts `,"tags":{…}` if there are any.
#[inline(always)]
pub(super) fn put_tags(
    to: &mut Cursor<'_>,
    record: RawRecord<'_>,
    items: Items<'_>,
    scope: &ScopeTags,
) -> Result<(), EncodeError> {
    const OPENING: [u8; 9] = *br#","tags":{"#;
    let header = record.header();
    let mut seen = 0;
    let (length, ()) = to.ahead(OPENING.len(), |to| {
        let notes = for_each_attribute(items, |item| {
            seen += 1;
            if !gives_way(item.key, record, &scope.names) {
                put_item(to, item);
            }
        });
        let mut status_text: &[u8] = &[];
        let mut dropped_links = 0;
        for item in notes {
            match item.tag {
                Tag::StatusText => status_text = item.value,
                Tag::DroppedLinks => dropped_links = count(item.value),
                tag if tag.is_attribute() => {
                    seen += 1;
                    if !gives_way(item.key, record, &scope.names) {
                        to.rarely(move |to| put_item(to, &item));
                    }
                }
                _ => {}
            }
        }
        match header.kind_status.status() {
            StatusCode::Unset => {}
            StatusCode::Ok => to.put(*br#""otel.status_code":"OK","#),
            StatusCode::Error => to.rarely(|to| {
                to.put(*br#""otel.status_code":"ERROR","#);
                put_string(to, b"error", status_text);
            }),
        }
        let dropped = u32::from(header.dropped_attributes | header.dropped_events) | dropped_links;
        if dropped > 0 {
            to.rarely(|to| put_dropped(to, record));
        }
        to.put_run(scope.identity.as_bytes());
        scope.extras.put(to, record);
    });
    if seen < header.attributes {
        return Err(EncodeError::Malformed);
    }
    if length > 0 {
        // Every tag ends in a comma; the last one's becomes the closing brace.
        to.put(OPENING);
        to.skip(length - 1);
        to.put(*b"}");
    }
    Ok(())
}

/// Whether the mapping decides about this name. `error` is there if and only if the status is an
/// error, because Zipkin shows every span that has it as failed, whatever its value. Told apart by
/// the first two bytes, because nearly every key of a program ends here.
#[inline(always)]
fn gives_way(key: &[u8], record: RawRecord<'_>, scope: &ScopeNames) -> bool {
    const BEGINNINGS: [u16; 2] = [u16::from_le_bytes(*b"er"), u16::from_le_bytes(*b"ot")];
    let begins = |key: &[u8; 2]| BEGINNINGS.contains(&u16::from_le_bytes(*key));
    key.first_chunk().is_some_and(begins) && is_added(key, record, scope)
}

#[cold]
#[inline(never)]
fn is_added(key: &[u8], record: RawRecord<'_>, scope: &ScopeNames) -> bool {
    let header = record.header();
    match key {
        b"error" => true,
        b"otel.status_code" => header.kind_status.status() != StatusCode::Unset,
        b"otel.dropped_attributes_count" => header.dropped_attributes > 0,
        b"otel.dropped_events_count" => header.dropped_events > 0,
        b"otel.dropped_links_count" => record.dropped_links() > 0,
        _ => scope.contain(key),
    }
}

/// An attribute item of a record as `"key":"text",`.
#[inline(always)]
fn put_item(to: &mut Cursor<'_>, item: &Item<'_>) {
    to.put(*b"\"");
    Text::inside(to, item.key);
    to.put(*br#"":""#);
    put_text::<Quoted>(to, item);
    to.put(*br#"","#);
}

/// An attribute of a resource or a scope as `"key":"text",`. Not on the hot path.
pub(super) fn put_value(to: &mut Cursor<'_>, key: &str, value: &Value<'_>) {
    put_string(to, key.as_bytes(), value.to_string().as_bytes());
}

/// A tag of text as `"key":"text",`.
fn put_string(to: &mut Cursor<'_>, key: &[u8], text: &[u8]) {
    to.put(*b"\"");
    Text::inside(to, key);
    to.put(*br#"":""#);
    Text::inside(to, text);
    to.put(*br#"","#);
}

fn put_dropped(to: &mut Cursor<'_>, record: RawRecord<'_>) {
    let header = record.header();
    let counts: [(&[u8], u32); 3] = [
        (
            b"otel.dropped_attributes_count",
            header.dropped_attributes.into(),
        ),
        (b"otel.dropped_events_count", header.dropped_events.into()),
        (b"otel.dropped_links_count", record.dropped_links()),
    ];
    for (key, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        to.put(*b"\"");
        to.put_bytes(key);
        to.put(*br#"":""#);
        put_u64(to, count.into());
        to.put(*br#"","#);
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

//! `Span`, `Event`, `Link` and `Status` as JSON; for their fields see the binary form.
//!
//! Attributes, events and links are lists of their own here, so the record is walked once for the
//! attributes, and again from the first event and from the first link on, where there are any.

use super::value::put_attribute;
use crate::encoder::buffer::{Buffer, Cursor};
use crate::encoder::otlp::{flags, span_flags};
use crate::encoder::text::{Level, Text, put_hex, put_u64};
use crate::encoder::{EncodeError, Opened, count, for_each_attribute, open};
use spanline_core::record::{EventHead, Header, Items, LinkHead, Tag};
use spanline_core::status::StatusCode;
use spanline_core::view::SpanView;

/// Appends one `Span`.
#[inline]
pub(super) fn push_span(span: &SpanView<'_>, out: &mut Buffer) -> Result<(), EncodeError> {
    out.write(512 + 3 * span.raw().bytes().len(), |to| {
        to.apart(|to| put_span(to, span))
    })
}

#[inline(always)]
fn put_span(to: &mut Cursor<'_>, span: &SpanView<'_>) -> Result<(), EncodeError> {
    let Opened {
        header,
        name,
        items,
    } = open(span.raw())?;
    put_ids(to, &header);
    put_text(to, *br#","name":""#, name);
    let (start, end) = span.times_unix_nanos();
    to.put(*br#","kind":"#);
    to.put([b'0' + header.kind_status.kind().number()]);
    to.put(*br#","startTimeUnixNano":""#);
    put_u64(to, start);
    to.put(*br#"","endTimeUnixNano":""#);
    put_u64(to, end);
    to.put(*b"\"");
    let notes = to.apart(|to| put_attributes(to, items, header.attributes))?;
    put_text(to, *br#","traceState":""#, notes.trace_state);
    let dropped = header.dropped_attributes.into();
    put_count(to, *br#","droppedAttributesCount":"#, dropped);
    if header.events > 0 {
        to.apart(|to| put_events(to, span, notes.items, header.events))?;
    }
    put_count(
        to,
        *br#","droppedEventsCount":"#,
        header.dropped_events.into(),
    );
    if header.flags.has_links() {
        to.apart(|to| put_links(to, notes.items));
    }
    put_count(to, *br#","droppedLinksCount":"#, notes.dropped_links);
    put_status(to, header.kind_status.status(), notes.status_text);
    to.put(*br#","flags":"#);
    put_u64(to, span_flags(&header).into());
    to.put(*b"}");
    Ok(())
}

/// `{"traceId":…,"spanId":…,"parentSpanId":…`; a root has no parent.
#[inline(always)]
fn put_ids(to: &mut Cursor<'_>, header: &Header) {
    to.put(*br#"{"traceId":""#);
    put_hex(to, header.trace_high);
    put_hex(to, header.trace_low);
    to.put(*br#"","spanId":""#);
    put_hex(to, header.span_id);
    if header.parent_id != 0 {
        to.put(*br#"","parentSpanId":""#);
        put_hex(to, header.parent_id);
    }
    to.put(*b"\"");
}

/// What stands behind the attributes.
struct Notes<'a> {
    items: Items<'a>,
    trace_state: &'a [u8],
    status_text: &'a [u8],
    dropped_links: u32,
}

/// Puts the attributes that stand in the record, at least `expected`.
#[inline(always)]
fn put_attributes<'a>(
    to: &mut Cursor<'_>,
    items: Items<'a>,
    expected: u16,
) -> Result<Notes<'a>, EncodeError> {
    const OPENING: [u8; 15] = *br#","attributes":["#;
    let mut seen = 0;
    let (length, notes) = to.ahead(OPENING.len(), |to| {
        let items = for_each_attribute(items, |item| {
            put_attribute(to, item);
            to.put(*b",");
            seen += 1;
        });
        let mut notes = Notes {
            items,
            trace_state: &[],
            status_text: &[],
            dropped_links: 0,
        };
        for item in items {
            match item.tag {
                Tag::TraceState => notes.trace_state = item.value,
                Tag::StatusText => notes.status_text = item.value,
                Tag::DroppedLinks => notes.dropped_links = count(item.value),
                tag if tag.is_attribute() => {
                    to.rarely(move |to| put_attribute(to, &item));
                    to.put(*b",");
                    seen += 1;
                }
                _ => {}
            }
        }
        notes
    });
    if seen < expected {
        return Err(EncodeError::Malformed);
    }
    end_list(to, OPENING, length);
    Ok(notes)
}

/// Puts a list's opening in front of elements that were written ahead, each with a comma behind it,
/// the last of which becomes the closing bracket; nothing for an empty list.
#[inline(always)]
fn end_list<const N: usize>(to: &mut Cursor<'_>, opening: [u8; N], length: usize) {
    if length > 0 {
        to.put(opening);
        to.skip(length - 1);
        to.put(*b"]");
    }
}

#[inline(always)]
fn put_events(
    to: &mut Cursor<'_>,
    span: &SpanView<'_>,
    items: Items<'_>,
    expected: u16,
) -> Result<(), EncodeError> {
    const OPENING: [u8; 11] = *br#","events":["#;
    let mut seen = 0;
    let (length, ()) = to.ahead(OPENING.len(), |to| {
        for event in items.filter_map(|item| EventHead::read(&item)) {
            let nanos = match event.is_unix {
                true => event.time,
                false => span.times().unix_nanos(event.time),
            };
            to.put(*br#"{"timeUnixNano":""#);
            put_u64(to, nanos);
            to.put(*b"\"");
            put_text(to, *br#","name":""#, event.name);
            put_nested(to, event.attributes, event.dropped);
            to.put(*b"},");
            seen += 1;
        }
    });
    if seen < expected {
        return Err(EncodeError::Malformed);
    }
    end_list(to, OPENING, length);
    Ok(())
}

#[inline(always)]
fn put_links(to: &mut Cursor<'_>, items: Items<'_>) {
    const OPENING: [u8; 10] = *br#","links":["#;
    let (length, ()) = to.ahead(OPENING.len(), |to| {
        for link in items.filter_map(|item| LinkHead::read(&item)) {
            to.put(*br#"{"traceId":""#);
            put_hex(to, link.trace_high);
            put_hex(to, link.trace_low);
            to.put(*br#"","spanId":""#);
            put_hex(to, link.span_id);
            to.put(*b"\"");
            put_text(to, *br#","traceState":""#, link.trace_state);
            put_nested(to, link.attributes, link.dropped);
            to.put(*br#","flags":"#);
            put_u64(to, flags(link.flags, link.remote).into());
            to.put(*b"},");
        }
    });
    end_list(to, OPENING, length);
}

/// Attributes of an event or a link, and how many of them were dropped.
#[inline(always)]
fn put_nested(to: &mut Cursor<'_>, items: Items<'_>, dropped: u16) {
    const OPENING: [u8; 15] = *br#","attributes":["#;
    let (length, ()) = to.ahead(OPENING.len(), |to| {
        for item in items.filter(|item| item.tag.is_attribute()) {
            put_attribute(to, &item);
            to.put(*b",");
        }
    });
    end_list(to, OPENING, length);
    put_count(to, *br#","droppedAttributesCount":"#, dropped.into());
}

#[inline(always)]
fn put_status(to: &mut Cursor<'_>, code: StatusCode, text: &[u8]) {
    if code == StatusCode::Unset {
        return;
    }
    to.put(*br#","status":{"#);
    if !text.is_empty() {
        to.rarely(move |to| {
            to.put(*br#""message":""#);
            Text::inside(to, text);
            to.put(*br#"","#);
        });
    }
    to.put(*br#""code":"#);
    to.put([b'0' + code.number(), b'}']);
}

/// A text behind its name; nothing if it is empty.
#[inline(always)]
fn put_text<const N: usize>(to: &mut Cursor<'_>, name: [u8; N], text: &[u8]) {
    if !text.is_empty() {
        to.put(name);
        Text::inside(to, text);
        to.put(*b"\"");
    }
}

/// A number behind its name; nothing if it is zero.
#[inline(always)]
fn put_count<const N: usize>(to: &mut Cursor<'_>, name: [u8; N], count: u32) {
    if count > 0 {
        to.rarely(move |to| {
            to.put(name);
            put_u64(to, count.into());
        });
    }
}

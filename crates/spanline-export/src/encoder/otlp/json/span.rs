//! `Span`, `Event`, `Link` and `Status` as JSON; for their fields see the binary form.
//!
//! Attributes, events and links are lists of their own here, so the record is walked once for the
//! attributes, and again from the first event and from the first link on, where there are any.

use super::value::push_attribute;
use crate::encoder::buffer::Buffer;
use crate::encoder::otlp::{flags, span_flags};
use crate::encoder::text::{DECIMAL, Level, Text, push_u64, put_u64};
use crate::encoder::{EncodeError, check};
use spanline_core::hex::encode_u64;
use spanline_core::record::{EventHead, Header, Items, LinkHead, Tag};
use spanline_core::status::StatusCode;
use spanline_core::view::SpanView;

/// Appends one `Span`.
#[inline]
pub(super) fn push_span(span: &SpanView<'_>, out: &mut Buffer) -> Result<(), EncodeError> {
    let record = span.raw();
    let header = &check(&record)?;
    push_ids(header, out);
    push_text(out, br#","name":""#, record.name());
    let (start, end) = span.times_unix_nanos();
    let mut to = out.room(8 + 1 + 22 + DECIMAL + 21 + DECIMAL + 1);
    to.put(*br#","kind":"#);
    to.put([b'0' + header.kind_status.kind().number()]);
    to.put(*br#","startTimeUnixNano":""#);
    put_u64(&mut to, start);
    to.put(*br#"","endTimeUnixNano":""#);
    put_u64(&mut to, end);
    to.put(*b"\"");
    drop(to);
    let rest = push_attributes(record.items(), header.attributes, out)?;
    push_text(out, br#","traceState":""#, rest.trace_state);
    push_count(
        out,
        br#","droppedAttributesCount":"#,
        header.dropped_attributes.into(),
    );
    if header.events > 0 {
        push_events(span, rest.notes, header.events, out)?;
    }
    push_count(
        out,
        br#","droppedEventsCount":"#,
        header.dropped_events.into(),
    );
    if header.flags.has_links() {
        push_links(rest.notes, out);
    }
    push_count(out, br#","droppedLinksCount":"#, rest.dropped_links);
    push_status(header.kind_status.status(), rest.status_text, out);
    out.push_array(*br#","flags":"#);
    push_u64(out, span_flags(header).into());
    out.push_array(*b"}");
    Ok(())
}

/// `{"traceId":…,"spanId":…,"parentSpanId":…`; a root has no parent.
#[inline(always)]
fn push_ids(header: &Header, out: &mut Buffer) {
    let parent = if header.parent_id == 0 { 0 } else { 18 + 16 };
    let mut to = out.cursor(12 + 32 + 12 + 16 + parent + 1);
    to.put(*br#"{"traceId":""#);
    to.put(encode_u64(header.trace_high));
    to.put(encode_u64(header.trace_low));
    to.put(*br#"","spanId":""#);
    to.put(encode_u64(header.span_id));
    if header.parent_id != 0 {
        to.put(*br#"","parentSpanId":""#);
        to.put(encode_u64(header.parent_id));
    }
    to.put(*b"\"");
}

/// What the walk over the attributes came by.
#[derive(Default)]
struct Rest<'a> {
    /// From the first event or link on.
    notes: Items<'a>,
    trace_state: &'a [u8],
    status_text: &'a [u8],
    dropped_links: u32,
}

/// Appends the attributes that stand in the record, at least `expected`.
#[inline]
fn push_attributes<'a>(
    mut items: Items<'a>,
    expected: u16,
    out: &mut Buffer,
) -> Result<Rest<'a>, EncodeError> {
    let mut rest = Rest::default();
    let mut has_notes = false;
    let mut seen = 0;
    loop {
        let here = items;
        let Some(item) = items.next() else { break };
        match item.tag {
            tag if tag.is_attribute() => {
                out.push(if seen == 0 {
                    br#","attributes":["#
                } else {
                    b","
                });
                push_attribute(out, &item);
                seen += 1;
            }
            Tag::Event | Tag::EventAt | Tag::Link if !has_notes => {
                rest.notes = here;
                has_notes = true;
            }
            Tag::TraceState => rest.trace_state = item.value,
            Tag::StatusText => rest.status_text = item.value,
            Tag::DroppedLinks => {
                let count = item.value.first_chunk();
                rest.dropped_links = count.map_or(0, |n| u32::from_le_bytes(*n));
            }
            _ => {}
        }
    }
    if seen > 0 {
        out.push_array(*b"]");
    }
    if seen < expected {
        Err(EncodeError::Malformed)
    } else {
        Ok(rest)
    }
}

#[inline]
fn push_events(
    span: &SpanView<'_>,
    items: Items<'_>,
    expected: u16,
    out: &mut Buffer,
) -> Result<(), EncodeError> {
    let mut opening: &[u8] = br#","events":["#;
    let mut seen = 0;
    for event in items.filter_map(|item| EventHead::read(&item)) {
        let nanos = match event.is_unix {
            true => event.time,
            false => span.times().unix_nanos(event.time),
        };
        out.push(opening);
        opening = b",";
        let mut to = out.room(17 + DECIMAL + 1);
        to.put(*br#"{"timeUnixNano":""#);
        put_u64(&mut to, nanos);
        to.put(*b"\"");
        drop(to);
        push_text(out, br#","name":""#, event.name);
        push_nested(event.attributes, event.dropped, out);
        out.push_array(*b"}");
        seen += 1;
    }
    if seen < expected {
        return Err(EncodeError::Malformed);
    }
    out.push_array(*b"]");
    Ok(())
}

fn push_links(items: Items<'_>, out: &mut Buffer) {
    let mut opening: &[u8] = br#","links":["#;
    for link in items.filter_map(|item| LinkHead::read(&item)) {
        out.push(opening);
        opening = b",";
        let mut to = out.cursor(12 + 32 + 12 + 16 + 1);
        to.put(*br#"{"traceId":""#);
        to.put(encode_u64(link.trace_high));
        to.put(encode_u64(link.trace_low));
        to.put(*br#"","spanId":""#);
        to.put(encode_u64(link.span_id));
        to.put(*b"\"");
        push_text(out, br#","traceState":""#, link.trace_state);
        push_nested(link.attributes, link.dropped, out);
        out.push_array(*br#","flags":"#);
        push_u64(out, flags(link.flags, link.remote).into());
        out.push_array(*b"}");
    }
    if opening == b"," {
        out.push_array(*b"]");
    }
}

/// Attributes of an event or a link, and how many of them were dropped.
#[inline]
fn push_nested(items: Items<'_>, dropped: u16, out: &mut Buffer) {
    let mut opening: &[u8] = br#","attributes":["#;
    for item in items.filter(|item| item.tag.is_attribute()) {
        out.push(opening);
        opening = b",";
        push_attribute(out, &item);
    }
    if opening == b"," {
        out.push_array(*b"]");
    }
    push_count(out, br#","droppedAttributesCount":"#, dropped.into());
}

#[inline]
fn push_status(code: StatusCode, text: &[u8], out: &mut Buffer) {
    if code == StatusCode::Unset {
        return;
    }
    out.push_array(*br#","status":{"#);
    if !text.is_empty() {
        out.push_array(*br#""message":""#);
        Text::inside(out, text);
        out.push_array(*br#"","#);
    }
    out.push_array(*br#""code":"#);
    out.push_array([b'0' + code.number(), b'}']);
}

/// A text behind its name; nothing if it is empty.
#[inline]
fn push_text(out: &mut Buffer, name: &[u8], text: &[u8]) {
    if !text.is_empty() {
        out.push(name);
        Text::inside(out, text);
        out.push_array(*b"\"");
    }
}

/// A number behind its name; nothing if it is zero.
#[inline]
fn push_count(out: &mut Buffer, name: &[u8], count: u32) {
    if count > 0 {
        out.push(name);
        push_u64(out, count.into());
    }
}

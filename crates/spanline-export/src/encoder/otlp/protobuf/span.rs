//! `Span`, and inside it `Event`, `Link` and `Status`.
//!
//! ```text
//! Span   1: bytes trace_id   2: bytes span_id   3: string trace_state   4: bytes parent_span_id
//!        5: string name   6: SpanKind kind   7: fixed64 start_time_unix_nano
//!        8: fixed64 end_time_unix_nano   9: repeated KeyValue attributes
//!        10: uint32 dropped_attributes_count   11: repeated Event events
//!        12: uint32 dropped_events_count   13: repeated Link links
//!        14: uint32 dropped_links_count   15: Status status   16: fixed32 flags
//! Event  1: fixed64 time_unix_nano   2: string name   3: repeated KeyValue attributes
//!        4: uint32 dropped_attributes_count
//! Link   1: bytes trace_id   2: bytes span_id   3: string trace_state
//!        4: repeated KeyValue attributes   5: uint32 dropped_attributes_count   6: fixed32 flags
//! Status 2: string message   3: StatusCode code
//! ```

use super::value::put_attribute;
use super::wire::{BYTES, FIXED32, FIXED64, VARINT, key, put_count, put_message, put_text};
use crate::encoder::buffer::{Buffer, Cursor};
use crate::encoder::otlp::{flags, span_flags};
use crate::encoder::{EncodeError, Opened, count, for_each_attribute, open};
use spanline_core::record::{EventHead, Header, LinkHead, Tag};
use spanline_core::status::StatusCode;
use spanline_core::view::SpanView;

/// ScopeSpans.2: spans
const SPAN: u8 = key(2, BYTES);

/// Span.16: flags. The varint of `16 << 3 | FIXED32`, which takes two bytes.
const FLAGS: [u8; 2] = [0x80 | FIXED32, 1];

/// Appends one `Span`.
#[inline]
pub(super) fn push_span(span: &SpanView<'_>, out: &mut Buffer) -> Result<(), EncodeError> {
    let size = span.raw().bytes().len();
    out.write(128 + 2 * size, |to| {
        to.apart(|to| put_message(to, SPAN, size, |to| put_fields(to, span)))
    })
}

/// The fields of a span, in one walk over the record.
#[inline(always)]
fn put_fields(to: &mut Cursor<'_>, span: &SpanView<'_>) -> Result<(), EncodeError> {
    let record = span.raw();
    let Opened {
        header,
        name,
        items,
    } = open(record)?;
    put_head(to, span, &header, name);
    let (mut attributes, mut events) = (0, 0);
    // Span.9: attributes
    let notes = for_each_attribute(items, |item| {
        put_attribute(to, key(9, BYTES), item);
        attributes += 1;
    });
    let mut status_text: &[u8] = &[];
    for item in notes {
        match item.tag {
            tag if tag.is_attribute() => {
                to.rarely(move |to| put_attribute(to, key(9, BYTES), &item));
                attributes += 1;
            }
            Tag::Event | Tag::EventAt => {
                if let Some(event) = EventHead::read(&item) {
                    put_event(to, span, &event, item.value.len());
                    events += 1;
                }
            }
            Tag::Link => {
                if let Some(link) = LinkHead::read(&item) {
                    put_link(to, &link, item.value.len());
                }
            }
            // Span.3: trace_state
            Tag::TraceState => put_text(to, key(3, BYTES), item.value),
            Tag::StatusText => status_text = item.value,
            // Span.14: dropped_links_count
            Tag::DroppedLinks => put_count(to, key(14, VARINT), count(item.value)),
            _ => {}
        }
    }
    if attributes < header.attributes || events < header.events {
        return Err(EncodeError::Malformed);
    }
    // Span.10 and Span.12: dropped_attributes_count, dropped_events_count
    put_count(to, key(10, VARINT), header.dropped_attributes.into());
    put_count(to, key(12, VARINT), header.dropped_events.into());
    put_status(to, header.kind_status.status(), status_text);
    let [a, b, c, d] = span_flags(&header).to_le_bytes();
    to.put([FLAGS[0], FLAGS[1], a, b, c, d]);
    Ok(())
}

/// Span.1, 2 and 4 to 8: ids, of which a root has no parent's, name, kind and times.
#[inline(always)]
fn put_head(to: &mut Cursor<'_>, span: &SpanView<'_>, header: &Header, name: &[u8]) {
    to.put([key(1, BYTES), 16]);
    to.put(header.trace_high.to_be_bytes());
    to.put(header.trace_low.to_be_bytes());
    to.put([key(2, BYTES), 8]);
    to.put(header.span_id.to_be_bytes());
    if header.parent_id != 0 {
        to.put([key(4, BYTES), 8]);
        to.put(header.parent_id.to_be_bytes());
    }
    // A name whose length takes one byte comes here, any other one behind the times.
    let is_short = name.len() < 0x80;
    if is_short {
        put_text(to, key(5, BYTES), name);
    }
    // Kind and times are never left out.
    let (start, end) = span.times_unix_nanos();
    let kind = header.kind_status.kind().number();
    to.put([key(6, VARINT), kind, key(7, FIXED64)]);
    to.put(start.to_le_bytes());
    to.put([key(8, FIXED64)]);
    to.put(end.to_le_bytes());
    if !is_short {
        put_text(to, key(5, BYTES), name);
    }
}

/// Span.11: events
#[inline(always)]
fn put_event(to: &mut Cursor<'_>, span: &SpanView<'_>, event: &EventHead<'_>, size: usize) {
    let nanos = match event.is_unix {
        true => event.time,
        false => span.times().unix_nanos(event.time),
    };
    put_message(to, key(11, BYTES), size + event.name.len(), |to| {
        // Event.1: time_unix_nano
        to.put([key(1, FIXED64)]);
        to.put(nanos.to_le_bytes());
        // Event.2: name
        put_text(to, key(2, BYTES), event.name);
        // Event.3: attributes
        for item in event.attributes.filter(|item| item.tag.is_attribute()) {
            put_attribute(to, key(3, BYTES), &item);
        }
        // Event.4: dropped_attributes_count
        put_count(to, key(4, VARINT), event.dropped.into());
    });
}

/// Span.13: links
#[inline(always)]
fn put_link(to: &mut Cursor<'_>, link: &LinkHead<'_>, size: usize) {
    put_message(to, key(13, BYTES), size, |to| {
        // Link.1, Link.2 and Link.6: trace_id, span_id, flags
        to.put([key(1, BYTES), 16]);
        to.put(link.trace_high.to_be_bytes());
        to.put(link.trace_low.to_be_bytes());
        to.put([key(2, BYTES), 8]);
        to.put(link.span_id.to_be_bytes());
        to.put([key(6, FIXED32)]);
        to.put(flags(link.flags, link.remote).to_le_bytes());
        // Link.3: trace_state
        put_text(to, key(3, BYTES), link.trace_state);
        // Link.4: attributes
        for item in link.attributes.filter(|item| item.tag.is_attribute()) {
            put_attribute(to, key(4, BYTES), &item);
        }
        // Link.5: dropped_attributes_count
        put_count(to, key(5, VARINT), link.dropped.into());
    });
}

/// Span.15: status, left out if it is unset.
#[inline(always)]
fn put_status(to: &mut Cursor<'_>, code: StatusCode, text: &[u8]) {
    // Status.3: code
    let code = match code {
        StatusCode::Unset => return,
        code => [key(3, VARINT), code.number()],
    };
    if text.is_empty() {
        return to.put([key(15, BYTES), 2, code[0], code[1]]);
    }
    to.rarely(move |to| {
        put_message(to, key(15, BYTES), 4 + text.len(), |to| {
            // Status.2: message
            put_text(to, key(2, BYTES), text);
            to.put(code);
        });
    });
}

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

use super::value::push_attribute;
use super::wire::{BYTES, FIXED32, FIXED64, Message, VARINT, key, push_count, push_text};
use crate::encoder::buffer::Buffer;
use crate::encoder::otlp::{flags, span_flags};
use crate::encoder::{EncodeError, check};
use spanline_core::record::{EventHead, Header, LinkHead, Tag};
use spanline_core::status::StatusCode;
use spanline_core::view::SpanView;

/// ScopeSpans.2: spans
const SPAN: u8 = key(2, BYTES);

/// Span.16: flags. The varint of `16 << 3 | FIXED32`, which takes two bytes.
const FLAGS: [u8; 2] = [0x80 | FIXED32, 1];

/// Appends one `Span`, in one walk over the record.
#[inline]
pub(super) fn push_span(span: &SpanView<'_>, out: &mut Buffer) -> Result<(), EncodeError> {
    let record = span.raw();
    let header = &check(&record)?;
    let message = Message::begin(out, SPAN, record.bytes().len());
    push_head(span, header, record.name(), out);
    let (mut attributes, mut events) = (0, 0);
    let mut status_text: &[u8] = &[];
    for item in record.items() {
        match item.tag {
            // Span.9: attributes
            tag if tag.is_attribute() => {
                push_attribute(out, key(9, BYTES), &item);
                attributes += 1;
            }
            Tag::Event | Tag::EventAt => {
                if let Some(event) = EventHead::read(&item) {
                    push_event(span, &event, item.value.len(), out);
                    events += 1;
                }
            }
            Tag::Link => {
                if let Some(link) = LinkHead::read(&item) {
                    push_link(&link, item.value.len(), out);
                }
            }
            // Span.3: trace_state
            Tag::TraceState => push_text(out, key(3, BYTES), item.value),
            Tag::StatusText => status_text = item.value,
            // Span.14: dropped_links_count
            Tag::DroppedLinks => {
                let count = item
                    .value
                    .first_chunk()
                    .map_or(0, |n| u32::from_le_bytes(*n));
                push_count(out, key(14, VARINT), count);
            }
            _ => {}
        }
    }
    if attributes < header.attributes || events < header.events {
        return Err(EncodeError::Malformed);
    }
    if header.dropped_attributes | header.dropped_events != 0 {
        push_dropped(header, out);
    }
    push_status(header.kind_status.status(), status_text, out);
    let [a, b, c, d] = span_flags(header).to_le_bytes();
    out.push_array([FLAGS[0], FLAGS[1], a, b, c, d]);
    message.end(out);
    Ok(())
}

/// Span.1, 2 and 4 to 8: ids, of which a root has no parent's, name, kind and times.
#[inline(always)]
fn push_head(span: &SpanView<'_>, header: &Header, name: &[u8], out: &mut Buffer) {
    let parent = if header.parent_id == 0 { 0 } else { 2 + 8 };
    // A name whose length takes one byte goes through the same cursor; any other one comes behind.
    let is_short = !name.is_empty() && name.len() < 0x80;
    let short: &[u8] = if is_short { name } else { &[] };
    let key_of_name = if is_short { 2 } else { 0 };
    let (start, end) = span.times_unix_nanos();
    let mut to = out.cursor(18 + 10 + parent + key_of_name + short.len() + 2 + 9 + 9);
    to.put([key(1, BYTES), 16]);
    to.put(header.trace_high.to_be_bytes());
    to.put(header.trace_low.to_be_bytes());
    to.put([key(2, BYTES), 8]);
    to.put(header.span_id.to_be_bytes());
    if header.parent_id != 0 {
        to.put([key(4, BYTES), 8]);
        to.put(header.parent_id.to_be_bytes());
    }
    if is_short {
        to.put([key(5, BYTES), name.len() as u8]);
        to.put_bytes(short);
    }
    // Never left out
    let kind = header.kind_status.kind().number();
    to.put([key(6, VARINT), kind, key(7, FIXED64)]);
    to.put(start.to_le_bytes());
    to.put([key(8, FIXED64)]);
    to.put(end.to_le_bytes());
    if !is_short {
        push_text(out, key(5, BYTES), name);
    }
}

/// Span.10 and Span.12: dropped_attributes_count, dropped_events_count
#[cold]
fn push_dropped(header: &Header, out: &mut Buffer) {
    push_count(out, key(10, VARINT), header.dropped_attributes.into());
    push_count(out, key(12, VARINT), header.dropped_events.into());
}

/// Span.11: events
#[inline]
fn push_event(span: &SpanView<'_>, event: &EventHead<'_>, size: usize, out: &mut Buffer) {
    let message = Message::begin(out, key(11, BYTES), size + event.name.len());
    let nanos = match event.is_unix {
        true => event.time,
        false => span.times().unix_nanos(event.time),
    };
    // Event.1: time_unix_nano
    let mut to = out.cursor(9);
    to.put([key(1, FIXED64)]);
    to.put(nanos.to_le_bytes());
    // Event.2: name
    push_text(out, key(2, BYTES), event.name);
    // Event.3: attributes
    for item in event.attributes.filter(|item| item.tag.is_attribute()) {
        push_attribute(out, key(3, BYTES), &item);
    }
    // Event.4: dropped_attributes_count
    push_count(out, key(4, VARINT), event.dropped.into());
    message.end(out);
}

/// Span.13: links
#[inline]
fn push_link(link: &LinkHead<'_>, size: usize, out: &mut Buffer) {
    let message = Message::begin(out, key(13, BYTES), size);
    // Link.1, Link.2 and Link.6: trace_id, span_id, flags
    let mut to = out.cursor(18 + 10 + 5);
    to.put([key(1, BYTES), 16]);
    to.put(link.trace_high.to_be_bytes());
    to.put(link.trace_low.to_be_bytes());
    to.put([key(2, BYTES), 8]);
    to.put(link.span_id.to_be_bytes());
    to.put([key(6, FIXED32)]);
    to.put(flags(link.flags, link.remote).to_le_bytes());
    // Link.3: trace_state
    push_text(out, key(3, BYTES), link.trace_state);
    // Link.4: attributes
    for item in link.attributes.filter(|item| item.tag.is_attribute()) {
        push_attribute(out, key(4, BYTES), &item);
    }
    // Link.5: dropped_attributes_count
    push_count(out, key(5, VARINT), link.dropped.into());
    message.end(out);
}

/// Span.15: status, left out if it is unset.
#[inline]
fn push_status(code: StatusCode, text: &[u8], out: &mut Buffer) {
    // Status.3: code
    let code = match code {
        StatusCode::Unset => return,
        code => [key(3, VARINT), code.number()],
    };
    if text.is_empty() {
        return out.push_array([key(15, BYTES), 2, code[0], code[1]]);
    }
    let message = Message::begin(out, key(15, BYTES), 4 + text.len());
    // Status.2: message
    push_text(out, key(2, BYTES), text);
    out.push_array(code);
    message.end(out);
}

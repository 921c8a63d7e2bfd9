//! `Span`, and inside it `SpanRef` and `Log`.
//!
//! ```text
//! Span 1: required i64 traceIdLow     2: required i64 traceIdHigh    3: required i64 spanId
//!      4: required i64 parentSpanId   5: required string operationName
//!      6: optional list<SpanRef> references   7: required i32 flags   8: required i64 startTime
//!      9: required i64 duration   10: optional list<Tag> tags   11: optional list<Log> logs
//! SpanRef 1: required SpanRefType refType   2: required i64 traceIdLow
//!         3: required i64 traceIdHigh       4: required i64 spanId
//! Log 1: required i64 timestamp   2: required list<Tag> fields
//! ```
//!
//! Times are microseconds, cut off (not rounded) from nanoseconds. The record is walked once for
//! the attributes; events come behind them or between them, so the logs begin at the first event or
//! link. Fields come in the order of their numbers, as every Thrift library writes them.

use super::fixed::Fixed;
use super::protocol::{Protocol, STOP, field, put_list, put_optional_list};
use super::tags::{ROOM, put_item, put_long, put_plain_items, put_string};
use crate::encoder::buffer::{Buffer, Cursor};
use crate::encoder::extras::{ScopeNames, ScopeTags};
use crate::encoder::{EncodeError, Opened, count, open};
use spanline_core::kind::SpanKind;
use spanline_core::record::{EventHead, Items, LinkHead, RawRecord, Tag};
use spanline_core::status::StatusCode;
use spanline_core::view::SpanView;

/// SpanRefType.FOLLOWS_FROM
const FOLLOWS_FROM: u32 = 1;

/// Span.flags: sampled. The debug bit, 2, is not the W3C random bit of the same value, so trace
/// flags are never copied here.
const SAMPLED: u32 = 1;

/// Appends one `Span`.
#[inline]
pub(super) fn push_span<P: Protocol>(
    span: &SpanView<'_>,
    scope: &ScopeTags,
    fixed: &Fixed,
    out: &mut Buffer,
) -> Result<(), EncodeError> {
    out.write(3 * span.raw().bytes().len(), |to| {
        to.apart(|to| put_span::<P>(to, span, scope, fixed))
    })
}

#[inline(always)]
fn put_span<P: Protocol>(
    to: &mut Cursor<'_>,
    span: &SpanView<'_>,
    scope: &ScopeTags,
    fixed: &Fixed,
) -> Result<(), EncodeError> {
    let record = span.raw();
    let Opened {
        header,
        name,
        items,
    } = open(record)?;
    if to.lacks(ROOM) {
        return Ok(());
    }
    // Span.1 to Span.4: ids, the parent's 0 for a root
    P::put_i64(to, field(1, 0), header.trace_low);
    P::put_i64(to, field(2, 1), header.trace_high);
    P::put_i64(to, field(3, 2), header.span_id);
    P::put_i64(to, field(4, 3), header.parent_id);
    // Span.5: operationName
    P::put_string(to, field(5, 4), name.len());
    to.put_bytes(name);
    if to.lacks(ROOM) {
        return Ok(());
    }
    // Events and links stand behind the attributes. Looked for only where there are some.
    let has_links = header.flags.has_links();
    let has_notes = has_links || header.events > 0;
    let notes = if has_notes {
        items.behind_attributes()
    } else {
        Items::default()
    };
    // Span.6: references
    let mut before = 5;
    if has_links && put_references::<P>(to, notes) > 0 {
        before = 6;
    }
    // Span.7 to Span.9: flags, startTime, duration. The duration is the difference of the cut times,
    // so that the end that is shown is the cut end, and an event at the very end does not lie behind it.
    if to.lacks(ROOM) {
        return Ok(());
    }
    let (start, end) = span.times_unix_nanos();
    let duration = (end / 1000).saturating_sub(start / 1000);
    let sampled = header.flags.trace_flags().is_sampled();
    P::put_i32(to, field(7, before), if sampled { SAMPLED } else { 0 });
    P::put_i64(to, field(8, 7), start / 1000);
    P::put_i64(to, field(9, 8), duration);
    // Span.10: tags
    let tags = put_tags::<P>(to, record, items, scope, fixed)?;
    // Span.11: logs
    if has_notes {
        let before = if tags > 0 { 10 } else { 9 };
        put_logs::<P>(to, span, before, notes, start)?;
    }
    to.put([STOP]);
    Ok(())
}

/// Every link is a FOLLOWS_FROM reference. A link without a valid context refers to nothing; its
/// attributes are in the logs.
#[inline(always)]
fn put_references<P: Protocol>(to: &mut Cursor<'_>, items: Items<'_>) -> u32 {
    put_optional_list::<P>(to, field(6, 5), 1, |to| {
        let mut count = 0;
        for link in items
            .filter_map(|item| LinkHead::read(&item))
            .filter(is_reference)
        {
            if to.lacks(ROOM) {
                break;
            }
            // SpanRef.1 to SpanRef.4: refType, trace ids, spanId
            P::put_i32(to, field(1, 0), FOLLOWS_FROM);
            P::put_i64(to, field(2, 1), link.trace_low);
            P::put_i64(to, field(3, 2), link.trace_high);
            P::put_i64(to, field(4, 3), link.span_id);
            to.put([STOP]);
            count += 1;
        }
        count
    })
}

fn is_reference(link: &LinkHead<'_>) -> bool {
    link.span_id != 0 && (link.trace_low | link.trace_high) != 0
}

/// The span's attributes, then what the mapping adds. Where the mapping has a tag, an attribute of
/// the same name gives way, so that keys stay unique.
///
/// Returns how many tags there are.
#[inline(always)]
fn put_tags<P: Protocol>(
    to: &mut Cursor<'_>,
    record: RawRecord<'_>,
    mut items: Items<'_>,
    scope: &ScopeTags,
    fixed: &Fixed,
) -> Result<u32, EncodeError> {
    let header = record.header();
    let fixed = fixed.tags(header.kind_status);
    let about = u32::from(header.attributes) + fixed.count + scope.identity_tags;
    let mut seen = 0;
    let mut given_way = 0;
    let tags = put_optional_list::<P>(to, field(10, 9), about, |to| {
        let mut status_text: &[u8] = &[];
        let mut trace_state: &[u8] = &[];
        let mut dropped_links = 0;
        loop {
            seen += put_plain_items::<P>(to, &mut items, may_give_way);
            let Some(item) = items.next() else { break };
            match item.tag {
                Tag::StatusText => status_text = item.value,
                Tag::TraceState => trace_state = item.value,
                Tag::DroppedLinks => dropped_links = count(item.value),
                tag if tag.is_attribute() => {
                    seen += 1;
                    if may_give_way(item.key) && gives_way(item.key, record, &scope.names) {
                        given_way += 1;
                    } else {
                        put_item::<P>(to, &item);
                    }
                }
                _ => {}
            }
        }
        let mut tags = seen - given_way + fixed.count + scope.identity_tags;
        to.put_run(fixed.encoded.as_bytes());
        let is_error = header.kind_status.status() == StatusCode::Error;
        if is_error && !status_text.is_empty() {
            to.rarely(|to| put_string::<P>(to, b"otel.status_description", status_text));
            tags += 1;
        }
        let dropped = u32::from(header.dropped_attributes | header.dropped_events) | dropped_links;
        if dropped > 0 {
            tags += to.rarely(|to| put_dropped::<P>(to, record));
        }
        if !trace_state.is_empty() {
            to.rarely(|to| put_string::<P>(to, b"w3c.tracestate", trace_state));
            tags += 1;
        }
        to.put_run(scope.identity.as_bytes());
        tags + scope.extras.put(to, record)
    });
    if seen < u32::from(header.attributes) {
        return Err(EncodeError::Malformed);
    }
    Ok(tags)
}

/// Whether the mapping may write a tag of this name. Told by the first two bytes, because nearly
/// every key of a program ends here.
#[inline(always)]
fn may_give_way(key: &[u8]) -> bool {
    const BEGINNINGS: [u16; 4] = [
        u16::from_le_bytes(*b"er"),
        u16::from_le_bytes(*b"sp"),
        u16::from_le_bytes(*b"w3"),
        u16::from_le_bytes(*b"ot"),
    ];
    let begins = |key: &[u8; 2]| BEGINNINGS.contains(&u16::from_le_bytes(*key));
    key.first_chunk().is_some_and(begins)
}

/// Whether the mapping writes a tag of this name, which [may give way](may_give_way).
#[cold]
#[inline(never)]
fn gives_way(key: &[u8], record: RawRecord<'_>, scope: &ScopeNames) -> bool {
    let header = record.header();
    let status = header.kind_status.status();
    let has = |tag| record.find(tag).is_some_and(|value| !value.is_empty());
    match key {
        b"error" => status == StatusCode::Error,
        b"span.kind" => header.kind_status.kind() != SpanKind::Internal,
        b"w3c.tracestate" => has(Tag::TraceState),
        b"otel.status_code" => status != StatusCode::Unset,
        b"otel.status_description" => has(Tag::StatusText),
        b"otel.dropped_attributes_count" => header.dropped_attributes > 0,
        b"otel.dropped_events_count" => header.dropped_events > 0,
        b"otel.dropped_links_count" => record.dropped_links() > 0,
        _ => scope.contain(key),
    }
}

fn put_dropped<P: Protocol>(to: &mut Cursor<'_>, record: RawRecord<'_>) -> u32 {
    let header = record.header();
    let counts: [(&[u8], u32); 3] = [
        (
            b"otel.dropped_attributes_count",
            header.dropped_attributes.into(),
        ),
        (b"otel.dropped_events_count", header.dropped_events.into()),
        (b"otel.dropped_links_count", record.dropped_links()),
    ];
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    counts
        .map(|(key, count)| put_long::<P>(to, key, count.into()))
        .count() as u32
}

/// Every event is a log; a link's attributes, for which a reference has no place, are one too.
#[inline(always)]
fn put_logs<P: Protocol>(
    to: &mut Cursor<'_>,
    span: &SpanView<'_>,
    before: u8,
    items: Items<'_>,
    start: u64,
) -> Result<(), EncodeError> {
    let mut events = 0;
    let about = u32::from(span.raw().header().events);
    put_optional_list::<P>(to, field(11, before), about, |to| {
        let mut links = 0;
        for item in items {
            if let Some(event) = EventHead::read(&item) {
                let nanos = match event.is_unix {
                    true => event.time,
                    false => span.times().unix_nanos(event.time),
                };
                put_log::<P>(to, nanos, 1 + u32::from(event.count), |to| {
                    put_event::<P>(to, &event)
                });
                events += 1;
            } else if let Some(link) = LinkHead::read(&item).filter(|link| link.count > 0) {
                to.rarely(move |to| {
                    put_log::<P>(to, start, 3 + u32::from(link.count), |to| {
                        put_link::<P>(to, &link)
                    });
                });
                links += 1;
            }
        }
        events + links
    });
    if events < about {
        return Err(EncodeError::Malformed);
    }
    Ok(())
}

/// One `Log`; `fields` writes its tags, about so many, and says how many they are. The list is
/// required, so it is there if it is empty, too.
#[inline(always)]
fn put_log<P: Protocol>(
    to: &mut Cursor<'_>,
    nanos: u64,
    about: u32,
    fields: impl FnOnce(&mut Cursor<'_>) -> u32,
) {
    if to.lacks(ROOM) {
        return;
    }
    P::put_i64(to, field(1, 0), nanos / 1000);
    put_list::<P>(to, field(2, 1), about, fields);
    to.put([STOP]);
}

/// The event's name under `event`, unless it has an attribute of that name, which then wins.
#[inline(always)]
fn put_event<P: Protocol>(to: &mut Cursor<'_>, event: &EventHead<'_>) -> u32 {
    let mut count = 0;
    if event.count == 0 || !event.attributes.clone().any(|item| item.key == b"event") {
        put_string::<P>(to, b"event", event.name);
        count += 1;
    }
    count + put_nested::<P>(to, event.attributes, event.dropped, &[])
}

/// The form that the specification suggests for a link's attributes.
fn put_link<P: Protocol>(to: &mut Cursor<'_>, link: &LinkHead<'_>) -> u32 {
    let high = spanline_core::hex::encode_u64(link.trace_high);
    let low = spanline_core::hex::encode_u64(link.trace_low);
    let mut trace = [0; 32];
    for (to, from) in trace.iter_mut().zip(high.into_iter().chain(low)) {
        *to = from;
    }
    let span = spanline_core::hex::encode_u64(link.span_id);
    put_string::<P>(to, b"event", b"link");
    put_string::<P>(to, b"trace_id", &trace);
    put_string::<P>(to, b"span_id", &span);
    let taken: [&[u8]; 3] = [b"event", b"trace_id", b"span_id"];
    3 + put_nested::<P>(to, link.attributes, link.dropped, &taken)
}

/// Attributes of an event or a link, and how many of them were dropped.
#[inline(always)]
fn put_nested<P: Protocol>(
    to: &mut Cursor<'_>,
    mut items: Items<'_>,
    dropped: u16,
    taken: &[&[u8]],
) -> u32 {
    const DROPPED: &[u8] = b"otel.dropped_attributes_count";
    let is_taken = |key: &[u8]| taken.contains(&key) || (dropped > 0 && key == DROPPED);
    let mut count = 0;
    loop {
        count += put_plain_items::<P>(to, &mut items, |_| dropped > 0 || !taken.is_empty());
        let Some(item) = items.next() else { break };
        if item.tag.is_attribute() && !is_taken(item.key) {
            put_item::<P>(to, &item);
            count += 1;
        }
    }
    if dropped > 0 {
        to.rarely(move |to| put_long::<P>(to, DROPPED, dropped.into()));
        count += 1;
    }
    count
}

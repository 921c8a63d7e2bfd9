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
use super::protocol::{FIELD, List, Protocol, STOP, field};
use super::tags::{push_item, push_long, push_string};
use crate::encoder::buffer::Buffer;
use crate::encoder::extras::{KeyFilter, ScopeNames, ScopeTags};
use crate::encoder::{EncodeError, check};
use spanline_core::kind::SpanKind;
use spanline_core::record::{EventHead, Header, Item, Items, LinkHead, RawRecord, Tag};
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
    let record = span.raw();
    let header = &check(&record)?;
    let name = record.name();
    {
        let mut to = out.room(5 * FIELD + name.len());
        // Span.1 to Span.4: ids, the parent's 0 for a root
        P::put_i64(&mut to, field(1, 0), header.trace_low);
        P::put_i64(&mut to, field(2, 1), header.trace_high);
        P::put_i64(&mut to, field(3, 2), header.span_id);
        P::put_i64(&mut to, field(4, 3), header.parent_id);
        // Span.5: operationName
        P::put_string(&mut to, field(5, 4), name.len());
        to.put_bytes(name);
    }
    // Span.6: references. Looked for only where there are links: they stand behind the attributes.
    let mut before = 5;
    if header.flags.has_links() && push_references::<P>(record.items().behind_attributes(), out) > 0
    {
        before = 6;
    }
    // Span.7 to Span.9: flags, startTime, duration. The duration is the difference of the cut times,
    // so that an event at the very end does not lie behind it.
    let (start, end) = span.times_unix_nanos();
    let duration = (end / 1000).saturating_sub(start / 1000);
    let sampled = header.flags.trace_flags().is_sampled();
    {
        let mut to = out.room(3 * FIELD);
        P::put_i32(&mut to, field(7, before), if sampled { SAMPLED } else { 0 });
        P::put_i64(&mut to, field(8, 7), start / 1000);
        P::put_i64(&mut to, field(9, 8), duration);
    }
    // Span.10: tags
    let (tags, notes) = push_tags::<P>(&record, header, scope, fixed, out)?;
    if let Some(items) = notes {
        // Span.11: logs
        let before = if tags > 0 { 10 } else { 9 };
        push_logs::<P>(span, header, before, items, start, out)?;
    } else if header.events > 0 {
        return Err(EncodeError::Malformed);
    }
    out.push_array([STOP]);
    Ok(())
}

/// Every link is a FOLLOWS_FROM reference. A link without a valid context refers to nothing; its
/// attributes are in the logs.
fn push_references<P: Protocol>(items: Items<'_>, out: &mut Buffer) -> u32 {
    let list = List::begin::<P>(out, field(6, 5), 0);
    let mut count = 0;
    for link in items
        .filter_map(|item| LinkHead::read(&item))
        .filter(is_reference)
    {
        {
            let mut to = out.room(4 * FIELD + 1);
            P::put_i32(&mut to, field(1, 0), FOLLOWS_FROM);
            P::put_i64(&mut to, field(2, 1), link.trace_low);
            P::put_i64(&mut to, field(3, 2), link.trace_high);
            P::put_i64(&mut to, field(4, 3), link.span_id);
            to.put([STOP]);
        }
        count += 1;
    }
    list.end_optional::<P>(out, count);
    count
}

fn is_reference(link: &LinkHead<'_>) -> bool {
    link.span_id != 0 && (link.trace_low | link.trace_high) != 0
}

/// The span's attributes, then what the mapping adds. Where the mapping has a tag, an attribute of
/// the same name gives way, so that keys stay unique.
///
/// Returns how many tags there are, and the items from the first event or link on, if there is one.
#[inline]
fn push_tags<'a, P: Protocol>(
    record: &RawRecord<'a>,
    header: &Header,
    scope: &ScopeTags,
    fixed: &Fixed,
    out: &mut Buffer,
) -> Result<(u32, Option<Items<'a>>), EncodeError> {
    let list = List::begin::<P>(out, field(10, 9), 0);
    let mut added = Added::of(record, header, scope.names);
    let filtered = !scope.extras.filter().is_empty();
    let mut used = KeyFilter::default();
    let mut seen = 0;
    let mut count = 0;
    let mut notes = None;
    let mut items = record.items();
    loop {
        let here = items;
        let Some(item) = items.next() else { break };
        if !item.tag.is_attribute() {
            if matches!(item.tag, Tag::Event | Tag::EventAt | Tag::Link) {
                notes = notes.or(Some(here));
            }
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
        push_item::<P>(out, &item);
        count += 1;
    }
    if seen < header.attributes {
        return Err(EncodeError::Malformed);
    }
    count += fixed.push(added.kind, added.status, out);
    count += added.push::<P>(out);
    out.push(scope.identity.as_bytes());
    count += scope.identity_tags;
    count += scope.extras.append(out, used, record);
    list.end_optional::<P>(out, count);
    Ok((count, notes))
}

/// Which tags the mapping itself adds to a span.
struct Added<'r, 'a> {
    record: &'r RawRecord<'a>,
    header: &'r Header,
    scope: ScopeNames,
    kind: SpanKind,
    status: StatusCode,
    /// Found while the attributes are walked, because they are items like those.
    status_text: &'a [u8],
    trace_state: &'a [u8],
    dropped_links: u32,
}

impl<'r, 'a> Added<'r, 'a> {
    #[inline]
    fn of(record: &'r RawRecord<'a>, header: &'r Header, scope: ScopeNames) -> Added<'r, 'a> {
        Added {
            record,
            header,
            scope,
            kind: header.kind_status.kind(),
            status: header.kind_status.status(),
            status_text: &[],
            trace_state: &[],
            dropped_links: 0,
        }
    }

    /// Keeps an item that is no attribute but becomes a tag.
    #[inline]
    fn note(&mut self, item: &Item<'a>) {
        match item.tag {
            Tag::StatusText => self.status_text = item.value,
            Tag::TraceState => self.trace_state = item.value,
            Tag::DroppedLinks => {
                self.dropped_links = item
                    .value
                    .first_chunk()
                    .map_or(0, |n| u32::from_le_bytes(*n));
            }
            _ => {}
        }
    }

    /// Whether the mapping writes a tag of this name. Told apart by the first byte, because nearly
    /// every key of a program ends here.
    #[inline]
    fn contains(&self, key: &[u8]) -> bool {
        match key.first() {
            Some(b'e') => key == b"error" && self.status == StatusCode::Error,
            Some(b's') => key == b"span.kind" && self.kind != SpanKind::Internal,
            Some(b'w') => key == b"w3c.tracestate" && self.has(Tag::TraceState),
            Some(b'o') => key.starts_with(b"otel.") && self.contains_otel(key),
            _ => false,
        }
    }

    #[cold]
    fn contains_otel(&self, key: &[u8]) -> bool {
        let header = self.header;
        match key {
            b"otel.status_code" => self.status != StatusCode::Unset,
            b"otel.status_description" => self.has(Tag::StatusText),
            b"otel.dropped_attributes_count" => header.dropped_attributes > 0,
            b"otel.dropped_events_count" => header.dropped_events > 0,
            b"otel.dropped_links_count" => self.record.dropped_links() > 0,
            _ => self.scope.contain(key),
        }
    }

    #[cold]
    fn has(&self, tag: Tag) -> bool {
        self.record.find(tag).is_some_and(|value| !value.is_empty())
    }

    /// Appends the tags whose values are not known beforehand, and returns how many.
    #[inline]
    fn push<P: Protocol>(&self, out: &mut Buffer) -> u32 {
        let mut count = 0;
        if self.status == StatusCode::Error && !self.status_text.is_empty() {
            push_string::<P>(out, b"otel.status_description", self.status_text);
            count += 1;
        }
        let header = self.header;
        if u32::from(header.dropped_attributes | header.dropped_events) | self.dropped_links != 0 {
            count += self.push_dropped::<P>(out);
        }
        if !self.trace_state.is_empty() {
            push_string::<P>(out, b"w3c.tracestate", self.trace_state);
            count += 1;
        }
        count
    }

    #[cold]
    fn push_dropped<P: Protocol>(&self, out: &mut Buffer) -> u32 {
        let header = self.header;
        let counts: [(&[u8], u32); 3] = [
            (
                b"otel.dropped_attributes_count",
                header.dropped_attributes.into(),
            ),
            (b"otel.dropped_events_count", header.dropped_events.into()),
            (b"otel.dropped_links_count", self.dropped_links),
        ];
        let counts = counts.into_iter().filter(|(_, count)| *count > 0);
        counts
            .map(|(key, count)| push_long::<P>(out, key, count.into()))
            .count() as u32
    }
}

/// Every event is a log; a link's attributes, for which a reference has no place, are one too.
#[inline]
fn push_logs<P: Protocol>(
    span: &SpanView<'_>,
    header: &Header,
    before: u8,
    items: Items<'_>,
    start: u64,
    out: &mut Buffer,
) -> Result<(), EncodeError> {
    let list = List::begin::<P>(out, field(11, before), 0);
    let mut events = 0;
    let mut links = 0;
    for item in items {
        if let Some(event) = EventHead::read(&item) {
            let nanos = match event.is_unix {
                true => event.time,
                false => span.times().unix_nanos(event.time),
            };
            push_log::<P>(nanos, |out| push_event::<P>(&event, out), out);
            events += 1;
        } else if let Some(link) = LinkHead::read(&item).filter(|link| link.count > 0) {
            push_log::<P>(start, |out| push_link::<P>(&link, out), out);
            links += 1;
        }
    }
    if events < u32::from(header.events) {
        return Err(EncodeError::Malformed);
    }
    list.end_optional::<P>(out, events + links);
    Ok(())
}

/// One `Log`; `fields` appends its tags and says how many. The list is required, so it is there if
/// it is empty, too.
#[inline]
fn push_log<P: Protocol>(nanos: u64, fields: impl FnOnce(&mut Buffer) -> u32, out: &mut Buffer) {
    P::put_i64(&mut out.room(FIELD), field(1, 0), nanos / 1000);
    let list = List::begin::<P>(out, field(2, 1), 0);
    let count = fields(out);
    list.end::<P>(out, count);
    out.push_array([STOP]);
}

/// The event's name under `event`, unless it has an attribute of that name, which then wins.
#[inline]
fn push_event<P: Protocol>(event: &EventHead<'_>, out: &mut Buffer) -> u32 {
    let mut count = 0;
    if !event.attributes.clone().any(|item| item.key == b"event") {
        push_string::<P>(out, b"event", event.name);
        count += 1;
    }
    count + push_nested::<P>(event.attributes, event.dropped, &[], out)
}

/// The form that the specification suggests for a link's attributes.
#[cold]
#[inline(never)]
fn push_link<P: Protocol>(link: &LinkHead<'_>, out: &mut Buffer) -> u32 {
    let high = spanline_core::hex::encode_u64(link.trace_high);
    let low = spanline_core::hex::encode_u64(link.trace_low);
    let mut trace = [0; 32];
    for (to, from) in trace.iter_mut().zip(high.into_iter().chain(low)) {
        *to = from;
    }
    push_string::<P>(out, b"event", b"link");
    push_string::<P>(out, b"trace_id", &trace);
    push_string::<P>(
        out,
        b"span_id",
        &spanline_core::hex::encode_u64(link.span_id),
    );
    let taken: [&[u8]; 3] = [b"event", b"trace_id", b"span_id"];
    3 + push_nested::<P>(link.attributes, link.dropped, &taken, out)
}

/// Attributes of an event or a link, and how many of them were dropped.
#[inline(always)]
fn push_nested<P: Protocol>(
    items: Items<'_>,
    dropped: u16,
    taken: &[&[u8]],
    out: &mut Buffer,
) -> u32 {
    const DROPPED: &[u8] = b"otel.dropped_attributes_count";
    let mut count = 0;
    for item in items.filter(|item| item.tag.is_attribute()) {
        if taken.contains(&item.key) || (dropped > 0 && item.key == DROPPED) {
            continue;
        }
        push_item::<P>(out, &item);
        count += 1;
    }
    if dropped > 0 {
        push_long::<P>(out, DROPPED, dropped.into());
        count += 1;
    }
    count
}

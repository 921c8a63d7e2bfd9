//! `Span`: ids, name, kind and times; the rest by the neighbours.

use super::remote::put_remote_endpoint;
use super::repeats::Repeats;
use super::tags::{put_annotations, put_tags};
use crate::encoder::buffer::{Buffer, Cursor};
use crate::encoder::extras::ScopeTags;
use crate::encoder::text::{Level, Text, put_hex, put_u64};
use crate::encoder::{EncodeError, Opened, open};
use spanline_core::kind::SpanKind;
use spanline_core::record::Header;
use spanline_core::view::SpanView;

/// Appends one `Span`.
#[inline]
pub(super) fn push_span(
    span: &SpanView<'_>,
    local_endpoint: &[u8],
    scope: &ScopeTags,
    repeats: &mut Repeats,
    out: &mut Buffer,
) -> Result<(), EncodeError> {
    out.write(512 + 2 * span.raw().bytes().len(), |to| {
        to.apart(|to| put_span(to, span, local_endpoint, scope, repeats))
    })
}

#[inline(always)]
fn put_span(
    to: &mut Cursor<'_>,
    span: &SpanView<'_>,
    local_endpoint: &[u8],
    scope: &ScopeTags,
    repeats: &mut Repeats,
) -> Result<(), EncodeError> {
    let record = span.raw();
    let Opened {
        header,
        name,
        items,
    } = open(record)?;
    put_ids(to, &header);
    // Span.name: as it is; servers make it lower-case
    if !name.is_empty() {
        to.put(*br#","name":""#);
        Text::inside(to, name);
        to.put(*b"\"");
    }
    // Span.kind: absent for an internal span
    let kind = header.kind_status.kind();
    to.put_bytes(match kind {
        SpanKind::Internal => br#","timestamp":"#,
        SpanKind::Client => br#","kind":"CLIENT","timestamp":"#,
        SpanKind::Server => br#","kind":"SERVER","timestamp":"#,
        SpanKind::Producer => br#","kind":"PRODUCER","timestamp":"#,
        SpanKind::Consumer => br#","kind":"CONSUMER","timestamp":"#,
    });
    // Span.timestamp and Span.duration: microseconds, a duration of at least 1. The duration is the
    // exact one, cut: OpenTelemetry's mapping makes 1234 ns 1 µs, whatever the start. (Jaeger's is the
    // difference of the cut times, which shows the cut end and is 2 µs for a start of 900 ns.)
    let (start, end) = span.times_unix_nanos();
    let duration = (end.saturating_sub(start) / 1000).max(1);
    put_u64(to, start / 1000);
    to.put(*br#","duration":"#);
    put_u64(to, duration);
    // Span.localEndpoint
    to.put_run(local_endpoint);
    // Span.remoteEndpoint
    if matches!(kind, SpanKind::Client | SpanKind::Producer) {
        *to = put_remote_endpoint(std::mem::take(to), record);
    }
    // Span.annotations
    if header.events > 0 {
        to.apart(|to| put_annotations(to, span, items.behind_attributes(), repeats))?;
    }
    // Span.tags
    to.apart(|to| put_tags(to, record, items, scope))?;
    to.put(*b"}");
    Ok(())
}

/// `{"traceId":…,"parentId":…,"id":…`
#[inline(always)]
fn put_ids(to: &mut Cursor<'_>, header: &Header) {
    // Span.traceId: always 32 digits
    to.put(*br#"{"traceId":""#);
    put_hex(to, header.trace_high);
    put_hex(to, header.trace_low);
    // Span.parentId: absent for a root
    if header.parent_id != 0 {
        to.put(*br#"","parentId":""#);
        put_hex(to, header.parent_id);
    }
    // Span.id
    to.put(*br#"","id":""#);
    put_hex(to, header.span_id);
    to.put(*b"\"");
}

//! `Span`: ids, name, kind and times; the rest by the neighbours.

use super::remote::push_remote_endpoint;
use super::tags::{push_annotations, push_tags};
use crate::encoder::buffer::Buffer;
use crate::encoder::extras::ScopeTags;
use crate::encoder::text::{DECIMAL, Level, Text, put_u64};
use crate::encoder::{EncodeError, check};
use spanline_core::hex::encode_u64;
use spanline_core::kind::SpanKind;
use spanline_core::record::Header;
use spanline_core::view::SpanView;

/// Appends one `Span`.
#[inline]
pub(super) fn push_span(
    span: &SpanView<'_>,
    local_endpoint: &[u8],
    scope: &ScopeTags,
    out: &mut Buffer,
) -> Result<(), EncodeError> {
    let record = span.raw();
    let header = &check(&record)?;
    push_ids(header, out);
    // Span.name: as it is; servers make it lower-case
    let name = record.name();
    if !name.is_empty() {
        out.push_array(*br#","name":""#);
        Text::inside(out, name);
        out.push_array(*b"\"");
    }
    // Span.kind: absent for an internal span
    let kind = header.kind_status.kind();
    out.push(match kind {
        SpanKind::Internal => br#","timestamp":"#,
        SpanKind::Client => br#","kind":"CLIENT","timestamp":"#,
        SpanKind::Server => br#","kind":"SERVER","timestamp":"#,
        SpanKind::Producer => br#","kind":"PRODUCER","timestamp":"#,
        SpanKind::Consumer => br#","kind":"CONSUMER","timestamp":"#,
    });
    // Span.timestamp and Span.duration: microseconds, a duration of at least 1
    let (start, end) = span.times_unix_nanos();
    let duration = (end.saturating_sub(start) / 1000).max(1);
    let mut to = out.room(DECIMAL + 12 + DECIMAL + local_endpoint.len());
    put_u64(&mut to, start / 1000);
    to.put(*br#","duration":"#);
    put_u64(&mut to, duration);
    // Span.localEndpoint
    to.put_bytes(local_endpoint);
    drop(to);
    // Span.remoteEndpoint
    if matches!(kind, SpanKind::Client | SpanKind::Producer) {
        push_remote_endpoint(&record, out);
    }
    // Span.annotations
    if header.events > 0 {
        push_annotations(span, out)?;
    }
    // Span.tags
    push_tags(&record, scope, out)?;
    out.push_array(*b"}");
    Ok(())
}

/// `{"traceId":…,"parentId":…,"id":…`
#[inline]
fn push_ids(header: &Header, out: &mut Buffer) {
    let parent = if header.parent_id == 0 { 0 } else { 14 + 16 };
    let mut to = out.cursor(12 + 32 + parent + 8 + 16 + 1);
    // Span.traceId: always 32 digits
    to.put(*br#"{"traceId":""#);
    to.put(encode_u64(header.trace_high));
    to.put(encode_u64(header.trace_low));
    // Span.parentId: absent for a root
    if header.parent_id != 0 {
        to.put(*br#"","parentId":""#);
        to.put(encode_u64(header.parent_id));
    }
    // Span.id
    to.put(*br#"","id":""#);
    to.put(encode_u64(header.span_id));
    to.put(*b"\"");
}

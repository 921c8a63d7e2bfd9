//! The OpenTelemetry protocol: `ExportTraceServiceRequest` of opentelemetry-proto, version 1, in
//! protobuf and in protobuf's JSON.
//!
//! Both forms nest alike: one `ResourceSpans` per request, since a batch has one resource; in it a
//! `ScopeSpans` for each instrumentation scope, which is what encoders call a group here; in it the
//! spans. What belongs to a resource or a scope alone is encoded once and kept (`kept.rs`). Over
//! which transport a request goes is not known here.

mod json;
mod protobuf;
mod kept;
mod reply;
#[cfg(test)]
mod messages;

pub use json::OtlpJson;
pub use protobuf::OtlpProtobuf;
#[doc(hidden)]
pub use reply::check_otlp_response;

use spanline_core::record::{Header, RawRecord};

/// `SpanFlags`: SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK, always set, because we always know.
const HAS_IS_REMOTE: u32 = 0x100;

/// `SpanFlags`: SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK.
const IS_REMOTE: u32 = 0x200;

/// `Span.flags`: the span's W3C flags, and whether its parent is remote.
#[inline]
fn span_flags(header: &Header) -> u32 {
    let own = header.flags.trace_flags().bits();
    flags(own, header.kind_status.parent_is_remote())
}

/// `Span.flags` or `Link.flags` from the W3C flags and what is known of the context.
#[inline]
fn flags(trace_flags: u8, is_remote: bool) -> u32 {
    let remote = if is_remote { IS_REMOTE } else { 0 };
    u32::from(trace_flags) | HAS_IS_REMOTE | remote
}

/// The scope that groups a span.
#[inline]
fn scope_of(record: &RawRecord<'_>) -> u16 {
    record.header().scope
}

#[cfg(test)]
mod tests;

//! Jaeger's Thrift model: the `Batch` struct of `jaeger.thrift`, alone or in a message of
//! `agent.thrift`.
//!
//! A collector takes the bare struct over HTTP ([`JaegerBatch`]); an agent takes it in a message, one
//! a datagram ([`JaegerMessage`]). The structs are generic over Thrift's [`Protocol`] and written in
//! the order of their fields; how a value becomes a tag is in `tags.rs`. The mapping is that of the
//! OpenTelemetry specification, "OpenTelemetry to Jaeger Transformation".
//!
//! ```text
//! Batch   1: required Process process   2: required list<Span> spans
//!         3: optional i64 seqNo         4: optional ClientStats stats
//! Process 1: required string serviceName   2: optional list<Tag> tags
//! ```

mod message;
mod process;
mod span;
mod fixed;
mod tags;
mod compact;
mod binary;
mod protocol;

pub use binary::Binary;
pub use compact::Compact;
pub use message::JaegerMessage;
pub use protocol::{Field, Protocol};

use super::buffer::Buffer;
use super::extras::{ScopeCache, ScopeTags};
use super::{EncodeError, Encoder};
use fixed::Fixed;
use protocol::{HEAD, Open, STOP, field};
use spanline_core::resource::Resource;
use spanline_core::view::SpanView;
use std::marker::PhantomData;

/// Encodes batches as a bare `Batch` struct.
///
/// The process (the resource) and the tags of each instrumentation scope are encoded once and kept
/// until the resource changes.
#[derive(Debug)]
pub struct JaegerBatch<P> {
    process: process::Process,
    scopes: ScopeCache,
    fixed: Fixed,
    /// The list in progress.
    spans: Open,
    /// How many spans the last request had: the next one's list is begun with room for as many, so
    /// that it rarely has to move.
    about: u32,
    protocol: PhantomData<P>,
}

/// A bare `Batch` in Thrift's binary protocol, as a collector takes it over HTTP.
pub type JaegerBinary = JaegerBatch<Binary>;

impl<P: Protocol> JaegerBatch<P> {
    /// An encoder that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        JaegerBatch {
            process: process::Process::default(),
            scopes: ScopeCache::default(),
            fixed: Fixed::new::<P>(),
            spans: Open::default(),
            about: 0,
            protocol: PhantomData,
        }
    }

    /// Ends the list of spans.
    fn end_spans(&mut self, spans: u32, out: &mut Buffer) {
        self.spans.end::<P>(out, spans);
        self.about = spans;
    }

    /// The length of a request once [`end_spans`](Self::end_spans) has set right the size of the
    /// list.
    fn len_with(&self, len: usize, spans: u32) -> usize {
        self.spans.len_with::<P>(len, spans)
    }
}

impl<P: Protocol> Default for JaegerBatch<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Protocol> Encoder for JaegerBatch<P> {
    fn twin(&self) -> Option<Self> {
        Some(Self::new())
    }

    /// Documented by Jaeger since 1.0; collectors also take `application/x-thrift`. They take the
    /// binary protocol only.
    fn content_type(&self) -> &'static str {
        "application/vnd.apache.thrift.binary"
    }

    fn head(&mut self, resource: &Resource, out: &mut Buffer) {
        // Batch.1: process
        out.write(HEAD, |to| P::put_struct(to, field(1, 0)));
        out.push(self.process.encoded::<P>(resource));
        // Batch.2: spans; their number is set right by `finish`
        self.spans = Open::begin::<P>(out, field(2, 1), self.about);
    }

    #[inline]
    fn span(&mut self, span: &SpanView<'_>, out: &mut Buffer) -> Result<(), EncodeError> {
        let scope = span.raw().header().scope;
        let make = |scope: spanline_core::scope::Scope<'_>| {
            ScopeTags::new(&scope, tags::put_value::<P>, tags::is_reserved)
        };
        let scope = self.scopes.get(scope, make);
        span::push_span::<P>(span, scope, &self.fixed, out)
    }

    fn tail(&self) -> &'static [u8] {
        &[STOP]
    }

    fn finished_len(&self, len: usize, spans: u32) -> usize {
        self.len_with(len, spans) + self.tail().len()
    }

    fn finish(&mut self, spans: u32, out: &mut Buffer) {
        self.end_spans(spans, out);
        out.push(self.tail());
    }
}

#[cfg(test)]
mod tests;

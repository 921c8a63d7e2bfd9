//! `emitBatch`: a batch as the one-way message that an agent takes, whole in one datagram.
//!
//! ```text
//! service Agent { oneway void emitBatch(1: jaeger.Batch batch) }
//! ClientStats 1: required i64 fullQueueDroppedSpans   2: required i64 tooLargeDroppedSpans
//!             3: required i64 failedToEmitSpans
//! ```
//!
//! Datagrams may be lost, so each batch has a number, and says how many spans never got that far.

use super::protocol::{Protocol, STOP, field};
use super::{EncodeError, Encoder, JaegerBatch};
use crate::encoder::buffer::Buffer;
use spanline_core::export::Exported;
use spanline_core::resource::Resource;
use spanline_core::view::SpanView;
use std::fmt;
use std::sync::Arc;

/// Encodes batches as messages `emitBatch` of `agent.thrift`.
///
/// `Batch.seqNo` counts the messages from 1. `Batch.stats` is there as soon as there is a loss to
/// tell: its numbers are sums since the encoder was made.
pub struct JaegerMessage<P> {
    batch: JaegerBatch<P>,
    /// How many messages there were.
    pub(crate) sent: u64,
    pub(crate) stats: Stats,
    /// What stands behind the spans of the next message.
    rest: Buffer,
    /// Asks how many spans the queue turned away.
    queue: Option<Arc<dyn Fn() -> u64 + Send + Sync>>,
}

/// `ClientStats`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stats {
    full_queue_dropped: u64,
    too_large_dropped: u64,
    failed_to_emit: u64,
}

impl<P: Protocol> JaegerMessage<P> {
    /// An encoder that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        JaegerMessage {
            batch: JaegerBatch::new(),
            sent: 0,
            stats: Stats::default(),
            rest: Buffer::new(),
            queue: None,
        }
    }

    /// Where `ClientStats.fullQueueDroppedSpans` comes from: an encoder sees only what the queue let
    /// through. Asked once a batch; 0 without it.
    #[must_use]
    pub fn full_queue_dropped(mut self, count: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.queue = Some(Arc::new(count));
        self
    }

    /// Encodes what stands behind the spans of the next message.
    fn prepare_rest(&mut self) {
        let (number, stats) = (self.sent + 1, self.stats);
        self.rest.truncate(0);
        self.rest.write(64, |to| {
            // Batch.3: seqNo
            P::put_i64(to, field(3, 2), number);
            // Batch.4: stats
            if stats != Stats::default() {
                P::put_struct(to, field(4, 3));
                P::put_i64(to, field(1, 0), stats.full_queue_dropped);
                P::put_i64(to, field(2, 1), stats.too_large_dropped);
                P::put_i64(to, field(3, 2), stats.failed_to_emit);
                to.put([STOP]);
            }
            // The ends of the batch and of the message's arguments.
            to.put([STOP, STOP]);
        });
    }
}

impl<P: Protocol> Default for JaegerMessage<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Protocol> Encoder for JaegerMessage<P> {
    fn twin(&self) -> Option<Self> {
        Some(JaegerMessage {
            queue: self.queue.clone(),
            ..JaegerMessage::new()
        })
    }

    /// Datagrams have none; over HTTP it would be this.
    fn content_type(&self) -> &'static str {
        "application/x-thrift"
    }

    fn head(&mut self, resource: &Resource, out: &mut Buffer) {
        if let Some(queue) = &self.queue {
            self.stats.full_queue_dropped = queue();
        }
        self.prepare_rest();
        out.write(64, |to| {
            P::put_oneway(to, "emitBatch");
            // The arguments, of which there is one: 1, the batch
            P::put_struct(to, field(1, 0));
        });
        self.batch.head(resource, out);
    }

    #[inline]
    fn span(&mut self, span: &SpanView<'_>, out: &mut Buffer) -> Result<(), EncodeError> {
        self.batch.span(span, out)
    }

    fn finished_len(&self, len: usize, spans: u32) -> usize {
        self.batch.len_with(len, spans) + self.rest.len()
    }

    fn finish(&mut self, spans: u32, out: &mut Buffer) {
        self.batch.end_spans(spans, out);
        out.push(self.rest.as_bytes());
        self.sent += 1;
        self.prepare_rest();
    }

    fn account(&mut self, exported: &Exported) {
        self.stats.too_large_dropped += exported.oversize;
        self.stats.failed_to_emit += exported.failed + exported.encode_error;
    }
}

impl<P> fmt::Debug for JaegerMessage<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JaegerMessage")
            .field("sent", &self.sent)
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}

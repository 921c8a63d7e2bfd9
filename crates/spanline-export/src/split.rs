//! Cuts a batch into requests of at most so many bytes.
//!
//! Stands between encoder and transport: it drives the encoder span by span and hands over each
//! request when the next span would not fit. The order of spans is kept, but for a format that groups
//! them, where only the order within a group is. A span that cannot be encoded, or is too large for a
//! request of its own, is left out and counted. Nothing is sent here.

mod property;
#[cfg(feature = "jaeger")]
mod packets;

#[cfg(feature = "jaeger")]
#[doc(hidden)]
pub use packets::check_packets;
#[doc(hidden)]
pub use property::check_split;

use crate::encoder::{Buffer, Encoder};
use spanline_core::export::{Batch, Exported};
use spanline_core::view::SpanView;
use std::ops::ControlFlow;

/// The largest request unless told otherwise: 64 MiB, before any compression (the OpenTelemetry
/// protocol exporter's default, used for every wire here).
pub const DEFAULT_MAX_REQUEST_SIZE: usize = 64 * 1024 * 1024;

/// A buffer above this is given back after the batch that needed it.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// One request: the bytes, and how many spans are in them.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Complete, from head to tail.
    pub body: &'a [u8],
    /// At least one.
    pub spans: u32,
}

/// The buffers of a splitter; kept from batch to batch.
#[derive(Debug, Default)]
pub struct Splitter {
    /// The request that is being written.
    request: Buffer,
    /// The span that did not fit into it.
    overflow: Buffer,
    /// Group and number of each span, where groups lie mixed in a batch.
    order: Vec<u64>,
}

/// The group that is open in a request.
#[derive(Clone, Copy)]
struct Open {
    group: Option<u16>,
    /// Bytes of its beginning.
    lead: usize,
}

impl Splitter {
    /// A splitter without buffers yet.
    #[must_use]
    pub const fn new() -> Self {
        Splitter {
            request: Buffer::new(),
            overflow: Buffer::new(),
            order: Vec::new(),
        }
    }

    /// Encodes the batch and calls `send` with each request in turn, until there are no more or
    /// `send` breaks off. A batch without a span to send makes no request.
    ///
    /// Returns what was left out, `oversize` and `encode_error`: of the whole batch, or of what stands
    /// before the break, since the rest is then not encoded.
    pub fn split<E>(
        &mut self,
        encoder: &mut E,
        batch: Batch<'_>,
        max_bytes: usize,
        send: impl FnMut(Request<'_>) -> ControlFlow<()>,
    ) -> Exported
    where
        E: Encoder + ?Sized,
    {
        let mut order = std::mem::take(&mut self.order);
        let out = if sort(encoder, batch, &mut order) {
            let spans = order.iter().filter_map(|place| batch.get(number(*place)));
            self.write(encoder, batch, spans, max_bytes, send)
        } else {
            self.write(encoder, batch, batch.iter(), max_bytes, send)
        };
        self.order = order;
        self.request.shrink_above(KEPT_BYTES);
        self.overflow.shrink_above(KEPT_BYTES);
        out
    }

    #[inline]
    fn write<'a, E>(
        &mut self,
        encoder: &mut E,
        batch: Batch<'a>,
        order: impl Iterator<Item = SpanView<'a>>,
        max_bytes: usize,
        mut send: impl FnMut(Request<'_>) -> ControlFlow<()>,
    ) -> Exported
    where
        E: Encoder + ?Sized,
    {
        let mut out = Exported::ALL;
        self.request.truncate(0);
        encoder.head(batch.resource(), &mut self.request);
        // Not the same for all requests: one may say how many spans it is about to hold.
        let mut head = self.request.len();
        let mut open = Open {
            group: None,
            lead: 0,
        };
        let mut spans = 0;
        let mut seen = 0;
        for span in order {
            seen += 1;
            let before = self.request.len();
            let here = self.place(encoder, &span, open, spans);
            let start = self.request.len();
            if encoder.span(&span, &mut self.request).is_err() {
                self.request.truncate(before);
                out.encode_error += 1;
                continue;
            }
            let length = self.request.len();
            if encoder.finished_len(length, spans + 1) <= max_bytes {
                spans += 1;
                open = here;
                continue;
            }
            let alone = head + here.lead + (length - start);
            if encoder.finished_len(alone, 1) > max_bytes {
                self.request.truncate(before);
                out.oversize += 1;
                continue;
            }
            self.overflow.truncate(0);
            self.overflow
                .push(self.request.as_bytes().get(start..).unwrap_or_default());
            self.request.truncate(before);
            encoder.finish(spans, &mut self.request);
            let request = Request {
                body: self.request.as_bytes(),
                spans,
            };
            if send(request).is_break() {
                return out;
            }
            self.request.truncate(0);
            encoder.head(batch.resource(), &mut self.request);
            head = self.request.len();
            open = self.place(encoder, &span, here, 0);
            self.request.push(self.overflow.as_bytes());
            spans = 1;
            // Requests that are numbered may have got longer with the new number.
            if encoder.finished_len(self.request.len(), spans) > max_bytes {
                self.request.truncate(head);
                out.oversize += 1;
                spans = 0;
            }
        }
        // A record that is none is not handed out by the batch, but was counted by it.
        out.encode_error += (batch.len() as u64).saturating_sub(seen);
        if spans > 0 {
            encoder.finish(spans, &mut self.request);
            // Nothing comes behind it that it could break off.
            let _ = send(Request {
                body: self.request.as_bytes(),
                spans,
            });
        }
        out
    }

    /// Writes what stands in front of a span: a separator, or the beginning of its group.
    #[inline]
    fn place<E>(&mut self, encoder: &mut E, span: &SpanView<'_>, open: Open, spans: u32) -> Open
    where
        E: Encoder + ?Sized,
    {
        let group = encoder.group(span);
        if spans > 0 && group == open.group {
            self.request.push(encoder.separator());
            return open;
        }
        if spans > 0 {
            self.request.push(encoder.group_separator());
        }
        let start = self.request.len();
        encoder.begin_group(span, &mut self.request);
        Open {
            group,
            lead: self.request.len() - start,
        }
    }
}

/// Finds an order in which every group stands together. False if the batch has it already, as it
/// does if the format knows no groups or the spans have one scope.
fn sort<E>(encoder: &E, batch: Batch<'_>, order: &mut Vec<u64>) -> bool
where
    E: Encoder + ?Sized,
{
    let first = batch.iter().next();
    let Some(mut last) = first.and_then(|span| encoder.group(&span)) else {
        return false;
    };
    let sorted = batch.iter().all(|span| {
        let group = encoder.group(&span).unwrap_or(0);
        let ascends = last <= group;
        last = group;
        ascends
    });
    if sorted {
        return false;
    }
    order.clear();
    order.extend((0..batch.len()).filter_map(|n| {
        let group = encoder.group(&batch.get(n)?)?;
        Some(u64::from(group) << 48 | n as u64)
    }));
    order.sort_unstable();
    true
}

/// The span's number from an entry of the order.
fn number(place: u64) -> usize {
    (place & ((1 << 48) - 1)) as usize
}

#[cfg(test)]
mod tests;

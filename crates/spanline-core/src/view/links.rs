//! A span's links.

use super::{Attributes, state, text};
use crate::id::{SpanId, TraceId};
use crate::record::{LinkHead, RawRecord};
use crate::span_context::SpanContext;
use crate::trace_flags::TraceFlags;
use std::fmt;

/// A relation to another span that is not parenthood.
#[derive(Clone, Copy)]
pub struct LinkView<'a> {
    head: LinkHead<'a>,
}

impl<'a> LinkView<'a> {
    /// The linked trace; `None` for a link that only carries attributes or trace state.
    pub fn trace_id(&self) -> Option<TraceId> {
        TraceId::from_u128(u128::from(self.head.trace_high) << 64 | u128::from(self.head.trace_low))
    }

    /// The linked span; `None` for a link that only carries attributes or trace state.
    pub fn span_id(&self) -> Option<SpanId> {
        SpanId::from_u64(self.head.span_id)
    }

    /// The linked context's trace flags.
    pub fn trace_flags(&self) -> TraceFlags {
        TraceFlags::from_bits(self.head.flags)
    }

    /// The linked context's trace state as W3C header text.
    pub fn trace_state(&self) -> &'a str {
        text(self.head.trace_state)
    }

    /// Whether the linked context came from another process.
    pub fn is_remote(&self) -> bool {
        self.head.remote
    }

    /// The linked context. Parses the trace state if there is one.
    pub fn span_context(&self) -> SpanContext {
        let head = &self.head;
        let state = state(self.trace_state());
        let flags = self.trace_flags();
        SpanContext::from_words(
            head.trace_high,
            head.trace_low,
            head.span_id,
            flags,
            head.remote,
            state,
        )
    }

    /// The link's attributes.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.head.attributes, self.head.count, self.head.dropped)
    }
}

impl fmt::Debug for LinkView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.span_context(), self.attributes())
    }
}

/// A span's links in the order of recording.
#[derive(Clone, Copy)]
pub struct Links<'a> {
    record: RawRecord<'a>,
}

impl<'a> Links<'a> {
    pub(super) fn new(record: RawRecord<'a>) -> Self {
        Links { record }
    }

    /// Walks the links.
    pub fn iter(&self) -> impl Iterator<Item = LinkView<'a>> + use<'a> {
        let links = self.record.header().flags.has_links();
        let items = links.then(|| self.record.items()).into_iter().flatten();
        items
            .filter_map(|item| LinkHead::read(&item))
            .map(|head| LinkView { head })
    }

    /// How many there are. Costs a walk over the record if there are any.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// How many were discarded for a limit.
    pub fn dropped(&self) -> u32 {
        self.record.dropped_links()
    }
}

impl fmt::Debug for Links<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

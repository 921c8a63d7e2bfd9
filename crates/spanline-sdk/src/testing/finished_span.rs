//! A finished span that stays.

use spanline_core::attribute::Value;
use spanline_core::id::{SpanId, TraceId};
use spanline_core::kind::SpanKind;
use spanline_core::record::{EventHead, RawRecord};
use spanline_core::resource::Resource;
use spanline_core::status::Status;
use spanline_core::view::{SpanView, Times};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A copy of a span as an exporter got it. Clones share it.
#[derive(Clone)]
pub struct FinishedSpan {
    record: Arc<[u8]>,
    times: Arc<Resolved>,
    resource: Resource,
}

impl FinishedSpan {
    pub(super) fn copy(span: &SpanView<'_>) -> Self {
        Self {
            record: span.raw().bytes().into(),
            times: Arc::new(Resolved::times_of(span)),
            resource: span.resource().clone(),
        }
    }

    /// All there is to read about the span.
    pub fn view(&self) -> SpanView<'_> {
        let record = RawRecord::new(&self.record).unwrap_or_default();
        SpanView::of(record, &*self.times, &self.resource)
    }

    /// The span's name.
    pub fn name(&self) -> &str {
        self.view().name()
    }

    /// The trace that the span belongs to.
    pub fn trace_id(&self) -> TraceId {
        self.view().trace_id()
    }

    /// The span's id.
    pub fn span_id(&self) -> SpanId {
        self.view().span_id()
    }

    /// The parent's span id; `None` for a root.
    pub fn parent_span_id(&self) -> Option<SpanId> {
        self.view().parent_span_id()
    }

    /// The span's kind.
    pub fn kind(&self) -> SpanKind {
        self.view().kind()
    }

    /// The span's status.
    pub fn status(&self) -> Status<'_> {
        self.view().status()
    }

    /// From start to end; zero if the end lies before the start.
    pub fn duration(&self) -> Duration {
        let view = self.view();
        Duration::from_nanos(
            view.end_unix_nanos()
                .saturating_sub(view.start_unix_nanos()),
        )
    }

    /// The value of an attribute; [`Value::Empty`] if the span has no such attribute.
    pub fn attribute(&self, key: &str) -> Value<'static> {
        let value = self.view().attributes().get(key);
        value.map_or(Value::Empty, |value| value.to_value().into_owned())
    }

    /// The names of the span's events, in the order of recording.
    pub fn event_names(&self) -> Vec<&str> {
        self.view()
            .events()
            .iter()
            .map(|event| event.name())
            .collect()
    }
}

impl fmt::Debug for FinishedSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

/// What the clock said about each of a span's ticks, so that the clock itself is not needed later.
struct Resolved {
    /// Ticks and the Unix nanoseconds they stand for, sorted.
    known: Vec<(u64, u64)>,
}

impl Resolved {
    fn times_of(span: &SpanView<'_>) -> Self {
        let record = span.raw();
        let header = record.header();
        let events = record.items().filter_map(|item| EventHead::read(&item));
        let ticks = [header.start, header.end]
            .into_iter()
            .chain(events.map(|event| event.time));
        // Unix times of the caller's are in there too, but nobody will ask for those.
        let mut known: Vec<_> = ticks
            .map(|ticks| (ticks, span.times().unix_nanos(ticks)))
            .collect();
        known.sort_unstable();
        known.dedup_by_key(|(ticks, _)| *ticks);
        Self { known }
    }
}

impl Times for Resolved {
    fn unix_nanos(&self, ticks: u64) -> u64 {
        let found = self
            .known
            .binary_search_by_key(&ticks, |(ticks, _)| *ticks)
            .ok();
        found
            .and_then(|at| self.known.get(at))
            .map_or(0, |(_, unix_nanos)| *unix_nanos)
    }
}

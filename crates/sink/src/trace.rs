//! A trace: the spans that arrived under one trace id.
//!
//! Built by the store, or from decoded spans by hand; drawn by `draw`.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::json;
use crate::model::{ReceivedSpan, TraceId};

/// The spans received under one trace id, in the order of their arrival.
///
/// A trace is never known to be complete: a span may always come later.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Trace {
    /// The id all spans share.
    pub trace_id: TraceId,
    /// The spans kept.
    pub spans: Vec<ReceivedSpan>,
    /// Spans that were received but not kept, because of the limits on memory.
    pub dropped_spans: u64,
    /// How often [`Sink::settled`](crate::Sink::settled) has handed out this trace before.
    pub updates: u32,
}

impl Trace {
    /// An empty trace.
    pub(crate) fn empty(trace_id: TraceId) -> Self {
        Self {
            trace_id,
            spans: Vec::new(),
            dropped_spans: 0,
            updates: 0,
        }
    }

    /// Sorts spans into traces, in the order in which the traces first appear.
    pub fn group(spans: impl IntoIterator<Item = ReceivedSpan>) -> Vec<Self> {
        let mut traces: Vec<Self> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for span in spans {
            let place = *places.entry(span.trace_id).or_insert(traces.len());
            if place == traces.len() {
                traces.push(Self::empty(span.trace_id));
            }
            if let Some(trace) = traces.get_mut(place) {
                trace.spans.push(span);
            }
        }
        traces
    }

    /// The first span with this name.
    pub fn span(&self, name: &str) -> Option<&ReceivedSpan> {
        self.spans.iter().find(|span| span.name == name)
    }

    /// The services that sent spans, sorted.
    pub fn services(&self) -> BTreeSet<&str> {
        self.spans.iter().map(ReceivedSpan::service).collect()
    }

    /// Number of failed spans.
    pub fn errors(&self) -> usize {
        self.spans.iter().filter(|span| span.is_error()).count()
    }

    /// Start of the earliest span, in microseconds since the epoch.
    pub fn start_us(&self) -> Option<u64> {
        self.spans.iter().filter_map(|span| span.start_us).min()
    }

    /// From the earliest start to the latest end, in microseconds.
    pub fn duration_us(&self) -> Option<u64> {
        let end = self.spans.iter().filter_map(ReceivedSpan::end_us).max()?;
        Some(end.saturating_sub(self.start_us()?))
    }

    /// The trace as one line of JSON, free of characters that steer a terminal.
    pub fn to_json(&self) -> String {
        json::line(self)
    }
}

impl ReceivedSpan {
    /// The span as one line of JSON, free of characters that steer a terminal.
    pub fn to_json(&self) -> String {
        json::line(self)
    }
}

//! The three limits, and that everything over them is counted.

use super::*;
use crate::model::SpanId;

fn keep(traces: usize, spans_per_trace: usize, bytes: usize) -> Keep {
    Keep {
        traces,
        spans_per_trace,
        bytes,
    }
}

/// Takes one payload of spans given as `(trace, span)`.
fn take(store: &Store, ids: &[(u128, u64)]) {
    let span = |&(trace, id)| ReceivedSpan::new(Format::ZipkinJson, TraceId(trace), SpanId(id));
    let mut spans: Vec<_> = ids.iter().map(span).collect();
    store.number(&mut spans);
    store.take(
        Decoded {
            spans,
            ..Decoded::default()
        },
        10,
    );
}

fn kept(store: &Store) -> Vec<(u128, usize)> {
    store
        .traces()
        .iter()
        .map(|trace| (trace.trace_id.0, trace.spans.len()))
        .collect()
}

#[test]
fn the_last_traces_are_kept_in_order_of_arrival() {
    let store = Store::new(keep(2, 10, usize::MAX));
    take(&store, &[(1, 1), (2, 1), (1, 2)]);
    assert_eq!(kept(&store), [(1, 2), (2, 1)]);
    take(&store, &[(3, 1), (2, 2)]);
    assert_eq!(kept(&store), [(2, 2), (3, 1)]);
    // A late span of a trace that was given up opens it anew.
    take(&store, &[(1, 3)]);
    assert_eq!(kept(&store), [(3, 1), (1, 1)]);
    let stats = store.stats();
    assert_eq!((stats.payloads, stats.bytes, stats.spans), (3, 30, 6));
    assert_eq!(
        (
            stats.evicted_traces,
            stats.evicted_spans,
            stats.dropped_spans
        ),
        (2, 4, 0)
    );
    let arrivals: Vec<u64> = store.traces()[1]
        .spans
        .iter()
        .map(|span| span.arrival)
        .collect();
    assert_eq!(arrivals, [6]);
}

#[test]
fn a_trace_keeps_its_first_spans() {
    let store = Store::new(keep(2, 2, usize::MAX));
    take(&store, &[(1, 1), (1, 2), (1, 3), (1, 4)]);
    assert_eq!(kept(&store), [(1, 2)]);
    assert_eq!(store.traces()[0].dropped_spans, 2);
    assert_eq!(store.stats().dropped_spans, 2);
}

#[test]
fn old_traces_make_room_for_bytes() {
    let one = ReceivedSpan::new(Format::ZipkinJson, TraceId(1), SpanId(1)).weight();
    let store = Store::new(keep(100, 100, one * 3));
    take(&store, &[(1, 1), (1, 2), (2, 1), (3, 1)]);
    assert_eq!(kept(&store), [(2, 1), (3, 1)]);
    // The oldest trace is never given up for itself.
    take(&store, &[(2, 2), (2, 3)]);
    assert_eq!(kept(&store), [(2, 2), (3, 1)]);
    let stats = store.stats();
    assert_eq!(
        (stats.evicted_spans, stats.dropped_spans, stats.spans),
        (2, 1, 6)
    );
}

#[test]
fn a_limit_below_one_span_drops_every_span() {
    let store = Store::new(keep(2, 2, 1));
    take(&store, &[(1, 1), (2, 1), (2, 2)]);
    assert_eq!(store.stats().dropped_spans, 3);
    assert!(store.traces().iter().all(|trace| trace.spans.is_empty()));
}

#[test]
fn settled_traces_are_handed_out_once_a_change() {
    let store = Store::new(keep(5, 5, usize::MAX));
    let ids = |traces: Vec<Trace>| -> Vec<_> {
        traces
            .iter()
            .map(|trace| (trace.trace_id.0, trace.updates))
            .collect()
    };
    take(&store, &[(1, 1), (2, 1)]);
    assert!(store.settled(Duration::from_secs(3600)).is_empty());
    assert_eq!(ids(store.settled(Duration::ZERO)), [(1, 0), (2, 0)]);
    assert!(store.settled(Duration::ZERO).is_empty());
    take(&store, &[(2, 2)]);
    assert_eq!(ids(store.settled(Duration::ZERO)), [(2, 1)]);
}

#[test]
fn the_last_reasons_are_remembered_and_all_are_counted() {
    let store = Store::new(keep(1, 1, 1));
    for number in 0..MALFORMED_KEPT + 5 {
        let reason = number.to_string();
        store.refuse(Malformed {
            format: Format::ZipkinJson,
            status: 400,
            reason,
        });
    }
    assert_eq!(store.stats().malformed, MALFORMED_KEPT as u64 + 5);
    let kept = store.malformed();
    assert_eq!((kept.len(), kept[0].reason.as_str()), (MALFORMED_KEPT, "5"));
}

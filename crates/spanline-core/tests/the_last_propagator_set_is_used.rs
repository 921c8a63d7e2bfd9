//! The propagator of the process may be set at any time, and again: what was set last counts.

use spanline_core::propagation::{
    B3Propagator, CompositePropagator, Propagator, parse_traceparent,
};
use spanline_core::{Context, extract, global, inject};

fn sent() -> Vec<String> {
    let mut headers: Vec<(String, String)> = Vec::new();
    inject(&mut headers);
    headers.into_iter().map(|(name, _)| name).collect()
}

#[test]
fn before_the_first_after_the_first_and_after_another() {
    let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let span = parse_traceparent(header).unwrap_or_default();
    let _attached = Context::root().with_span_context(span.clone()).attach();
    let other = [
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-00000000000000ab-01",
        ),
        ("b3", "0af7651916cd43dd8448eb211c80319c-00000000000000cd-1"),
    ];
    let parent = || extract(&other).span_context().words().2;

    assert!(sent().is_empty() && global::propagator().fields().is_empty());
    assert_eq!(extract(&other).span_context(), &span, "nothing is read");

    global::set_propagator(CompositePropagator::w3c());
    assert_eq!((sent(), parent()), (vec!["traceparent".to_owned()], 0xab));
    let kept = global::propagator();

    for _ in 0..2 {
        global::set_propagator(B3Propagator::single());
        assert_eq!((sent(), parent()), (vec!["b3".to_owned()], 0xcd));
        assert_eq!(global::propagator().fields(), ["b3"]);
    }
    assert_eq!(kept.fields(), ["traceparent", "tracestate", "baggage"]);
}

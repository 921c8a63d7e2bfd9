//! Ten thousand lines of 8 KiB: hardly anything is allocated, hardly anything is said.
//!
//! Alone in its process, because it counts what reaches the process's handler of diagnostics.

use spanline_core::Context;
use spanline_core::diagnostics::{self, Diagnostic};
use spanline_core::propagation::{
    B3Propagator, CompositePropagator, JaegerPropagator, OtTracePropagator, Propagator,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// 80 MB of headers of one name, and one good parent behind them.
fn flood<'h>(name: &'h str, line: &'h str) -> Vec<(&'h str, &'h str)> {
    let mut headers = vec![(name, line); 10_000];
    headers.push((
        "traceparent",
        "00-12345678901234567890123456789012-1234567890123456-01",
    ));
    headers
}

#[test]
fn it_costs_less_than_64_kib_and_one_line_of_diagnostics() {
    let propagator = CompositePropagator::w3c()
        .and(B3Propagator::multi())
        .and(JaegerPropagator)
        .and(OtTracePropagator);
    for unit in ["k=v,", "@", ",", " "] {
        let line = unit.repeat(8192 / unit.len());
        for name in [
            "traceparent",
            "baggage",
            "tracestate",
            "jaeger-baggage",
            "uberctx-k",
            "b3",
            "ot-baggage-k",
        ] {
            let headers = flood(name, &line);
            let told = Arc::new(AtomicUsize::new(0));
            let counter = Arc::clone(&told);
            diagnostics::set_handler(move |_: &Diagnostic<'_>| {
                counter.fetch_add(1, Ordering::Relaxed);
            });
            let mut context = Context::root();
            let allocated = allocation_counter::measure(|| {
                context = propagator.extract(&Context::root(), &headers);
            });
            let start = &line[..1];
            assert_eq!(context.span_context().is_valid(), name != "traceparent");
            assert!(context.baggage().len() <= 64);
            // Reading all of it would take a thousand times as much.
            assert!(
                allocated.bytes_total < 64 * 1024,
                "{name}, {start}: {} bytes",
                allocated.bytes_total
            );
            let told = told.load(Ordering::Relaxed);
            assert!(told <= 1, "{name}, {start}: {told} lines of diagnostics");
        }
    }
}

//! A propagator taken before one is set becomes the first one that is ("Global Propagators"); set into
//! itself, it ends instead of looking for itself for ever, and that is told.

use spanline_core::diagnostics::{self, Diagnostic, DiagnosticKind};
use spanline_core::propagation::{CompositePropagator, Propagator, parse_traceparent};
use spanline_core::{Context, extract, global, inject};
use std::sync::{Arc, Mutex};

#[test]
fn taken_early_set_into_itself_and_set_at_last() {
    let misuse = Arc::new(Mutex::new(0));
    let count = Arc::clone(&misuse);
    diagnostics::set_handler(move |diagnostic: &Diagnostic<'_>| {
        if diagnostic.kind == DiagnosticKind::Misuse {
            *count.lock().unwrap() += 1;
        }
    });
    let told = || *misuse.lock().unwrap();
    let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let headers = [("traceparent", header)];
    let span = parse_traceparent(header).unwrap();
    let context = Context::root().with_span_context(span.clone());
    let sent = |propagator: &dyn Propagator| {
        let mut headers: Vec<(String, String)> = Vec::new();
        propagator.inject(&context, &mut headers);
        headers
    };

    let early = global::propagator();
    assert_eq!(sent(&early), []);
    assert!(early.fields().is_empty());
    assert!(
        !early
            .extract(&Context::root(), &headers)
            .span_context()
            .is_valid()
    );

    // The placeholder itself, and shared: refused, so that the next one is still the first.
    global::set_propagator(Arc::clone(&early));
    global::set_propagator(Box::new(early.clone()));
    assert!(told() > 0, "nobody was told");
    assert_eq!(sent(&early), []);

    // In the company of a real one: that works, and the loop ends where it begins.
    diagnostics::reset_handler();
    let both = CompositePropagator::new().and(early.clone());
    global::set_propagator(both.and(CompositePropagator::w3c()));
    let expected = [("traceparent".to_owned(), header.to_owned())];
    assert_eq!(sent(&early), expected);
    assert_eq!(early.fields(), ["traceparent", "tracestate", "baggage"]);
    assert_eq!(
        early.extract(&Context::root(), &headers).span_context(),
        &span
    );
    let _attached = context.clone().attach();
    let mut headers_sent: Vec<(String, String)> = Vec::new();
    inject(&mut headers_sent);
    assert_eq!(headers_sent, expected);
    assert_eq!(extract(&headers).span_context(), &span);
}

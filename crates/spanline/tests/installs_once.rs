//! A process of its own: tracers in statics wake up when a provider is installed, a second one is
//! refused, and the guard ends it all (OpenTelemetry "TracerProvider: get a global provider").

use spanline::prelude::*;
use spanline::{SetupError, ShutdownError, propagation, testing::InMemoryExporter};
use std::collections::HashMap;
use std::time::Duration;

static EARLY: Tracer = spanline::tracer("early");

#[test]
fn and_the_guard_ends_what_was_installed() {
    EARLY.start("before").end();
    assert!(!EARLY.enabled());

    let exporter = InMemoryExporter::new();
    let setup = spanline::setup().without_env().service_name("checkout");
    let tracing = setup.exporter(exporter.clone()).install().unwrap();
    assert!(EARLY.enabled());

    let again = spanline::setup()
        .without_env()
        .exporter(InMemoryExporter::new())
        .install();
    assert!(matches!(again, Err(SetupError::Install(_))), "{again:?}");

    // The propagators of W3C are installed along with it.
    let mut headers = HashMap::new();
    {
        let _span = EARLY.start_active("after");
        spanline::inject(&mut headers);
    }
    let sent = propagation::parse_traceparent(&headers["traceparent"]).unwrap();

    let provider = tracing.provider().clone();
    let lost = tracing.shutdown(Duration::from_secs(20)).unwrap();
    assert!(lost.is_empty(), "{lost}");
    let spans = exporter.spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(Some(spans[0].span_id()), sent.span_id());
    assert_eq!(
        spans[0].view().resource().get("service.name"),
        Some(&"checkout".into())
    );

    assert!(!EARLY.enabled(), "after the shutdown nothing records");
    EARLY.start("late").end();
    let once_more = provider.shutdown(Duration::from_secs(1));
    assert!(matches!(once_more, Err(ShutdownError::AlreadyShutDown)));
}

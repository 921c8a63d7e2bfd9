//! Tests may put another provider into the global, or none; the old one is given back, running.
//!
//! One test, because the process has one global.

#[path = "spans/backend.rs"]
mod backend;

use backend::TestBackend;
use spanline_core::{Context, SpanContext, Tracer, TracerProvider, global, tracer};

static TRACER: Tracer = tracer("global");

#[test]
fn each_provider_gets_the_spans_of_its_time() {
    let (first, second) = (TestBackend::new(), TestBackend::new());
    let nothing = global::replace(first.provider());
    assert!(nothing.backend().is_none());
    TRACER.start("first").end();

    let running = TRACER.start("across");
    let old = global::replace(second.provider());
    assert_eq!(first.shutdowns(), 0, "it is still running");
    TRACER.start("second").end();
    running.end();
    old.tracer("bound").start("bound").end();
    assert_eq!(first.names(), ["first", "across", "bound"]);

    let old = global::replace(TracerProvider::none());
    assert!(old.backend().is_some());
    assert!(!TRACER.enabled());
    assert_eq!(*TRACER.start("nobody").span_context(), SpanContext::INVALID);
    assert_eq!(second.names(), ["second"]);

    captures_take_precedence(&first);
    drop(global::replace(old));
    TRACER.start("again").end();
    assert_eq!(second.names(), ["second", "again"]);
}

/// A test's capture gets the spans of its context and nobody else's.
fn captures_take_precedence(other: &TestBackend) {
    let mine = TestBackend::new();
    let provider = mine.provider();
    let (context, token) = global::captured(Context::root(), &provider);
    let work = context.clone().wrap(|| {
        assert!(TRACER.enabled());
        let active = TRACER.start_active("captured");
        TRACER.start("child").end();
        let there = std::thread::spawn(Context::current().wrap(|| TRACER.start("there").end()));
        assert!(there.join().is_ok());
        other.tracer().start("bound elsewhere").end();
        drop(active);
    });
    work();
    assert!(!TRACER.enabled());
    drop((token, context));
    assert_eq!(mine.names(), ["child", "there", "captured"]);
    assert_eq!(
        other.names().last().map(String::as_str),
        Some("bound elsewhere")
    );
}

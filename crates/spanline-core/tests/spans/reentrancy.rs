//! User code that runs inside a call may itself use the span, and whatever else it likes.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::backend::TestBackend;
use spanline_core::{
    Attribute, Context, Span, SpanId, SpanRef, Status, Timestamp, Tracer, Value, current_span,
};

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// What the hooks of a runtime must find as current.
    static CURRENT: Cell<Option<SpanId>> = const { Cell::new(None) };
}

/// Uses the current span in every way there is, once; `busy` calls further in do nothing.
fn busy() {
    if DEPTH.replace(1) == 1 {
        return;
    }
    let span = current_span();
    assert!(span.is_recording(), "the span is where it was");
    everything(&span);
    let context = Context::current();
    context.span().set_attribute("through a context", true);
    let attached = context.attach();
    current_span().add_event("attached");
    drop(attached);
    DEPTH.set(0);
}

fn everything(span: &SpanRef<'_>) {
    span.set_attribute("busy", 1);
    span.set_attributes([("busy", 2)]);
    span.set_attribute_with("busy", || 3);
    span.update_name("busy");
    span.set_status(Status::error("busy"));
    span.add_event("busy")
        .attribute("a", 1)
        .attributes([("b", 2)])
        .at(Timestamp::UNIX_EPOCH);
    span.add_link(span.span_context().clone()).attribute("a", 1);
    span.record_error(&fmt::Error);
}

struct Busy;

impl From<Busy> for Value<'_> {
    fn from(_: Busy) -> Self {
        busy();
        Value::from("busy")
    }
}

impl From<Busy> for Attribute<'_> {
    fn from(_: Busy) -> Self {
        busy();
        Attribute::new("key", "busy")
    }
}

#[derive(Debug)]
struct BusyError;

impl fmt::Display for BusyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        busy();
        f.write_str("busy error")
    }
}

impl Error for BusyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        busy();
        None
    }
}

/// Every call of a span that runs code of the user's.
fn provoke(span: &SpanRef<'_>) {
    span.set_attribute("value", Busy);
    span.set_attributes(
        std::iter::repeat_with(|| {
            busy();
            Busy
        })
        .take(2),
    );
    span.set_attribute_with("closure", || {
        busy();
        Busy
    });
    span.add_event("event")
        .attribute("value", Busy)
        .attributes([Busy]);
    span.add_link(span.span_context().clone())
        .attribute("value", Busy)
        .attributes([Busy]);
    span.record_error(&BusyError).attribute("value", Busy);
    span.fail(&BusyError);
}

fn check(backend: &TestBackend) {
    let ended = backend.ended();
    assert_eq!(ended.len(), 1);
    let one = &ended[0];
    assert_eq!(one.text("value"), "busy");
    assert_eq!(one.text("closure"), "busy");
    assert_eq!(one.text("key"), "busy");
    assert_eq!(one.text("busy"), "3");
    assert_eq!(one.text("through a context"), "true");
    assert_eq!(one.view().status(), Status::error("busy error"));
    let heard = one.view().events().iter().any(|event| {
        let message = event.attributes().get("exception.message");
        message.is_some_and(|text| text == Value::from("busy error"))
    });
    assert!(heard);
}

#[test]
fn on_an_active_span() {
    let backend = TestBackend::new();
    let active = backend.tracer().start_active("work");
    provoke(&active);
    provoke(&current_span());
    active.end();
    check(&backend);
}

#[test]
fn on_a_captured_span() {
    let backend = TestBackend::new();
    let active = backend.tracer().start_active("work");
    let context = Context::current();
    provoke(&context.span());
    provoke(&active);
    active.end();
    check(&backend);
}

#[test]
fn on_an_owned_span_while_another_is_current() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let current = tracer.start_active("current");
    let mut owned = tracer.start("owned");
    provoke(&owned.by_ref());
    let mut builder = tracer
        .span("built")
        .attribute("value", Busy)
        .attributes([Busy]);
    builder = builder.link_with(current.span_context().clone(), [Busy]);
    builder.start().end();
    owned.end();
    current.end();
    assert_eq!(backend.span("built").text("value"), "busy");
    assert_eq!(backend.span("owned").text("closure"), "busy");
    assert_eq!(backend.ended().len(), 3);
}

#[test]
fn a_closure_may_end_the_span_that_it_is_asked_for() {
    let backend = TestBackend::new();
    let active = backend.tracer().start_active("work");
    active.set_attribute_with("late", || {
        current_span().end();
        1
    });
    active.end();
    assert_eq!(backend.span("work").text("late"), "-");
}

#[test]
fn a_closure_may_end_its_span_and_start_others_meanwhile() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let active = tracer.start_active("work");
    active.add_event("event").attribute("n", {
        let inner = tracer.start_active("inner");
        current_span().set_attribute("n", 1);
        drop(inner.detach());
        2
    });
    drop(active);
    assert_eq!(backend.parent_of("inner"), "work");
}

#[test]
fn a_panic_in_user_code_leaves_the_span_as_it_was() {
    struct Panics;
    impl From<Panics> for Value<'_> {
        fn from(_: Panics) -> Self {
            panic!("on purpose")
        }
    }
    let backend = TestBackend::new();
    let active = backend.tracer().start_active("work");
    let context = Context::current();
    for span in [&*active, &context.span(), &current_span()] {
        let caught = catch_unwind(AssertUnwindSafe(|| span.set_attribute("a", Panics)));
        assert!(caught.is_err());
        let event = || {
            span.add_event("event").attribute("a", Panics);
        };
        assert!(catch_unwind(AssertUnwindSafe(event)).is_err());
        assert!(span.is_recording());
    }
    active.end();
    assert_eq!(backend.span("work").events().len(), 3);
}

/// A runtime whose every hook uses spans itself.
fn meddling(tracer: &'static std::sync::OnceLock<Tracer>) -> TestBackend {
    fn meddle(tracer: &std::sync::OnceLock<Tracer>) {
        if DEPTH.replace(1) == 1 {
            return;
        }
        let before = current_span().span_context().clone();
        if CURRENT.get().is_some() {
            assert_eq!(before.span_id(), CURRENT.get());
        }
        current_span().set_attribute("meddled", true);
        if let Some(tracer) = tracer.get() {
            let child = tracer.start_active("meddling");
            current_span().add_event("meddled");
            drop(child);
        }
        drop(Context::current());
        assert_eq!(*current_span().span_context(), before);
        DEPTH.set(0);
    }
    TestBackend::with(|backend| {
        backend.profile.foreign_clock = true;
        backend.on_clock = Some(Box::new(move || meddle(tracer)));
        backend.on_start = Some(Box::new(move |_, _| meddle(tracer)));
        backend.on_ending = Some(Box::new(move |_| meddle(tracer)));
        backend.on_end = Some(Box::new(move |_| meddle(tracer)));
        backend.sampler = Some(Box::new(move |_| {
            meddle(tracer);
            None
        }));
    })
}

#[test]
fn clocks_samplers_and_processors_may_use_spans() {
    static TRACER: std::sync::OnceLock<Tracer> = std::sync::OnceLock::new();
    let backend = meddling(&TRACER);
    let tracer = TRACER.get_or_init(|| backend.tracer());
    let outer = tracer.start_active("outer");
    let inner = tracer.start_active("inner");
    let id = inner.span_id();
    CURRENT.set(id);
    inner.add_event("on the guard");
    current_span().add_event("on the current span");
    assert_eq!(current_span().span_id(), id);
    let context = Context::current();
    context.span().add_event("on the context");
    current_span().add_event("on the captured span");
    let mut owned: Span = tracer.start("owned");
    owned.by_ref().add_event("on a loan");
    owned.add_event("owned");
    owned.end();
    assert_eq!(current_span().span_id(), id);
    CURRENT.set(None);
    drop(inner);
    assert_eq!(current_span().span_id(), outer.span_id());
    drop(outer);
    assert!(current_span().span_id().is_none());

    let mut events = backend.span("inner").events();
    events.retain(|name| name != "meddled");
    assert_eq!(events.len(), 4);
    assert_eq!(backend.parent_of("inner"), "outer");
    assert_eq!(backend.span("owned").events().len(), 2);
    assert_eq!(
        backend.ended().len() as u64,
        backend.started(),
        "nothing was lost"
    );
}

/// A span that a context holds ends with the last of these contexts, also when that was attached
/// below another span: its processors find the thread's spans where they are.
#[test]
fn a_span_that_ends_with_a_context_below_another_span_hides_nothing() {
    let backend = TestBackend::with(|settings| {
        settings.on_end = Some(Box::new(|span| {
            if span.name() == "held" {
                CURRENT.set(current_span().span_id());
            }
        }));
    });
    let tracer = backend.tracer();
    CURRENT.set(None);
    let held = Context::root().with_span(tracer.start("held")).attach();
    assert!(backend.ended().is_empty(), "the context holds it");
    let inner = tracer.start_active("inner");
    drop(held);
    assert_eq!(backend.names(), ["held"], "nobody holds it any more");
    assert_eq!(CURRENT.get(), inner.span_id());
    drop(Context::current());
    drop(inner);
    assert_eq!(backend.names(), ["held", "inner"]);
}

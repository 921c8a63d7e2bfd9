//! The first end wins; whatever comes later has no effect, and the runtime is told once.

use crate::backend::TestBackend;
use spanline_core::{Context, SpanRef, Status, Timestamp, current_span};

/// Every method that writes, and every end.
fn write_everything(span: &SpanRef<'_>) {
    span.set_attribute("late", true);
    span.set_attributes([("late", 1), ("later", 2)]);
    span.set_attribute_with("late", || -> i64 {
        panic!("asked for although nothing records")
    });
    span.update_name("late");
    span.set_status(Status::error("late"));
    let at = Timestamp::from_unix_nanos(5);
    span.add_event("late")
        .attribute("a", 1)
        .attributes([("b", 2)])
        .at(at);
    span.add_link(span.span_context().clone())
        .attribute("a", 1)
        .attributes([("b", 2)]);
    span.record_error(&std::fmt::Error).attribute("a", 1);
    span.fail(&std::fmt::Error);
    span.end();
    span.end_at(at);
}

fn assert_untouched(backend: &TestBackend, name: &str) {
    assert_eq!(backend.ended().len(), 1, "ended once");
    let ended = backend.span(name);
    let view = ended.view();
    assert_eq!(view.end_unix_nanos(), 1500);
    assert_eq!(view.attributes().len(), 0);
    assert!(view.events().is_empty() && view.links().is_empty());
    assert_eq!(view.status(), Status::Unset);
}

#[test]
fn an_owned_span_that_was_ended_by_reference() {
    let backend = TestBackend::new();
    let mut span = backend.tracer().start("work");
    let context = span.span_context().clone();
    let reference = span.by_ref();
    reference.end_at(Timestamp::from_unix_nanos(1500));
    assert!(!reference.is_recording());
    assert_eq!(*reference.span_context(), context);
    write_everything(&reference);
    span.set_attribute("late", true);
    span.set_status(Status::Ok);
    span.update_name("late");
    span.add_event("late");
    assert!(!span.is_recording());
    assert_eq!(*span.span_context(), context);
    span.end_at(Timestamp::from_unix_nanos(7));
    assert_untouched(&backend, "work");
}

#[test]
fn an_active_span_stays_current_as_a_parent() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let active = tracer.start_active("work");
    let context = active.span_context().clone();
    current_span().end_at(Timestamp::from_unix_nanos(1500));
    write_everything(&active);
    write_everything(&current_span());
    assert!(!active.is_recording());
    assert_eq!(*active.span_context(), context);
    assert_eq!(
        *current_span().span_context(),
        context,
        "an end deactivates nothing"
    );
    let captured = Context::current();
    assert_eq!(*captured.span_context(), context);
    write_everything(&captured.span());
    assert_untouched(&backend, "work");

    tracer.start("child").end();
    assert_eq!(backend.parent_of("child"), "work");
    active.end_at(Timestamp::from_unix_nanos(9));
    assert!(current_span().trace_id().is_none());
    assert_eq!(backend.span("work").view().end_unix_nanos(), 1500);
}

#[test]
fn a_captured_span_through_every_handle() {
    let backend = TestBackend::new();
    let mut span = backend.tracer().start("work");
    let context = span.to_context();
    let id = *span.span_context() == *context.span_context();
    assert!(id && context.span().is_recording());
    context.span().end_at(Timestamp::from_unix_nanos(1500));
    write_everything(&context.span());
    write_everything(&span.by_ref());
    let attached = context.clone().attach();
    write_everything(&current_span());
    drop(attached);
    assert!(!span.is_recording() && !context.span().is_recording());
    span.end();
    drop(context);
    assert_untouched(&backend, "work");
}

#[test]
fn a_guard_whose_span_was_ended_can_be_detached() {
    let backend = TestBackend::new();
    let active = backend.tracer().start_active("work");
    current_span().end_at(Timestamp::from_unix_nanos(1500));
    let id = active.span_id();
    let mut detached = active.detach();
    assert_eq!(detached.span_id(), id);
    write_everything(&detached.by_ref());
    write_everything(&detached.attach());
    assert_untouched(&backend, "work");
}

#[test]
fn a_reference_to_an_ended_span_never_writes_into_the_next_one() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    for round in 0..100 {
        let active = tracer.start_active("old");
        let reference = current_span();
        active.end();
        // The recycled box is on the stack again, at the same address.
        let next = tracer.start_active("new");
        write_everything(&reference);
        assert!(!reference.is_recording());
        assert!(next.is_recording());
        next.end();
        let ended = backend.ended();
        assert_eq!(ended.len(), 2 * round + 2);
        assert_eq!(ended[2 * round + 1].view().name(), "new");
        assert_eq!(ended[2 * round + 1].view().attributes().len(), 0);
    }
}

#[test]
fn an_events_handle_that_outlives_its_span_writes_nowhere() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let active = tracer.start_active("old");
    let reference = current_span();
    let event = reference.add_event("event");
    let link = reference.add_link(active.span_context().clone());
    active.end();
    let next = tracer.start_active("new");
    next.add_event("other");
    next.add_link(next.span_context().clone());
    let _ = event.attribute("late", 1).at(Timestamp::from_unix_nanos(3));
    let _ = link.attribute("late", 1);
    next.end();
    let new = backend.span("new");
    assert_eq!(
        new.view()
            .events()
            .iter()
            .next()
            .map(|event| event.attributes().len()),
        Some(0)
    );
    assert_eq!(
        new.view()
            .links()
            .iter()
            .next()
            .map(|link| link.attributes().len()),
        Some(0)
    );
}

#[test]
fn a_span_knows_its_context_after_its_end() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let active = tracer.start_active("work");
    let context = active.span_context().clone();
    let reference = current_span();
    active.end();
    assert_eq!(*reference.span_context(), context);
}

#[test]
fn discarding_is_counted_and_never_exported() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    tracer.start("owned").discard();
    tracer.start_active("active").discard();
    let mut captured = tracer.start("captured");
    let context = captured.to_context();
    captured.discard();
    context.span().set_attribute("late", true);
    drop(context);
    let ended = tracer.start_active("ended");
    current_span().end();
    assert_eq!(backend.discarded(), 3);
    assert_eq!(backend.names(), ["ended"]);
    ended.discard();
    assert_eq!(backend.discarded(), 3, "what has ended cannot be discarded");
}

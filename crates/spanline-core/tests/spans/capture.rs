//! A captured context reaches its span from anywhere, until the one who started it ends it.

use std::thread;

use crate::backend::TestBackend;
use spanline_core::{Baggage, Context, SpanContext, SpanId, TraceFlags, TraceId, current_span};

#[test]
fn other_threads_write_until_the_guard_ends_it() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let active = tracer.start_active("work");
    active.set_attribute("before", 1);
    let context = Context::current();
    active.set_attribute("after", 2);
    current_span().add_event("here");
    thread::scope(|scope| {
        for n in 0..8 {
            let (context, tracer) = (context.clone(), &tracer);
            scope.spawn(move || {
                context.span().set_attribute(&format!("thread {n}"), n);
                let attached = context.attach();
                current_span().add_event("there");
                tracer.start("child").end();
                drop(attached);
                assert!(current_span().trace_id().is_none());
            });
        }
    });
    let children = backend.ended();
    active.end();
    context.span().set_attribute("late", true);
    context.span().add_event("late");
    assert!(!context.span().is_recording());

    let work = backend.span("work");
    assert_eq!(
        (work.text("before"), work.text("after")),
        ("1".into(), "2".into())
    );
    assert_eq!(work.text("late"), "-");
    assert_eq!(work.view().attributes().len(), 10);
    assert_eq!(work.events().len(), 9);
    assert_eq!(children.len(), 8);
    for child in children {
        assert_eq!(child.view().parent_span_id(), Some(work.view().span_id()));
    }
}

#[test]
fn a_captured_span_may_be_ended_by_another_thread() {
    let backend = TestBackend::new();
    let active = backend.tracer().start_active("work");
    let context = Context::current();
    let ended = thread::spawn(context.clone().wrap(|| current_span().end())).join();
    assert!(ended.is_ok());
    assert!(!active.is_recording());
    active.set_attribute("late", true);
    drop((active, context));
    assert_eq!(backend.span("work").text("late"), "-");
}

#[test]
fn capturing_twice_is_the_same_span() {
    let backend = TestBackend::new();
    let active = backend.tracer().start_active("work");
    let (one, other) = (Context::current(), Context::current());
    one.span().set_attribute("n", 1);
    other.span().set_attribute("n", 2);
    active.end();
    assert_eq!(backend.span("work").text("n"), "2");
}

#[test]
fn an_owned_span_in_a_context_still_ends_with_its_handle() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let mut span = tracer.start("work");
    let context = span.to_context();
    let again = span.to_context();
    thread::spawn(again.wrap({
        let tracer = tracer.clone();
        move || {
            current_span().set_attribute("there", true);
            tracer.start("child").end();
        }
    }))
    .join()
    .unwrap();
    span.set_attribute("here", true);
    let moved = thread::spawn(move || {
        span.set_attribute("moved", true);
        span.end();
    });
    moved.join().unwrap();
    context.span().set_attribute("late", true);
    let work = backend.span("work");
    assert_eq!(work.view().attributes().len(), 3);
    assert_eq!(backend.parent_of("child"), "work");
}

#[test]
fn a_span_given_to_contexts_ends_with_the_last_of_them() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let context = Context::current().with_span(tracer.start("work"));
    let other = context.clone().with_baggage(Baggage::new().with("n", "1"));
    context.span().set_attribute("n", 1);
    drop(context);
    let attached = other.attach();
    current_span().add_event("still here");
    tracer.start("child").end();
    assert_eq!(backend.names(), ["child"]);
    drop(attached);
    assert_eq!(backend.names(), ["child", "work"]);
    assert_eq!(backend.span("work").events(), ["still here"]);
    assert_eq!(backend.span("work").text("n"), "1");
}

#[test]
fn a_captured_span_given_to_a_context_can_be_written_from_everywhere() {
    let backend = TestBackend::new();
    let mut span = backend.tracer().start("work");
    let first = span.to_context();
    let second = Context::root().with_span(span);
    first.span().add_event("first");
    second.span().add_event("second");
    let attached = second.clone().attach();
    current_span().add_event("current");
    current_span().set_attribute("n", 1);
    drop(attached);
    drop(first);
    assert!(second.span().is_recording());
    drop(second);
    let work = backend.span("work");
    assert_eq!(work.events(), ["first", "second", "current"]);
    assert_eq!(work.text("n"), "1");
}

#[test]
fn a_span_that_does_not_record_is_carried_as_its_context() {
    let backend = TestBackend::with(|backend| backend.records_roots = false);
    let tracer = backend.tracer();
    let active = tracer.start_active("work");
    let context = Context::current();
    assert_eq!(context.span_context(), active.span_context());
    assert!(!context.span().is_recording());
    let given = Context::root().with_span(tracer.start("other"));
    assert!(given.span_context().is_valid());
    drop((active, given));
    assert!(backend.ended().is_empty());
}

#[test]
fn a_remote_parent_is_current_while_it_is_attached() {
    let backend = TestBackend::new();
    let remote = SpanContext::new(TraceId::MIN, SpanId::MIN, TraceFlags::SAMPLED).with_remote(true);
    let attached = Context::current()
        .with_span_context(remote.clone())
        .attach();
    let span = current_span();
    assert_eq!(*span.span_context(), remote);
    assert!(!span.is_recording());
    span.set_attribute("ignored", true);
    span.end();
    backend.tracer().start("child").end();
    drop(attached);
    let child = backend.span("child");
    assert_eq!(child.view().parent_span_context(), remote);
    assert!(!child.view().span_context().is_remote());
}

#[test]
fn a_builder_takes_a_whole_context_as_parent() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let mut parent = tracer.start("parent");
    let context = parent.to_context();
    let active = tracer.start_active("current");
    tracer.span("given").parent(&context).start().end();
    tracer.span("root").root().start().end();
    tracer.span("plain").start().end();
    drop((active, parent));
    assert_eq!(backend.parent_of("given"), "parent");
    assert_eq!(backend.parent_of("root"), "");
    assert_eq!(backend.parent_of("plain"), "current");
}

#[test]
fn of_many_who_end_a_span_at_once_one_does() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    for round in 1..=200 {
        let active = tracer.start_active("work");
        let context = Context::current();
        let gate = std::sync::Barrier::new(5);
        thread::scope(|scope| {
            for n in 0..4 {
                let (context, gate) = (context.clone(), &gate);
                scope.spawn(move || {
                    gate.wait();
                    context.span().add_event("event").attribute("n", n);
                    context.span().set_attribute("n", n);
                    context.span().end();
                });
            }
            gate.wait();
            drop(active);
        });
        assert_eq!(backend.ended().len(), round);
        drop(context);
        assert_eq!(backend.ended().len(), round);
    }
}

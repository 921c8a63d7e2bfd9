//! What processors see of a span, and what they may do to it, at its start and at its end.

use std::sync::{Arc, Mutex};

use crate::backend::TestBackend;
use spanline_core::backend::Extra;
use spanline_core::{
    Attribute, Baggage, Context, SpanContext, SpanKind, Status, Timestamp, TraceState,
};

#[test]
fn a_start_is_seen_with_its_parent_context() {
    let backend = TestBackend::with(|backend| {
        backend.on_start = Some(Box::new(|span, parent| {
            let tenant = parent.baggage().get("tenant").unwrap_or("none").to_owned();
            span.set_attribute("tenant", tenant);
            let view = span.view().unwrap();
            assert!(!view.has_ended());
            assert_eq!(view.parent_span_context(), *parent.span_context());
            assert!(view.attributes().get("given").is_some() || view.name() == "parent");
        }));
    });
    let tracer = backend.tracer();
    let pairs = Baggage::new().with("tenant", "eu");
    let attached = Context::current().with_baggage(pairs).attach();
    let parent = tracer.start_active("parent");
    tracer.span("child").attribute("given", 1).start().end();
    drop((parent, attached));
    let context = Context::root().with_baggage(Baggage::new().with("tenant", "us"));
    tracer
        .span("elsewhere")
        .parent(&context)
        .attribute("given", 1)
        .start()
        .end();
    assert_eq!(backend.span("child").text("tenant"), "eu");
    assert_eq!(backend.span("parent").text("tenant"), "eu");
    assert_eq!(backend.span("elsewhere").text("tenant"), "us");
}

#[test]
fn an_ending_span_knows_its_end_and_can_still_be_written() {
    let backend = TestBackend::with(|backend| {
        backend.on_ending = Some(Box::new(|span| {
            let view = span.view().unwrap();
            assert!(view.has_ended());
            assert_eq!(view.end_unix_nanos(), 1700);
            let id = span.span_context().span_id();
            assert!(id.is_some());
            span.set_attribute("a", 1);
            span.set_attributes([("b", 2)]);
            span.set_attribute_with("c", || 3);
            span.update_name("renamed");
            span.set_status(Status::Ok);
            span.add_event("event").attribute("n", 1);
            let context = span.span_context().clone();
            span.add_link(context).attribute("n", 1);
            span.record_error(&std::fmt::Error);
            span.fail(&std::fmt::Error);
        }));
    });
    let tracer = backend.tracer();
    let at = Timestamp::from_unix_nanos(1700);
    tracer.start("owned").end_at(at);
    tracer.start_active("active").end_at(at);
    let mut captured = tracer.start("captured");
    let context = captured.to_context();
    context.span().end_at(at);
    drop((captured, context));
    let ended = backend.ended();
    assert_eq!(ended.len(), 3);
    for one in &ended {
        let view = one.view();
        assert_eq!((view.name(), view.attributes().len()), ("renamed", 3));
        assert_eq!(one.events(), ["event", "exception", "exception"]);
        assert_eq!(view.links().len(), 1);
        assert_eq!(view.status(), Status::Ok, "Ok is final");
        assert_eq!(view.end_unix_nanos(), 1700);
    }
}

#[test]
fn spans_that_do_not_record_are_shown_to_nobody() {
    let backend = TestBackend::with(|backend| {
        backend.records_roots = false;
        backend.on_start = Some(Box::new(|_, _| panic!("shown")));
        backend.on_ending = Some(Box::new(|_| panic!("shown")));
        backend.on_end = Some(Box::new(|_| panic!("shown")));
    });
    let tracer = backend.tracer();
    let root = tracer.start_active("root");
    let child = tracer.start("child");
    assert_ne!(root.span_id(), child.span_id(), "each has an id of its own");
    assert_eq!(root.trace_id(), child.trace_id());
    drop((child, root));
    assert_eq!(backend.started(), 2);
}

#[test]
fn samplers_see_what_is_given_at_the_start_and_add_to_it() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&seen);
    let backend = TestBackend::with(|backend| {
        backend.sampler = Some(Box::new(move |question| {
            let given = question.given.map_or(0, |given| given.items().count());
            let tenant = question.context.context().baggage().len();
            notes
                .lock()
                .unwrap()
                .push((question.name.to_owned(), question.kind, given, tenant));
            (question.name == "extra").then(|| Extra {
                attributes: vec![
                    Attribute::new("sampler", "was here"),
                    Attribute::new("a", 2),
                ],
                trace_state: Some("vendor=1".parse().unwrap()),
            })
        }));
    });
    let tracer = backend.tracer();
    let linked = SpanContext::INVALID.with_trace_state("a=1".parse::<TraceState>().unwrap());
    tracer.start("plain").end();
    let span = tracer
        .span("extra")
        .kind(SpanKind::Server)
        .attribute("a", 1)
        .link(linked)
        .link(SpanContext::INVALID)
        .start();
    assert_eq!(span.span_context().trace_state().as_str(), "vendor=1");
    span.end();
    // The draft's name is an item as well.
    let expected = [
        ("plain".to_owned(), SpanKind::Internal, 0, 0),
        ("extra".to_owned(), SpanKind::Server, 3, 0),
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
    let extra = backend.span("extra");
    assert_eq!(
        (extra.text("a"), extra.text("sampler")),
        ("2".into(), "was here".into())
    );
    assert_eq!(
        extra.view().links().len(),
        1,
        "a link that says nothing is none"
    );
    assert_eq!(extra.view().kind(), SpanKind::Server);
    assert_eq!(extra.view().scope().name(), "test");
}

#[test]
fn times_of_the_callers_reach_the_record() {
    let backend = TestBackend::new();
    let at = Timestamp::from_unix_nanos;
    let mut span = backend.tracer().span("work").start_time(at(5)).start();
    backend.set_clock(2000);
    span.add_event("now");
    span.add_event("then").at(at(3));
    span.end_at(at(4));
    let work = backend.span("work");
    let times: Vec<u64> = work
        .view()
        .events()
        .iter()
        .map(|event| event.unix_nanos())
        .collect();
    assert_eq!(times, [2000, 3]);
    assert_eq!(
        (work.view().start_unix_nanos(), work.view().end_unix_nanos()),
        (5, 4)
    );
}

#[test]
fn a_dropped_builder_starts_nothing() {
    let backend = TestBackend::new();
    drop(backend.tracer().span("never").attribute("a", 1));
    assert_eq!((backend.started(), backend.ended().len()), (0, 0));
}

#[test]
fn links_without_ids_are_kept_if_they_say_something() {
    let backend = TestBackend::new();
    let mut span = backend.tracer().start("work");
    let stated = SpanContext::INVALID.with_trace_state("a=1".parse::<TraceState>().unwrap());
    span.add_link(SpanContext::INVALID);
    span.add_link(SpanContext::INVALID)
        .attribute("n", 1)
        .attribute("m", 2);
    span.add_link(stated);
    span.end();
    let work = backend.span("work");
    let kept: Vec<usize> = work
        .view()
        .links()
        .iter()
        .map(|link| link.attributes().len())
        .collect();
    assert_eq!(kept, [2, 0]);
}

//! A future's span is current during its polls and at no other time, whoever runs it.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{self, Poll, Waker};
use std::thread;

use crate::backend::TestBackend;
use spanline_core::{Baggage, Context, FutureExt, Span, baggage, current_span};

/// Waits for one poll.
fn once() -> impl Future<Output = ()> {
    let mut waited = false;
    std::future::poll_fn(move |_| {
        if std::mem::replace(&mut waited, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
}

fn poll<F: Future + ?Sized>(future: &mut Pin<&mut F>) -> Poll<F::Output> {
    future
        .as_mut()
        .poll(&mut task::Context::from_waker(Waker::noop()))
}

fn nothing_is_current() -> bool {
    !current_span().span_context().is_valid()
}

#[test]
fn two_interleaved_futures_never_see_each_others_span() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let work = |name: &'static str| {
        let span = tracer.start(name);
        let id = span.span_id();
        let tracer = tracer.clone();
        async move {
            for n in 0..5 {
                assert_eq!(current_span().span_id(), id);
                current_span().set_attribute("rounds", n);
                let inner = tracer.start(&format!("{name} {n}"));
                once().await;
                drop(inner);
            }
        }
        .in_span(span)
    };
    let (mut one, mut other) = (pin!(work("one")), pin!(work("other")));
    for round in 0..6 {
        for future in [&mut one, &mut other] {
            assert_eq!(poll(future).is_ready(), round == 5);
            assert!(nothing_is_current());
        }
    }
    for name in ["one", "other"] {
        assert_eq!(backend.span(name).text("rounds"), "4");
        for n in 0..5 {
            assert_eq!(backend.parent_of(&format!("{name} {n}")), name);
        }
    }
}

#[test]
fn the_span_ends_when_the_future_is_ready() {
    let backend = TestBackend::new();
    let mut future = pin!(async { 7 }.in_span(backend.tracer().start("work")));
    assert_eq!(poll(&mut future), Poll::Ready(7));
    assert_eq!(
        backend.names(),
        ["work"],
        "not only when the future is dropped"
    );
    assert!(
        poll(&mut future).is_pending(),
        "polled too often: nothing happens"
    );
    assert_eq!(backend.ended().len(), 1);
}

#[test]
fn a_future_dropped_midway_is_dropped_inside_its_span_and_ends_it() {
    struct Noted;
    impl Drop for Noted {
        fn drop(&mut self) {
            current_span().add_event("cancelled");
        }
    }
    let backend = TestBackend::new();
    let outer = backend.tracer().start_active("outer");
    let mut future = Box::pin(
        async {
            let _noted = Noted;
            once().await;
            unreachable!("it is never polled again");
        }
        .in_span(backend.tracer().start("work")),
    );
    assert!(poll(&mut future.as_mut()).is_pending());
    drop(future);
    assert_eq!(current_span().span_id(), outer.span_id());
    assert_eq!(backend.names(), ["work"]);
    assert_eq!(backend.span("work").events(), ["cancelled"]);
    drop(async {}.in_span(backend.tracer().start("never polled")));
    assert_eq!(backend.names(), ["work", "never polled"]);
}

#[test]
fn a_ready_future_is_dropped_inside_its_span() {
    struct Noted;
    impl Drop for Noted {
        fn drop(&mut self) {
            current_span().add_event("done");
        }
    }
    let backend = TestBackend::new();
    let noted = Noted;
    let future = std::future::poll_fn(move |_| {
        let _held = &noted;
        Poll::Ready(())
    });
    let mut future = pin!(future.in_span(backend.tracer().start("work")));
    assert!(poll(&mut future).is_ready());
    assert_eq!(backend.span("work").events(), ["done"]);
}

#[test]
fn a_panic_in_a_poll_restores_what_was_current() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let outer = tracer.start_active("outer");
    {
        let inner = tracer.clone();
        let mut future = pin!(
            async move {
                let _active = inner.start_active("inner");
                panic!("on purpose");
            }
            .in_span(tracer.start("work"))
        );
        let caught = catch_unwind(AssertUnwindSafe(|| poll(&mut future)));
        assert!(caught.is_err());
        assert_eq!(current_span().span_id(), outer.span_id());
        assert_eq!(backend.names(), ["inner"], "the span ends with the future");
    }
    assert_eq!(backend.names(), ["inner", "work"]);
    assert_eq!(backend.parent_of("inner"), "work");
}

#[test]
fn a_future_may_be_polled_by_one_thread_after_another() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let span = tracer.start("work");
    let id = span.span_id();
    let inner = tracer.clone();
    let mut future = Box::pin(
        async move {
            for _ in 0..4 {
                assert_eq!(current_span().span_id(), id);
                current_span().add_event("poll");
                inner.start("child").end();
                // From now on others hold the span as well.
                let captured = Context::current();
                once().await;
                captured.span().add_event("through the context");
            }
        }
        .in_span(span),
    );
    loop {
        let (back, ready) = thread::spawn(move || {
            // Other spans are current on this thread: their places have the same numbers.
            let _busy = Context::root()
                .with_baggage(Baggage::new().with("a", "b"))
                .attach();
            let mut future = future;
            let ready = poll(&mut future.as_mut()).is_ready();
            assert!(nothing_is_current());
            (future, ready)
        })
        .join()
        .unwrap();
        future = back;
        if ready {
            break;
        }
    }
    assert_eq!(backend.span("work").events().len(), 8);
    let children = backend.ended();
    let children = children.iter().filter(|one| one.view().name() == "child");
    assert!(
        children
            .clone()
            .all(|child| child.view().parent_span_id() == id)
    );
    assert_eq!(children.count(), 4);
}

#[test]
fn a_context_is_current_during_each_poll_only() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let mut parent = tracer.start("parent");
    let context = parent
        .to_context()
        .with_baggage(Baggage::new().with("tenant", "eu"));
    let inner = tracer.clone();
    let mut future = pin!(
        async move {
            assert_eq!(baggage().get("tenant"), Some("eu"));
            inner.start("child").end();
            once().await;
            assert_eq!(baggage().get("tenant"), Some("eu"));
            current_span().set_attribute("written", "from the task");
        }
        .with_context(context)
    );
    assert!(poll(&mut future).is_pending());
    assert!(baggage().is_empty() && nothing_is_current());
    assert!(poll(&mut future).is_ready());
    assert!(parent.is_recording(), "a context ends nothing");
    parent.end();
    assert_eq!(backend.parent_of("child"), "parent");
    assert_eq!(backend.span("parent").text("written"), "from the task");
}

#[test]
fn nested_futures_restore_each_other() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let note = {
        let seen = Rc::clone(&seen);
        move |name: &str| {
            seen.borrow_mut()
                .push((name.to_owned(), current_span().span_id()))
        }
    };
    let outer = tracer.start("outer");
    let outer_id = outer.span_id();
    let inner_tracer = tracer.clone();
    let mut future = pin!(
        async {
            note("outer");
            let inner = inner_tracer.start("inner");
            async {
                note("inner");
                once().await;
                note("inner");
            }
            .in_span(inner)
            .await;
            note("outer");
        }
        .in_span(outer)
    );
    while poll(&mut future).is_pending() {
        assert!(nothing_is_current());
    }
    let inner_id = Some(backend.span("inner").view().span_id());
    let expected = [
        ("outer", outer_id),
        ("inner", inner_id),
        ("inner", inner_id),
        ("outer", outer_id),
    ];
    assert_eq!(
        *seen.borrow(),
        expected.map(|(name, id)| (name.to_owned(), id))
    );
    assert_eq!(backend.parent_of("inner"), "outer");
}

#[test]
fn a_span_takes_the_surroundings_of_each_poll() {
    let backend = TestBackend::new();
    let mut span = backend.tracer().start("work");
    let _captured = span.to_context();
    let mut future = pin!(
        async {
            assert!(baggage().is_empty());
            once().await;
            assert_eq!(baggage().get("n"), Some("1"));
            once().await;
            assert!(baggage().is_empty());
        }
        .in_span(span)
    );
    assert!(poll(&mut future).is_pending());
    let attached = Context::root()
        .with_baggage(Baggage::new().with("n", "1"))
        .attach();
    assert!(poll(&mut future).is_pending());
    drop(attached);
    assert!(poll(&mut future).is_ready());
}

#[test]
fn a_span_that_is_nothing_changes_nothing() {
    let backend = TestBackend::new();
    let outer = backend.tracer().start_active("outer");
    let mut future = pin!(async { current_span().span_id() }.in_span(Span::none()));
    assert_eq!(poll(&mut future), Poll::Ready(outer.span_id()));
}

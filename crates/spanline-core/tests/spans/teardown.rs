//! Spans, guards and contexts may be dropped in a thread's last moments and while it unwinds.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{self, Waker};
use std::thread;

use crate::backend::TestBackend;
use spanline_core::{
    ActiveSpan, Baggage, Context, ContextGuard, FutureExt, Span, Tracer, baggage, current_span,
    suppress,
};

/// Held by a thread-local variable, so dropped when the thread is torn down.
#[derive(Default)]
struct Held {
    tracer: Option<Tracer>,
    owned: Option<Span>,
    /// Only there to be dropped.
    _others: Option<(ActiveSpan, ContextGuard, Context)>,
}

impl Drop for Held {
    /// A panic in here would abort the process.
    fn drop(&mut self) {
        let Some(tracer) = self.tracer.take() else {
            return;
        };
        if let Some(owned) = &mut self.owned {
            owned.set_attribute("teardown", true);
            owned.add_event("teardown");
        }
        current_span().set_attribute("n", 1);
        let _context = Context::current();
        let _baggage = baggage();
        let _quiet = Context::root().attach();
        tracer.start_active("late active").add_event("event");
        let late = tracer.span("late built").attribute("a", 1).start();
        let mut future = pin!(async { current_span().end() }.in_span(late));
        let _ = future
            .as_mut()
            .poll(&mut task::Context::from_waker(Waker::noop()));
        let mut captured = tracer.start("late captured");
        captured.to_context().span().set_attribute("captured", true);
        drop(captured.attach().detach());
        drop(suppress());
    }
}

thread_local! {
    static HELD: RefCell<Held> = RefCell::new(Held::default());
}

fn fill(tracer: &Tracer) {
    HELD.with_borrow_mut(|held| {
        let attached = Context::root()
            .with_baggage(Baggage::new().with("a", "b"))
            .attach();
        let given = Context::root().with_span(tracer.start("given"));
        held.owned = Some(tracer.start("owned"));
        held._others = Some((tracer.start_active("active"), attached, given));
        held.tracer = Some(tracer.clone());
    });
}

const ALL: [&str; 6] = [
    "active",
    "given",
    "late active",
    "late built",
    "late captured",
    "owned",
];

fn sorted(backend: &TestBackend) -> Vec<String> {
    let mut names = backend.names();
    names.sort();
    names
}

#[test]
fn in_the_destructor_of_a_variable_that_is_older_than_our_state() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    thread::spawn(move || {
        HELD.with_borrow(|_| ());
        fill(&tracer);
    })
    .join()
    .unwrap();
    assert_eq!(sorted(&backend), ALL);
    assert_eq!(backend.span("owned").text("teardown"), "true");
}

#[test]
fn in_the_destructor_of_a_variable_that_is_younger_than_our_state() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    thread::spawn(move || {
        drop(tracer.start_active("first").detach().attach());
        fill(&tracer);
    })
    .join()
    .unwrap();
    let mut all = ALL.map(str::to_owned).to_vec();
    all.insert(1, "first".to_owned());
    assert_eq!(sorted(&backend), all);
}

#[test]
fn a_leaked_guards_span_ends_with_its_thread() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    thread::spawn(move || {
        std::mem::forget(tracer.start_active("outer"));
        std::mem::forget(tracer.start_active("captured"));
        std::mem::forget(Context::current());
        std::mem::forget(Context::root().attach());
    })
    .join()
    .unwrap();
    assert_eq!(sorted(&backend), ["captured", "outer"]);
}

/// The thread has made no span of its own: nothing but the guard says that something is to be done.
#[test]
fn a_leaked_guards_span_ends_with_its_thread_wherever_it_was_started() {
    let backend = TestBackend::new();
    let span = backend.tracer().start("moved");
    thread::spawn(move || std::mem::forget(span.attach()))
        .join()
        .unwrap();
    assert_eq!(backend.names(), ["moved"]);
}

/// A box that is kept after the thread's state was cleared would keep the runtime alive for ever.
#[test]
fn nothing_is_kept_after_a_threads_end() {
    struct Last(Tracer);
    impl Drop for Last {
        fn drop(&mut self) {
            self.0.start("last").end();
        }
    }
    thread_local! {
        static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
    }
    let kept = Arc::new(());
    let of_runtime = Arc::clone(&kept);
    let backend = TestBackend::with(|settings| {
        settings.on_end = Some(Box::new(move |_| {
            let _of_runtime = &of_runtime;
            // In a thread that ends this takes a box, and finds no stack to put it on.
            drop(Context::root().attach());
        }));
    });
    let tracer = backend.tracer();
    thread::spawn(move || {
        // Older than our state, so dropped after it.
        LAST.set(Some(Last(tracer.clone())));
        tracer.start("leaves a free box").end();
        std::mem::forget(tracer.start_active("ends with the thread"));
        tracer.start("leaves another").end();
    })
    .join()
    .unwrap();
    assert_eq!(backend.ended().len(), 4);
    drop(backend);
    assert_eq!(Arc::strong_count(&kept), 1, "the runtime is gone");
}

#[test]
fn while_unwinding_everything_ends_and_the_surroundings_come_back() {
    struct Late(Tracer);
    impl Drop for Late {
        fn drop(&mut self) {
            assert!(thread::panicking());
            let active = self.0.start_active("while unwinding");
            current_span().add_event("event");
            drop(Context::current());
            drop(active);
        }
    }
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let outer = tracer.start_active("outer");
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let _attached = Context::current()
            .with_baggage(Baggage::new().with("a", "b"))
            .attach();
        let _active = tracer.start_active("active");
        let _owned = tracer.start("owned");
        let _late = Late(tracer.clone());
        panic!("on purpose");
    }));
    assert!(caught.is_err());
    assert_eq!(current_span().span_id(), outer.span_id());
    assert!(baggage().is_empty());
    drop(outer);
    assert_eq!(
        backend.names(),
        ["while unwinding", "owned", "active", "outer"]
    );
    assert_eq!(backend.parent_of("while unwinding"), "active");
}

#[test]
fn spans_may_end_on_another_thread_than_they_started() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let spans: Vec<Span> = (0..200).map(|_| tracer.start("work")).collect();
    thread::spawn(move || drop(spans)).join().unwrap();
    assert_eq!(backend.ended().len(), 200);
}

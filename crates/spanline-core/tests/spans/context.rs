//! What travels with a context besides the span: baggage, values, suppression.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::backend::TestBackend;
use spanline_core::{Baggage, Context, baggage, current_span, suppress};

#[derive(Debug, PartialEq)]
struct Tenant(&'static str);

#[test]
fn baggage_and_values_are_inherited_below_spans() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let pairs = Baggage::new().with("tenant", "eu");
    let attached = Context::current()
        .with_baggage(pairs)
        .with_value(Tenant("eu"))
        .attach();
    let outer = tracer.start_active("outer");
    let inner = tracer.start_active("inner");
    assert_eq!(baggage().get("tenant"), Some("eu"));
    let captured = Context::current();
    assert_eq!(captured.value::<Tenant>(), Some(&Tenant("eu")));
    assert_eq!(captured.baggage().get("tenant"), Some("eu"));
    let changed = captured.with_baggage(Baggage::EMPTY).attach();
    assert!(baggage().is_empty());
    assert_eq!(current_span().span_id(), inner.span_id(), "the span stays");
    drop(changed);
    assert_eq!(baggage().get("tenant"), Some("eu"));
    drop((inner, outer, attached));
    assert!(baggage().is_empty());
}

#[test]
fn a_value_hides_an_earlier_one_of_its_type_only() {
    let context = Context::root()
        .with_value(1_u32)
        .with_value("text")
        .with_value(2_u32);
    assert_eq!(context.value::<u32>(), Some(&2));
    assert_eq!(context.value::<&str>(), Some(&"text"));
    assert_eq!(context.value::<u64>(), None);
    assert_eq!(Context::root().value::<u32>(), None);
}

#[test]
fn a_context_never_changes_under_its_holder() {
    let context = Context::root().with_value(1_u32);
    let other = context
        .clone()
        .with_value(2_u32)
        .with_baggage(Baggage::new().with("a", "b"));
    assert_eq!(context.value::<u32>(), Some(&1));
    assert!(context.baggage().is_empty());
    assert_eq!(other.value::<u32>(), Some(&2));
}

#[test]
fn a_long_chain_of_values_is_dropped_one_by_one() {
    let dropped = Arc::new(AtomicU32::new(0));
    struct Counted(Arc<AtomicU32>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let mut context = Context::root();
    for _ in 0..100_000 {
        context = context.with_value(Counted(Arc::clone(&dropped)));
    }
    drop(context);
    assert_eq!(dropped.load(Ordering::SeqCst), 100_000);
}

#[test]
fn values_that_look_at_what_is_current_may_be_dropped_anywhere() {
    struct Curious;
    impl Drop for Curious {
        fn drop(&mut self) {
            current_span().add_event("dropped");
            drop(Context::current());
        }
    }
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let outer = tracer.start_active("outer");
    let attached = Context::current().with_value(Curious).attach();
    let inner = tracer.start_active("inner");
    drop(attached);
    let detached = inner.detach();
    let again = detached.attach();
    drop(Context::current());
    drop(again);
    assert_eq!(current_span().span_id(), outer.span_id());
    drop(outer);
    assert_eq!(backend.names(), ["inner", "outer"]);
    assert_eq!(backend.span("outer").events(), ["dropped"]);
}

#[test]
fn suppressed_spans_pass_their_parent_on_and_do_not_record() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let root = tracer.start_active("root");
    let asked = backend.started();
    {
        let _quiet = suppress();
        let child = tracer.start_active("child");
        assert!(!child.is_recording());
        assert_eq!(child.span_context(), root.span_context());
        let built = tracer.span("built").attribute("a", 1).start();
        assert!(!built.is_recording());
        let grandchild = tracer.start("grandchild");
        assert!(!grandchild.is_recording());
        let elsewhere = tracer.span("elsewhere").parent(&Context::root()).start();
        assert!(!elsewhere.is_recording() && !elsewhere.span_context().is_valid());
        assert!(Context::current().is_suppressed());
        let carried = Context::current().wrap(|| tracer.start("there").is_recording());
        assert!(!carried());
        assert_eq!(backend.started(), asked, "nobody is asked");
    }
    assert!(tracer.start("after").is_recording());
    assert!(!Context::current().is_suppressed());
    root.end();
    assert_eq!(backend.names(), ["after", "root"]);
}

#[test]
fn wrapped_work_runs_in_its_context_and_nowhere_else() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let root = tracer.start_active("root");
    let id = root.span_id();
    let work = Context::current().wrap(move || current_span().span_id() == id);
    let unwinding = Context::current().wrap(|| panic!("on purpose"));
    root.end();
    assert!(work());
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(unwinding));
    assert!(caught.is_err());
    assert!(current_span().span_id().is_none());
}

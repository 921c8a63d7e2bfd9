//! Spans allocate nothing once a thread has warmed up: not without a runtime, not unsampled, and
//! not sampled either.

#[path = "spans/backend.rs"]
mod backend;

use backend::TestBackend;
use spanline_core::propagation::{CompositePropagator, Injector, Propagator};
use spanline_core::{
    Context, FutureExt, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, Tracer,
    baggage, current_span, global, tracer,
};

/// Nobody ever installs a provider in this process.
static ASLEEP: Tracer = tracer("asleep");

/// Warms up, then says how many allocations a hundred rounds make.
fn allocations(mut work: impl FnMut()) -> u64 {
    for _ in 0..10 {
        work();
    }
    let counted = allocation_counter::measure(|| {
        for _ in 0..100 {
            work();
        }
    });
    counted.count_total
}

/// What an instrumented function does.
fn instrumented(tracer: &Tracer) {
    let outer = tracer.start_active("outer");
    let mut span = tracer
        .span("charge card")
        .kind(SpanKind::Client)
        .attribute("order.id", 42)
        .attribute("customer", "somebody")
        .start();
    span.set_attribute("tenant", "eu");
    span.set_attribute("tenant", "us");
    span.set_attributes([("a", 1), ("b", 2)]);
    span.set_attribute_with("lazy", || 0.5);
    span.add_event("retry")
        .attribute("attempt", 1)
        .attribute("error", "timeout");
    span.add_link(outer.span_context().clone())
        .attribute("n", 1);
    span.set_status(Status::error("declined"));
    current_span().set_attribute("deep", true);
    current_span().add_event("deep");
    let active = span.attach();
    tracer.start("leaf").end();
    active.detach().end();
    drop(baggage());
}

fn remote(sampled: bool) -> Context {
    let flags = TraceFlags::NONE.with_sampled(sampled);
    let remote = SpanContext::new(TraceId::MIN, SpanId::MIN, flags).with_remote(true);
    Context::root().with_span_context(remote)
}

#[test]
fn nothing_is_allocated_without_a_runtime() {
    assert_eq!(allocations(|| instrumented(&ASLEEP)), 0);
    let _attached = remote(true).attach();
    assert_eq!(
        allocations(|| instrumented(&ASLEEP)),
        0,
        "with a parent to pass on"
    );
}

#[test]
fn nothing_is_allocated_for_spans_that_are_not_sampled() {
    let backend = TestBackend::with(|backend| backend.records_roots = false);
    let tracer = backend.tracer();
    assert_eq!(allocations(|| instrumented(&tracer)), 0);
    let _attached = remote(false).attach();
    assert_eq!(allocations(|| instrumented(&tracer)), 0);
}

#[test]
fn nothing_is_allocated_for_spans_that_are_recorded() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let work = || {
        instrumented(&tracer);
        backend.forget();
    };
    assert_eq!(allocations(work), 0);
}

#[test]
fn nothing_is_allocated_to_poll_a_future_in_its_span() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let work = || {
        let mut future = std::pin::pin!(
            async { current_span().set_attribute("polled", true) }.in_span(tracer.start("task"))
        );
        assert!(future.as_mut().poll(&mut context).is_ready());
        backend.forget();
    };
    assert_eq!(allocations(work), 0);
}

/// A carrier of HTTP's shape that needs no memory of its own.
#[derive(Default)]
struct Sent(usize);

impl Injector for Sent {
    fn set(&mut self, key: &str, value: &str) {
        self.0 += key.len() + value.len();
    }
}

#[test]
fn nothing_is_allocated_to_pass_a_trace_on() {
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = [("host", "shop.example"), ("traceparent", parent)];
    let w3c = CompositePropagator::w3c();
    global::set_propagator(w3c.clone());
    let work = || {
        let mut sent = Sent::default();
        let context = w3c.extract(&Context::root(), &request);
        assert!(context.span_context().is_remote());
        w3c.inject(&context, &mut sent);
        let attached = context.attach();
        global::inject(&mut sent);
        let below = global::extract(&[("traceparent", "nonsense"); 0]);
        assert!(below.span_context().is_valid());
        drop((below, attached));
        drop(global::extract(&request).attach());
        let refused = w3c.try_extract(&Context::root(), &[("traceparent", "nonsense")]);
        assert!(refused.is_err());
        assert_eq!(sent.0, 2 * ("traceparent".len() + 55));
    };
    assert_eq!(allocations(work), 0);
}

#[test]
fn a_capture_costs_one_allocation_per_span_however_often() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let work = || {
        let active = tracer.start_active("work");
        let first = Context::current();
        let second = Context::current();
        drop((first, second, active));
        backend.forget();
    };
    // The span behind its lock.
    assert_eq!(allocations(work), 100);
}

#[test]
fn a_value_in_a_context_costs_two_allocations() {
    // The value, and all that is not the span.
    let work = || drop(Context::root().with_value(7_u64));
    assert_eq!(allocations(work), 200);
}

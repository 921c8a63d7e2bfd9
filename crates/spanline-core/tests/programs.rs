//! Small programs of the kinds that users write, over a runtime of the tests' own: names, shapes
//! and ownership as they are meant to be used.

#[path = "spans/backend.rs"]
mod backend;

use std::collections::HashMap;
use std::io;
use std::pin::pin;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::{self, Poll, Wake};
use std::thread::{self, Thread};

use backend::TestBackend;
use spanline_core::{
    Baggage, Context, FutureExt, Scope, SpanKind, SpanRef, Status, Tracer, baggage, current_span,
    install, tracer,
};

static TRACER: Tracer = tracer("shop");

/// The programs share the process's one provider, so they take turns.
fn installed() -> (MutexGuard<'static, ()>, &'static TestBackend) {
    static TURN: Mutex<()> = Mutex::new(());
    static BACKEND: LazyLock<TestBackend> = LazyLock::new(|| {
        let backend = TestBackend::new();
        assert!(install(backend.provider()).is_ok());
        backend
    });
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    BACKEND.forget();
    (turn, &BACKEND)
}

/// Runs a future on this thread, without any runtime.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = task::Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

mod a_library {
    //! An instrumented library knows its own scope and nothing of who listens.

    use super::*;

    static DB: Tracer = Tracer::global(Scope::new("acme-db").with_version("1.2.0"));

    pub(crate) fn query(sql: &str) -> io::Result<Vec<u8>> {
        let builder = DB.span("db.query").kind(SpanKind::Client);
        let span = builder.attribute("db.query.text", sql).start_active();
        std::fs::read("there/is/no/such/table").inspect_err(|error| span.fail(error))
    }
}

#[test]
fn a_library_makes_a_client_span_that_fails() {
    let (_turn, backend) = installed();
    assert!(a_library::query("select 1").is_err());
    let query = backend.span("db.query");
    assert_eq!(query.view().kind(), SpanKind::Client);
    assert_eq!(
        query.view().scope(),
        Scope::new("acme-db").with_version("1.2.0")
    );
    assert_eq!(query.text("db.query.text"), "select 1");
    assert!(matches!(query.view().status(), Status::Error(_)));
    assert_eq!(query.events(), ["exception"]);
}

fn charge(order: u64, customer: &str) -> io::Result<()> {
    let builder = TRACER.span("charge card").kind(SpanKind::Client);
    let mut span = builder.attribute("order.id", order).start();
    span.set_attributes([("tenant", "eu"), ("customer", customer)]);
    let more = HashMap::from([("from a map".to_owned(), "yes".to_owned())]);
    span.set_attributes(&more);
    span.set_attributes(Some(("maybe", true)));
    span.set_attribute("delays_ms", [100, 200]);
    span.add_event("retry_attempt")
        .attribute("attempt", 1)
        .attribute("error", "timeout");
    std::fs::remove_file("there/is/no/such/file").inspect_err(|error| {
        span.record_error(error).attribute("gateway", "acme");
        span.set_status(Status::error("card declined"));
    })?;
    span.set_attribute("charged", true);
    Ok(())
}

#[test]
fn a_span_by_hand_ends_where_the_question_mark_leaves() {
    let (_turn, backend) = installed();
    assert!(charge(7, "jo").is_err());
    let span = backend.span("charge card");
    assert_eq!(
        (span.text("order.id"), span.text("customer")),
        ("7".into(), "jo".into())
    );
    assert_eq!(
        (span.text("from a map"), span.text("maybe")),
        ("yes".into(), "true".into())
    );
    assert_eq!(
        (span.text("delays_ms"), span.text("charged")),
        ("[100,200]".into(), "-".into())
    );
    assert_eq!(span.events(), ["retry_attempt", "exception"]);
    assert_eq!(span.view().status(), Status::error("card declined"));
}

fn create_order() -> io::Result<()> {
    let span = TRACER.start_active("create-order");
    check_inventory();
    span.add_event("inventory checked");
    std::fs::read("there/is/no/such/stock")?;
    span.add_event("never reached");
    Ok(())
}

fn check_inventory() {
    let active = TRACER.start_active("check-inventory");
    current_span()
        .add_event("cache miss")
        .attribute("depth", depth());
    let mut owned = active.detach();
    describe(&owned.by_ref());
    describe(&owned.attach());
}

fn depth() -> u32 {
    current_span().set_attribute("probed", true);
    2
}

/// Takes a span of either kind.
fn describe(span: &SpanRef<'_>) {
    span.set_attribute("kind", "demo");
}

#[test]
fn deep_code_knows_the_current_span_only() {
    let (_turn, backend) = installed();
    assert!(create_order().is_err());
    assert!(current_span().span_id().is_none());
    let inner = backend.span("check-inventory");
    assert_eq!(
        (inner.text("probed"), inner.text("kind")),
        ("true".into(), "demo".into())
    );
    assert_eq!(inner.events(), ["cache miss"]);
    assert_eq!(backend.parent_of("check-inventory"), "create-order");
    assert_eq!(backend.span("create-order").events(), ["inventory checked"]);
}

#[test]
fn a_context_goes_to_a_thread() {
    let (_turn, backend) = installed();
    let root = TRACER.start_active("process order");
    let context = Context::current();
    let work = context.clone().wrap(|| TRACER.start("process item").end());
    assert!(thread::spawn(work).join().is_ok());
    context.span().set_attribute("items", 1);
    root.end();
    assert_eq!(backend.parent_of("process item"), "process order");
    assert_eq!(backend.span("process order").text("items"), "1");
}

async fn handle(id: u32) -> io::Result<u32> {
    async {
        reserve(id)
            .await
            .inspect_err(|error| current_span().fail(error))
    }
    .in_span(TRACER.start("POST /api/orders"))
    .await
}

async fn reserve(id: u32) -> io::Result<u32> {
    let mut span = TRACER.start("reserve");
    let audit = async { TRACER.start("audit").end() }.with_context(span.to_context());
    let audit = thread::spawn(|| block_on(audit));
    let hash = thread::spawn(Context::current().wrap(|| TRACER.start("hash").end()));
    assert!(audit.join().is_ok() && hash.join().is_ok());
    std::future::ready(()).await;
    span.set_attribute("stock", id);
    match id {
        0 => Err(io::Error::other("sold out")),
        id => Ok(id),
    }
}

#[test]
fn futures_and_tasks_find_their_parents() {
    let (_turn, backend) = installed();
    let task = thread::spawn(|| block_on(handle(3)));
    assert!(matches!(task.join(), Ok(Ok(3))));
    assert_eq!(backend.parent_of("reserve"), "POST /api/orders");
    assert_eq!(backend.parent_of("audit"), "reserve");
    assert_eq!(backend.parent_of("hash"), "POST /api/orders");
    assert_eq!(backend.span("reserve").text("stock"), "3");

    backend.forget();
    assert!(block_on(handle(0)).is_err());
    let request = backend.span("POST /api/orders");
    assert_eq!(request.view().status(), Status::error("sold out"));
}

#[test]
fn baggage_travels_with_the_context() {
    let pairs = Baggage::new().with("tenant", "eu").with("user", "jo");
    let attached = Context::current().with_baggage(pairs).attach();
    assert_eq!(baggage().get("user"), Some("jo"));
    let fewer = baggage().without("user");
    assert_eq!((fewer.get("tenant"), fewer.get("user")), (Some("eu"), None));
    drop(attached);
    assert!(baggage().is_empty());
}

fn hot(items: &[String]) {
    let mut span = TRACER.start("hot");
    span.set_attribute_with("items", || items.join(","));
    if span.is_recording() {
        span.add_event("digest").attribute("bytes", items.len());
    }
}

#[test]
fn costly_values_are_made_only_for_spans_that_record() {
    let (_turn, backend) = installed();
    hot(&["a".to_owned(), "b".to_owned()]);
    assert_eq!(backend.span("hot").text("items"), "a,b");
    assert_eq!(backend.span("hot").events(), ["digest"]);
}

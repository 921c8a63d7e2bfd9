//! Propagators together, propagators that ask whom to trust, and propagators that panic.

use std::collections::HashMap;
use std::sync::Arc;

use spanline_core::propagation::{
    BaggagePropagator, CompositePropagator, EnvCarrier, ExtractError, ExtractReason, Extractor,
    Injector, NoPropagator, Propagator, TraceContextPropagator, Trust, TrustPropagator,
    linked_span_context,
};
use spanline_core::{Baggage, Context};

const PARENT: &str = "00-12345678901234567890123456789012-1234567890123456-01";

fn w3c() -> CompositePropagator {
    CompositePropagator::w3c()
}

#[test]
fn members_write_and_read_side_by_side() {
    let context = w3c().extract(
        &Context::root(),
        &[("traceparent", PARENT), ("baggage", "a=1")],
    );
    assert!(context.span_context().is_valid());
    assert_eq!(context.baggage().get("a"), Some("1"));
    let mut headers = HashMap::new();
    w3c().inject(&context, &mut headers);
    let expected = [("traceparent", PARENT), ("baggage", "a=1")];
    assert_eq!(
        headers,
        expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into()
    );
}

#[test]
fn a_bad_header_of_one_does_not_hurt_the_other() {
    let headers = [("traceparent", "bogus"), ("baggage", "a=1")];
    let context = w3c().extract(&Context::root(), &headers);
    assert!(!context.span_context().is_valid());
    assert_eq!(context.baggage().get("a"), Some("1"));
    let error = w3c().try_extract(&Context::root(), &headers).unwrap_err();
    assert_eq!(
        (error.header(), error.reason()),
        ("traceparent", ExtractReason::TooShort)
    );
}

#[test]
fn nothing_found_is_no_error_and_changes_nothing() {
    let context = Context::root().with_baggage(Baggage::new().with("a", "1"));
    let none: [(&str, &str); 0] = [];
    for propagator in [
        &w3c() as &dyn Propagator,
        &NoPropagator,
        &CompositePropagator::new(),
    ] {
        let read = propagator.try_extract(&context, &none).unwrap();
        assert_eq!(read.baggage(), context.baggage());
        assert!(!read.span_context().is_valid());
    }
    let mut headers: Vec<(String, String)> = Vec::new();
    NoPropagator.inject(&context, &mut headers);
    w3c().inject(&Context::root(), &mut headers);
    assert_eq!(headers, []);
}

#[test]
fn fields_are_named_once() {
    let twice = w3c()
        .and(TraceContextPropagator)
        .and(Arc::new(BaggagePropagator));
    assert_eq!(twice.fields(), ["traceparent", "tracestate", "baggage"]);
}

struct Bomb;

impl Propagator for Bomb {
    fn inject(&self, _: &Context, _: &mut dyn Injector) {
        panic!("in inject");
    }

    fn try_extract(&self, _: &Context, _: &dyn Extractor) -> Result<Context, ExtractError> {
        panic!("in extract");
    }

    fn fields(&self) -> Vec<&str> {
        Vec::new()
    }
}

struct BadCarrier;

impl Extractor for BadCarrier {
    fn get(&self, _: &str) -> Option<&str> {
        panic!("in get");
    }

    fn keys(&self, _: &mut dyn FnMut(&str)) {
        panic!("in keys");
    }
}

#[test]
fn a_panic_costs_one_header() {
    let propagator = CompositePropagator::new().and(Bomb).and(w3c());
    let context = propagator.extract(&Context::root(), &[("traceparent", PARENT)]);
    assert!(context.span_context().is_valid());
    let mut headers: Vec<(String, String)> = Vec::new();
    propagator.inject(&context, &mut headers);
    assert_eq!(headers.len(), 1);
    assert!(
        w3c()
            .extract(&context, &BadCarrier)
            .span_context()
            .is_valid()
    );
}

#[test]
fn strangers_are_parents_links_or_nothing() {
    let judge = |carrier: &dyn Extractor| match carrier.get("from") {
        Some("us") => Trust::Parent,
        Some("them") => Trust::Link,
        _ => Trust::Ignore,
    };
    let propagator = TrustPropagator::new(w3c(), judge);
    let local = Context::root().with_baggage(Baggage::new().with("ours", "1"));
    let read = |from: &str| {
        let headers = [
            ("traceparent", PARENT),
            ("baggage", "theirs=1"),
            ("from", from),
        ];
        propagator.extract(&local, &headers)
    };

    let trusted = read("us");
    assert!(trusted.span_context().is_valid() && linked_span_context(&trusted).is_none());
    assert_eq!(trusted.baggage().len(), 2);

    let linked = read("them");
    assert!(!linked.span_context().is_valid());
    let caller = linked_span_context(&linked).unwrap();
    assert_eq!(
        caller.trace_id().unwrap().to_string(),
        "12345678901234567890123456789012"
    );
    assert!(caller.is_remote());
    assert_eq!(linked.baggage(), local.baggage());

    let ignored = read("nobody");
    assert!(!ignored.span_context().is_valid() && linked_span_context(&ignored).is_none());
    assert_eq!(ignored.baggage(), local.baggage());

    let mut headers: Vec<(String, String)> = Vec::new();
    propagator.inject(&trusted, &mut headers);
    assert_eq!(headers.len(), 2, "what is sent does not depend on trust");
    assert_eq!(propagator.fields(), w3c().fields());
}

#[test]
fn context_goes_to_a_child_process_through_its_environment() {
    let headers = [
        ("traceparent", PARENT),
        ("tracestate", "a=1"),
        ("baggage", "k=v"),
    ];
    let context = w3c().extract(&Context::root(), &headers);
    let mut carrier = EnvCarrier::new();
    w3c().inject(&context, &mut carrier);
    let output = std::process::Command::new("env")
        .env_clear()
        .envs(&carrier)
        .output()
        .unwrap();
    let environment = String::from_utf8(output.stdout).unwrap();
    let variables = environment.lines().filter_map(|line| line.split_once('='));
    let child = w3c().extract(&Context::root(), &variables.collect::<EnvCarrier>());
    assert_eq!(child.span_context(), context.span_context());
    assert_eq!(child.baggage(), context.baggage());
}

#[test]
fn propagators_cross_threads() {
    fn check<T: Send + Sync + 'static>(_: T) {}
    check(w3c());
    check(Arc::new(w3c()) as Arc<dyn Propagator>);
    check(EnvCarrier::new());
    check(ExtractError::new("x", ExtractReason::Other, 0));
}

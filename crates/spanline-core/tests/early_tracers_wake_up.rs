//! Tracers taken before a provider is installed work from the moment it is; it is installed once.
//!
//! One test, because the process has one global.

#[path = "spans/backend.rs"]
mod backend;

use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use backend::TestBackend;
use spanline_core::{
    InstallError, Scope, SpanContext, SpanId, TraceFlags, TraceId, Tracer, TracerProvider,
    current_span, global, install, tracer,
};

static EARLY: Tracer = tracer("early");
static SCOPED: Tracer = Tracer::global(Scope::new("library").with_version("1.2.0"));

const THREADS: usize = 64;

#[test]
fn early_tracers_wake_up_and_a_second_provider_is_given_back() {
    let taken = global::provider().tracer("taken early");
    let clone = EARLY.clone();
    nothing_happens_yet();

    assert!(matches!(
        install(global::provider()),
        Err(InstallError::IsThePlaceholder)
    ));

    let backend = TestBackend::new();
    let refused = everybody_installs(&backend);
    assert_eq!(refused, THREADS - 1, "one provider is installed");

    for tracer in [&EARLY, &SCOPED, &taken, &clone, &tracer("late")] {
        assert!(tracer.enabled());
        let active = tracer.start_active("awake");
        assert!(active.is_recording());
        tracer.span("child").attribute("a", 1).start().end();
    }
    let scopes: Vec<&str> = backend
        .ended()
        .iter()
        .map(|one| one.view().scope().name())
        .collect();
    let expected = ["early", "library", "taken early", "early", "late"];
    assert_eq!(scopes, expected.map(|name| [name, name]).concat());
    assert_eq!(backend.ended()[2].view().scope().version(), Some("1.2.0"));

    let second = TestBackend::new();
    match install(second.provider()) {
        Err(InstallError::AlreadyInstalled(provider)) => {
            provider.tracer("still mine").start("work").end();
            assert_eq!(second.names(), ["work"]);
        }
        other => panic!("{other:?}"),
    }
    the_placeholder_steers_nothing(&backend);
}

fn nothing_happens_yet() {
    let remote = SpanContext::new(TraceId::MIN, SpanId::MIN, TraceFlags::SAMPLED).with_remote(true);
    for tracer in [&EARLY, &SCOPED] {
        assert!(!tracer.enabled());
        let active = tracer.start_active("asleep");
        assert!(!active.is_recording() && !active.span_context().is_valid());
        assert!(current_span().span_id().is_none());
        drop(active);
        let context = spanline_core::Context::root().with_span_context(remote.clone());
        let attached = context.attach();
        let span = tracer.start("asleep");
        assert_eq!(
            *span.span_context(),
            remote,
            "the parent's context passes through"
        );
        assert!(!span.is_recording());
        assert_eq!(
            *tracer
                .span("asleep")
                .attribute("a", 1)
                .start()
                .span_context(),
            remote
        );
        drop(attached);
    }
    assert_eq!(EARLY.scope(), Scope::new("early"));
}

/// Many threads install at once while others start spans; says how many were refused.
fn everybody_installs(backend: &TestBackend) -> usize {
    let gate = Barrier::new(2 * THREADS);
    let refused = AtomicU64::new(0);
    thread::scope(|scope| {
        for n in 0..THREADS {
            let (gate, refused) = (&gate, &refused);
            scope.spawn(move || {
                gate.wait();
                match install(backend.provider()) {
                    Ok(()) => {}
                    Err(InstallError::AlreadyInstalled(_)) => {
                        refused.fetch_add(1, Ordering::SeqCst);
                    }
                    Err(other) => panic!("{other}"),
                }
                // Whoever comes back from an install finds a provider installed.
                assert!(EARLY.start(&format!("started by {n}")).is_recording());
            });
            scope.spawn(move || {
                gate.wait();
                while !EARLY.start("waiting").is_recording() {
                    thread::yield_now();
                }
            });
        }
    });
    assert_eq!(backend.ended().len(), 2 * THREADS);
    backend.forget();
    usize::try_from(refused.load(Ordering::SeqCst)).unwrap_or_default()
}

/// Flush and shutdown belong to whoever installed. Counts are everybody's.
fn the_placeholder_steers_nothing(backend: &TestBackend) {
    let before = backend.shutdowns();
    let placeholder: TracerProvider = global::provider();
    let limit = Duration::from_millis(1);
    assert!(
        placeholder
            .shutdown(limit)
            .is_ok_and(|losses| losses.is_empty())
    );
    assert!(placeholder.force_flush(limit).is_ok());
    let started = placeholder.stats().started.sampled;
    assert_eq!(started, backend.ended().len() as u64);
    assert!(started > 0);
    drop(placeholder);
    assert_eq!(backend.shutdowns(), before);
    assert!(EARLY.enabled());
}

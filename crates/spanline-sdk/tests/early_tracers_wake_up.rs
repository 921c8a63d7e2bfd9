//! Tracers taken before a provider is installed use it as soon as it is.
//!
//! OpenTelemetry specification, "Get a Tracer": libraries may ask before the program has set its
//! provider up. The global slot belongs to the whole process, so this file is one story.

mod support;

use spanline_core::global::{self, InstallError};
use spanline_core::{Tracer, TracerProvider, tracer};
use spanline_sdk::processor::BatchConfig;
use std::sync::Barrier;
use std::thread;
use support::{PATIENCE, Probe, batching};

static EARLY: Tracer = tracer("static");

const THREADS: usize = 64;

#[test]
fn early_tracers_wake_up() {
    let before = global::provider().tracer("taken before");
    assert!(!EARLY.enabled() && !before.enabled());
    assert!(!EARLY.start("nobody sees this").is_recording());
    assert!(matches!(
        global::install(global::provider()),
        Err(InstallError::IsThePlaceholder)
    ));

    let (probe, seen) = Probe::willing();
    let provider = batching(probe, BatchConfig::default());
    let (ready, installed) = (Barrier::new(THREADS + 1), Barrier::new(THREADS + 1));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let own = global::provider().tracer("of a thread");
                // Some of these come before and some after; none of them may do harm.
                own.start("around").discard();
                ready.wait();
                own.start("around").discard();
                installed.wait();
                for tracer in [&EARLY, &before, &own] {
                    assert!(tracer.enabled());
                    let span = tracer.start("after");
                    assert!(span.is_recording());
                }
            });
        }
        ready.wait();
        global::install(provider.clone()).unwrap();
        installed.wait();
    });
    assert_eq!(provider.force_flush(PATIENCE).unwrap().failed, 0);
    seen.read(|seen| {
        assert_eq!(seen.spans(), THREADS * 3);
        assert!(seen.names().all(|name| name == "after"));
    });

    // A second one is refused and given back, whoever is first.
    let (probe, second_seen) = Probe::willing();
    let second = batching(probe, BatchConfig::default());
    let Err(InstallError::AlreadyInstalled(second)) = global::install(second) else {
        panic!("installed twice");
    };
    assert!(matches!(
        global::install(TracerProvider::none()),
        Err(InstallError::AlreadyInstalled(_))
    ));
    EARLY.start("still the first one's").end();
    second.shutdown(PATIENCE).unwrap();
    second_seen.read(|seen| assert_eq!((seen.spans(), seen.shutdowns), (0, 1)));

    // The global handle steers nobody's lifecycle; the program's own does.
    global::provider().shutdown(PATIENCE).unwrap();
    assert!(EARLY.enabled());
    provider.shutdown(PATIENCE).unwrap();
    assert!(!EARLY.enabled() && !before.enabled());
    seen.read(|seen| assert_eq!(seen.spans(), THREADS * 3 + 1));
    assert!(provider.stats().balances());
}

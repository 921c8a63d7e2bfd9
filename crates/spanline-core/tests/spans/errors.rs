//! Errors become events named `exception` (OpenTelemetry semantic conventions, "Exceptions in
//! spans").

use std::error::Error;
use std::fmt;
use std::io;

use crate::backend::{Ended, TestBackend};
use spanline_core::Status;

#[derive(Debug)]
struct Chained(&'static str, Option<Box<Chained>>);

impl fmt::Display for Chained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Chained {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

/// An attribute of the span's only event.
fn of_event(ended: &Ended, key: &str) -> Option<String> {
    let event = ended.view().events().iter().next()?;
    Some(event.attributes().get(key)?.to_string())
}

#[test]
fn an_error_is_recorded_with_type_message_and_causes() {
    let backend = TestBackend::new();
    let mut span = backend.tracer().start("work");
    let cause = Chained("cause", Some(Box::new(Chained("root cause", None))));
    span.record_error(&Chained("what happened", Some(Box::new(cause))));
    span.end();
    let work = backend.span("work");
    assert_eq!(work.events(), ["exception"]);
    let kind = of_event(&work, "exception.type").unwrap();
    assert!(kind.ends_with("errors::Chained"), "{kind}");
    assert_eq!(
        of_event(&work, "exception.message").as_deref(),
        Some("what happened")
    );
    let causes = of_event(&work, "exception.stacktrace");
    assert_eq!(
        causes.as_deref(),
        Some("caused by: cause\ncaused by: root cause")
    );
    assert_eq!(
        work.view().status(),
        Status::Unset,
        "the status is the caller's choice"
    );
}

#[test]
fn the_callers_attributes_win() {
    let backend = TestBackend::new();
    let active = backend.tracer().start_active("work");
    active
        .record_error(&fmt::Error)
        .attribute("exception.message", "mine")
        .attribute("gateway", "acme");
    active.end();
    let work = backend.span("work");
    assert_eq!(
        of_event(&work, "exception.message").as_deref(),
        Some("mine")
    );
    assert_eq!(of_event(&work, "gateway").as_deref(), Some("acme"));
    assert_eq!(of_event(&work, "exception.stacktrace"), None);
}

#[test]
fn an_error_behind_a_pointer_has_no_type_to_name() {
    let backend = TestBackend::new();
    let mut span = backend.tracer().start("work");
    let error: Box<dyn Error + Send + Sync> = "text".into();
    span.record_error(&*error);
    span.end();
    let work = backend.span("work");
    assert_eq!(of_event(&work, "exception.type"), None);
    assert_eq!(
        of_event(&work, "exception.message").as_deref(),
        Some("text")
    );
}

#[test]
fn a_failure_is_an_event_and_a_status() {
    let backend = TestBackend::new();
    let tracer = backend.tracer();
    let error = io::Error::other("disk full");
    let mut owned = tracer.start("owned");
    owned.fail(&error);
    owned.end();
    let active = tracer.start_active("active");
    active.fail(&error);
    active.end();
    for one in backend.ended() {
        assert_eq!(one.view().status(), Status::error("disk full"));
        assert_eq!(one.events(), ["exception"]);
    }
}

#[test]
fn a_chain_of_causes_that_never_ends_is_cut() {
    #[derive(Debug)]
    struct Endless;
    impl fmt::Display for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("again")
        }
    }
    impl Error for Endless {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&Endless)
        }
    }
    let backend = TestBackend::new();
    let mut span = backend.tracer().start("work");
    span.record_error(&Endless);
    span.end();
    let causes = of_event(&backend.span("work"), "exception.stacktrace").unwrap();
    assert_eq!(causes.lines().count(), 16);
}

#[test]
fn an_error_is_not_even_asked_when_nothing_records() {
    #[derive(Debug)]
    struct Silent;
    impl fmt::Display for Silent {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("asked")
        }
    }
    impl Error for Silent {}
    let backend = TestBackend::with(|backend| backend.records_roots = false);
    let mut span = backend.tracer().start("work");
    span.record_error(&Silent).attribute("a", 1);
    span.fail(&Silent);
    let active = span.attach();
    active.record_error(&Silent);
    active.fail(&Silent);
}

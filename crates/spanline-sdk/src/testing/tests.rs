//! The test helpers tested: copies that last, trees of odd families, time by hand.
//!
//! Records are written directly; no provider is needed.

use super::*;
use crate::clock::{Clock, TickClock};
use spanline_core::attribute::Value;
use spanline_core::deadline::Deadline;
use spanline_core::export::{Batch, ExportError, SpanExporter};
use spanline_core::id::{SpanId, TraceId};
use spanline_core::kind::SpanKind;
use spanline_core::record::{Parent, Record, SpanLimits, Start};
use spanline_core::resource::Resource;
use spanline_core::scope::ScopeId;
use spanline_core::span_context::SpanContext;
use spanline_core::status::{Status, StatusCode};
use spanline_core::timestamp::Timestamp;
use spanline_core::trace_flags::TraceFlags;
use spanline_core::view::Timeline;
use std::time::Duration;

const LIMITS: SpanLimits = SpanLimits::DEFAULT;

/// A record of ticks `start` to `start + 10`, with an event in between.
fn record(name: &str, id: u64, parent: u64, start: u64) -> Vec<u8> {
    let context = |id| match SpanId::from_u64(id) {
        Some(id) => SpanContext::new(TraceId::MIN, id, TraceFlags::SAMPLED),
        None => SpanContext::INVALID,
    };
    let mut record = Record::default();
    record.begin(name, &LIMITS);
    record.identify(Start {
        context: &context(id),
        parent: Parent::of(&context(parent)),
        scope: ScopeId::UNNAMED,
        kind: SpanKind::Client,
        ticks: start,
        explicit: None,
    });
    record.set("order.id", &7.into(), &LIMITS);
    assert!(record.event("half", start + 5, &LIMITS).is_some());
    record.set_status(StatusCode::Error, "declined", &LIMITS);
    record.end(start + 10);
    record.seal().to_vec()
}

fn export(exporter: &InMemoryExporter, records: &[Vec<u8>]) -> Result<(), ExportError> {
    let times = Timeline::through(0, 1_000_000, 2.0);
    let resource = Resource::builder().service_name("shop").build();
    let batch = Batch::new(&records, &times, &resource);
    exporter.clone().export(batch, Deadline::NEVER).map(|_| ())
}

fn captured(records: &[Vec<u8>]) -> Capture {
    let exporter = InMemoryExporter::new();
    export(&exporter, records).unwrap();
    Capture::of(exporter)
}

#[test]
fn copies_outlive_batch_and_clock() {
    let capture = captured(&[record("checkout", 1, 0, 100)]);
    let span = capture.span("checkout");
    assert_eq!(span.attribute("order.id"), 7.into());
    assert_eq!(span.attribute("missing"), Value::Empty);
    assert_eq!(
        (span.kind(), span.parent_span_id()),
        (SpanKind::Client, None)
    );
    assert_eq!(
        (span.trace_id(), span.span_id()),
        (TraceId::MIN, SpanId::MIN)
    );
    assert_eq!(span.status(), Status::error("declined"));
    assert_eq!(span.duration(), Duration::from_nanos(20));
    assert_eq!(span.event_names(), ["half"]);
    let view = span.view();
    assert_eq!(
        (view.start_unix_nanos(), view.end_unix_nanos()),
        (1_000_200, 1_000_220)
    );
    assert_eq!(view.events().iter().next().unwrap().unix_nanos(), 1_000_210);
    assert_eq!(view.resource().get("service.name"), Some(&"shop".into()));
    assert!(format!("{span:?}").contains("checkout"));
}

#[test]
fn an_exporter_that_was_shut_down_refuses() {
    let exporter = InMemoryExporter::new();
    export(&exporter, &[record("one", 1, 0, 1)]).unwrap();
    exporter.clone().shutdown(Deadline::NEVER).unwrap();
    let refused = export(&exporter, &[record("two", 2, 0, 2)]);
    assert!(matches!(refused, Err(ExportError::ShutDown)));
    assert_eq!(exporter.spans().len(), 1);
    exporter.reset();
    assert_eq!(exporter.spans().len(), 0);
}

#[test]
fn trees() {
    // Children end before their parents, so they come first.
    let capture = captured(&[
        record("db.query", 4, 3, 40),
        record("process-payment", 5, 2, 50),
        record("check-inventory", 3, 2, 30),
        record("create-order", 2, 1, 20),
        record("POST /api/orders", 1, 0, 10),
    ]);
    assert_eq!(
        capture.tree(),
        "POST /api/orders\n  create-order\n    check-inventory\n      db.query\n    \
         process-payment\n"
    );
    capture.reset();
    assert_eq!(capture.tree(), "");
    assert_eq!(
        captured(&[record("checkout", 1, 0, 1)]).tree(),
        "checkout\n"
    );
}

#[test]
fn trees_of_odd_families() {
    let orphan = record("orphan", 2, 99, 20);
    assert_eq!(
        captured(&[orphan, record("root", 1, 0, 10)]).tree(),
        "root\norphan\n"
    );
    let twins = [record("b", 1, 0, 10), record("a", 2, 0, 10)];
    assert_eq!(
        captured(&twins).tree(),
        "b\na\n",
        "at one time: as they ended"
    );
    let circle = [
        record("hen", 1, 2, 10),
        record("egg", 2, 1, 20),
        record("self", 3, 3, 5),
    ];
    assert_eq!(captured(&circle).tree(), "self\nhen\n  egg\n");
    let deep: Vec<_> = (1..2_000).map(|n| record("x", n, n - 1, n)).collect();
    assert_eq!(captured(&deep).tree().lines().count(), deep.len());
}

#[test]
#[should_panic(expected = "no span named \"checkin\" has ended; there are:\ncheckout\n")]
fn asking_for_a_span_that_is_not_there() {
    let _ = captured(&[record("checkout", 1, 0, 1)]).span("checkin");
}

#[test]
fn manual_time() {
    let clock = ManualClock::new();
    let ticks = TickClock::custom(Box::new(clock.clone()));
    assert_eq!(ticks.ticks(), 1_000_000_000_000_000_000);
    clock.advance(Duration::from_secs(1));
    assert_eq!(ticks.ticks(), 1_000_000_001_000_000_000);
    clock.set(Timestamp::from_unix_nanos(5));
    assert_eq!(ticks.ticks(), 5);
    clock.advance(Duration::MAX);
    assert_eq!(clock.unix_nanos(), u64::MAX);
    assert_eq!(
        ManualClock::default().unix_nanos(),
        1_000_000_000_000_000_000
    );
}

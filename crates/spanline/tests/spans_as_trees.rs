//! What a program traces, as a picture: captures without an installed provider, in parallel.

use spanline::prelude::*;
use spanline::testing::{ManualClock, capture, capture_with};
use spanline::{current_span, sdk};
use std::time::Duration;

static TRACER: Tracer = spanline::tracer("trees");

fn order() {
    let _order = TRACER.start_active("POST /api/orders");
    create();
    TRACER.start("respond").end();
}

fn create() {
    let create = TRACER.start_active("create-order");
    TRACER.start("validate-order").end();
    {
        let _check = TRACER.start_active("check-inventory");
        TRACER.start("db.query").end();
    }
    create.set_attribute("order.id", 7);
    current_span().add_event("created");
}

const ORDER: &str = "\
POST /api/orders
  create-order
    validate-order
    check-inventory
      db.query
  respond
";

#[test]
fn nesting_follows_what_is_active() {
    let capture = capture();
    order();
    assert_eq!(capture.tree(), ORDER);
    assert_eq!(capture.span("create-order").attribute("order.id"), 7.into());
    assert_eq!(capture.span("create-order").event_names(), ["created"]);
}

#[test]
fn captures_do_not_see_each_other() {
    let here = capture();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let there = capture();
                order();
                assert_eq!(there.tree(), ORDER);
            });
        }
    });
    assert_eq!(here.tree(), "");
    TRACER.start("after").end();
    assert_eq!(here.tree(), "after\n");
}

#[test]
fn a_capture_follows_its_contexts_to_other_threads() {
    let capture = capture();
    {
        let _root = TRACER.start_active("fan-out");
        let context = Context::current();
        std::thread::scope(|scope| {
            scope.spawn(context.wrap(|| TRACER.start("item").end()));
        });
    }
    assert_eq!(capture.tree(), "fan-out\n  item\n");
}

#[test]
fn durations_are_those_of_the_clock_one_moves() {
    let clock = ManualClock::new();
    let capture = capture_with(sdk::TracerProviderBuilder::new().clock(clock.clone()));
    let span = TRACER.start("step");
    clock.advance(Duration::from_millis(250));
    span.end();
    assert_eq!(capture.span("step").duration(), Duration::from_millis(250));
}

//! The flow of the example `http_service`: hyper on both sides, `http::HeaderMap` as the carrier.

#[path = "../examples/http_service/flow.rs"]
mod flow;

use spanline::SpanKind;
use spanline::testing::InMemoryExporter;
use std::time::Duration;

#[test]
fn the_service_is_a_child_of_the_client_and_sees_its_baggage() {
    let exporter = InMemoryExporter::new();
    let setup = spanline::setup().without_env().service_name("hello");
    let tracing = setup.exporter(exporter.clone()).install().unwrap();
    assert_eq!(flow::one_request().unwrap(), "hello, 4711");
    tracing.shutdown(Duration::from_secs(20)).unwrap();
    let spans = exporter.spans();
    let of = |kind| spans.iter().find(|span| span.kind() == kind).unwrap();
    let (client, server) = (of(SpanKind::Client), of(SpanKind::Server));
    assert_eq!(spans.len(), 2);
    assert_eq!(server.trace_id(), client.trace_id());
    assert_eq!(server.parent_span_id(), Some(client.span_id()));
    assert_eq!(client.parent_span_id(), None);
    assert!(server.view().parent_span_context().is_remote());
}

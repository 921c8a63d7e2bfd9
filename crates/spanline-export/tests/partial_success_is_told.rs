//! A request that the peer took in part is told as a rejection, and a request that did not arrive as a
//! failure: whoever watches for an outage is not woken by a span that a collector did not like.
//!
//! In a binary of its own, since a process has one handler.
#![cfg(feature = "otlp")]

use spanline_core::deadline::Deadline;
use spanline_core::diagnostics::{self, Diagnostic, DiagnosticKind};
use spanline_core::export::{Batch, ExportError, Exported, SpanExporter};
use spanline_core::id::{SpanId, TraceId};
use spanline_core::kind::SpanKind;
use spanline_core::record::{Parent, Record, SpanLimits, Start};
use spanline_core::resource::Resource;
use spanline_core::scope::ScopeId;
use spanline_core::span_context::SpanContext;
use spanline_core::trace_flags::TraceFlags;
use spanline_core::view::Timeline;
use spanline_export::Pipeline;
use spanline_export::encoder::otlp::OtlpProtobuf;
use spanline_export::transport::{Answer, SendError, Transport};
use std::sync::mpsc::channel;

/// Takes a request and gives this answer, or does not take it.
struct Peer(Option<&'static [u8]>);

impl Transport for Peer {
    fn send(&mut self, _: &[u8], _: Deadline) -> Result<(), SendError> {
        self.0.map(|_| ()).ok_or(SendError::DeadlinePassed)
    }

    fn target(&self) -> &str {
        "peer"
    }

    fn take_answer(&mut self) -> Answer {
        Answer {
            body: self.0.unwrap_or_default().to_vec(),
            unread: None,
        }
    }
}

/// One span, or one without ids, which no format has a place for.
fn record(context: SpanContext) -> Vec<u8> {
    let mut record = Record::default();
    record.begin("order", &SpanLimits::default());
    record.identify(Start {
        context: &context,
        parent: Parent::default(),
        scope: ScopeId::UNNAMED,
        kind: SpanKind::Internal,
        ticks: 0,
        explicit: None,
    });
    record.seal().to_vec()
}

fn export(name: &'static str, peer: Peer) -> Result<Exported, ExportError> {
    let context = SpanContext::new(TraceId::MIN, SpanId::MIN, TraceFlags::SAMPLED);
    let records = [context, SpanContext::INVALID].map(record);
    let resource = Resource::empty();
    let batch = Batch::new(&records, &Timeline::UNIX, &resource);
    Pipeline::new(name, OtlpProtobuf::new(), peer).export(batch, Deadline::NEVER)
}

#[test]
fn as_a_rejection_and_an_outage_as_a_failure() {
    let (tell, told) = channel();
    diagnostics::set_handler(move |diagnostic: &Diagnostic<'_>| {
        let Diagnostic { kind, message, .. } = *diagnostic;
        let _ = tell.send((kind, message.to_owned()));
    });
    // ExportTraceServiceResponse.1 partial_success: .1 rejected_spans, .2 error_message
    for (name, answer, rejected, words) in [
        (
            "some",
            &b"\x0A\x07\x08\x01\x12\x03bad"[..],
            1,
            "peer rejected 1 spans of a request: bad",
        ),
        (
            "none",
            b"\x0A\x05\x12\x03old",
            0,
            "peer took all spans, but says: old",
        ),
    ] {
        let exported = export(name, Peer(Some(answer))).unwrap();
        assert_eq!(exported, Exported::rejected(rejected).with_encode_error(1));
        let (kind, message) = told.try_recv().unwrap();
        assert_eq!((kind, &*message), (DiagnosticKind::Rejected, words));
    }
    let left_out = Exported::ALL.with_encode_error(1);
    assert_eq!(export("all", Peer(Some(b""))).unwrap(), left_out);
    assert_eq!(told.try_recv().ok(), None);
    let exported = export("gone", Peer(None)).unwrap();
    assert_eq!(exported, left_out.with_failed(1));
    let (kind, message) = told.try_recv().unwrap();
    assert_eq!(kind, DiagnosticKind::ExportFailed);
    assert!(
        message.starts_with("1 spans of a batch of 2: peer with 1 span in "),
        "{message}"
    );
}

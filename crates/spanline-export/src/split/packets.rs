//! The law of packets: each is the message that a new encoder would write of its spans in one go, none
//! is larger than asked or could have held the next span, and every span is in one of them or
//! counted.
//!
//! Called by the fuzz target and the replay of its corpus, never by programs.

use super::Splitter;
use crate::encoder::jaeger::{Binary, Compact, JaegerMessage, Protocol};
use crate::encoder::{Buffer, Encoder};
use spanline_core::export::{Batch, Exported};
use spanline_core::id::{SpanId, TraceId};
use spanline_core::kind::SpanKind;
use spanline_core::record::{Parent, Record, SpanLimits, Start};
use spanline_core::resource::Resource;
use spanline_core::scope::ScopeId;
use spanline_core::span_context::SpanContext;
use spanline_core::trace_flags::TraceFlags;
use spanline_core::view::Timeline;
use std::ops::ControlFlow;

/// A span with a name of this length. One in 256 has no ids, and so no form on the wire.
fn record(length: u16) -> Vec<u8> {
    let mut record = Record::default();
    record.begin(&"n".repeat(length.into()), &SpanLimits::default());
    let ids = match length % 256 {
        255 => SpanContext::INVALID,
        _ => SpanContext::new(TraceId::MIN, SpanId::MIN, TraceFlags::SAMPLED),
    };
    record.identify(Start {
        context: &ids,
        parent: Parent::default(),
        scope: ScopeId::UNNAMED,
        kind: SpanKind::Internal,
        ticks: 0,
        explicit: None,
    });
    record.seal().to_vec()
}

/// The message that an encoder which has sent `earlier` says of these spans; `None` if one of them
/// has no form.
fn message<P: Protocol>(earlier: &JaegerMessage<P>, records: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut encoder = JaegerMessage::<P>::new();
    (encoder.sent, encoder.stats) = (earlier.sent, earlier.stats);
    let resource = Resource::empty();
    let mut out = Buffer::new();
    encoder.head(&resource, &mut out);
    for span in Batch::new(&records, &Timeline::UNIX, &resource) {
        encoder.span(&span, &mut out).ok()?;
    }
    encoder.finish(records.len() as u32, &mut out);
    Some(out.as_bytes().to_vec())
}

fn check<P: Protocol>(max_bytes: usize, records: &[Vec<u8>]) {
    let resource = Resource::empty();
    let mut encoder = JaegerMessage::<P>::new();
    let mut splitter = Splitter::new();
    // The second time, the encoder expects packets like the last one, and has losses to tell of.
    for _ in 0..2 {
        let mut state = JaegerMessage::<P>::new();
        (state.sent, state.stats) = (encoder.sent, encoder.stats);
        let mut packets = Vec::new();
        let batch = Batch::new(&records, &Timeline::UNIX, &resource);
        let outcome = splitter.split(&mut encoder, batch, max_bytes, |request| {
            packets.push((request.body.to_vec(), request.spans));
            ControlFlow::Continue(())
        });
        let mut expected = Exported::ALL;
        let mut packed: Vec<Vec<Vec<u8>>> = Vec::new();
        let mut last: Vec<Vec<u8>> = Vec::new();
        for record in records {
            let one = std::slice::from_ref(record);
            let fits = |earlier: &JaegerMessage<P>, records: &[Vec<u8>]| {
                message(earlier, records).map(|bytes| bytes.len() <= max_bytes)
            };
            let more = [last.as_slice(), one].concat();
            match (fits(&state, one), fits(&state, &more)) {
                (None, _) => expected.encode_error += 1,
                (_, Some(true)) => last = more,
                (Some(false), _) => expected.oversize += 1,
                (Some(true), _) => {
                    packed.push(std::mem::take(&mut last));
                    // The number of the next packet may take a byte more.
                    state.sent += 1;
                    match fits(&state, one) {
                        Some(true) => last = one.to_vec(),
                        _ => expected.oversize += 1,
                    }
                }
            }
        }
        packed.extend((!last.is_empty()).then_some(last));
        assert_eq!(outcome, expected);
        assert_eq!(packets.len(), packed.len());
        state.sent = encoder.sent - packets.len() as u64;
        for ((bytes, spans), records) in packets.iter().zip(&packed) {
            assert!(bytes.len() <= max_bytes);
            assert_eq!(*spans as usize, records.len());
            assert_eq!(message(&state, records).as_ref(), Some(bytes));
            state.sent += 1;
        }
        encoder.account(&expected);
    }
}

/// Panics if packing spans breaks the law. The first two bytes are the size of a packet, every two
/// more the length of a span's name; 32 spans at most, since each prefix is encoded anew.
pub fn check_packets(data: &[u8]) {
    let (size, lengths) = data.split_first_chunk::<2>().unwrap_or((&[255, 255], data));
    let max_bytes = usize::from(u16::from_le_bytes(*size));
    let lengths = lengths.chunks_exact(2).take(32).map(|length| match length {
        [low, high] => u16::from_le_bytes([*low, *high]) % 4096,
        _ => 0,
    });
    let records: Vec<_> = lengths.map(record).collect();
    check::<Compact>(max_bytes, &records);
    check::<Binary>(max_bytes, &records);
}

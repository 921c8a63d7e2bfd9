//! What does a span cost on its way from a record to the bytes of the wire?
//!
//! Zipkin's JSON, Jaeger's Thrift in both protocols and OTLP in both encodings, for batches of 1, 64 and
//! 512 server spans of one trace, each with a parent, five attributes, an event with an attribute, a
//! link and a status; and for 512 spans of mixed shapes, from bare ones to such with ten attributes.
//! Rivals of the first three write the same request from the same views into a buffer that is kept:
//! serde_json through `Serialize`, and the `thrift` crate's protocols without the detours of generated
//! code. Before anything is timed the results are compared: Thrift's to the byte, JSON's as parsed
//! values. Time is per span.
//!
//! A surprise would be: a rival ahead of ours; a price per span that grows with the batch beyond
//! what leaving the caches explains; JSON as cheap as Thrift.
#![forbid(unsafe_code)]

#[path = "encoders/json.rs"]
mod json;
#[path = "encoders/jaeger_thrift.rs"]
mod jaeger_thrift;

use criterion::{BenchmarkId, Criterion, Throughput};
use spanline::export::Batch;
use spanline_benches::span::{Finished, finished, mixed};
use spanline_export::encoder::jaeger::{Compact, JaegerBatch, JaegerBinary};
use spanline_export::encoder::otlp::{OtlpJson, OtlpProtobuf};
use spanline_export::encoder::zipkin::ZipkinJson;
use spanline_export::encoder::{Buffer, Encoder};
use std::time::Duration;

const BATCHES: [usize; 3] = [1, 64, 512];

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(30)
        .configure_from_args();
    for count in BATCHES {
        contest(
            &mut criterion,
            &format!("batches of {count}"),
            &finished(count),
        );
    }
    contest(&mut criterion, "512 of mixed shapes", &mixed(512));
    for count in BATCHES {
        otlp(
            &mut criterion,
            &format!("batches of {count}"),
            &finished(count),
        );
    }
    otlp(&mut criterion, "512 of mixed shapes", &mixed(512));
    criterion.final_summary();
}

/// All encoders and their rivals, on the same spans.
fn contest(criterion: &mut Criterion, shape: &str, spans: &Finished) {
    same_json(spans);
    let row = format!("Zipkin JSON, {shape}");
    ours(criterion, &row, spans, ZipkinJson::new());
    rival(criterion, &row, "serde_json", spans, json::write);

    same_thrift(spans, JaegerBinary::new(), jaeger_thrift::binary);
    let row = format!("Jaeger Thrift binary, {shape}");
    ours(criterion, &row, spans, JaegerBinary::new());
    rival(criterion, &row, "thrift", spans, jaeger_thrift::binary);

    same_thrift(spans, JaegerBatch::<Compact>::new(), jaeger_thrift::compact);
    let row = format!("Jaeger Thrift compact, {shape}");
    ours(criterion, &row, spans, JaegerBatch::<Compact>::new());
    rival(criterion, &row, "thrift", spans, jaeger_thrift::compact);
}

/// OTLP in both encodings, which have no rivals here.
fn otlp(criterion: &mut Criterion, shape: &str, spans: &Finished) {
    let row = format!("OTLP protobuf, {shape}");
    ours(criterion, &row, spans, OtlpProtobuf::new());
    let row = format!("OTLP JSON, {shape}");
    ours(criterion, &row, spans, OtlpJson::new());
}

fn ours(criterion: &mut Criterion, row: &str, spans: &Finished, mut encoder: impl Encoder) {
    let mut out = Buffer::new();
    let mut group = criterion.benchmark_group("encoders");
    group.throughput(Throughput::Elements(spans.batch().len() as u64));
    group.bench_function(BenchmarkId::new(row, "spanline"), |b| {
        b.iter(|| encode(&mut encoder, spans.batch(), &mut out));
    });
    group.finish();
}

fn rival(
    criterion: &mut Criterion,
    row: &str,
    name: &str,
    spans: &Finished,
    write: impl Fn(Batch<'_>, &mut Vec<u8>),
) {
    let mut out = Vec::new();
    let mut group = criterion.benchmark_group("encoders");
    group.throughput(Throughput::Elements(spans.batch().len() as u64));
    group.bench_function(BenchmarkId::new(row, name), |b| {
        b.iter(|| {
            out.clear();
            write(spans.batch(), &mut out);
            out.len()
        });
    });
    group.finish();
}

/// One request, as an exporter encodes it.
fn encode(encoder: &mut impl Encoder, batch: Batch<'_>, out: &mut Buffer) -> usize {
    out.truncate(0);
    encoder.head(batch.resource(), out);
    let mut spans = 0;
    for span in batch {
        match spans {
            0 => encoder.begin_group(&span, out),
            _ => out.push(encoder.separator()),
        }
        assert!(
            encoder.span(&span, out).is_ok(),
            "the bench's span has no form"
        );
        spans += 1;
    }
    encoder.finish(spans, out);
    out.len()
}

fn same_json(spans: &Finished) {
    let (mut ours, mut theirs) = (Buffer::new(), Vec::new());
    encode(&mut ZipkinJson::new(), spans.batch(), &mut ours);
    json::write(spans.batch(), &mut theirs);
    let parse = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).ok();
    let (ours, theirs) = (parse(ours.as_bytes()), parse(&theirs));
    assert!(ours.is_some() && ours == theirs, "{ours:#?}\n{theirs:#?}");
}

fn same_thrift(
    spans: &Finished,
    mut encoder: impl Encoder,
    rival: impl Fn(Batch<'_>, &mut Vec<u8>),
) {
    let (mut ours, mut theirs) = (Buffer::new(), Vec::new());
    encode(&mut encoder, spans.batch(), &mut ours);
    rival(spans.batch(), &mut theirs);
    assert!(ours.as_bytes() == theirs, "the two Thrift encodings differ");
}

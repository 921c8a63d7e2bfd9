//! The bytes that the tour shows are the bytes that are sent.

use super::jaeger::JaegerBinary;
use super::otlp::OtlpProtobuf;
use super::zipkin::ZipkinJson;
use super::{Buffer, Encoder};
use crate::fixture::{self, Span, service};
use spanline_core::kind::SpanKind;

const CHAPTER: &str = include_str!("../../../../docs/tour/08-onto-the-wire.md");

/// The span of the chapter, in a request of its own.
fn encode(mut encoder: impl Encoder) -> Vec<u8> {
    let trace = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c;
    let (id, parent) = (0xb7ad_6b71_6920_3331, 0x00f0_67aa_0ba9_02b7);
    let start = 1_700_000_000_000_250_000;
    let record = Span::new("pay")
        .ids(trace, id, parent)
        .kind(SpanKind::Client)
        .times(start, start + 1_500_000)
        .attribute("amount", 42)
        .seal();
    let mut out = Buffer::new();
    fixture::batch(&[record], &service("shop"), |batch| {
        encoder.head(batch.resource(), &mut out);
        for span in batch {
            encoder.begin_group(&span, &mut out);
            encoder.span(&span, &mut out).unwrap();
        }
        encoder.finish(1, &mut out);
    });
    out.as_bytes().to_vec()
}

/// The first block of the chapter's section: on each line what stands before two blanks.
fn block(heading: &str) -> String {
    let section = CHAPTER.split(&format!("\n## {heading}\n")).nth(1);
    let section = section.unwrap_or_else(|| panic!("no section {heading}"));
    let block = section.split("```").nth(1).unwrap();
    let lines = block.lines().skip(1).map(str::trim_start);
    lines.filter_map(|line| line.split("  ").next()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_tour_shows_thrift_as_it_is_sent() {
    let shown = block("Thrift, byte by byte").replace(' ', "");
    assert_eq!(shown, hex(&encode(JaegerBinary::new())));
}

#[test]
fn the_tour_shows_zipkin_json_as_it_is_sent() {
    let sent = String::from_utf8(encode(ZipkinJson::new())).unwrap();
    assert_eq!(block("Zipkin JSON"), sent);
}

#[test]
fn the_tour_shows_protobuf_as_it_is_sent() {
    let shown = block("OTLP protobuf, byte by byte").replace(' ', "");
    assert_eq!(shown, hex(&encode(OtlpProtobuf::new())));
}

//! Thousands of damaged payloads: each is read or refused, and none panics. The same ones in every
//! run.

mod support;

use spanline_sink::Trace;
use spanline_sink::decode::{
    jaeger_binary, jaeger_udp_binary, jaeger_udp_compact, otlp_json, otlp_protobuf, zipkin_json,
};
use support::{Dice, Thrift, batch, span};

const ROUNDS: usize = 5_000;

#[test]
fn damaged_jaeger_batches() {
    let tag = Thrift::new().string(1, "k").i32(2, 0).string(3, "value");
    let log = Thrift::new()
        .i64(1, 1001)
        .list(2, std::slice::from_ref(&tag));
    let reference = Thrift::new().i32(1, 1).i64(2, 1).i64(3, 0).i64(4, 3);
    let full = span(2, 0)
        .list(6, &[reference])
        .list(10, &[tag])
        .list(11, &[log]);
    let good = batch(&[full, span(3, 2), span(4, 3)]);
    assert_eq!(jaeger_binary(&good).unwrap().spans.len(), 3);
    for end in 0..good.len() {
        assert!(jaeger_binary(&good[..end]).is_err(), "cut at {end}");
    }
    let mut dice = Dice(0x5eed);
    for _ in 0..ROUNDS {
        let mutant = dice.mutate(&good);
        match jaeger_binary(&mutant) {
            Ok(decoded) => draw_all(decoded.spans),
            Err(error) => assert!(error.byte().is_some_and(|byte| byte <= mutant.len())),
        }
    }
}

#[test]
fn damaged_zipkin_arrays() {
    let good = br#"[{"traceId":"0000000000000001","id":"0000000000000002","name":"a\u001bb",
        "kind":"CLIENT","timestamp":1000,"duration":5,"localEndpoint":{"serviceName":"s"},
        "tags":{"error":"x"},"annotations":[{"timestamp":1001,"value":"\"e\": {\"n\":[1,{}]}"}]},
        {"traceId":"0000000000000001","id":"0000000000000003","parentId":"0000000000000002"}]"#;
    assert_eq!(zipkin_json(good).unwrap().spans.len(), 2);
    for end in 0..good.len() {
        assert!(zipkin_json(&good[..end]).is_err(), "cut at {end}");
    }
    let mut dice = Dice(0xca5e);
    for _ in 0..ROUNDS {
        if let Ok(decoded) = zipkin_json(&dice.mutate(good)) {
            draw_all(decoded.spans);
        }
    }
}

#[test]
fn damaged_otlp_requests_and_datagrams() {
    type Decode =
        fn(&[u8]) -> Result<spanline_sink::decode::Decoded, spanline_sink::decode::DecodeError>;
    let corpus: [(&[u8], Decode); 4] = [
        (
            include_bytes!("../../../fuzz/corpus/sink_otlp/full"),
            otlp_protobuf,
        ),
        (
            include_bytes!("../../../fuzz/corpus/sink_otlp_json/full"),
            otlp_json,
        ),
        (
            include_bytes!("../../../fuzz/corpus/sink_udp/compact_tags"),
            jaeger_udp_compact,
        ),
        (
            include_bytes!("../../../fuzz/corpus/sink_udp/binary_tags"),
            jaeger_udp_binary,
        ),
    ];
    let mut dice = Dice(0x0713);
    for (good, decode) in corpus {
        assert_eq!(decode(good).unwrap().spans.len(), 1);
        // Of Protocol Buffers nothing at all is a request, too.
        for end in 1..good.len() {
            assert!(decode(&good[..end]).is_err(), "cut at {end}");
        }
        for _ in 0..ROUNDS {
            if let Ok(decoded) = decode(&dice.mutate(good)) {
                draw_all(decoded.spans);
            }
        }
    }
}

#[test]
fn spans_that_point_anywhere_are_drawn_once_each() {
    let mut dice = Dice(0xdeed);
    for _ in 0..500 {
        let count = 1 + dice.below(12);
        let spans: Vec<Thrift> = (0..count)
            .map(|_| span(1 + dice.below(8) as i64, dice.below(9) as i64))
            .collect();
        let traces = Trace::group(jaeger_binary(&batch(&spans)).unwrap().spans);
        let drawing = traces[0].draw(80, false);
        assert_eq!(drawing.lines().count(), count + 1, "{drawing}");
    }
}

fn draw_all(spans: Vec<spanline_sink::ReceivedSpan>) {
    for trace in Trace::group(spans) {
        for width in [0, 40, 41, 72, 100, 1000] {
            let drawing = trace.draw(width, false);
            let widest = drawing.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(width.clamp(40, 400)), "{drawing}");
            let steers = |character: char| character.is_control() && character != '\n';
            assert!(!drawing.contains(steers), "{drawing:?}");
        }
    }
}

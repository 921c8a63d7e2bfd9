//! Twice the payload is at most twice the work, whatever is in it.

#[path = "../../../fuzz/work.rs"]
mod work;

use spanline_sink::decode::{
    jaeger_binary, jaeger_udp_compact, otlp_json, otlp_protobuf, zipkin_json,
};

#[test]
fn of_the_zipkin_decoder() {
    let ids = r#""traceId":"463ac35c9f6413ad","id":"a2fb4a1d1a96d312""#;
    let span = format!("{{{ids}}},");
    let spans = |count| format!("[{}{{{ids}}}]", span.repeat(count as usize));
    let members = |count| {
        let tags: Vec<_> = (0..count).map(|n| format!(r#""{n}":"v""#)).collect();
        format!(r#"[{{{ids},"tags":{{{}}}}}]"#, tags.join(","))
    };
    let annotations = |count| {
        let list = r#"{"timestamp":1,"value":"\"a\": {"},"#.repeat(count as usize);
        format!(r#"[{{{ids},"annotations":[{list}{{"timestamp":1,"value":"a"}}]}}]"#)
    };
    let unknown = |depth: u32| format!(r#"[{{{ids},"x":{}"#, "[".repeat(depth as usize));
    let brackets = |depth: u32| "[".repeat(depth as usize);
    let inputs: [&dyn Fn(u32) -> String; 5] = [&spans, &members, &annotations, &unknown, &brackets];
    for (n, input) in inputs.iter().enumerate() {
        work::is_linear(&format!("zipkin {n}"), 500, input, |payload| {
            let _ = zipkin_json(payload.as_bytes());
        });
    }
}

#[test]
fn of_the_jaeger_decoder() {
    // A batch that opens a process with a field of this type and number, and repeats some bytes.
    let opened = |kind: u8, bytes: &'static [u8]| {
        move |count: u32| {
            let mut payload = vec![12, 0, 1, kind, 0, 99];
            payload.extend(bytes.repeat(count as usize));
            payload
        }
    };
    // Lists of lists, structs in structs, fields of one byte, empty texts.
    for (kind, bytes) in [
        (15, &[15, 0, 0, 0, 1][..]),
        (12, &[12, 0, 1]),
        (2, &[0, 2, 0, 99]),
        (11, &[0, 0, 0, 0, 11, 0, 99]),
    ] {
        let what = format!("jaeger {kind}");
        work::is_linear(&what, 2_000, opened(kind, bytes), |payload| {
            let _ = jaeger_binary(payload);
        });
    }
}

#[test]
fn of_the_otlp_decoders() {
    // A request whose bytes repeat: fields of two bytes, unknown ones, groups in groups.
    for bytes in [&[0x0a, 0][..], &[0xf8, 0x07, 1], &[0xfb, 0x07], &[0x12, 0]] {
        work::is_linear(
            &format!("otlp {bytes:?}"),
            2_000,
            |count| bytes.repeat(count as usize),
            |payload| {
                let _ = otlp_protobuf(payload);
            },
        );
    }
    let lists = |count| {
        format!(
            r#"{{"resourceSpans":[{}{{}}]}}"#,
            "{},".repeat(count as usize)
        )
    };
    let values = |depth: u32| {
        let opened = r#"{"arrayValue":{"values":["#.repeat(depth as usize);
        format!(r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"value":{opened}"#)
    };
    let inputs: [&dyn Fn(u32) -> String; 2] = [&lists, &values];
    for (n, input) in inputs.iter().enumerate() {
        work::is_linear(&format!("otlp json {n}"), 500, input, |payload| {
            let _ = otlp_json(payload.as_bytes());
        });
    }
}

#[test]
fn of_the_decoder_of_compact_datagrams() {
    // A datagram that opens a batch with an unknown field of this type, and repeats some bytes.
    let opened = |kind: u8, bytes: &'static [u8]| {
        move |count: u32| {
            let mut payload = b"\x82\x81\x00\x09emitBatch\x1c".to_vec();
            payload.extend([0x90 | kind]);
            payload.extend(bytes.repeat(count as usize));
            payload
        }
    };
    for (kind, bytes) in [(9, &[0x19][..]), (12, &[0x1c]), (8, &[0, 0x18])] {
        let what = format!("compact {kind}");
        work::is_linear(&what, 2_000, opened(kind, bytes), |payload| {
            let _ = jaeger_udp_compact(payload);
        });
    }
}

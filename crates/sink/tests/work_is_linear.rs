//! Twice the payload is at most twice the work, whatever is in it.

#[path = "../../../fuzz/work.rs"]
mod work;

use spanline_sink::decode::{jaeger_binary, zipkin_json};

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

//! `sample` and `propagate`: one answer a row, in order, as the public standards have it.

mod support;

use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use support::{run, start};

#[test]
fn the_ratio_sampler_halves_the_lower_half() {
    // 0x7fff… halved is below half of 2^63, 0x8000… halved is not.
    let answer = run(
        "sample",
        r#"{"trace_id":"00000000000000007fffffffffffffff","ratio":0.5}
           {"trace_id":"00000000000000008000000000000000","ratio":0.5}
           {"trace_id":"ffffffffffffffff0000000000000001","ratio":1e-18}
           {"trace_id":"0000000000000000ffffffffffffffff","ratio":1.5}
           {"trace_id":"00000000000000000000000000000001","ratio":-0.5}
           {"trace_id":"00000000000000000000000000000001","ratio":"NaN"}
        "#
        .trim_end(),
    );
    assert_eq!(answer.status, Some(0), "{}", answer.errors);
    let sampled: Vec<_> = answer.rows.iter().map(|row| &row["sampled"]).collect();
    assert_eq!(sampled, [true, false, true, true, false, false]);
    assert_eq!(answer.rows[2]["ratio"], json!(1e-18));
    assert_eq!(
        answer.rows[0]["trace_id"],
        "00000000000000007fffffffffffffff"
    );
    let description = answer.rows[0]["description"].as_str().unwrap();
    assert!(description.ends_with("RatioBased{0.5}"), "{description}");
}

#[test]
fn traceparent_and_tracestate_are_read_and_written() {
    // W3C Trace Context: header lines of one name are joined; unknown flags are not passed on.
    let row = json!({"case": 7, "group": "w3c", "input": [
        ["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff"],
        ["tracestate", "a=1"],
        ["TraceState", "b=2"],
    ]});
    let answer = run("propagate", &row.to_string());
    assert_eq!(
        answer.row(),
        &json!({"case": 7, "group": "w3c", "extracted": {
            "trace_id": "0af7651916cd43dd8448eb211c80319c",
            "span_id": "b7ad6b7169203331",
            "trace_flags": 3,
            "is_remote": true,
            "trace_state": [["a", "1"], ["b", "2"]],
        }, "baggage": {}, "reinjected": [
            ["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03"],
            ["tracestate", "a=1,b=2"],
        ]})
    );
    assert_eq!(answer.status, Some(0));
}

#[test]
fn a_refusal_has_its_reason() {
    let row = json!({"case": "x", "group": "w3c", "input": [
        ["traceparent", "00-00000000000000000000000000000000-b7ad6b7169203331-01"],
    ]});
    let answer = run("propagate", &row.to_string());
    let row = answer.row();
    assert!(row["extracted"].is_null());
    assert_eq!(row["reinjected"], json!([]));
    let reason = row["reason"].as_str().unwrap();
    assert!(reason.contains("trace id is zero"), "{reason}");
    assert_eq!((answer.status, &*answer.errors), (Some(0), ""));
}

#[test]
fn every_group_has_its_format() {
    let rows = [
        json!({"group": "baggage", "input": [["baggage", "k = v%20w ; p=1"]]}),
        json!({"group": "b3", "input": [["b3", "8448eb211c80319c-b7ad6b7169203331-d"]]}),
        json!({"group": "uber", "input": [["uber-trace-id", "1:2:0:1"], ["uberctx-k", "v"]]}),
        json!({"group": "w3c", "input": []}),
    ];
    let input: String = rows.iter().map(|row| format!("{row}\n")).collect();
    let answer = run("propagate", &input);
    let [baggage, b3, uber, nothing] = answer.rows.as_slice() else {
        panic!("{answer:?}");
    };
    assert_eq!(
        baggage["baggage"],
        json!({"k": {"value": "v w", "metadata": "p=1"}})
    );
    let trace = "00000000000000008448eb211c80319c";
    assert_eq!(
        b3["reinjected_single"],
        json!([["b3", format!("{trace}-b7ad6b7169203331-d")]])
    );
    let flags = json!(["x-b3-flags", "1"]);
    assert!(b3["reinjected"].as_array().unwrap().contains(&flags));
    assert_eq!(uber["extracted"]["span_id"], "0000000000000002");
    assert_eq!(uber["baggage"]["k"]["value"], "v");
    assert!(nothing["extracted"].is_null() && nothing.get("reason").is_none());
    assert!(nothing.get("reinjected_single").is_none());
}

#[test]
fn an_answer_comes_before_the_next_row_is_read() {
    let mut child = start("sample");
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for ratio in ["0", "1"] {
        let trace = "00000000000000000000000000000001";
        writeln!(input, r#"{{"trace_id":"{trace}","ratio":{ratio}}}"#).unwrap();
        input.flush().unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert!(line.contains(&format!(r#""ratio":{ratio}"#)), "{line}");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

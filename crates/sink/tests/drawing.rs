//! Traces as text, drawn as a newcomer sees them.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use spanline_sink::decode::{jaeger_binary, zipkin_json};
use spanline_sink::{DrawOptions, Trace};
use support::{Thrift, batch, span};

fn only_trace(json: &str) -> Trace {
    let traces = Trace::group(zipkin_json(json.as_bytes()).unwrap().spans);
    assert_eq!(traces.len(), 1);
    traces.into_iter().next().unwrap()
}

/// An order that fails: three services, every kind but one, an orphan.
fn order() -> Trace {
    let span = |id, parent, service: &str, name: &str, from: u32, lasts: u32, more: &str| {
        let parent = if parent == 0 {
            String::new()
        } else {
            format!(r#""parentId":"{parent:016}","#)
        };
        format!(
            r#"{{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","id":"{id:016}",{parent}"name":"{name}",
            "timestamp":{},"duration":{lasts},"localEndpoint":{{"serviceName":"{service}"}}{more}}}"#,
            1_700_000_000_000_000_u64 + u64::from(from),
        )
    };
    let event = r#","annotations":[{"timestamp":1700000000003000,"value":"cache miss"}]"#;
    let declined = r#","kind":"CLIENT","tags":{"error":"card declined","amount":"12"}"#;
    let posted =
        r#","kind":"SERVER","tags":{"http.request.method":"POST","http.route":"/api/orders"}"#;
    let spans = [
        span(
            5,
            4,
            "payments",
            "SELECT cards",
            40_000,
            812,
            r#","kind":"CLIENT""#,
        ),
        span(
            8,
            7,
            "mailer",
            "send mail",
            215_000,
            30_000,
            r#","kind":"CONSUMER""#,
        ),
        span(1, 0, "orders", "POST /api/orders", 0, 250_000, posted),
        span(2, 1, "orders", "check stock", 2_000, 20_100, event),
        span(
            4,
            3,
            "payments",
            "POST /charge",
            34_000,
            140_000,
            r#","kind":"SERVER""#,
        ),
        span(3, 1, "orders", "pay", 30_000, 150_300, declined),
        span(
            6,
            1,
            "orders",
            "publish order.failed",
            190_000,
            9_000,
            r#","kind":"PRODUCER""#,
        ),
    ];
    only_trace(&format!("[{}]", spans.join(",")))
}

#[test]
fn a_trace_of_three_services() {
    assert_eq!(
        order().draw(100, false),
        "\
trace 4bf92f3577b34da6a3ce929d0e0e4736  7 spans · 3 services · 250.0 ms  ✗ 1 error
POST /api/orders         orders    SERVER    250.0 ms  ██████████████████████
├─ check stock                                20.1 ms  ██  1 event
├─ pay                             CLIENT    150.3 ms    █████████████▉  ✗ card declined
│  └─ POST /charge       payments  SERVER    140.0 ms     ████████████▎
│     └─ SELECT cards              CLIENT      812 µs     ▏
└─ publish order.failed            PRODUCER    9.0 ms                  ▊
send mail                mailer    CONSUMER   30.0 ms                    ███▌  ⚠ parent not received
"
    );
}

#[test]
fn narrower_lines_do_without_some_columns() {
    assert_eq!(
        order().draw(72, false),
        "\
trace 4bf92f3577b34da6a3ce929d0e0e4736  7 spans · 250.0 ms  ✗ 1 error
POST /api/orders         orders    SERVER    250.0 ms  ██████████
├─ check stock                                20.1 ms  ▊  1 event
├─ pay                             CLIENT    150.3 ms   ██████▎  ✗ card…
│  └─ POST /charge       payments  SERVER    140.0 ms   ██████
│     └─ SELECT cards              CLIENT      812 µs   ▏
└─ publish order.failed            PRODUCER    9.0 ms         ▍
send mail                mailer    CONSUMER   30.0 ms          █▊  ⚠ pa…
"
    );
    assert_eq!(
        order().draw(40, false),
        "\
trace 4bf92f3577b34da6a3ce929d0e0e4736 …
POST /api/orders  orders    250.0 ms
├─ check stock               20.1 ms
├─ pay                      150.3 ms
│  └─ POST /cha…  payments  140.0 ms
│     └─ SELECT…              812 µs
└─ publish orde…              9.0 ms
send mail         mailer     30.0 ms
"
    );
}

#[test]
fn attributes_stand_below_their_span() {
    let options = DrawOptions {
        width: 90,
        colour: false,
        attributes: true,
    };
    assert_eq!(
        order().draw_with(options),
        "\
trace 4bf92f3577b34da6a3ce929d0e0e4736  7 spans · 3 services · 250.0 ms  ✗ 1 error
POST /api/orders         orders    SERVER    250.0 ms  ████████████
│ http.request.method=POST http.route=/api/orders
├─ check stock                                20.1 ms  █  1 event
├─ pay                             CLIENT    150.3 ms   ███████▋  ✗ card declined
│  │ error=card declined amount=12
│  └─ POST /charge       payments  SERVER    140.0 ms   ███████▍
│     └─ SELECT cards              CLIENT      812 µs   ▏
└─ publish order.failed            PRODUCER    9.0 ms           ▍
send mail                mailer    CONSUMER   30.0 ms            █▊  ⚠ parent not received
"
    );
}

#[test]
fn colour_changes_nothing_but_colour() {
    let coloured = order().draw(100, true);
    assert!(
        coloured.contains("\u{1b}[31m✗ card declined\u{1b}[0m"),
        "{coloured}"
    );
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    assert_eq!(plain, order().draw(100, false));
}

#[test]
fn a_single_span_and_odd_ones() {
    let lone = only_trace(&support::zipkin(7));
    assert_eq!(
        lone.draw(80, false),
        "\
trace 00000000000000000000000000000001  1 span · 4 µs
x  a  4 µs  ████████████████████████████████████████
"
    );

    let bare = r#"[{"traceId":"00000000000000aa","id":"0000000000000001"}]"#;
    assert_eq!(
        only_trace(bare).draw(80, false),
        "\
trace 000000000000000000000000000000aa  1 span
(no name)  unknown  ?
"
    );

    // Two that are each other's parents, one that has an id twice, one far too long.
    let name = "a name that is longer than any column ".repeat(3);
    let spans = [span(1, 2), span(2, 1), span(3, 0), span(3, 0), span(4, 3)];
    let mut spans = jaeger_binary(&batch(&spans)).unwrap().spans;
    spans[4].name = name;
    assert_eq!(
        Trace::group(spans)[0].draw(80, false),
        "\
trace 00000000000000000000000000000001  5 spans · 4 µs
x                                 a  4 µs  ██████████████
└─ a name that is longer than a…     4 µs  ██████████████
x                                 a  4 µs  ██████████████  ⚠ same id again
x                                 a  4 µs  ██████████████  ⚠ is its own ancestor
└─ x                                 4 µs  ██████████████
"
    );
}

#[test]
fn nothing_from_outside_steers_the_terminal() {
    let text = "x\u{1b}[2J\u{9b}31m\n\u{202e}y";
    let tag = |key| Thrift::new().string(1, key).i32(2, 0).string(3, text);
    let failed = [
        tag("otel.status_description"),
        tag(text),
        tag("otel.status_code"),
    ];
    let error = Thrift::new().string(1, "error").i32(2, 2).bool(5, 1);
    let tags = failed.into_iter().chain([error]).collect::<Vec<_>>();
    let ids = Thrift::new().i64(1, 1).i64(2, 0).i64(3, 2).i64(4, 0);
    let span = ids
        .string(5, text)
        .i32(7, 1)
        .i64(8, 1000)
        .i64(9, 4)
        .list(10, &tags);
    let body = Thrift::new()
        .nested(1, support::process(text))
        .list(2, &[span])
        .stop();
    let trace = Trace::group(jaeger_binary(&body).unwrap().spans).remove(0);
    let drawing = trace.draw_with(DrawOptions {
        width: 200,
        colour: false,
        attributes: true,
    });
    assert!(
        drawing.contains(r"x\u{1b}[2J\u{9b}31m\n\u{202e}y"),
        "{drawing}"
    );
    assert!(drawing.contains(r"✗ x\u{1b}[2J"), "{drawing}");
    for output in [drawing, trace.to_json(), trace.spans[0].to_json()] {
        let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!output.contains(steers), "{output:?}");
    }
}

#[test]
fn spans_that_were_not_kept_are_mentioned() {
    let mut trace = only_trace(&support::zipkin(7));
    trace.dropped_spans = 12;
    assert!(
        trace
            .draw(80, false)
            .ends_with("… 12 spans received but not kept\n")
    );
}

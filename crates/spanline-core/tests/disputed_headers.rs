//! Every row of docs/propagation-rules.md holds: the header in it is sent on as the row says.
//!
//! The clause that decides stands in the row, so a row that is wrong is wrong in one place.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use spanline_core::Context;
use spanline_core::propagation::{
    B3Propagator, BaggagePropagator, JaegerPropagator, Propagator, TraceContextPropagator,
};

const RULES: &str = include_str!("../../../docs/propagation-rules.md");

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

type Headers = Vec<(String, String)>;

#[test]
fn every_row_of_the_rules_holds() {
    let mut rows = 0;
    for section in RULES.split("\n## ").skip(1) {
        let (title, tables) = section.split_once('\n').unwrap();
        let propagator = propagator(title);
        for row in tables.lines().filter(|line| line.contains('`')) {
            let cells: Vec<_> = row.trim_matches('|').split(" | ").collect();
            let [.., received, sent] = cells.as_slice() else {
                panic!("{row}");
            };
            let ids = title != "baggage";
            let (received, expected) = (headers(received, ids), headers(sent, ids));
            assert!(!received.is_empty(), "{row}");
            assert_eq!(expected.is_empty(), sent.trim() == "nothing", "{row}");
            let context = propagator.extract(&Context::root(), &received);
            let mut sent = Headers::new();
            propagator.inject(&context, &mut sent);
            assert_eq!(sent, expected, "{row}");
            rows += 1;
        }
    }
    assert!(rows > 100, "only {rows} rows were understood");
}

fn propagator(title: &str) -> Box<dyn Propagator> {
    match title {
        "traceparent" | "tracestate" => Box::new(TraceContextPropagator),
        "baggage" => Box::new(BaggagePropagator),
        "B3" => Box::new(B3Propagator::single()),
        "Jaeger" => Box::new(JaegerPropagator),
        _ => panic!("no propagator is called {title}"),
    }
}

/// The headers between back-ticks.
fn headers(cell: &str, ids: bool) -> Headers {
    let texts = cell.split('`').skip(1).step_by(2);
    texts
        .map(|text| {
            let (name, value) = text.split_once(':').unwrap();
            let value = value.strip_prefix(' ').unwrap_or(value);
            (name.to_owned(), expand(value, ids))
        })
        .collect()
}

/// Writes out what the tables abbreviate.
fn expand(value: &str, ids: bool) -> String {
    let mut text = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('×') {
        let (before, unit) = before.rsplit_once('{').unwrap();
        let (times, after) = after.split_once('}').unwrap();
        text.push_str(before);
        text.push_str(&unit.repeat(times.parse().unwrap()));
        rest = after;
    }
    text.push_str(rest);
    if ids {
        let upper = |id: &str| id.to_ascii_uppercase();
        text = text
            .replace("T↑", &upper(TRACE))
            .replace("S↑", &upper(SPAN));
        text = text.replace('T', TRACE).replace('S', SPAN);
    }
    let mut bytes = Vec::new();
    let mut parts = text.split("\\x");
    bytes.extend_from_slice(parts.next().unwrap().as_bytes());
    for part in parts {
        let (digits, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).unwrap());
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).unwrap()
}

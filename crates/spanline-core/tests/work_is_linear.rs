//! Twice the headers are at most twice the work, whatever is in them.

#[path = "../../../fuzz/work.rs"]
mod work;

use spanline_core::propagation::{
    B3Propagator, CompositePropagator, JaegerPropagator, OtTracePropagator, Propagator,
};
use spanline_core::{Baggage, Context, TraceState, Value};

fn everything() -> CompositePropagator {
    CompositePropagator::w3c()
        .and(B3Propagator::single())
        .and(JaegerPropagator)
        .and(OtTracePropagator)
}

const HEADERS: [&str; 9] = [
    "traceparent",
    "tracestate",
    "baggage",
    "b3",
    "x-b3-traceid",
    "uber-trace-id",
    "jaeger-baggage",
    "uberctx-k",
    "ot-baggage-k",
];

/// What brings the OT headers' baggage into play.
const OT_IDS: [(&str, &str); 2] = [("ot-tracer-traceid", "1"), ("ot-tracer-spanid", "2")];

#[test]
fn in_the_length_of_one_line() {
    let all = everything();
    for name in HEADERS {
        for unit in ["k=v,", " ", ",", "%41", ";", "-", ":", "0"] {
            let header = |length| {
                let mut headers = OT_IDS
                    .map(|(name, value)| (name, value.to_owned()))
                    .to_vec();
                headers.push((name, unit.repeat(length as usize)));
                headers
            };
            work::is_linear(&format!("{name}: {unit}"), 4_000, header, |headers| {
                all.extract(&Context::root(), headers);
            });
        }
    }
}

#[test]
fn in_the_number_of_lines() {
    let all = everything();
    for name in HEADERS {
        for value in ["k=v", "k=v,,,,,,,,,,,,,,,,,,,", "@", "00-"] {
            let lines = |count| {
                let mut headers = OT_IDS.to_vec();
                headers.resize(count as usize, (name, value));
                headers
            };
            work::is_linear(&format!("{name}: {value}"), 500, lines, |headers| {
                all.extract(&Context::root(), headers);
            });
        }
    }
}

#[test]
fn in_the_number_of_names() {
    let all = everything();
    let huge = "v".repeat(9000);
    for prefix in ["uberctx-", "ot-baggage-", "x-"] {
        for value in ["v", huge.as_str()] {
            let names = |count| {
                let ids = OT_IDS.map(|(name, value)| (name.to_owned(), value));
                let mut headers = ids.to_vec();
                headers.extend((0..count).map(|n| (format!("{prefix}{n}"), value)));
                headers
            };
            work::is_linear(prefix, 500, names, |headers| {
                all.extract(&Context::root(), headers);
            });
        }
    }
}

#[test]
fn in_what_is_sent() {
    let all = everything();
    for unit in ["é", "a", ";k=v", "%"] {
        let context = |length| {
            let baggage = Baggage::new().with_metadata("k", &unit.repeat(length as usize), unit);
            Context::root().with_baggage(baggage.with_metadata(
                "l",
                "v",
                &unit.repeat(length as usize),
            ))
        };
        work::is_linear(unit, 4_000, context, |context| {
            all.inject(context, &mut Vec::<(String, String)>::new());
        });
    }
}

#[test]
fn in_the_names_of_a_map() {
    let pairs = |count| -> Vec<(String, u32)> {
        let names = (0..count).map(|n| (format!("name {n}"), n));
        names.collect()
    };
    work::is_linear("a map", 100, pairs, |pairs| {
        let _ = Value::map(
            pairs
                .iter()
                .map(|(name, value)| (&**name, i64::from(*value))),
        );
    });
}

#[test]
fn in_the_length_of_a_trace_state() {
    for unit in ["k=v,", ",", " ", "a", "=", "é"] {
        let text = |length| unit.repeat(length as usize);
        work::is_linear(unit, 4_000, text, |text: &String| {
            let _ = text.parse::<TraceState>();
        });
    }
}

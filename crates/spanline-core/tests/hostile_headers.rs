//! Whatever is received, nothing panics and work is bounded; whatever is sent is legal.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::prelude::*;
use spanline_core::propagation::{
    B3Propagator, BaggagePropagator, CompositePropagator, JaegerPropagator, OtTracePropagator,
    Propagator, TraceContextPropagator, format_traceparent, parse_traceparent,
};
use spanline_core::{Baggage, Context, SpanContext, SpanId, TraceFlags, TraceId, TraceState};

type Headers = Vec<(String, String)>;

fn every_propagator() -> Vec<Box<dyn Propagator>> {
    vec![
        Box::new(TraceContextPropagator),
        Box::new(BaggagePropagator),
        Box::new(B3Propagator::single()),
        Box::new(B3Propagator::multi()),
        Box::new(JaegerPropagator),
        Box::new(OtTracePropagator),
    ]
}

fn inject(propagator: &dyn Propagator, context: &Context) -> Headers {
    let mut headers = Vec::new();
    propagator.inject(context, &mut headers);
    headers
}

/// Header names that mean something to somebody, and values near to what they should be.
fn headers() -> impl Strategy<Value = Headers> {
    let name = prop_oneof![
        prop::sample::select(vec![
            "traceparent",
            "tracestate",
            "baggage",
            "b3",
            "x-b3-traceid",
            "x-b3-spanid",
            "x-b3-sampled",
            "x-b3-flags",
            "uber-trace-id",
            "uberctx-k",
            "uberctx-é",
            "uberctx-",
            "jaeger-baggage",
            "jaeger-debug-id",
            "ot-tracer-traceid",
            "ot-tracer-spanid",
            "ot-tracer-sampled",
            "ot-baggage-k",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    let value = prop_oneof![
        any::<String>(),
        "[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}[-a-z]{0,3}",
        "[0-9a-fg]{15,17}",
        "[0-9a-f]{32}",
        "[0-9a-f]{1,33}:[0-9a-f]{1,17}:[0-9a-f]{0,2}:[0-9a-f]{0,3}",
        "([0-9a-f]{16}){1,2}-[0-9a-f]{16}(-[01d](-[0-9a-f]{16})?)?",
        "[a-c ]{0,2}=[a-c%;= ,\\\\\"é]{0,8}(,[a-c@]{1,2}=[a-c=%20-9 ]{0,4}){0,40}",
        "(true|false|0|1|d)",
    ];
    prop::collection::vec((name, value), 0..6)
}

fn span_contexts() -> impl Strategy<Value = SpanContext> {
    let state = prop::collection::btree_map(
        "[a-z0-9][a-z0-9_*/@-]{0,6}",
        "[ -+.-<>-~]{0,6}[!-+.-<>-~]",
        0..5,
    );
    (1..=u128::MAX, 1..=u64::MAX, 0..4_u8, state).prop_map(|(trace, span, flags, state)| {
        SpanContext::new(
            TraceId::from_u128(trace).unwrap(),
            SpanId::from_u64(span).unwrap(),
            TraceFlags::from_bits(flags),
        )
        .with_trace_state(TraceState::from_pairs(state).unwrap())
        .with_remote(true)
    })
}

proptest! {
    #[test]
    fn nothing_received_panics_or_makes_zero_ids(headers in headers()) {
        for propagator in every_propagator() {
            let context = propagator.extract(&Context::root(), &headers);
            let span = context.span_context();
            prop_assert_eq!(span.is_valid(), span.trace_id().is_some());
            prop_assert_eq!(span.is_valid(), span.span_id().is_some());
            prop_assert_eq!(span.is_valid(), span.is_remote());
            prop_assert!(span.trace_state().len() <= 32);
            prop_assert!(context.baggage().len() <= 64);
            prop_assert!(context.baggage().get("").is_none());
        }
    }

    #[test]
    fn what_was_accepted_is_sent_again_and_accepted_again(headers in headers()) {
        for propagator in every_propagator() {
            let once = propagator.extract(&Context::root(), &headers);
            let twice = propagator.extract(&Context::root(), &inject(&*propagator, &once));
            if propagator.fields().contains(&"ot-tracer-traceid") {
                continue; // sends half of the trace id
            }
            prop_assert_eq!(once.span_context(), twice.span_context());
        }
    }

    #[test]
    fn bytes_that_are_sent_are_legal(
        span in span_contexts(),
        baggage in prop::collection::vec((any::<String>(), any::<String>(), any::<String>()), 0..5),
    ) {
        let baggage = baggage.iter().fold(Baggage::new(), |baggage, (name, value, metadata)| {
            baggage.with_metadata(name, value, metadata)
        });
        let context = Context::root().with_span_context(span).with_baggage(baggage);
        for propagator in every_propagator() {
            for (name, value) in inject(&*propagator, &context) {
                prop_assert!(name.bytes().all(|byte| byte.is_ascii_graphic()));
                prop_assert!(value.bytes().all(|byte| matches!(byte, 0x20..=0x7e)), "{value:?}");
                prop_assert_eq!(value.trim(), &value);
                prop_assert!(!value.is_empty() || name.starts_with("uberctx-") || name.starts_with("ot-baggage-"));
            }
        }
    }

    #[test]
    fn w3c_round_trip(
        span in span_contexts(),
        baggage in prop::collection::btree_map("[!#-'*+.0-9A-Z^-z|~-]{1,8}", any::<String>(), 0..8),
    ) {
        let propagator = CompositePropagator::w3c();
        let baggage: Baggage = baggage.into_iter().collect();
        let context = Context::root().with_span_context(span).with_baggage(baggage);
        let read = propagator.extract(&Context::root(), &inject(&propagator, &context));
        prop_assert_eq!(read.span_context(), context.span_context());
        prop_assert_eq!(read.baggage(), context.baggage());
    }

    #[test]
    fn b3_and_jaeger_round_trip(span in span_contexts()) {
        let plain = SpanContext::new(
            span.trace_id().unwrap(),
            span.span_id().unwrap(),
            span.trace_flags().with_random(false),
        )
        .with_remote(true);
        let context = Context::root().with_span_context(plain);
        let (single, multi) = (B3Propagator::single(), B3Propagator::multi());
        for propagator in [&single as &dyn Propagator, &multi, &JaegerPropagator] {
            let read = propagator.extract(&Context::root(), &inject(propagator, &context));
            prop_assert_eq!(read.span_context(), context.span_context());
        }
    }

    #[test]
    fn traceparent_is_what_its_grammar_says(text in "[ \t]?[0-9a-fA-F.]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}[-.]?[a-z]?") {
        let value = text.trim_matches([' ', '\t']);
        let fields: Vec<_> = value.split('-').collect();
        let digits = |n: usize, len: usize| {
            fields.get(n).is_some_and(|field| {
                field.len() == len && field.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
            })
        };
        let lengths = digits(0, 2) && digits(1, 32) && digits(2, 16) && digits(3, 2);
        let nonzero = |n: usize| fields[n].chars().any(|c| c != '0');
        let tail = if fields[0] == "00" { fields.len() == 4 } else { fields[0] != "ff" };
        let accepted = lengths && nonzero(1) && nonzero(2) && tail;
        let parsed = parse_traceparent(&text);
        prop_assert_eq!(parsed.is_ok(), accepted, "{:?}", parsed);
        if let Ok(context) = parsed {
            let sent = format_traceparent(&context).unwrap();
            prop_assert_eq!(&sent[3..52], &value[3..52]);
            prop_assert_eq!(parse_traceparent(&sent).unwrap(), context);
        }
    }
}

#[test]
fn one_endless_line_is_not_read_to_its_end() {
    let propagator = CompositePropagator::w3c()
        .and(JaegerPropagator)
        .and(B3Propagator::single());
    for unit in ["k=v,", " ", ",", "%", ";", "a=1;", "-", ":", "0"] {
        let endless = unit.repeat((8 << 20) / unit.len());
        for name in [
            "traceparent",
            "tracestate",
            "baggage",
            "b3",
            "uber-trace-id",
            "jaeger-baggage",
            "jaeger-debug-id",
        ] {
            let headers = [(name, endless.as_str())];
            assert!(
                !propagator
                    .extract(&Context::root(), &headers)
                    .span_context()
                    .is_valid()
            );
        }
    }
}

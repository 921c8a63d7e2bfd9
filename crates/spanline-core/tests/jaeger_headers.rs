//! The headers of Jaeger's clients and of the basic OpenTracing tracers.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::ops::ControlFlow;

use spanline_core::propagation::{
    B3Propagator, EnvCarrier, ExtractReason, Extractor, JaegerDebugId, JaegerPropagator,
    OtTracePropagator, Propagator,
};
use spanline_core::{Baggage, Context, SpanContext, TraceFlags};

const TRACE: &str = "80f198ee56343ba864fe8b2a57d3eff7";
const SPAN: &str = "e457b5a2e4d86bd1";

fn sampled() -> Context {
    Context::root().with_span_context(SpanContext::new(
        TRACE.parse().unwrap(),
        SPAN.parse().unwrap(),
        TraceFlags::SAMPLED,
    ))
}

fn identity(value: &str) -> Context {
    JaegerPropagator.extract(&Context::root(), &[("Uber-Trace-Id", value)])
}

fn sent(propagator: impl Propagator, context: &Context) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    propagator.inject(context, &mut headers);
    headers
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn identities_that_are_read() {
    let long = format!("{TRACE}:{SPAN}");
    for (value, again) in [
        (format!("{long}:0:1"), format!("{long}:0:1")),
        (format!("{long}:0:0"), format!("{long}:0:0")),
        (format!("{long}:05e3ac9a4f6e3b90:1"), format!("{long}:0:1")),
        (format!("{long}:xyz:1"), format!("{long}:0:1")),
        (format!("{long}::1"), format!("{long}:0:1")),
        (format!("{long}:0:3"), format!("{long}:0:3")),
        (format!("{long}:0:2"), format!("{long}:0:0")),
        (format!("{long}:0:9"), format!("{long}:0:1")),
        (format!("{long}:0:01"), format!("{long}:0:1")),
        (format!("{long}:0:0a"), format!("{long}:0:0")),
        (format!("{long}:0:fF"), format!("{long}:0:3")),
        (
            format!("{}:0:1", long.to_uppercase()),
            format!("{long}:0:1"),
        ),
        (format!("{TRACE}%3A{SPAN}%3a0%3A1"), format!("{long}:0:1")),
        (format!(" {long}:0:1\t"), format!("{long}:0:1")),
        (
            "1:2:0:1".into(),
            format!("{}1:{}2:0:1", "0".repeat(31), "0".repeat(15)),
        ),
        (
            format!("{}:{SPAN}:0:1", &TRACE[15..]),
            format!("{}{}:{SPAN}:0:1", "0".repeat(15), &TRACE[15..]),
        ),
    ] {
        let context = identity(&value);
        assert!(context.span_context().is_remote(), "{value}");
        assert_eq!(
            sent(JaegerPropagator, &context),
            [pair("uber-trace-id", &again)],
            "{value}"
        );
    }
}

#[test]
fn identities_that_are_refused() {
    use ExtractReason::*;
    for (value, reason) in [
        ("".into(), Fields),
        ("bogus".into(), Fields),
        (format!("{TRACE}:{SPAN}:0"), Fields),
        (format!("{TRACE}:{SPAN}:0:1:x"), Fields),
        (":::".into(), TraceId),
        (format!(":{SPAN}:0:1"), TraceId),
        (format!("{TRACE}0:{SPAN}:0:1"), TraceId),
        (format!("+1:{SPAN}:0:1"), TraceId),
        (format!("-1:{SPAN}:0:1"), TraceId),
        (format!("0x1:{SPAN}:0:1"), TraceId),
        (format!("{}g:{SPAN}:0:1", &TRACE[1..]), TraceId),
        (format!("0:{SPAN}:0:1"), ZeroTraceId),
        (format!("{TRACE}::0:1"), SpanId),
        (format!("{TRACE}:{SPAN}0:0:1"), SpanId),
        (format!("{TRACE}:0:0:1"), ZeroSpanId),
        (format!("{TRACE}:{SPAN}:0:"), Flags),
        (format!("{TRACE}:{SPAN}:0:100"), Flags),
        (format!("{TRACE}:{SPAN}:0:g"), Flags),
        (format!("{TRACE}:{SPAN}:0:-1"), Flags),
        ("%3A".repeat(100), TooLong),
    ] {
        let headers = [("uber-trace-id", value.as_str())];
        let error = JaegerPropagator
            .try_extract(&Context::root(), &headers)
            .unwrap_err();
        assert_eq!(error.reason(), reason, "{value}");
        assert!(!identity(&value).span_context().is_valid());
    }
}

#[test]
fn baggage_of_jaeger() {
    let headers = [
        ("uberctx-Plain", "value"),
        ("UberCtx-encoded", "a+b%20c%2B"),
        ("uberctx-odd", "%zz"),
        ("uberctx-", "no name"),
        ("jaeger-baggage", "k1=v1 , k2 = v2, bad, =x"),
    ];
    let context = JaegerPropagator.extract(&Context::root(), &headers);
    let expected = [
        ("k1", "v1"),
        ("k2", "v2"),
        ("plain", "value"),
        ("encoded", "a b c+"),
        ("odd", "%zz"),
    ];
    assert_eq!(*context.baggage(), expected.into_iter().collect());
    assert!(!context.span_context().is_valid(), "baggage needs no trace");

    let baggage = Baggage::new()
        .with("key", "value 1 / blah")
        .with("a b", "x")
        .with("é", "y");
    assert_eq!(
        sent(JaegerPropagator, &Context::root().with_baggage(baggage)),
        [pair("uberctx-key", "value%201%20%2F%20blah")]
    );
}

#[test]
fn baggage_of_jaeger_is_bounded() {
    let names: Vec<_> = (0..100).map(|n| format!("uberctx-k{n}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), "v")).collect();
    assert_eq!(
        JaegerPropagator
            .extract(&Context::root(), &many)
            .baggage()
            .len(),
        64
    );
    let huge = "v".repeat(9000);
    let headers = [("uberctx-huge", huge.as_str()), ("uberctx-small", "v")];
    assert_eq!(
        JaegerPropagator
            .extract(&Context::root(), &headers)
            .baggage()
            .len(),
        1
    );

    let baggage: Baggage = (0..100).map(|n| (format!("k{n}"), "v")).collect();
    assert_eq!(
        sent(JaegerPropagator, &Context::root().with_baggage(baggage)).len(),
        64
    );
    let baggage = Baggage::new().with("huge", &huge).with("small", "v");
    let headers = sent(JaegerPropagator, &Context::root().with_baggage(baggage));
    assert_eq!(headers, [pair("uberctx-small", "v")]);
}

#[test]
fn baggage_in_lists_shares_the_bound() {
    let line = |letter: &str| {
        let pairs: Vec<_> = (0..50).map(|n| format!("{letter}{n}=v")).collect();
        pairs.join(",")
    };
    let (first, second) = (line("a"), line("b"));
    let headers = [
        ("jaeger-baggage", first.as_str()),
        ("jaeger-baggage", second.as_str()),
        ("uberctx-c", "v"),
    ];
    let context = JaegerPropagator.extract(&Context::root(), &headers);
    assert_eq!(context.baggage().len(), 64);
    assert_eq!(context.baggage().get("b13"), Some("v"));
    assert_eq!(context.baggage().get("b14"), None);
}

fn debug_id(headers: &[(&str, &str)]) -> Option<String> {
    let context = JaegerPropagator.extract(&Context::root(), &headers);
    let id = context.value::<JaegerDebugId>();
    id.map(|id| id.as_str().to_owned())
}

#[test]
fn a_debug_id_is_read_where_no_trace_is() {
    let alone = [("Jaeger-Debug-Id", "ticket 42")];
    assert_eq!(debug_id(&alone).as_deref(), Some("ticket 42"));

    let identity = format!("{TRACE}:{SPAN}:0:0");
    let both = [
        ("jaeger-debug-id", "42"),
        ("uber-trace-id", identity.as_str()),
    ];
    assert_eq!(debug_id(&both), None);
    let context = JaegerPropagator.extract(&Context::root(), &both);
    assert_eq!(
        sent(JaegerPropagator, &context),
        [pair("uber-trace-id", &identity)]
    );

    let within = JaegerPropagator.extract(&sampled(), &alone);
    assert!(within.value::<JaegerDebugId>().is_none(), "of another kind");

    let bad = [("jaeger-debug-id", "42"), ("uber-trace-id", "bogus")];
    assert_eq!(debug_id(&bad), None, "refused with the identity");
}

#[test]
fn a_debug_id_is_printable_and_bounded() {
    let long = "x".repeat(10_000);
    let blank = " ".repeat(10_000);
    for (value, expected) in [
        ("", None),
        (blank.as_str(), None),
        ("\x01\r\n\x7fé", None),
        (" a b\t", Some("a b")),
        ("a\r\nb\0c\x1bd\x7f", Some("abcd")),
        ("né!~", Some("n!~")),
        (long.as_str(), Some(&long[..256])),
    ] {
        let read = debug_id(&[("jaeger-debug-id", value)]);
        assert_eq!(read.as_deref(), expected, "{value:.20?}");
    }
}

#[test]
fn a_debug_id_marks_the_trace_that_is_begun_for_it_and_no_other() {
    let headers = [("jaeger-debug-id", "42"), ("uberctx-k", "v")];
    let context = JaegerPropagator.extract(&Context::root(), &headers);
    assert_eq!(
        sent(JaegerPropagator, &context),
        [pair("uberctx-k", "v")],
        "without a span nothing is said of it"
    );
    let inside = |trace: &str| {
        let flags = TraceFlags::SAMPLED;
        let span = SpanContext::new(trace.parse().unwrap(), SPAN.parse().unwrap(), flags);
        let context = context.clone().with_baggage(Baggage::EMPTY);
        context.with_span_context(span)
    };
    let said = |trace: &str| {
        let [jaeger, b3] = [
            sent(JaegerPropagator, &inside(trace)),
            sent(B3Propagator::single(), &inside(trace)),
        ];
        assert_eq!((jaeger.len(), b3.len()), (1, 1));
        let last = |header: &(String, String)| header.1.chars().last().unwrap();
        (last(&jaeger[0]), last(&b3[0]))
    };
    assert_eq!(said(TRACE), ('1', '1'), "no sampler has said yes");
    let id = context.value::<JaegerDebugId>().unwrap();
    id.begin(TRACE.parse().unwrap());
    id.begin("1".repeat(32).parse().unwrap());
    assert_eq!(said(TRACE), ('3', 'd'));
    assert_eq!(said(&"1".repeat(32)), ('1', '1'));
}

#[test]
fn no_more_headers_are_looked_up_than_can_be_used() {
    /// Counts how often a header is asked for by its name, which in a list means a search.
    struct Counting(Vec<(String, String)>, std::cell::Cell<usize>);

    impl Extractor for Counting {
        fn get(&self, key: &str) -> Option<&str> {
            self.1.set(self.1.get() + 1);
            self.0.get(key)
        }

        fn keys(&self, visit: &mut dyn FnMut(&str)) {
            self.0.keys(visit);
        }
    }

    for prefix in ["uberctx-", "ot-baggage-"] {
        for value in ["v".to_owned(), "v".repeat(9000)] {
            let mut headers = vec![
                pair("ot-tracer-traceid", "1"),
                pair("ot-tracer-spanid", "2"),
            ];
            headers.extend((0..1000).map(|n| (format!("{prefix}{n}"), value.clone())));
            let carrier = Counting(headers, 0.into());
            JaegerPropagator.extract(&Context::root(), &carrier);
            OtTracePropagator.extract(&Context::root(), &carrier);
            assert!(carrier.1.get() < 80, "{} look-ups", carrier.1.get());
        }
    }
}

#[test]
fn a_list_is_gone_through_once_for_all_baggage_entries() {
    /// Of a list that knows its lines; what is left to count are look-ups by name.
    struct Searched(Vec<(String, String)>, std::cell::Cell<usize>);

    impl Extractor for Searched {
        fn get(&self, key: &str) -> Option<&str> {
            self.1.set(self.1.get() + 1);
            self.0.get(key)
        }

        fn keys(&self, visit: &mut dyn FnMut(&str)) {
            self.0.keys(visit);
        }

        fn get_prefixed(&self, prefix: &str, visit: &mut dyn FnMut(&str, &str) -> ControlFlow<()>) {
            self.0.get_prefixed(prefix, visit);
        }
    }

    for prefix in ["uberctx-", "ot-baggage-"] {
        let mut headers = vec![
            pair("ot-tracer-traceid", "1"),
            pair("ot-tracer-spanid", "2"),
        ];
        headers.extend((0..1000).map(|n| (format!("{prefix}{n}"), "v".to_owned())));
        let carrier = Searched(headers, 0.into());
        let jaeger = JaegerPropagator.extract(&Context::root(), &carrier);
        let ot = OtTracePropagator.extract(&Context::root(), &carrier);
        assert_eq!(jaeger.baggage().len() + ot.baggage().len(), 64);
        assert!(carrier.1.get() < 10, "{} look-ups", carrier.1.get());
    }
}

#[test]
fn of_a_header_that_comes_again_the_first_line_counts() {
    for (propagator, prefix) in [
        (&JaegerPropagator as &dyn Propagator, "uberctx-"),
        (&OtTracePropagator, "ot-baggage-"),
    ] {
        let headers = [
            pair("ot-tracer-traceid", "1"),
            pair("ot-tracer-spanid", "2"),
            pair("jaeger-baggage", "k=0,l=0"),
            (format!("{prefix}K"), "1".to_owned()),
            (format!("{prefix}k"), "2".to_owned()),
        ];
        let context = propagator.extract(&Context::root(), &headers);
        assert_eq!(context.baggage().get("k"), Some("1"));
    }
}

#[test]
fn baggage_goes_through_the_environment() {
    let sent = Context::root().with_baggage(Baggage::new().with("user", "4 7"));
    let mut environment = EnvCarrier::new();
    JaegerPropagator.inject(&sent, &mut environment);
    let read = JaegerPropagator.extract(&Context::root(), &environment);
    assert_eq!(read.baggage(), sent.baggage());
}

#[test]
fn fields_leave_out_what_depends_on_the_baggage() {
    assert_eq!(JaegerPropagator.fields(), ["uber-trace-id"]);
    assert_eq!(
        OtTracePropagator.fields(),
        ["ot-tracer-traceid", "ot-tracer-spanid", "ot-tracer-sampled"]
    );
}

#[test]
fn ot_headers_are_written() {
    let baggage = Baggage::new()
        .with("k", "a b")
        .with("no", "é")
        .with("neither", "a\r\nb");
    assert_eq!(
        sent(OtTracePropagator, &sampled().with_baggage(baggage)),
        [
            pair("ot-tracer-traceid", "64fe8b2a57d3eff7"),
            pair("ot-tracer-spanid", SPAN),
            pair("ot-tracer-sampled", "true"),
            pair("ot-baggage-k", "a b"),
        ]
    );
    assert_eq!(sent(OtTracePropagator, &Context::root()), []);
}

#[test]
fn ot_headers_are_read() {
    let read = |sampled: Option<&str>, trace: &str| {
        let mut headers = vec![("OT-Tracer-TraceId", trace), ("ot-tracer-spanid", SPAN)];
        headers.push(("ot-baggage-Key", "v"));
        headers.extend(sampled.map(|value| ("ot-tracer-sampled", value)));
        OtTracePropagator.try_extract(&Context::root(), &headers)
    };
    for (word, sampled) in [
        (Some("true"), true),
        (Some("TRUE"), true),
        (Some("1"), true),
        (Some("0"), false),
        (None, false),
    ] {
        let context = read(word, "64fe8b2a57d3eff7").unwrap();
        let span = context.span_context();
        assert_eq!((span.is_sampled(), span.is_remote()), (sampled, true));
        assert_eq!(
            span.trace_id().unwrap().to_string(),
            "000000000000000064fe8b2a57d3eff7"
        );
        assert_eq!(context.baggage().get("key"), Some("v"));
    }
    assert_eq!(
        read(Some("yes"), TRACE).unwrap_err().reason(),
        ExtractReason::State
    );
    assert_eq!(
        read(None, "0").unwrap_err().reason(),
        ExtractReason::ZeroTraceId
    );
    let alone = OtTracePropagator.extract(&Context::root(), &[("ot-baggage-k", "v")]);
    assert!(
        alone.baggage().is_empty(),
        "baggage goes with a span or not at all"
    );
}

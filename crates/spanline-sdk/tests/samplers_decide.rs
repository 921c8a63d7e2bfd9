//! What a sampler decides is what becomes of the span: who sees it, what travels, what is added.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use spanline_core::context::Context;
use spanline_core::propagation::{JaegerPropagator, Propagator};
use spanline_core::record::SpanLimits;
use spanline_core::view::SpanView;
use spanline_core::{
    SpanContext, SpanId, SpanKind, SpanMut, TraceFlags, TraceId, TraceState, TracerProvider,
};
use spanline_sdk::processor::{SimpleSpanProcessor, SpanProcessor};
use spanline_sdk::provider::TracerProviderBuilder;
use spanline_sdk::sampler::{
    AlwaysOff, AlwaysOn, AlwaysRecord, JaegerDebug, ParentBased, Sampler, SamplingDecision,
    SamplingInput, SamplingResult, TraceIdRatioBased,
};
use spanline_sdk::testing::InMemoryExporter;
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// Counts what it is shown.
#[derive(Clone, Default)]
struct Probe {
    starts: Arc<AtomicUsize>,
    ends: Arc<AtomicUsize>,
}

impl SpanProcessor for Probe {
    fn on_start(&self, _: &mut SpanMut<'_>, _: &Context) {
        self.starts.fetch_add(1, SeqCst);
    }

    fn on_end(&self, _: SpanView<'_>) {
        self.ends.fetch_add(1, SeqCst);
    }
}

impl Probe {
    fn seen(&self) -> (usize, usize) {
        (self.starts.load(SeqCst), self.ends.load(SeqCst))
    }
}

fn provider(sampler: impl Sampler + 'static) -> (TracerProvider, Probe, InMemoryExporter) {
    let (probe, exporter) = (Probe::default(), InMemoryExporter::new());
    let builder = TracerProviderBuilder::new()
        .sampler(sampler)
        .limits(SpanLimits::default().attribute_count_limit(3))
        .processor(probe.clone())
        .processor(SimpleSpanProcessor::new(exporter.clone()));
    (builder.build().unwrap(), probe, exporter)
}

fn remote(flags: TraceFlags) -> Context {
    let trace_state: TraceState = "vendor=1".parse().unwrap();
    let parent = SpanContext::new(TraceId::MIN, SpanId::MIN, flags)
        .with_trace_state(trace_state)
        .with_remote(true);
    Context::root().with_span_context(parent)
}

#[test]
fn a_parent_elsewhere_that_is_not_sampled_is_followed() {
    let (provider, probe, exporter) = provider(ParentBased::new(AlwaysOn));
    let tracer = provider.tracer("test");
    let span = tracer
        .span("child")
        .parent(&remote(TraceFlags::RANDOM))
        .start();
    let context = span.span_context().clone();
    assert!(!span.is_recording());
    span.end();
    assert_eq!(context.trace_id(), Some(TraceId::MIN));
    assert!(
        context.span_id().is_some_and(|id| id != SpanId::MIN),
        "a fresh id all the same"
    );
    assert_eq!(
        (context.trace_flags(), context.is_remote()),
        (TraceFlags::RANDOM, false)
    );
    assert_eq!(context.trace_state().as_str(), "vendor=1");
    assert_eq!((probe.seen(), exporter.spans().len()), ((0, 0), 0));
    assert_eq!(provider.stats().started.dropped, 1);
}

#[test]
fn a_parent_elsewhere_that_is_sampled_is_followed() {
    let (provider, probe, exporter) = provider(ParentBased::new(AlwaysOff));
    let tracer = provider.tracer("test");
    tracer
        .span("child")
        .parent(&remote(TraceFlags::SAMPLED))
        .start()
        .end();
    tracer.start("root").end();
    let spans = exporter.spans();
    assert_eq!((probe.seen(), spans.len()), ((1, 1), 1));
    assert_eq!(spans[0].parent_span_id(), Some(SpanId::MIN));
    assert!(spans[0].view().parent_span_context().is_remote());
    let started = provider.stats().started;
    assert_eq!((started.sampled, started.dropped), (1, 1));
}

#[test]
fn what_is_only_recorded_is_seen_and_not_exported() {
    let (provider, probe, exporter) = provider(AlwaysRecord::new(AlwaysOff));
    let span = provider.tracer("test").start("span");
    assert!(span.is_recording() && !span.span_context().is_sampled());
    span.end();
    assert_eq!((probe.seen(), exporter.spans().len()), ((1, 1), 0));
    assert_eq!(provider.stats().started.record_only, 1);
}

/// The headers that a span sends, and what exporters see, for a request with these headers.
fn serve(headers: &[(&str, &str)]) -> (Vec<(String, String)>, Vec<Vec<String>>) {
    let (provider, _, exporter) = provider(JaegerDebug::new(ParentBased::new(AlwaysOff)));
    let tracer = provider.tracer("test");
    let mut sent = Vec::new();
    {
        let _caller = JaegerPropagator
            .extract(&Context::root(), &headers)
            .attach();
        let _server = tracer.start_active("server");
        let _client = tracer.start_active("client");
        JaegerPropagator.inject(&Context::current(), &mut sent);
    }
    let tags = exporter.spans().into_iter().map(|span| {
        let attributes = span.view().attributes().iter();
        let texts = attributes.map(|tag| format!("{}={}", tag.key, tag.value));
        texts.collect()
    });
    (sent, tags.collect())
}

#[test]
fn a_debug_id_begins_a_trace_that_is_kept_and_debugged() {
    let (sent, tags) = serve(&[("jaeger-debug-id", "ticket 42")]);
    assert_eq!((sent.len(), sent[0].0.as_str()), (1, "uber-trace-id"));
    assert!(sent[0].1.ends_with(":0:3"), "{}", sent[0].1);
    assert_eq!(tags, [vec![], vec!["jaeger-debug-id=ticket 42".to_owned()]]);
}

#[test]
fn a_debug_id_beside_a_trace_begins_none() {
    for (flags, kept) in [("0", 0), ("1", 2)] {
        let identity = format!("{}:{}:0:{flags}", TraceId::MIN, SpanId::MIN);
        let (sent, tags) = serve(&[("uber-trace-id", &identity), ("jaeger-debug-id", "42")]);
        assert!(sent[0].1.starts_with(&TraceId::MIN.to_string()));
        assert!(sent[0].1.ends_with(&format!(":0:{flags}")), "{}", sent[0].1);
        assert_eq!(tags, vec![Vec::<String>::new(); kept]);
    }
    let (sent, tags) = serve(&[]);
    assert!(sent[0].1.ends_with(":0:0") && tags.is_empty());
}

/// Keeps everything and adds to it.
struct Adds(Option<TraceState>);

impl Sampler for Adds {
    fn should_sample(&self, input: &SamplingInput<'_>) -> SamplingResult {
        assert_eq!((input.name(), input.kind()), ("span", SpanKind::Server));
        assert_eq!(input.attributes().len(), 2);
        assert_eq!(input.context().span_context(), input.parent());
        let result = SamplingResult::from(SamplingDecision::RecordAndSample)
            .with_attribute("a", "sampler's")
            .with_attribute("c", 3)
            .with_attribute("d", "one too many");
        match &self.0 {
            Some(state) => result.with_trace_state(state.clone()),
            None => result,
        }
    }

    fn description(&self) -> Cow<'_, str> {
        "Adds".into()
    }
}

#[test]
fn additions_arrive_within_limits() {
    let other: TraceState = "other=2".parse().unwrap();
    for (given, expected) in [
        (None, "vendor=1"),
        (Some(TraceState::EMPTY), ""),
        (Some(other), "other=2"),
    ] {
        let (provider, _, exporter) = provider(Adds(given));
        let span = provider
            .tracer("test")
            .span("span")
            .kind(SpanKind::Server)
            .attributes([("a", "caller's"), ("b", "caller's")])
            .parent(&remote(TraceFlags::NONE))
            .start();
        assert_eq!(span.span_context().trace_state().as_str(), expected);
        span.end();
        let span = exporter.spans().remove(0);
        assert_eq!(span.view().trace_state(), expected);
        assert_eq!(
            span.view().parent_span_context().trace_state().as_str(),
            "vendor=1"
        );
        assert_eq!(span.attribute("a"), "sampler's".into());
        assert_eq!(span.attribute("b"), "caller's".into());
        assert_eq!(span.attribute("c"), 3.into());
        let attributes = span.view().attributes();
        assert_eq!((attributes.len(), attributes.dropped()), (3, 1));
    }
}

#[test]
fn what_is_given_at_the_start_is_limited() {
    let exporter = InMemoryExporter::new();
    let limits = SpanLimits::default()
        .attribute_count_limit(3)
        .link_count_limit(1)
        .attribute_per_link_count_limit(2);
    let provider = TracerProviderBuilder::new()
        .limits(limits)
        .processor(SimpleSpanProcessor::new(exporter.clone()))
        .build()
        .unwrap();
    let five = ["a", "b", "c", "d", "e"].map(|key| (key, 1));
    let linked = SpanContext::new(TraceId::MIN, SpanId::MIN, TraceFlags::NONE);
    let tracer = provider.tracer("test");
    let span = tracer.span("span").attributes(five);
    let span = span.link_with(linked.clone(), five).link(linked.clone());
    span.link(linked).start().end();
    let span = exporter.spans().remove(0);
    let (attributes, links) = (span.view().attributes(), span.view().links());
    assert_eq!((attributes.len(), attributes.dropped()), (3, 2));
    assert_eq!((links.len(), links.dropped()), (1, 2));
    let of_link = links.iter().next().unwrap().attributes();
    assert_eq!((of_link.len(), of_link.dropped()), (2, 3));
}

#[test]
fn a_ratio_decides_for_whole_traces() {
    const TRACES: u64 = 2000;
    let (provider, _, exporter) = provider(ParentBased::new(TraceIdRatioBased::new(0.5)));
    let tracer = provider.tracer("test");
    for _ in 0..TRACES {
        let root = tracer.start_active("root");
        tracer.start("child").end();
        root.end();
    }
    let spans = exporter.spans();
    for pair in spans.chunks(2) {
        assert_eq!((pair[0].name(), pair[1].name()), ("child", "root"));
        assert_eq!(pair[0].trace_id(), pair[1].trace_id());
        assert!(pair[0].trace_id().low() < 1 << 63);
    }
    // Seven standard deviations.
    assert!(
        (spans.len() as u64 / 2).abs_diff(TRACES / 2) < 157,
        "{}",
        spans.len()
    );
}

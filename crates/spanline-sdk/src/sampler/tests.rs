//! Who is asked, what is answered, and what a sampler gets to see.
//!
//! What becomes of the spans is in `tests/samplers_decide.rs`.

use super::*;
use SamplingDecision::{Drop, RecordAndSample, RecordOnly};
use spanline_core::backend::{ContextSource, Outlook, Question};
use spanline_core::context::Context;
use spanline_core::id::{SpanId, TraceId};
use spanline_core::kind::SpanKind;
use spanline_core::record::{RawRecord, Record, SpanLimits};
use spanline_core::span_context::SpanContext;
use spanline_core::trace_flags::TraceFlags;

impl SamplingResult {
    /// Whether nothing goes onto the span.
    fn is_plain(&self) -> bool {
        self.extra.is_none()
    }

    /// Attributes and trace state, if any were added.
    fn into_parts(self) -> (Vec<Attribute<'static>>, Option<TraceState>) {
        let extra = self.into_extra().map(|extra| *extra).unwrap_or_default();
        (extra.attributes, extra.trace_state)
    }
}

struct Nowhere;

impl ContextSource for Nowhere {
    fn context(&self) -> Context {
        Context::root()
    }
}

const TRACE: TraceId = TraceId::MIN;

fn parent(remote: bool, sampled: bool) -> SpanContext {
    let flags = TraceFlags::NONE.with_sampled(sampled);
    SpanContext::new(TRACE, SpanId::MIN, flags).with_remote(remote)
}

fn ask_about(sampler: &dyn Sampler, parent: &SpanContext) -> SamplingResult {
    ask_with(sampler, parent, None)
}

fn ask_with(
    sampler: &dyn Sampler,
    parent: &SpanContext,
    given: Option<RawRecord<'_>>,
) -> SamplingResult {
    let question = Question {
        parent,
        name: "checkout",
        kind: SpanKind::Server,
        given,
        context: &Nowhere,
    };
    sampler.should_sample(&SamplingInput::new(&question, (TRACE.high(), TRACE.low())))
}

/// Answers with a mark of its own.
struct Marked(&'static str, SamplingDecision);

impl Sampler for Marked {
    fn should_sample(&self, _: &SamplingInput<'_>) -> SamplingResult {
        SamplingResult::from(self.1).with_attribute("by", self.0)
    }

    fn description(&self) -> Cow<'_, str> {
        self.0.into()
    }
}

fn asked(sampler: &dyn Sampler, parent: &SpanContext) -> String {
    let (attributes, trace_state) = ask_about(sampler, parent).into_parts();
    assert_eq!((attributes.len(), trace_state), (1, None));
    attributes[0].value.to_string()
}

#[test]
fn always() {
    for parent in [
        SpanContext::INVALID,
        parent(true, false),
        parent(false, true),
    ] {
        assert_eq!(ask_about(&AlwaysOn, &parent).decision(), RecordAndSample);
        assert_eq!(ask_about(&AlwaysOff, &parent).decision(), Drop);
    }
    assert_eq!(AlwaysOn.description(), "AlwaysOnSampler");
    assert_eq!(AlwaysOff.description(), "AlwaysOffSampler");
}

#[test]
fn parent_based_asks_the_right_one() {
    let sampler = ParentBased::new(Marked("root", Drop))
        .remote_parent_sampled(Marked("remote sampled", Drop))
        .remote_parent_not_sampled(Marked("remote not sampled", Drop))
        .local_parent_sampled(Marked("local sampled", Drop))
        .local_parent_not_sampled(Marked("local not sampled", Drop));
    assert_eq!(asked(&sampler, &SpanContext::INVALID), "root");
    assert_eq!(
        asked(&sampler, &SpanContext::INVALID.with_remote(true)),
        "root"
    );
    assert_eq!(asked(&sampler, &parent(true, true)), "remote sampled");
    assert_eq!(asked(&sampler, &parent(true, false)), "remote not sampled");
    assert_eq!(asked(&sampler, &parent(false, true)), "local sampled");
    assert_eq!(asked(&sampler, &parent(false, false)), "local not sampled");
    assert_eq!(
        sampler.description(),
        "ParentBased{root:root,remoteParentSampled:remote sampled,\
         remoteParentNotSampled:remote not sampled,localParentSampled:local sampled,\
         localParentNotSampled:local not sampled}"
    );
}

#[test]
fn parent_based_follows_unless_told_otherwise() {
    let sampler = ParentBased::new(Marked("root", RecordOnly));
    assert_eq!(
        ask_about(&sampler, &SpanContext::INVALID).decision(),
        RecordOnly
    );
    for remote in [true, false] {
        let result = ask_about(&sampler, &parent(remote, true));
        assert!(result.is_plain() && result.decision() == RecordAndSample);
        let result = ask_about(&sampler, &parent(remote, false));
        assert!(result.is_plain() && result.decision() == Drop);
    }
    assert_eq!(
        format!("{:?}", ParentBased::new(TraceIdRatioBased::new(0.25))),
        "ParentBased{root:TraceIDRatioBased{0.25},remoteParentSampled:AlwaysOnSampler,\
         remoteParentNotSampled:AlwaysOffSampler,localParentSampled:AlwaysOnSampler,\
         localParentNotSampled:AlwaysOffSampler}"
    );
}

#[test]
fn always_record_turns_drop_into_record_only() {
    for (decision, expected) in [
        (Drop, RecordOnly),
        (RecordOnly, RecordOnly),
        (RecordAndSample, RecordAndSample),
    ] {
        let sampler = AlwaysRecord::new(Marked("root", decision));
        let result = ask_about(&sampler, &SpanContext::INVALID);
        assert_eq!(result.decision(), expected);
        assert_eq!(result.into_parts().0.len(), 1, "additions stay");
    }
    assert_eq!(
        AlwaysRecord::new(AlwaysOff).description(),
        "AlwaysRecord{root:AlwaysOffSampler}"
    );
}

#[test]
fn a_debug_id_is_looked_for_where_a_trace_begins() {
    let sampler = JaegerDebug::new(ParentBased::new(AlwaysOff));
    let rule = sampler.rule();
    assert_eq!(rule.decide(ParentKind::None, 0), None, "asked");
    for (kind, decision) in [
        (ParentKind::LocalNotSampled, Drop),
        (ParentKind::LocalSampled, RecordAndSample),
        (ParentKind::RemoteNotSampled, Drop),
        (ParentKind::RemoteSampled, RecordAndSample),
    ] {
        assert_eq!(rule.decide(kind, 0), Some(decision), "{kind:?}");
    }
    assert_eq!(
        JaegerDebug::new(AlwaysOff).description(),
        "JaegerDebug{root:AlwaysOffSampler}"
    );
}

#[test]
fn boxes_and_arcs_are_samplers() {
    let shared: Arc<dyn Sampler> = Arc::new(TraceIdRatioBased::new(1.0));
    let sampler = ParentBased::new(Box::new(Arc::clone(&shared)) as Box<dyn Sampler>);
    assert_eq!(
        ask_about(&sampler, &SpanContext::INVALID).decision(),
        RecordAndSample
    );
    assert_eq!(shared.description(), "TraceIDRatioBased{1}");
}

#[test]
fn a_plain_decision_is_two_words_and_empty() {
    let result = SamplingResult::from(Drop);
    assert!(result.is_plain());
    assert_eq!(size_of_val(&result), 16);
    assert_eq!(result.into_parts(), (Vec::new(), None));
}

#[test]
fn additions() {
    let state = TraceState::EMPTY.with("a", "1").unwrap();
    let result = SamplingResult::from(RecordAndSample)
        .with_attribute("rule", "vip")
        .with_attribute("rate", 0.5)
        .with_trace_state(state.clone());
    assert!(!result.is_plain());
    let (attributes, trace_state) = result.into_parts();
    assert_eq!(attributes, [("rule", "vip").into(), ("rate", 0.5).into()]);
    assert_eq!(trace_state, Some(state));

    let cleared = SamplingResult::from(Drop).with_trace_state(TraceState::EMPTY);
    assert_eq!(cleared.into_parts().1, Some(TraceState::EMPTY));
}

/// Keeps what it is shown.
struct Curious;

impl Sampler for Curious {
    fn should_sample(&self, input: &SamplingInput<'_>) -> SamplingResult {
        assert_eq!((input.name(), input.kind()), ("checkout", SpanKind::Server));
        assert_eq!(input.trace_id(), TRACE);
        assert_eq!(input.context().span_context(), &SpanContext::INVALID);
        let vip = input
            .attributes()
            .get("tier")
            .is_some_and(|tier| tier == Value::from("vip"));
        SamplingResult::from(if vip { RecordAndSample } else { Drop })
            .with_attribute("attributes", input.attributes().len() as i64)
            .with_attribute("links", input.links().len() as i64)
            .with_attribute("parent", format!("{:?}", input.parent()))
    }

    fn description(&self) -> Cow<'_, str> {
        "Curious".into()
    }
}

#[test]
fn a_sampler_sees_what_was_given() {
    let limits = SpanLimits::DEFAULT;
    let mut record = Record::default();
    record.begin("checkout", &limits);
    record.set("tier", &"vip".into(), &limits);
    record.set("items", &3.into(), &limits);
    let linked = parent(true, true);
    assert!(record.link(&linked, &limits).is_some());
    let given = RawRecord::new(record.seal());

    let result = ask_with(&Curious, &SpanContext::INVALID, given);
    assert_eq!(result.decision(), RecordAndSample);
    let (attributes, _) = result.into_parts();
    assert_eq!(attributes[0].value, 2.into());
    assert_eq!(attributes[1].value, 1.into());

    let result = ask_with(&Curious, &SpanContext::INVALID, None);
    assert_eq!(result.decision(), Drop);
    let (attributes, _) = result.into_parts();
    assert_eq!(attributes[0].value, 0.into());
    assert_eq!(attributes[1].value, 0.into());
}

/// What a provider looks up instead of asking must be what it would have been told.
#[test]
fn what_the_parent_alone_decides_is_what_the_rule_decides() {
    let samplers: [Box<dyn Sampler>; 7] = [
        Box::new(AlwaysOn),
        Box::new(AlwaysOff),
        Box::new(TraceIdRatioBased::new(0.5)),
        Box::new(ParentBased::new(AlwaysOff)),
        Box::new(ParentBased::new(TraceIdRatioBased::new(0.5)).remote_parent_sampled(AlwaysOff)),
        Box::new(AlwaysRecord::new(ParentBased::new(AlwaysOn))),
        Box::new(JaegerDebug::new(ParentBased::new(AlwaysOff))),
    ];
    let mut parents = vec![None];
    for (remote, sampled) in [(false, false), (false, true), (true, false), (true, true)] {
        parents.push(Some(parent(remote, sampled)));
    }
    let state: TraceState = "a=1".parse().unwrap();
    let odd = [
        SpanContext::INVALID,
        SpanContext::INVALID.with_remote(true),
        parent(false, true).with_trace_state(state),
    ];
    for sampler in &samplers {
        let rule = sampler.rule();
        for parent in &parents {
            let marks = parent.as_ref().map(SpanContext::marks);
            let kind = marks.map_or(ParentKind::None, ParentKind::of);
            let decided: Vec<_> = [0, u64::MAX]
                .map(|trace_low| rule.decide(kind, trace_low))
                .into();
            let expected = match decided[..] {
                [Some(Drop), Some(Drop)] => Outlook::DROP,
                [Some(RecordAndSample), Some(RecordAndSample)] => Outlook::KEEP,
                _ => Outlook::OPEN,
            };
            let description = sampler.description();
            assert_eq!(rule.outlook(marks), expected, "{description}, {parent:?}");
        }
        for parent in &odd {
            let outlook = rule.outlook(Some(parent.marks()));
            assert_eq!(outlook, Outlook::OPEN, "{parent:?} has to be looked at");
        }
    }
}

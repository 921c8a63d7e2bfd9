//! What does a decision about sampling cost?
//!
//! A sampler cannot be asked alone, because its question is the span that is about to start. So each
//! row is a whole span: dropped ones in a plain loop, recorded ones with a processor that does
//! nothing. Read differences: "dropped" to `AlwaysOff`, "recorded" to `AlwaysOn`. One thread, empty
//! spans; ratios are next to never and next to always, so that the decision is the same each time.
//!
//! A surprise would be: a ratio that costs more than a comparison, `ParentBased` more than a branch,
//! a sampler of the user's more than the net under it (2 ns), or a boxed one more than a call.
#![forbid(unsafe_code)]

use criterion::Criterion;
use spanline::TraceFlags;
use spanline::sdk::{
    AlwaysOff, AlwaysOn, AlwaysRecord, ParentBased, Sampler, SamplingDecision, SamplingInput,
    SamplingResult, TraceIdRatioBased,
};
use spanline_benches::span::{Runtime, request};
use std::borrow::Cow;
use std::hint::black_box;
use std::time::Duration;

const NEXT_TO_NEVER: f64 = 1e-9;
const NEXT_TO_ALWAYS: f64 = 1.0 - 1e-9;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(40)
        .configure_from_args();

    dropped(&mut criterion, "AlwaysOff", AlwaysOff);
    let never = TraceIdRatioBased::new(NEXT_TO_NEVER);
    dropped(&mut criterion, "TraceIdRatioBased", never);
    let never = TraceIdRatioBased::new(NEXT_TO_NEVER);
    dropped(
        &mut criterion,
        "ParentBased, no parent",
        ParentBased::new(never),
    );
    with_parent(
        &mut criterion,
        "dropped: ParentBased, remote parent",
        TraceFlags::NONE,
    );
    dropped(&mut criterion, "by name, the user's own", ByName);
    let boxed: Box<dyn Sampler> = Box::new(AlwaysOff);
    dropped(&mut criterion, "AlwaysOff, boxed", boxed);

    recorded(&mut criterion, "AlwaysOn", AlwaysOn);
    let always = TraceIdRatioBased::new(NEXT_TO_ALWAYS);
    recorded(&mut criterion, "TraceIdRatioBased", always);
    let always = TraceIdRatioBased::new(NEXT_TO_ALWAYS);
    recorded(
        &mut criterion,
        "ParentBased, no parent",
        ParentBased::new(always),
    );
    with_parent(
        &mut criterion,
        "recorded: ParentBased, remote parent",
        TraceFlags::SAMPLED,
    );
    recorded(
        &mut criterion,
        "AlwaysRecord over AlwaysOff",
        AlwaysRecord::new(AlwaysOff),
    );
    recorded(&mut criterion, "AlwaysOn with an attribute", Marking);
    criterion.final_summary();
}

fn dropped(criterion: &mut Criterion, name: &str, sampler: impl Sampler + 'static) {
    row(criterion, &format!("dropped: {name}"), sampler);
}

fn recorded(criterion: &mut Criterion, name: &str, sampler: impl Sampler + 'static) {
    row(criterion, &format!("recorded: {name}"), sampler);
}

/// As [`row`], inside a request whose caller has decided.
fn with_parent(criterion: &mut Criterion, name: &str, flags: TraceFlags) {
    let _request = request(flags, "").attach();
    row(criterion, name, ParentBased::new(AlwaysOff));
}

fn row(criterion: &mut Criterion, name: &str, sampler: impl Sampler + 'static) {
    let runtime = Runtime::ending_nowhere(sampler);
    let mut group = criterion.benchmark_group("samplers");
    group.bench_function(name, |bencher| {
        bencher.iter(|| runtime.tracer().start(black_box("GET /stock")).end());
    });
    group.finish();
}

/// Drops one name.
struct ByName;

impl Sampler for ByName {
    fn should_sample(&self, input: &SamplingInput<'_>) -> SamplingResult {
        if input.name() == "GET /stock" {
            SamplingDecision::Drop.into()
        } else {
            SamplingDecision::RecordAndSample.into()
        }
    }

    fn description(&self) -> Cow<'_, str> {
        "ByName".into()
    }
}

/// Adds an attribute, for which a result must allocate.
struct Marking;

impl Sampler for Marking {
    fn should_sample(&self, _: &SamplingInput<'_>) -> SamplingResult {
        SamplingResult::from(SamplingDecision::RecordAndSample).with_attribute("sampler", "marking")
    }

    fn description(&self) -> Cow<'_, str> {
        "Marking".into()
    }
}

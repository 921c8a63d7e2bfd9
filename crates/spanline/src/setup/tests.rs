//! What code says counts before the environment, and the environment before the defaults, setting by
//! setting ("Environment Variable Specification").

use super::*;
use spanline_core::export::{Batch, ExportError, Exported};
use spanline_core::{Deadline, Value};
use spanline_sdk::sampler::AlwaysOn;
use std::ffi::OsString;
use std::sync::Mutex;

const PATIENCE: Duration = Duration::from_secs(20);

fn environment(pairs: &[(&str, &str)]) -> EnvSettings {
    let (settings, warnings) = EnvSettings::read(|name| {
        let pair = pairs.iter().find(|(known, _)| *known == name);
        pair.map(|(_, value)| OsString::from(value))
    });
    assert_eq!(warnings, []);
    settings
}

#[test]
fn what_is_taken_instead_of_exporters_that_nobody_knows_is_told() {
    let instead = |setup: &Setup, exporters: &str, disabled: &str| {
        let (settings, warnings) = EnvSettings::read(|name| match name {
            "OTEL_TRACES_EXPORTER" => Some(exporters.into()),
            "OTEL_SDK_DISABLED" => Some(disabled.into()),
            _ => None,
        });
        setup.instead(&settings, &warnings)
    };
    let default = destination::DEFAULT;
    let told = format!("names no exporter that there is, so spans go to the default, {default}");
    let told = Some(told.as_str());
    let silent = setup();
    for (exporters, disabled, expected) in [
        ("consol", "", told),
        ("consol,stdout", "", told),
        ("consol,jaeger", "", None),
        ("consol,none", "", None),
        ("jaeger", "", None),
        ("", "", None),
        ("consol", "true", None),
    ] {
        let found = instead(&silent, exporters, disabled);
        assert_eq!(found.as_deref(), expected, "{exporters}");
    }
    // Code goes before the environment.
    assert_eq!(
        instead(&setup().exporter(Notes::default()), "consol", ""),
        None
    );
}

/// A batch as an exporter sees it.
struct Saw {
    resource: Resource,
    spans: usize,
    /// Of each span.
    events: Vec<usize>,
}

/// Writes down what it gets; clones share it.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<Saw>>>);

impl SpanExporter for Notes {
    fn export(&mut self, batch: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        self.0.lock().unwrap().push(Saw {
            resource: batch.resource().clone(),
            spans: batch.len(),
            events: batch.iter().map(|span| span.events().len()).collect(),
        });
        Ok(Exported::ALL)
    }
}

/// What an exporter sees of so many spans of three events each.
fn seen(setup: Setup, environment: &EnvSettings, spans: usize) -> Vec<Saw> {
    let notes = Notes::default();
    let provider = setup.exporter(notes.clone()).build_with(environment);
    let provider = provider.unwrap();
    for _ in 0..spans {
        let mut span = provider.tracer("shop").start("order");
        for event in ["a", "b", "c"] {
            span.add_event(event);
        }
    }
    provider.shutdown(PATIENCE).unwrap();
    std::mem::take(&mut notes.0.lock().unwrap())
}

fn text(resource: &Resource, key: &str) -> String {
    match resource.get(key) {
        Some(Value::String(text)) => text.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_disabled_sdk_does_nothing_whatever_code_says() {
    let off = environment(&[("OTEL_SDK_DISABLED", "true")]);
    let notes = Notes::default();
    let provider = setup().exporter(notes).build_with(&off).unwrap();
    assert!(provider.backend().is_none());
    let on = environment(&[("OTEL_SDK_DISABLED", "false")]);
    let provider = setup().exporter(Notes::default()).build_with(&on).unwrap();
    assert!(provider.backend().is_some());
}

#[test]
fn the_sampler() {
    let off = environment(&[("OTEL_TRACES_SAMPLER", "always_off")]);
    let spans = |setup, environment: &EnvSettings| seen(setup, environment, 1).len();
    assert_eq!(spans(setup(), &environment(&[])), 1, "the default");
    assert_eq!(spans(setup(), &off), 0, "the environment");
    assert_eq!(spans(setup().sampler(AlwaysOn), &off), 1, "code");
}

#[test]
fn the_resource_key_by_key() {
    let environment = environment(&[
        ("OTEL_SERVICE_NAME", "from the environment"),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "service.name=lost,zone=a,shelf=3",
        ),
    ]);
    let resource = |setup| seen(setup, &environment, 1).remove(0).resource;
    let said = resource(setup());
    assert_eq!(text(&said, "service.name"), "from the environment");
    let zone = Resource::builder().attribute("zone", "b").build();
    let said = resource(setup().service_name("from code").resource(zone));
    assert_eq!(text(&said, "service.name"), "from code");
    assert_eq!(text(&said, "zone"), "b");
    assert_eq!(text(&said, "shelf"), "3");
    assert_eq!(text(&said, "telemetry.sdk.language"), "rust");
}

#[test]
fn the_limits_all_together() {
    let two = environment(&[("OTEL_SPAN_EVENT_COUNT_LIMIT", "2")]);
    let events = |setup, environment: &EnvSettings| {
        let saw = seen(setup, environment, 1).remove(0);
        saw.events
    };
    assert_eq!(events(setup(), &environment(&[])), [3]);
    assert_eq!(events(setup(), &two), [2]);
    let one = SpanLimits::default().event_count_limit(1);
    assert_eq!(events(setup().limits(one), &two), [1]);
    assert_eq!(events(setup().limits(SpanLimits::default()), &two), [3]);
}

#[test]
fn the_batch_setting_by_setting() {
    let environment = environment(&[
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "3"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "4"),
        ("OTEL_BSP_SCHEDULE_DELAY", "3600000"),
    ]);
    let larger = BatchConfig::default().max_queue_size(100);
    let sizes = |setup, spans| {
        let saw = seen(setup, &environment, spans);
        saw.iter().map(|batch| batch.spans).collect::<Vec<_>>()
    };
    // The queue is code's, the batches are the environment's.
    assert_eq!(sizes(setup().batch(larger.clone()), 7), [3, 3, 1]);
    let five = larger.max_export_batch_size(5);
    assert_eq!(sizes(setup().batch(five), 7), [5, 2]);
}

#[test]
fn the_propagators() {
    let fields = |pairs: &[(&str, &str)]| {
        let composite = composite(environment(pairs).propagators.as_deref());
        let fields = composite.fields().into_iter().map(str::to_owned);
        fields.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(fields(&[]), "traceparent tracestate baggage");
    for (asked, expected) in [
        ("none", ""),
        ("baggage", "baggage"),
        ("b3", "b3"),
        (
            "jaeger,tracecontext",
            "uber-trace-id traceparent tracestate",
        ),
    ] {
        assert_eq!(fields(&[("OTEL_PROPAGATORS", asked)]), expected);
    }
}

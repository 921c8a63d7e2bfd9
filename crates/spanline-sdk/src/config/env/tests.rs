//! Every variable with every sort of text, and what each setting does to what is built.
//!
//! The environment is a table here; one test alone looks at that of this process.

use super::*;
use crate::config::{
    CompressionChoice, EnvironmentDetector, ExporterChoice, FileSetting, JaegerProtocol,
    OtlpProtocol, PropagatorChoice,
};
use crate::processor::BatchConfig;
use crate::resource::ResourceDetector;
use spanline_core::record::SpanLimits;
use std::time::Duration;

/// Reads these variables and no others.
fn read(variables: &[(&str, &str)]) -> (EnvSettings, Vec<EnvWarning>) {
    EnvSettings::read(|name| {
        let found = variables.iter().find(|(variable, _)| *variable == name)?;
        Some(found.1.into())
    })
}

fn warnings(variable: &str, text: &str) -> Vec<EnvWarning> {
    read(&[(variable, text)]).1
}

/// What kind of text a variable takes, which says what to expect of every sort of text.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Flag,
    /// A number of at least this.
    Count(u64),
    Milliseconds,
    Port,
    Words,
    Pairs,
    Headers,
    Text,
    /// One of two that only work together: alone, whatever is set is warned of.
    Half,
}

const VARIABLES: &[(&str, Kind, &str)] = &[
    ("OTEL_SDK_DISABLED", Kind::Flag, "true"),
    ("OTEL_RESOURCE_ATTRIBUTES", Kind::Pairs, "a=1,b=2"),
    ("OTEL_SERVICE_NAME", Kind::Text, "checkout"),
    ("OTEL_TRACES_EXPORTER", Kind::Words, "zipkin"),
    ("OTEL_PROPAGATORS", Kind::Words, "b3,jaeger"),
    ("OTEL_TRACES_SAMPLER", Kind::Words, "always_off"),
    ("OTEL_TRACES_SAMPLER_ARG", Kind::Half, ""),
    ("OTEL_BSP_SCHEDULE_DELAY", Kind::Milliseconds, "100"),
    ("OTEL_BSP_EXPORT_TIMEOUT", Kind::Milliseconds, "100"),
    ("OTEL_BSP_MAX_QUEUE_SIZE", Kind::Count(1), "100"),
    ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", Kind::Count(1), "100"),
    ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", Kind::Count(0), "100"),
    ("OTEL_ATTRIBUTE_COUNT_LIMIT", Kind::Count(0), "100"),
    (
        "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        Kind::Count(0),
        "100",
    ),
    ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", Kind::Count(0), "100"),
    ("OTEL_SPAN_EVENT_COUNT_LIMIT", Kind::Count(0), "100"),
    ("OTEL_SPAN_LINK_COUNT_LIMIT", Kind::Count(0), "100"),
    ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", Kind::Count(0), "100"),
    ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", Kind::Count(0), "100"),
    (
        "OTEL_EXPORTER_JAEGER_ENDPOINT",
        Kind::Text,
        "http://jaeger:14268/api/traces",
    ),
    (
        "OTEL_EXPORTER_JAEGER_PROTOCOL",
        Kind::Words,
        "udp/thrift.compact",
    ),
    ("OTEL_EXPORTER_JAEGER_AGENT_HOST", Kind::Text, "jaeger"),
    ("OTEL_EXPORTER_JAEGER_AGENT_PORT", Kind::Port, "6831"),
    ("OTEL_EXPORTER_JAEGER_TIMEOUT", Kind::Milliseconds, "100"),
    ("OTEL_EXPORTER_JAEGER_USER", Kind::Half, ""),
    ("OTEL_EXPORTER_JAEGER_PASSWORD", Kind::Half, ""),
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        Kind::Text,
        "http://otel:4318",
    ),
    (
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        Kind::Text,
        "http://otel:4318/v1/traces",
    ),
    ("OTEL_EXPORTER_OTLP_HEADERS", Kind::Headers, "a=1,b=2"),
    ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", Kind::Headers, "a=1"),
    ("OTEL_EXPORTER_OTLP_TIMEOUT", Kind::Milliseconds, "100"),
    (
        "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
        Kind::Milliseconds,
        "100",
    ),
    ("OTEL_EXPORTER_OTLP_COMPRESSION", Kind::Words, "gzip"),
    ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", Kind::Words, "none"),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", Kind::Words, "grpc"),
    (
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        Kind::Words,
        "http/protobuf",
    ),
    ("OTEL_EXPORTER_OTLP_CERTIFICATE", Kind::Text, "/etc/ca.pem"),
    (
        "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
        Kind::Text,
        "/etc/ca.pem",
    ),
    ("OTEL_EXPORTER_OTLP_CLIENT_KEY", Kind::Half, ""),
    ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", Kind::Half, ""),
    ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", Kind::Half, ""),
    (
        "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
        Kind::Half,
        "",
    ),
    (
        "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
        Kind::Text,
        "http://zipkin:9411/api/v2/spans",
    ),
    ("OTEL_EXPORTER_ZIPKIN_TIMEOUT", Kind::Milliseconds, "100"),
];

/// What a text does to a variable.
#[derive(Debug, PartialEq)]
enum Effect {
    /// Nothing: as if it were not set.
    None,
    /// A setting differs from the default.
    Set,
    /// As if it were not set, and a warning that shows the text.
    Warned,
}

fn effect(variable: &str, text: &str) -> Effect {
    let (settings, warnings) = read(&[(variable, text)]);
    let is_default = settings == EnvSettings::default();
    match warnings.as_slice() {
        [] if is_default => Effect::None,
        [] => Effect::Set,
        [warning] if is_default => {
            let shown = match variable.rsplit('_').next() {
                Some("HEADERS" | "PASSWORD") => "",
                _ => text,
            };
            assert_eq!((warning.variable, warning.text.as_str()), (variable, shown));
            Effect::Warned
        }
        _ => panic!("{variable}={text}: {settings:?} {warnings:?}"),
    }
}

#[test]
fn every_variable_with_every_sort_of_text() {
    assert_eq!(read(&[]), (EnvSettings::default(), Vec::new()));
    for (variable, kind, valid) in VARIABLES.iter().copied() {
        let check = |text: &str, expected: Effect| {
            assert_eq!(effect(variable, text), expected, "{variable}={text:?}");
        };
        check("", Effect::None);
        check(" \t ", Effect::None);
        if kind != Kind::Half {
            check(valid, Effect::Set);
            check(&format!("  {valid} "), Effect::Set);
        }
        let odd = if kind == Kind::Text {
            Effect::Set
        } else {
            Effect::Warned
        };
        for text in [
            "garbage",
            "-1",
            "2e3",
            "+5",
            "1.5",
            "0x10",
            "18446744073709551616",
        ] {
            check(
                text,
                if odd == Effect::Set {
                    Effect::Set
                } else {
                    Effect::Warned
                },
            );
        }
        match kind {
            Kind::Flag | Kind::Words | Kind::Pairs | Kind::Headers | Kind::Half => {
                check("1", Effect::Warned)
            }
            Kind::Text => check("1", Effect::Set),
            Kind::Port => {
                check("0", Effect::Warned);
                check("1", Effect::Set);
                check("65535", Effect::Set);
                check("65536", Effect::Warned);
            }
            Kind::Milliseconds => {
                check("0", Effect::Set);
                check("9223372036854775807", Effect::Set);
                check("9223372036854775808", Effect::Warned);
            }
            Kind::Count(least) => {
                check(
                    "0",
                    if least == 0 {
                        Effect::Set
                    } else {
                        Effect::Warned
                    },
                );
                check("1", Effect::Set);
                check("2147483648", Effect::Warned);
                if variable != "OTEL_BSP_MAX_EXPORT_BATCH_SIZE" {
                    check("2147483647", Effect::Set);
                }
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn texts_that_are_not_unicode() {
    use std::os::unix::ffi::OsStringExt;
    for (variable, _, _) in VARIABLES {
        let (settings, warnings) = EnvSettings::read(|name| {
            (name == *variable).then(|| OsString::from_vec(b"caf\xe9".to_vec()))
        });
        assert_eq!(settings, EnvSettings::default(), "{variable}");
        let [warning] = warnings.as_slice() else {
            panic!("{variable}: {warnings:?}")
        };
        assert_eq!(warning.variable, *variable);
        assert_eq!(warning.reason, EnvWarningReason::NotUnicode);
        assert_eq!(
            warning.to_string(),
            format!("{variable}: not UTF-8; ignored")
        );
    }
}

#[test]
fn flags_are_true_for_true_alone() {
    for (text, disabled, warned) in [
        ("true", true, 0),
        ("TRUE", true, 0),
        (" True ", true, 0),
        ("false", false, 0),
        ("False", false, 0),
        ("yes", false, 1),
        ("on", false, 1),
        ("1", false, 1),
        ("0", false, 1),
    ] {
        let (settings, warnings) = read(&[("OTEL_SDK_DISABLED", text)]);
        assert_eq!(
            (settings.disabled, warnings.len()),
            (disabled, warned),
            "{text}"
        );
    }
}

#[test]
fn resource_attributes() {
    let of = |text: &str| read(&[("OTEL_RESOURCE_ATTRIBUTES", text)]).0.resource;
    let pairs = |text: &str| -> Vec<String> {
        let resource = of(text);
        resource
            .iter()
            .map(|one| format!("{}={}", one.key, one.value))
            .collect()
    };
    assert_eq!(pairs("a=1,b=2"), ["a=1", "b=2"]);
    assert_eq!(pairs(" b = two words , a=,"), ["a=", "b=two words"]);
    assert_eq!(pairs("a=%2C%3d%25,%61b=c=d"), ["a=,=%", "ab=c=d"]);
    assert_eq!(pairs("a=caf%C3%A9,a=z%c3%bcrich"), ["a=zürich"]);
    for broken in [
        "a",
        "a=1,b",
        "=1",
        "a=%",
        "a=%2",
        "a=%zz",
        "a=%ff",
        "a=1,%20%zz=2",
        "a=%+1",
    ] {
        assert_eq!(pairs(broken), [""; 0], "{broken}");
        let warnings = warnings("OTEL_RESOURCE_ATTRIBUTES", broken);
        assert!(
            matches!(warnings[0].reason, EnvWarningReason::NotPairs { .. }),
            "{broken}"
        );
    }
}

#[test]
fn the_service_name_has_its_own_variable() {
    let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=below,a=1");
    let name = |variables: &[_]| read(variables).0.resource.get("service.name").cloned();
    assert_eq!(name(&[attributes]), Some("below".into()));
    assert_eq!(
        name(&[attributes, ("OTEL_SERVICE_NAME", "above")]),
        Some("above".into())
    );
    assert_eq!(
        name(&[attributes, ("OTEL_SERVICE_NAME", " ")]),
        Some("below".into())
    );
    let (settings, _) = read(&[
        ("OTEL_RESOURCE_ATTRIBUTES", "broken"),
        ("OTEL_SERVICE_NAME", "shop"),
    ]);
    assert_eq!(settings.resource.len(), 1);
}

#[test]
fn exporters() {
    use ExporterChoice::{Console, Jaeger, Otlp, Zipkin};
    let of = |text: &str| {
        let (settings, warnings) = read(&[("OTEL_TRACES_EXPORTER", text)]);
        (settings.exporters, warnings.len())
    };
    assert_eq!(of("Jaeger"), (Some(vec![Jaeger]), 0));
    assert_eq!(
        of("zipkin, console,zipkin"),
        (Some(vec![Zipkin, Console]), 0)
    );
    assert_eq!(of("none"), (Some(vec![]), 0));
    assert_eq!(of("none,jaeger"), (Some(vec![Jaeger]), 1));
    assert_eq!(of("jaeger,kafka"), (Some(vec![Jaeger]), 1));
    assert_eq!(of("none,kafka"), (Some(vec![]), 1));
    assert_eq!(of(","), (None, 0));
    assert_eq!(of("OTLP"), (Some(vec![Otlp]), 0));
    assert_eq!(
        warnings("OTEL_TRACES_EXPORTER", "kafka")[0].to_string(),
        "OTEL_TRACES_EXPORTER=\"kafka\": not known; ignored \
         (there are otlp, otlp/stdout, jaeger, zipkin, console, none)"
    );
}

#[test]
fn jaeger_protocols() {
    use JaegerProtocol::{HttpThriftBinary, UdpThriftBinary, UdpThriftCompact};
    let of = |text: &str| {
        let (settings, warnings) = read(&[("OTEL_EXPORTER_JAEGER_PROTOCOL", text)]);
        (settings.jaeger.protocol, warnings.len())
    };
    assert_eq!(of("http/thrift.binary"), (Some(HttpThriftBinary), 0));
    assert_eq!(of("udp/thrift.compact"), (Some(UdpThriftCompact), 0));
    assert_eq!(of("UDP/Thrift.Binary"), (Some(UdpThriftBinary), 0));
    assert_eq!(of("grpc"), (None, 1));
    assert_eq!(of("udp"), (None, 1));
}

#[test]
fn propagators() {
    use PropagatorChoice::{B3, B3Multi, Baggage, Jaeger, OtTrace, TraceContext};
    let of = |text: &str| read(&[("OTEL_PROPAGATORS", text)]).0.propagators;
    let all = "tracecontext,baggage,b3,b3multi,jaeger,ottrace";
    assert_eq!(
        of(all),
        Some(vec![TraceContext, Baggage, B3, B3Multi, Jaeger, OtTrace])
    );
    assert_eq!(of("b3, B3 ,b3"), Some(vec![B3]));
    assert_eq!(of("none"), Some(vec![]));
    assert_eq!(of("xray"), None);
    let (settings, warnings) = read(&[("OTEL_PROPAGATORS", "xray,what,baggage")]);
    assert_eq!(settings.propagators, Some(vec![Baggage]));
    assert!(matches!(
        warnings[0].reason,
        EnvWarningReason::NotBuilt { .. }
    ));
    assert!(matches!(
        warnings[1].reason,
        EnvWarningReason::Unknown { .. }
    ));
}

#[test]
fn samplers() {
    let of = |name: &str, argument: &str| {
        let variables = [
            ("OTEL_TRACES_SAMPLER", name),
            ("OTEL_TRACES_SAMPLER_ARG", argument),
        ];
        let (settings, warnings) = read(&variables);
        let sampler = settings
            .sampler
            .map(|choice| choice.build().description().into_owned());
        (sampler.unwrap_or_default(), warnings.len())
    };
    let parent_based = |root: &str| {
        format!(
            "ParentBased{{root:{root},remoteParentSampled:AlwaysOnSampler,\
             remoteParentNotSampled:AlwaysOffSampler,localParentSampled:AlwaysOnSampler,\
             localParentNotSampled:AlwaysOffSampler}}"
        )
    };
    assert_eq!(of("always_on", ""), ("AlwaysOnSampler".into(), 0));
    assert_eq!(of("ALWAYS_OFF", "garbage"), ("AlwaysOffSampler".into(), 0));
    assert_eq!(
        of("traceidratio", "0.25"),
        ("TraceIDRatioBased{0.25}".into(), 0)
    );
    assert_eq!(
        of("traceidratio", " 1e-3 "),
        ("TraceIDRatioBased{0.001}".into(), 0)
    );
    assert_eq!(of("traceidratio", "0"), ("TraceIDRatioBased{0}".into(), 0));
    assert_eq!(of("traceidratio", ""), ("TraceIDRatioBased{1}".into(), 0));
    for argument in ["garbage", "-0.1", "1.1", "NaN", "inf", "0,5", "50%"] {
        assert_eq!(
            of("traceidratio", argument),
            ("TraceIDRatioBased{1}".into(), 1)
        );
    }
    assert_eq!(
        of("parentbased_always_on", "").0,
        parent_based("AlwaysOnSampler")
    );
    assert_eq!(
        of("parentbased_always_off", "").0,
        parent_based("AlwaysOffSampler")
    );
    assert_eq!(
        of("parentbased_traceidratio", "0.5").0,
        parent_based("TraceIDRatioBased{0.5}")
    );
    for not_built in ["jaeger_remote", "parentbased_jaeger_remote", "xray"] {
        assert_eq!(of(not_built, "0.5"), (String::new(), 1));
    }
    // One that is not known is told of once, not also as if it were not set.
    assert_eq!(of("sometimes", "0.5"), (String::new(), 1));
}

#[test]
fn a_fraction_without_its_sampler_is_told() {
    let argument = ("OTEL_TRACES_SAMPLER_ARG", "0.1");
    for variables in [&[argument][..], &[argument, ("OTEL_TRACES_SAMPLER", " ")]] {
        let (settings, warnings) = read(variables);
        assert_eq!(settings, EnvSettings::default());
        let said: Vec<_> = warnings.iter().map(ToString::to_string).collect();
        let expected = r#"OTEL_TRACES_SAMPLER_ARG="0.1": OTEL_TRACES_SAMPLER is not set; ignored"#;
        assert_eq!(said, [expected]);
    }
}

#[test]
fn a_batch_is_no_larger_than_the_queue() {
    let of = |queue: &str, batch: &str| {
        let variables = [
            ("OTEL_BSP_MAX_QUEUE_SIZE", queue),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", batch),
        ];
        let (settings, warnings) = read(&variables);
        let batch = settings.batch;
        (
            batch.max_queue_size,
            batch.max_export_batch_size,
            warnings.len(),
        )
    };
    assert_eq!(of("100", "100"), (Some(100), Some(100), 0));
    assert_eq!(of("100", "101"), (Some(100), None, 1));
    assert_eq!(of("", "2048"), (None, Some(2048), 0));
    assert_eq!(of("100", ""), (Some(100), None, 0));
    // The program may have set a larger queue; if not, the batch is cut to the default one.
    assert_eq!(of("", "2049"), (None, Some(2049), 0));
    let (settings, _) = read(&[("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096")]);
    let batch_of = |code: BatchConfig| {
        let config = code.or(settings.batch.apply(BatchConfig::default()));
        format!("{config:?}")
    };
    let large = batch_of(BatchConfig::default().max_queue_size(8192));
    assert!(large.contains("max_export_batch_size: 4096"), "{large}");
    let usual = batch_of(BatchConfig::default());
    assert!(usual.contains("max_export_batch_size: 2048"), "{usual}");
}

#[test]
fn settings_apply_to_what_is_built() {
    let (settings, warnings) = read(&[
        ("OTEL_BSP_SCHEDULE_DELAY", "1"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "0"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "8192"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096"),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "1"),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "2"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "3"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "4"),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", "5"),
        ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "6"),
        ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "7"),
    ]);
    assert_eq!(warnings, []);
    let limits = SpanLimits::default()
        .attribute_count_limit(3)
        .attribute_value_length_limit(Some(2))
        .event_count_limit(4)
        .link_count_limit(5)
        .attribute_per_event_count_limit(6)
        .attribute_per_link_count_limit(7);
    assert_eq!(settings.limits.apply(SpanLimits::default()), limits);
    let config = BatchConfig::default()
        .schedule_delay(Duration::from_millis(1))
        .export_timeout(Duration::ZERO)
        .max_queue_size(8192)
        .max_export_batch_size(4096);
    let applied = settings.batch.apply(BatchConfig::default());
    assert_eq!(format!("{applied:?}"), format!("{config:?}"));

    let nothing = EnvSettings::default();
    let own = SpanLimits::default().attribute_value_length_limit(Some(9));
    assert_eq!(nothing.limits.apply(own), own);
    let applied = nothing.batch.apply(config.clone());
    assert_eq!(format!("{applied:?}"), format!("{config:?}"));
}

#[test]
fn a_bad_limit_for_spans_leaves_the_general_one() {
    let (settings, warnings) = read(&[
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many"),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "10"),
    ]);
    assert_eq!(
        (settings.limits.attribute_count, warnings.len()),
        (Some(10), 1)
    );
}

#[test]
fn otlp_settings_for_traces_win_one_by_one() {
    let (settings, warnings) = read(&[
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "100"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "200"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "none"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/xml"),
        ("OTEL_EXPORTER_OTLP_INSECURE", "true"),
        ("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "false"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=1,b=2"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "c=3"),
    ]);
    let otlp = settings.otlp;
    assert_eq!(otlp.timeout, Some(Duration::from_millis(200)));
    assert_eq!(otlp.compression, Some(CompressionChoice::None));
    assert_eq!(
        otlp.compression_variable,
        Some("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION")
    );
    assert_eq!(otlp.insecure, Some(false));
    assert_eq!(otlp.protocol, Some(OtlpProtocol::HttpJson));
    assert_eq!(otlp.protocol_variable, Some("OTEL_EXPORTER_OTLP_PROTOCOL"));
    assert_eq!(otlp.headers, [("c".to_owned(), "3".to_owned())]);
    assert_eq!(
        otlp.headers_variable,
        Some("OTEL_EXPORTER_OTLP_TRACES_HEADERS")
    );
    assert_eq!(warnings.len(), 1, "{warnings:?}");
}

/// "any value that is not `true` is `false`" (Environment Variable Specification, "Boolean value").
#[test]
fn otlp_insecure_for_traces_is_false_if_it_is_no_flag() {
    let (settings, warnings) = read(&[
        ("OTEL_EXPORTER_OTLP_INSECURE", "true"),
        ("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "yes"),
    ]);
    assert_eq!((settings.otlp.insecure, warnings.len()), (Some(false), 1));
}

#[test]
fn otlp_certificates_know_their_variable_and_a_key_needs_its_certificate() {
    let file = |path: &str, variable| FileSetting {
        path: path.to_owned(),
        variable,
    };
    let key = ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/key");
    let (settings, warnings) = read(&[
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/all"),
        ("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "/traces"),
        ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "/client"),
        key,
    ]);
    let otlp = settings.otlp;
    let traces = "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE";
    assert_eq!(otlp.certificate, Some(file("/traces", traces)));
    let client = "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE";
    assert_eq!(
        otlp.client,
        Some((file("/client", client), file("/key", key.0)))
    );
    assert_eq!(warnings, []);

    let (settings, warnings) = read(&[key]);
    assert_eq!(settings.otlp.client, None);
    assert_eq!(
        warnings[0].to_string(),
        r#"OTEL_EXPORTER_OTLP_CLIENT_KEY="/key": OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE is not set; ignored"#
    );
}

#[test]
fn otlp_headers_are_pairs_of_which_a_bad_one_is_left_out() {
    for (text, expected, warned) in [
        ("a=1,b=2", vec![("a", "1"), ("b", "2")], 0),
        (" a = 1 ,, b=2 ", vec![("a", "1"), ("b", "2")], 0),
        ("a=x%20y%2Cz,b=c=d", vec![("a", "x y,z"), ("b", "c=d")], 0),
        ("a=1,A=2", vec![("A", "2")], 0),
        ("a=", vec![("a", "")], 0),
        ("canary,a=1,=canary,b=%zcanary", vec![("a", "1")], 3),
    ] {
        let (settings, warnings) = read(&[("OTEL_EXPORTER_OTLP_HEADERS", text)]);
        let headers = settings.otlp.headers.iter();
        let headers: Vec<_> = headers.map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(headers, expected, "{text}");
        assert_eq!(warnings.len(), warned, "{text}");
        assert!(!format!("{warnings:?}").contains("canary"));
    }
    let (settings, _) = read(&[("OTEL_EXPORTER_OTLP_HEADERS", "key=canary")]);
    assert!(!format!("{settings:?}").contains("canary"));
}

#[test]
fn a_bad_header_is_found_by_its_number() {
    for (text, expected) in [
        (
            "api-key",
            &[": entry 1: a key without '='; the header is left out"][..],
        ),
        (
            "a=1, ,canary,api-key=%zz",
            &[
                ": entry 2: a key without '='; the header is left out",
                "=\"api-key\": entry 3: '%' without two hexadecimal digits; the header is left out",
            ],
        ),
    ] {
        let variable = "OTEL_EXPORTER_OTLP_HEADERS";
        let warnings = warnings(variable, text);
        let said: Vec<_> = warnings.iter().map(ToString::to_string).collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|words| format!("{variable}{words}"))
            .collect();
        assert_eq!(said, expected);
    }
}

/// Whoever mistakes the form of a header writes its value where the name should be.
#[test]
fn of_a_bad_header_the_name_alone_is_shown() {
    for (text, shown) in [
        ("authorization: Basic canary=%zz", "authorization"),
        ("authorization%3A%20Basic%20canary=%zz", "authorization"),
        ("api-key canary=%zz", "api-key"),
        ("\u{fc}canary=%zz", ""),
        ("api-key: canary", ""),
        (" x-api_key.1 = %zz", "x-api_key.1"),
    ] {
        let (_, warnings) = read(&[("OTEL_EXPORTER_OTLP_HEADERS", text)]);
        let [warning] = warnings.as_slice() else {
            panic!("{text}: {warnings:?}")
        };
        assert_eq!(warning.text, shown, "{text}");
        assert!(!warning.to_string().contains("canary"), "{warning}");
    }
}

#[test]
fn passwords_do_not_show_and_need_their_user() {
    let password = ("OTEL_EXPORTER_JAEGER_PASSWORD", " tiger ");
    let user = ("OTEL_EXPORTER_JAEGER_USER", " scott ");
    let (settings, warnings) = read(&[password, user]);
    assert_eq!(settings.jaeger.user.as_deref(), Some("scott"));
    assert_eq!(settings.jaeger.password.as_deref(), Some(" tiger "));
    assert!(!format!("{settings:?}").contains("tiger"));
    assert_eq!(warnings, []);
    for (alone, other) in [(password, user), (user, password)] {
        let (settings, warnings) = read(&[alone]);
        assert_eq!(settings, EnvSettings::default());
        let text = warnings[0].to_string();
        let shown = if alone == user { "=\"scott\"" } else { "" };
        let (alone, other) = (alone.0, other.0);
        assert_eq!(text, format!("{alone}{shown}: {other} is not set; ignored"));
    }
}

#[test]
fn long_texts_are_cut_where_a_character_ends() {
    let text = format!("a{}", "é".repeat(500));
    let warnings = warnings("OTEL_TRACES_SAMPLER", &text);
    assert_eq!(warnings[0].text, format!("a{}", "é".repeat(99)));
}

#[test]
fn the_detector_reads_this_process() {
    let (resource, warnings) = resource();
    assert_eq!(EnvironmentDetector.detect().unwrap(), resource);
    assert_eq!(EnvSettings::from_process().0.resource, resource);
    assert_eq!(warnings, []);
}

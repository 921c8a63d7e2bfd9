//! What the environment says reaches the exporters in the sense of its specification.

use super::*;
use std::ffi::OsString;

fn environment(pairs: &'static [(&str, &str)]) -> EnvSettings {
    let (settings, warnings) = EnvSettings::read(|name| {
        let pair = pairs.iter().find(|(known, _)| *known == name);
        pair.map(|(_, value)| OsString::from(value))
    });
    assert_eq!(warnings, []);
    settings
}

#[test]
fn a_timeout_of_zero_is_no_limit_and_no_error() {
    let environment = environment(&[
        ("OTEL_EXPORTER_JAEGER_TIMEOUT", "0"),
        ("OTEL_EXPORTER_ZIPKIN_TIMEOUT", "0"),
        ("OTEL_TRACES_EXPORTER", "jaeger,zipkin,console"),
    ]);
    let destinations = chosen(Vec::new(), &environment, false);
    assert_eq!(destinations.len(), 3);
    for destination in destinations {
        assert!(destination.exporter(&environment).is_ok());
    }
    assert_eq!(limit(Duration::ZERO), Duration::MAX);
    assert_eq!(limit(Duration::from_secs(3)), Duration::from_secs(3));
}

#[test]
fn a_jaeger_agent_is_where_the_environment_says() {
    for (pairs, expected) in [
        (
            &[("OTEL_EXPORTER_JAEGER_PROTOCOL", "udp/thrift.compact")][..],
            "udp://localhost",
        ),
        (
            &[
                ("OTEL_EXPORTER_JAEGER_PROTOCOL", "udp/thrift.binary"),
                ("OTEL_EXPORTER_JAEGER_AGENT_HOST", "::1"),
                ("OTEL_EXPORTER_JAEGER_AGENT_PORT", "1234"),
                ("OTEL_EXPORTER_JAEGER_ENDPOINT", "http://ignored"),
            ],
            "udp://[::1]:1234",
        ),
        (
            &[
                ("OTEL_EXPORTER_JAEGER_AGENT_HOST", "ignored"),
                ("OTEL_EXPORTER_JAEGER_ENDPOINT", "http://collector"),
            ],
            "http://collector",
        ),
    ] {
        let environment = environment(pairs);
        let Destination::Jaeger(url) = Destination::jaeger(&environment) else {
            panic!("not to Jaeger")
        };
        assert_eq!(url, expected);
    }
}

#[test]
fn the_url_and_the_protocol_choose_the_exporter() {
    let compact = &[("OTEL_EXPORTER_JAEGER_PROTOCOL", "udp/thrift.compact")][..];
    let binary = &[("OTEL_EXPORTER_JAEGER_PROTOCOL", "udp/thrift.binary")][..];
    for (pairs, url, name) in [
        (&[][..], "udp://agent", "jaeger_udp_compact_span_exporter"),
        (compact, "udp://agent", "jaeger_udp_compact_span_exporter"),
        (binary, "UDP://agent:1", "jaeger_udp_binary_span_exporter"),
        (binary, "http://collector", "jaeger_http_span_exporter"),
        (&[][..], "http://collector", "jaeger_http_span_exporter"),
    ] {
        let exporter = Destination::Jaeger(url.to_owned())
            .exporter(&environment(pairs))
            .unwrap();
        assert_eq!(exporter.name(), name);
    }
    let wrong = Destination::Jaeger("udp://".to_owned()).exporter(&environment(&[]));
    let error = wrong.err().unwrap().to_string();
    assert_eq!(error, "jaeger exporter: `udp://` is no host or host:port");
}

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

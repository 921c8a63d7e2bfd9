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

/// The one destination that counts if code names none.
fn only(environment: &EnvSettings) -> Destination {
    let Chosen {
        mut destinations, ..
    } = chosen(Vec::new(), environment, false);
    assert_eq!(destinations.len(), 1);
    destinations.remove(0)
}

#[test]
fn a_timeout_of_zero_is_no_limit_and_no_error() {
    let environment = environment(&[
        ("OTEL_EXPORTER_JAEGER_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
        ("OTEL_EXPORTER_ZIPKIN_TIMEOUT", "0"),
        (
            "OTEL_TRACES_EXPORTER",
            "jaeger,otlp,otlp/stdout,zipkin,console",
        ),
    ]);
    let chosen = chosen(Vec::new(), &environment, false);
    assert_eq!(chosen.destinations.len(), 5);
    for destination in chosen.destinations {
        assert!(destination.exporter(&environment).is_ok());
    }
    assert_eq!(limit(Duration::ZERO), Duration::MAX);
    assert_eq!(limit(Duration::from_secs(3)), Duration::from_secs(3));
}

#[test]
fn otlp_is_the_default_and_its_endpoint_for_traces_is_taken_as_it_is() {
    let address = |pairs: &'static [(&str, &str)]| match only(&environment(pairs)) {
        Destination::Otlp(address) => address,
        _ => panic!("another destination than OTLP"),
    };
    let expected = |url: &str, variable, is_base| Address {
        url: url.to_owned(),
        variable,
        is_base,
    };
    assert_eq!(address(&[]), expected("http://localhost:4318", None, true));
    let general = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:1/x");
    let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c:2/y");
    for (pairs, expected) in [
        (
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:1/x")][..],
            expected(general.1, Some(general.0), true),
        ),
        (
            &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:1/x"),
                ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c:2/y"),
            ],
            expected(traces.1, Some(traces.0), false),
        ),
    ] {
        assert_eq!(address(pairs), expected);
    }
}

#[test]
fn an_error_names_the_variable_that_it_comes_from() {
    let message = |pairs: &'static [(&str, &str)]| {
        let environment = environment(pairs);
        let destination = only(&environment);
        destination
            .exporter(&environment)
            .err()
            .map(|error| error.to_string())
    };
    for (pairs, expected) in [
        (
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318")][..],
            "otlp exporter: OTEL_EXPORTER_OTLP_ENDPOINT: `collector:4318` has no scheme: write `http://collector:4318`",
        ),
        (
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:99999")],
            "otlp exporter: OTEL_EXPORTER_OTLP_ENDPOINT: `http://collector:99999` is no URL: its port is not a number from 1 to 65535",
        ),
        (
            &[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "c")],
            "otlp exporter: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `c` has no scheme: write `http://c`",
        ),
        (
            &[("OTEL_EXPORTER_OTLP_HEADERS", "a b=secret")],
            "otlp exporter: OTEL_EXPORTER_OTLP_HEADERS: the name of the header `a…` is invalid from byte 1 on",
        ),
        (
            &[
                ("OTEL_TRACES_EXPORTER", "jaeger"),
                ("OTEL_EXPORTER_JAEGER_ENDPOINT", "http://"),
            ],
            "jaeger exporter: OTEL_EXPORTER_JAEGER_ENDPOINT: `http://` names no host",
        ),
        (
            &[
                ("OTEL_TRACES_EXPORTER", "zipkin"),
                ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", "ftp://z"),
            ],
            "zipkin exporter: OTEL_EXPORTER_ZIPKIN_ENDPOINT: `ftp://z` has the scheme `ftp`, which is neither http nor https",
        ),
    ] {
        assert_eq!(message(pairs).as_deref(), Some(expected));
    }
}

#[test]
fn gzip_without_its_feature_is_an_error_that_names_the_variable_and_the_feature() {
    for (variable, pairs) in [
        (
            "OTEL_EXPORTER_OTLP_COMPRESSION",
            &[("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")][..],
        ),
        (
            "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
            &[("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip")],
        ),
    ] {
        let environment = environment(pairs);
        let error = spanline_export::BuildError::NeedsFeature {
            wanted: "gzip".to_owned(),
            feature: "gzip",
        };
        let found = otlp_variable(&error, &environment.otlp);
        assert_eq!(found, Some(variable));
        let destination = only(&environment);
        let result = destination.exporter(&environment);
        if cfg!(feature = "gzip") {
            assert!(result.is_ok());
        } else {
            let expected = named("otlp", found, error).to_string();
            assert_eq!(result.err().map(|error| error.to_string()), Some(expected));
        }
    }
}

/// A file that goes when this goes.
#[cfg(feature = "tls")]
struct Pem(std::path::PathBuf);

#[cfg(feature = "tls")]
impl Pem {
    fn new(name: &str, text: &str) -> Pem {
        let name = format!("spanline-{}-{name}.pem", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).unwrap();
        Pem(path)
    }
}

#[cfg(feature = "tls")]
impl Drop for Pem {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
#[cfg(feature = "tls")]
fn certificates_are_read_for_https_alone_and_an_error_names_the_variable() {
    const ROOTS: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
    const CLIENT: &str = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
    const KEY: &str = "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY";
    let made = || {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    };
    let (certificate, key) = made();
    let certificate = Pem::new("certificate", &certificate);
    let key = Pem::new("key", &key);
    let other = Pem::new("other", &made().1);
    let empty = Pem::new("empty", "");
    let missing = || std::path::PathBuf::from("/no/such/file");
    let built = |url: &str, files: &[(&str, std::path::PathBuf)]| {
        let (environment, warnings) = EnvSettings::read(|name| {
            if name == "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" {
                return Some(OsString::from(url));
            }
            let file = files.iter().find(|(known, _)| *known == name);
            file.map(|(_, path)| path.into())
        });
        assert_eq!(warnings, []);
        let destination = only(&environment);
        let built = destination.exporter(&environment);
        built.err().map_or(String::new(), |error| error.to_string())
    };
    let (https, http) = ("HTTPS://c/v1/traces", "http://c/v1/traces");
    let of = |pem: &Pem| pem.0.clone();
    let right = [
        (ROOTS, of(&certificate)),
        (CLIENT, of(&certificate)),
        (KEY, of(&key)),
    ];
    assert_eq!(built(https, &right), "");
    assert_eq!(built(http, &[(ROOTS, missing())]), "");
    for (files, expected) in [
        (
            &[(ROOTS, missing())][..],
            format!("{ROOTS}: cannot read \"/no/such/file\": "),
        ),
        (
            &[(ROOTS, of(&empty))],
            format!("{ROOTS}: root_certificates holds no certificate in PEM"),
        ),
        (
            &[(CLIENT, of(&empty)), (KEY, of(&key))],
            format!("{CLIENT}: client_certificate holds no certificate in PEM"),
        ),
        (
            &[(CLIENT, of(&certificate)), (KEY, of(&other))],
            format!("{KEY}: client_key is not the key of the certificate"),
        ),
    ] {
        let message = built(https, files);
        let expected = format!("otlp exporter: {expected}");
        assert!(message.starts_with(&expected), "{message}");
    }
}

#[test]
fn grpc_has_a_port_of_its_own_and_needs_its_feature() {
    let environment = environment(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]);
    let destination = only(&environment);
    match &destination {
        Destination::Otlp(address) => assert_eq!(address.url, "http://localhost:4317"),
        _ => panic!("another destination than OTLP"),
    }
    let built = destination.exporter(&environment);
    #[cfg(feature = "grpc")]
    {
        assert!(built.is_ok());
        let mut settings = environment.otlp;
        let mut bare = |insecure| {
            settings.insecure = insecure;
            grpc("localhost:4317", &settings).unwrap().build().is_ok()
        };
        assert!(bare(Some(true)));
        assert!(!bare(Some(false)) && !bare(None));
        // Nobody has written `https`, so where it comes from is said.
        let built = |endpoint: &str| {
            let mut environment = self::environment(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]);
            environment.otlp.endpoint = Some(endpoint.to_owned());
            let built = only(&environment).exporter(&environment);
            built.err().map_or(String::new(), |error| error.to_string())
        };
        let expected = "otlp exporter: OTEL_EXPORTER_OTLP_ENDPOINT: `https://c:4317/` is https, which OTLP over gRPC cannot do here; send it over HTTP";
        assert_eq!(built("https://me:canary@c:4317"), expected);
        let because =
            "an address without a scheme is https, unless OTEL_EXPORTER_OTLP_INSECURE is true";
        assert_eq!(built("me:canary@c:4317"), format!("{expected}; {because}"));
        assert_eq!(built("http://c:4317"), "");
    }
    #[cfg(not(feature = "grpc"))]
    assert_eq!(
        built.err().map(|error| error.to_string()).as_deref(),
        Some(
            "OTEL_EXPORTER_OTLP_PROTOCOL: OTLP over gRPC needs the feature \"grpc\" of the crate spanline"
        )
    );
}

#[test]
fn json_needs_no_feature_but_otlp() {
    for (pairs, name) in [
        (
            &[("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json")][..],
            "otlp_http_json_span_exporter",
        ),
        (
            &[
                ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
                ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c/x"),
            ],
            "otlp_http_json_span_exporter",
        ),
        (
            &[("OTEL_TRACES_EXPORTER", "otlp/stdout")],
            "otlp_file_span_exporter",
        ),
    ] {
        let environment = environment(pairs);
        let built = only(&environment).exporter(&environment);
        assert_eq!(built.unwrap().name(), name);
    }
}

#[test]
fn who_asks_for_a_part_that_is_missing_is_said() {
    let missing = || SetupError::NeedsFeature {
        wanted: "the jaeger exporter",
        feature: "jaeger",
        variable: None,
    };
    let named = environment(&[("OTEL_TRACES_EXPORTER", "jaeger")]);
    let chosen = |said, environment: &EnvSettings| {
        let Chosen { variable, .. } = chosen(said, environment, false);
        missing().asked_by(variable).to_string()
    };
    let expected = "the jaeger exporter needs the feature \"jaeger\" of the crate spanline";
    let said = || vec![Destination::Jaeger(Address::said("http://c".to_owned()))];
    assert_eq!(chosen(said(), &named), expected);
    assert_eq!(chosen(Vec::new(), &environment(&[])), expected);
    assert_eq!(
        chosen(Vec::new(), &named),
        format!("OTEL_TRACES_EXPORTER: {expected}")
    );
    // The nearer variable counts: which protocol, rather than which exporter.
    let asked = missing().asked_by(Some("a")).asked_by(Some("b"));
    assert!(asked.to_string().starts_with("a: "), "{asked}");
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
        let Destination::Jaeger(address) = Destination::jaeger(&environment) else {
            panic!("not to Jaeger")
        };
        assert_eq!(address.url, expected);
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
        // The port tells, unless the protocol is said.
        (
            &[][..],
            "udp://agent:6832",
            "jaeger_udp_binary_span_exporter",
        ),
        (
            &[][..],
            "udp://[::1]:6832/",
            "jaeger_udp_binary_span_exporter",
        ),
        (
            &[][..],
            "udp://agent:6831",
            "jaeger_udp_compact_span_exporter",
        ),
        (
            &[][..],
            "udp://agent:16832",
            "jaeger_udp_compact_span_exporter",
        ),
        (
            &[][..],
            "udp://[::6832]",
            "jaeger_udp_compact_span_exporter",
        ),
        (
            compact,
            "udp://agent:6832",
            "jaeger_udp_compact_span_exporter",
        ),
        (
            binary,
            "udp://agent:6831",
            "jaeger_udp_binary_span_exporter",
        ),
        (binary, "http://collector", "jaeger_http_span_exporter"),
        (&[][..], "http://collector", "jaeger_http_span_exporter"),
    ] {
        let exporter = Destination::Jaeger(Address::said(url.to_owned()))
            .exporter(&environment(pairs))
            .unwrap();
        assert_eq!(exporter.name(), name);
    }
    let wrong = Destination::Jaeger(Address::said("udp://".to_owned())).exporter(&environment(&[]));
    let error = wrong.err().unwrap().to_string();
    assert_eq!(error, "jaeger exporter: `udp://` is no host or host:port");
}

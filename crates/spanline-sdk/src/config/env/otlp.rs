//! `OTEL_EXPORTER_OTLP_*`: each setting in a form for all signals and one for traces, which wins
//! (OpenTelemetry specification, "OpenTelemetry Protocol Exporter", "Configuration Options").
//!
//! Both forms are read, so that a bad one is told of even where the other one counts. What the two
//! endpoints mean differs, so both are kept.

use super::pairs;
use super::reader::Reader;
use crate::config::choice::{COMPRESSIONS, OTLP_PROTOCOLS, Words};
use crate::config::{EnvWarningReason, FileSetting, OtlpSettings};
use std::collections::HashSet;

/// A variable for all signals, and the one for traces.
type Both = [&'static str; 2];

const HEADERS: Both = [
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
];
const TIMEOUT: Both = [
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
];
const COMPRESSION: Both = [
    "OTEL_EXPORTER_OTLP_COMPRESSION",
    "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
];
const INSECURE: Both = [
    "OTEL_EXPORTER_OTLP_INSECURE",
    "OTEL_EXPORTER_OTLP_TRACES_INSECURE",
];
const PROTOCOL: Both = [
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
];

const CERTIFICATE: Both = [
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
];
const CLIENT_CERTIFICATE: Both = [
    "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
];
const CLIENT_KEY: Both = [
    "OTEL_EXPORTER_OTLP_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY",
];

pub(super) fn settings(reader: &mut Reader<'_>) -> OtlpSettings {
    let [general, traces] = HEADERS.map(|variable| headers(reader, variable));
    let (headers, headers_variable) = match (general, traces) {
        (_, Some(headers)) => (headers, Some(HEADERS[1])),
        (Some(headers), None) => (headers, Some(HEADERS[0])),
        (None, None) => (Vec::new(), None),
    };
    let (compression, compression_variable) = word(reader, COMPRESSION, &COMPRESSIONS).unzip();
    let (protocol, protocol_variable) = word(reader, PROTOCOL, &OTLP_PROTOCOLS).unzip();
    OtlpSettings {
        endpoint: reader.text("OTEL_EXPORTER_OTLP_ENDPOINT"),
        traces_endpoint: reader.text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        headers,
        headers_variable,
        timeout: last(TIMEOUT.map(|variable| reader.milliseconds(variable))),
        compression,
        compression_variable,
        insecure: last(INSECURE.map(|variable| reader.flag_if_set(variable))),
        certificate: last(CERTIFICATE.map(|variable| file(reader, variable))),
        client: client(reader),
        protocol,
        protocol_variable,
    }
}

/// The form for traces, if there is one.
fn last<T>([general, traces]: [Option<T>; 2]) -> Option<T> {
    traces.or(general)
}

/// A choice, and which of the two forms it comes from.
fn word<T>(reader: &mut Reader<'_>, both: Both, words: &Words<T>) -> Option<(T, &'static str)> {
    last(both.map(|variable| Some((reader.word(variable, words)?, variable))))
}

fn file(reader: &mut Reader<'_>, variable: &'static str) -> Option<FileSetting> {
    let path = reader.text(variable)?;
    Some(FileSetting { path, variable })
}

/// A certificate and its key. One is nothing without the other.
fn client(reader: &mut Reader<'_>) -> Option<(FileSetting, FileSetting)> {
    let certificate = last(CLIENT_CERTIFICATE.map(|variable| file(reader, variable)));
    let key = last(CLIENT_KEY.map(|variable| file(reader, variable)));
    let (alone, other) = match (certificate, key) {
        (Some(certificate), Some(key)) => return Some((certificate, key)),
        (None, None) => return None,
        (Some(certificate), None) => (certificate, CLIENT_KEY[0]),
        (None, Some(key)) => (key, CLIENT_CERTIFICATE[0]),
    };
    let reason = EnvWarningReason::Alone { without: other };
    reader.warn(alone.variable, &alone.path, reason);
    None
}

/// `name=value,name=value`, percent-encoded as in W3C Baggage. A bad pair is left out, and of a name
/// that comes again the last value counts. Values are mostly secrets: warnings show none, and of a name
/// only what is sure to be one.
fn headers(reader: &mut Reader<'_>, variable: &'static str) -> Option<Vec<(String, String)>> {
    let text = reader.text(variable)?;
    let mut headers = Vec::<(String, String)>::new();
    let places = text.split(',').map(str::trim);
    for (at, place) in places.filter(|place| !place.is_empty()).enumerate() {
        match pairs::pair(place) {
            Ok(pair) => headers.push(pair),
            Err(problem) => {
                let name = place.split_once('=').map_or("", |(name, _)| name);
                let name = beginning_of_name(name.trim());
                let entry = at + 1;
                let reason = EnvWarningReason::NotHeader { entry, problem };
                reader.warn(variable, name, reason);
            }
        }
    }
    // From behind, so that of each name the last one stays: one look at each, however many there are.
    let mut seen = HashSet::new();
    headers.reverse();
    headers.retain(|(name, _)| seen.insert(name.to_ascii_lowercase()));
    headers.reverse();
    Some(headers).filter(|headers| !headers.is_empty())
}

/// A name up to its first byte that no name of a header has (RFC 9110, section 5.6.2), or that is encoded:
/// whoever mistakes the form, as in `api-key: 12345`, puts a value there.
fn beginning_of_name(name: &str) -> &str {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "!#$&'*+-.^_`|~".contains(c);
    let end = name.find(|c| !is_of_name(c)).unwrap_or(name.len());
    name.split_at_checked(end).map_or("", |(name, _)| name)
}

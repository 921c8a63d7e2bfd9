//! `OTEL_EXPORTER_OTLP_*`: each setting in a form for all signals and one for traces, which wins
//! (OpenTelemetry specification, "OpenTelemetry Protocol Exporter", "Configuration Options").
//!
//! Both forms are read, so that a bad one is told of even where the other one counts. What the two
//! endpoints mean differs, so both are kept.

use super::pairs;
use super::reader::Reader;
use crate::config::choice::{COMPRESSIONS, OTLP_PROTOCOLS};
use crate::config::{EnvWarningReason, OtlpSettings};

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

/// Variables of the specification that nothing here can follow.
const NOT_FOLLOWED: [&str; 6] = [
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
];

pub(super) fn settings(reader: &mut Reader<'_>) -> OtlpSettings {
    for variable in NOT_FOLLOWED {
        if let Some(text) = reader.text(variable) {
            reader.warn(variable, &text, EnvWarningReason::NotFollowed);
        }
    }
    let [general, traces] = HEADERS.map(|variable| headers(reader, variable));
    let (headers, headers_variable) = match (general, traces) {
        (_, Some(headers)) => (headers, Some(HEADERS[1])),
        (Some(headers), None) => (headers, Some(HEADERS[0])),
        (None, None) => (Vec::new(), None),
    };
    OtlpSettings {
        endpoint: reader.text("OTEL_EXPORTER_OTLP_ENDPOINT"),
        traces_endpoint: reader.text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        headers,
        headers_variable,
        timeout: last(TIMEOUT.map(|variable| reader.milliseconds(variable))),
        compression: last(COMPRESSION.map(|variable| reader.word(variable, &COMPRESSIONS))),
        insecure: last(INSECURE.map(|variable| reader.flag_if_set(variable))),
        protocol: last(PROTOCOL.map(|variable| reader.word(variable, &OTLP_PROTOCOLS))),
    }
}

/// The form for traces, if there is one.
fn last<T>([general, traces]: [Option<T>; 2]) -> Option<T> {
    traces.or(general)
}

/// `name=value,name=value`, percent-encoded as in W3C Baggage. A bad pair is left out, and of a name
/// that comes again the last value counts. Values are mostly secrets: warnings show none.
fn headers(reader: &mut Reader<'_>, variable: &'static str) -> Option<Vec<(String, String)>> {
    let text = reader.text(variable)?;
    let mut headers = Vec::<(String, String)>::new();
    for place in text
        .split(',')
        .map(str::trim)
        .filter(|place| !place.is_empty())
    {
        match pairs::pair(place) {
            Ok((name, value)) => {
                headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
                headers.push((name, value));
            }
            Err(problem) => {
                let name = place.split_once('=').map_or("", |(name, _)| name.trim());
                reader.warn(variable, name, EnvWarningReason::NotHeader { problem });
            }
        }
    }
    Some(headers).filter(|headers| !headers.is_empty())
}

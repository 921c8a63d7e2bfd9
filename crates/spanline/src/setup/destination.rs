//! Where spans go: an exporter named in code or in the environment, and the exporter itself.

use super::SetupError;
use spanline_core::diagnostics::{self, DiagnosticKind};
use spanline_core::export::SpanExporter;
use spanline_sdk::config::{EnvSettings, ExporterChoice, JaegerProtocol, JaegerSettings};
use std::net::Ipv6Addr;
#[cfg(any(feature = "jaeger", feature = "zipkin"))]
use std::time::Duration;

#[cfg(test)]
#[cfg(all(feature = "jaeger", feature = "zipkin"))]
mod tests;

/// A destination in preparation.
pub(super) enum Destination {
    /// A Jaeger collector at this URL, or an agent, if that begins with `udp:`.
    Jaeger(String),
    /// A Zipkin server at this URL.
    Zipkin(String),
    /// Standard output.
    Console,
    /// An exporter of the user's.
    Own(Box<dyn SpanExporter>),
}

/// Where a Jaeger collector listens by default.
const JAEGER: &str = "http://localhost:14268/api/traces";

/// Where a Zipkin server listens by default.
const ZIPKIN: &str = "http://localhost:9411/api/v2/spans";

/// The destinations that count: those of the code, else those of the environment, else the
/// default. A program that brings its own processors gets no default destination.
pub(super) fn chosen(
    said: Vec<Destination>,
    environment: &EnvSettings,
    has_processors: bool,
) -> Vec<Destination> {
    if !said.is_empty() {
        return said;
    }
    match &environment.exporters {
        Some(choices) => choices
            .iter()
            .filter_map(|choice| match choice {
                ExporterChoice::Jaeger => Some(Destination::jaeger(environment)),
                ExporterChoice::Zipkin => Some(Destination::zipkin(environment)),
                ExporterChoice::Console => Some(Destination::Console),
                _ => None,
            })
            .collect(),
        None if has_processors => Vec::new(),
        None => vec![default_destination(environment)],
    }
}

/// Where spans go if nobody says: to Jaeger or Zipkin on this machine, whichever was compiled in,
/// else to the console.
fn default_destination(environment: &EnvSettings) -> Destination {
    if cfg!(feature = "jaeger") {
        return Destination::jaeger(environment);
    }
    if cfg!(feature = "zipkin") {
        return Destination::zipkin(environment);
    }
    let text = format_args!(
        "no exporter was named and none is compiled in, so spans go to the console; turn on the feature \"jaeger\" or \"zipkin\", or give the set-up an exporter"
    );
    diagnostics::report(DiagnosticKind::Config, "setup", text);
    Destination::Console
}

impl Destination {
    /// Jaeger, where the environment says it is.
    fn jaeger(environment: &EnvSettings) -> Destination {
        let settings = &environment.jaeger;
        Destination::Jaeger(match settings.protocol {
            Some(JaegerProtocol::UdpThriftCompact | JaegerProtocol::UdpThriftBinary) => {
                agent(settings)
            }
            _ => settings.endpoint.as_deref().unwrap_or(JAEGER).to_owned(),
        })
    }

    /// Zipkin, where the environment says it is.
    fn zipkin(environment: &EnvSettings) -> Destination {
        let endpoint = environment.zipkin.endpoint.as_deref();
        Destination::Zipkin(endpoint.unwrap_or(ZIPKIN).to_owned())
    }

    /// Whether somebody sits in front of it and waits (OpenTelemetry "Span Exporter", "Stdout":
    /// paired with the simple processor).
    pub(super) fn wants_spans_at_once(&self) -> bool {
        matches!(self, Destination::Console)
    }

    /// Makes the exporter. The environment adds what a URL does not say: timeouts, credentials.
    pub(super) fn exporter(
        self,
        environment: &EnvSettings,
    ) -> Result<Box<dyn SpanExporter>, SetupError> {
        match self {
            Destination::Jaeger(url) => jaeger(&url, environment),
            Destination::Zipkin(url) => zipkin(&url, environment),
            Destination::Console => console(),
            Destination::Own(exporter) => Ok(exporter),
        }
    }
}

/// The Jaeger agent's address as a URL. The port is left to the protocol unless it is said.
fn agent(settings: &JaegerSettings) -> String {
    let host = settings.agent_host.as_deref().unwrap_or("localhost");
    let host = match host.parse::<Ipv6Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) => host.to_owned(),
    };
    match settings.agent_port {
        Some(port) => format!("udp://{host}:{port}"),
        None => format!("udp://{host}"),
    }
}

#[cfg(feature = "jaeger")]
fn jaeger(url: &str, environment: &EnvSettings) -> Result<Box<dyn SpanExporter>, SetupError> {
    use spanline_export::JaegerExporter;
    let scheme = url.split("://").next().unwrap_or_default();
    match environment.jaeger.protocol {
        _ if !scheme.eq_ignore_ascii_case("udp") => collector(url, environment),
        Some(JaegerProtocol::UdpThriftBinary) => {
            to_agent(JaegerExporter::udp_binary(url), environment)
        }
        _ => to_agent(JaegerExporter::udp_compact(url), environment),
    }
}

#[cfg(feature = "jaeger")]
fn to_agent<P: spanline_export::encoder::jaeger::Protocol>(
    mut builder: spanline_export::AgentBuilder<P>,
    environment: &EnvSettings,
) -> Result<Box<dyn SpanExporter>, SetupError> {
    if let Some(timeout) = environment.jaeger.timeout {
        builder = builder.timeout(limit(timeout));
    }
    let exporter = builder.build().map_err(|error| named("jaeger", error))?;
    Ok(Box::new(exporter))
}

#[cfg(feature = "jaeger")]
fn collector(url: &str, environment: &EnvSettings) -> Result<Box<dyn SpanExporter>, SetupError> {
    let mut builder = spanline_export::JaegerExporter::http(url);
    let settings = &environment.jaeger;
    if let Some(timeout) = settings.timeout {
        builder = builder.timeout(limit(timeout));
    }
    if let (Some(user), Some(password)) = (&settings.user, &settings.password) {
        builder = builder.basic_auth(user, password);
    }
    let exporter = builder.build().map_err(|error| named("jaeger", error))?;
    Ok(Box::new(exporter))
}

#[cfg(not(feature = "jaeger"))]
fn jaeger(_: &str, _: &EnvSettings) -> Result<Box<dyn SpanExporter>, SetupError> {
    Err(SetupError::NeedsFeature {
        wanted: "the jaeger exporter",
        feature: "jaeger",
    })
}

#[cfg(feature = "zipkin")]
fn zipkin(url: &str, environment: &EnvSettings) -> Result<Box<dyn SpanExporter>, SetupError> {
    let mut builder = spanline_export::ZipkinExporter::http(url);
    if let Some(timeout) = environment.zipkin.timeout {
        builder = builder.timeout(limit(timeout));
    }
    let exporter = builder.build().map_err(|error| named("zipkin", error))?;
    Ok(Box::new(exporter))
}

#[cfg(not(feature = "zipkin"))]
fn zipkin(_: &str, _: &EnvSettings) -> Result<Box<dyn SpanExporter>, SetupError> {
    Err(SetupError::NeedsFeature {
        wanted: "the zipkin exporter",
        feature: "zipkin",
    })
}

fn console() -> Result<Box<dyn SpanExporter>, SetupError> {
    Ok(Box::new(spanline_export::ConsoleExporter::stdout()))
}

/// In the environment zero means no limit (OpenTelemetry "Environment Variable Specification",
/// "Timeout"), which an exporter refuses, since in code it is a mistake.
#[cfg(any(feature = "jaeger", feature = "zipkin"))]
fn limit(timeout: Duration) -> Duration {
    if timeout.is_zero() {
        Duration::MAX
    } else {
        timeout
    }
}

#[cfg(any(feature = "jaeger", feature = "zipkin"))]
fn named(name: &'static str, error: spanline_export::BuildError) -> SetupError {
    SetupError::Exporter {
        name,
        error: Box::new(error),
    }
}

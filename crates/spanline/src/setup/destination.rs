//! Where spans go: an exporter named in code or in the environment, and the exporter itself.

use super::SetupError;
use spanline_core::diagnostics::{self, DiagnosticKind};
use spanline_core::export::SpanExporter;
#[cfg(feature = "otlp")]
use spanline_export::HttpBuilder;
#[cfg(all(feature = "otlp", feature = "tls"))]
use spanline_sdk::config::FileSetting;
#[cfg(feature = "otlp")]
use spanline_sdk::config::OtlpSettings;
use spanline_sdk::config::{
    EnvSettings, ExporterChoice, JaegerProtocol, JaegerSettings, OtlpProtocol,
};
use std::net::Ipv6Addr;
#[cfg(any(feature = "jaeger", feature = "otlp", feature = "zipkin"))]
use std::time::Duration;

#[cfg(test)]
#[cfg(all(feature = "jaeger", feature = "otlp", feature = "zipkin"))]
mod tests;

/// A destination in preparation.
pub(super) enum Destination {
    /// An OTLP receiver.
    Otlp(Address),
    /// The same in JSON on standard output.
    OtlpStdout,
    /// A Jaeger collector, or an agent, if the address begins with `udp:`.
    Jaeger(Address),
    /// A Zipkin server.
    Zipkin(Address),
    /// Standard output.
    Console,
    /// An exporter of the user's.
    Own(Box<dyn SpanExporter>),
}

/// A URL, and who said it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    url: String,
    /// The setting that it comes from, for errors: a variable, or the option.
    variable: Option<&'static str>,
    /// Whether the path for traces is still to be added.
    is_base: bool,
}

/// Where an OTLP receiver listens by default, over HTTP.
const OTLP: &str = "http://localhost:4318";

/// The same over gRPC.
const OTLP_GRPC: &str = "http://localhost:4317";

/// Where a Jaeger collector listens by default.
const JAEGER: &str = "http://localhost:14268/api/traces";

/// Where a Zipkin server listens by default.
const ZIPKIN: &str = "http://localhost:9411/api/v2/spans";

/// Where agents listen for the binary protocol (Jaeger's documentation, "APIs", "Thrift over UDP"), as
/// it ends an address with a port; one of IPv6 alone ends with a bracket.
#[cfg(feature = "jaeger")]
const BINARY_PORT: &str = ":6832";

/// How long an export to an agent may take by default, as to a collector.
#[cfg(feature = "jaeger")]
const AGENT_TIMEOUT: Duration = Duration::from_secs(10);

impl Address {
    /// An address from code.
    pub(super) fn said(url: String) -> Address {
        Address {
            url,
            variable: None,
            is_base: false,
        }
    }

    /// The address of options.
    pub(super) fn of_option(url: String) -> Address {
        Address {
            variable: Some("option \"endpoint\""),
            ..Address::said(url)
        }
    }

    /// The address that a variable holds, else the default.
    fn of(variable: &'static str, text: Option<&str>, default: &str) -> Address {
        Address {
            url: text.unwrap_or(default).to_owned(),
            variable: text.map(|_| variable),
            is_base: false,
        }
    }

    /// The same as the address for all signals.
    pub(super) fn for_all_signals(self) -> Address {
        Address {
            is_base: true,
            ..self
        }
    }
}

/// The destinations that count, and who asked for them.
pub(super) struct Chosen {
    pub(super) destinations: Vec<Destination>,
    /// The variable that names them; `None` if code does, or nobody.
    pub(super) variable: Option<&'static str>,
}

/// The destinations that count: those of the code, else those of the environment, else the
/// default. A program that brings its own processors gets no default destination.
pub(super) fn chosen(
    said: Vec<Destination>,
    environment: &EnvSettings,
    has_processors: bool,
) -> Chosen {
    let (destinations, variable) = match &environment.exporters {
        _ if !said.is_empty() => (said, None),
        Some(choices) => {
            let choices = choices.iter();
            let named = choices.filter_map(|choice| Destination::named(*choice, environment));
            (named.collect(), Some("OTEL_TRACES_EXPORTER"))
        }
        None if has_processors => (Vec::new(), None),
        None => (vec![default_destination(environment)], None),
    };
    Chosen {
        destinations,
        variable,
    }
}

/// Where spans go if nobody says, in the word of `OTEL_TRACES_EXPORTER`: by OTLP, as the specification
/// has it, or to Jaeger or Zipkin, on this machine; the first of them that was compiled in, else to the
/// console.
pub(super) const DEFAULT: &str = if cfg!(feature = "otlp") {
    "otlp"
} else if cfg!(feature = "jaeger") {
    "jaeger"
} else if cfg!(feature = "zipkin") {
    "zipkin"
} else {
    "console"
};

/// The destination of that name.
fn default_destination(environment: &EnvSettings) -> Destination {
    match DEFAULT {
        "otlp" => return Destination::otlp(environment),
        "jaeger" => return Destination::jaeger(environment),
        "zipkin" => return Destination::zipkin(environment),
        _ => {}
    }
    let text = format_args!(
        "no exporter was named and none is compiled in, so spans go to the console; turn on the feature \"otlp\", \"jaeger\" or \"zipkin\", or give the set-up an exporter"
    );
    diagnostics::report(DiagnosticKind::Config, "setup", text);
    Destination::Console
}

impl Destination {
    /// The destination that the environment names, where the environment says it is.
    fn named(choice: ExporterChoice, environment: &EnvSettings) -> Option<Destination> {
        match choice {
            ExporterChoice::Otlp => Some(Destination::otlp(environment)),
            ExporterChoice::OtlpStdout => Some(Destination::OtlpStdout),
            ExporterChoice::Jaeger => Some(Destination::jaeger(environment)),
            ExporterChoice::Zipkin => Some(Destination::zipkin(environment)),
            ExporterChoice::Console => Some(Destination::Console),
            _ => None,
        }
    }

    /// An OTLP receiver, where the environment says it is: the URL for traces is complete, the one
    /// for all signals is not.
    fn otlp(environment: &EnvSettings) -> Destination {
        let settings = &environment.otlp;
        let traces = settings.traces_endpoint.as_deref();
        if traces.is_some() {
            let variable = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
            return Destination::Otlp(Address::of(variable, traces, OTLP));
        }
        let general = settings.endpoint.as_deref();
        let default = match settings.protocol {
            Some(OtlpProtocol::Grpc) => OTLP_GRPC,
            _ => OTLP,
        };
        Destination::Otlp(
            Address::of("OTEL_EXPORTER_OTLP_ENDPOINT", general, default).for_all_signals(),
        )
    }

    /// Jaeger, where the environment says it is.
    fn jaeger(environment: &EnvSettings) -> Destination {
        let settings = &environment.jaeger;
        Destination::Jaeger(match settings.protocol {
            Some(JaegerProtocol::UdpThriftCompact | JaegerProtocol::UdpThriftBinary) => {
                agent(settings)
            }
            _ => {
                let endpoint = settings.endpoint.as_deref();
                Address::of("OTEL_EXPORTER_JAEGER_ENDPOINT", endpoint, JAEGER)
            }
        })
    }

    /// Zipkin, where the environment says it is.
    fn zipkin(environment: &EnvSettings) -> Destination {
        let endpoint = environment.zipkin.endpoint.as_deref();
        Destination::Zipkin(Address::of(
            "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
            endpoint,
            ZIPKIN,
        ))
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
            Destination::Otlp(address) => otlp(&address, environment),
            Destination::OtlpStdout => otlp_stdout(),
            Destination::Jaeger(address) => jaeger(&address, environment),
            Destination::Zipkin(address) => zipkin(&address, environment),
            Destination::Console => console(),
            Destination::Own(exporter) => Ok(exporter),
        }
    }
}

#[cfg(feature = "otlp")]
fn otlp(address: &Address, environment: &EnvSettings) -> Result<Box<dyn SpanExporter>, SetupError> {
    use spanline_export::{Compression, OtlpExporter};
    use spanline_sdk::config::CompressionChoice;
    let settings = &environment.otlp;
    let url = &address.url;
    let mut builder = match (settings.protocol, address.is_base) {
        (Some(OtlpProtocol::Grpc), _) => grpc(url, settings)?,
        (Some(OtlpProtocol::HttpJson), true) => OtlpExporter::http_json_base(url),
        (Some(OtlpProtocol::HttpJson), false) => OtlpExporter::http_json(url),
        (_, true) => OtlpExporter::http_base(url),
        (_, false) => OtlpExporter::http(url),
    };
    for (name, value) in &settings.headers {
        builder = builder.header(name, value);
    }
    if let Some(timeout) = settings.timeout {
        builder = builder.timeout(limit(timeout));
    }
    if settings.compression == Some(CompressionChoice::Gzip) {
        builder = builder.compression(Compression::Gzip);
    }
    #[cfg(feature = "tls")]
    if is_secure(url) {
        builder = certificates(builder, settings)?;
    }
    let exporter = builder.build().map_err(|error| {
        let variable = otlp_variable(&error, settings).or(address.variable);
        match error {
            spanline_export::BuildError::NoTls { .. } if !has_scheme(url) => SetupError::Exporter {
                name: "otlp",
                variable,
                error: format!(
                    "{error}; an address without a scheme is https, unless {INSECURE} is true"
                )
                .into(),
            },
            error => named("otlp", variable, error),
        }
    })?;
    Ok(Box::new(exporter))
}

/// What makes a difference to an endpoint without a scheme, in its form for all signals.
#[cfg(feature = "otlp")]
const INSECURE: &str = "OTEL_EXPORTER_OTLP_INSECURE";

#[cfg(feature = "otlp")]
fn has_scheme(url: &str) -> bool {
    url.contains("://")
}

/// The variable that an error is about, if it is not the one of the address.
#[cfg(feature = "otlp")]
fn otlp_variable(
    error: &spanline_export::BuildError,
    settings: &OtlpSettings,
) -> Option<&'static str> {
    use spanline_export::BuildError;
    match error {
        BuildError::InvalidHeader { .. } | BuildError::InvalidHeaderName { .. } => {
            settings.headers_variable
        }
        BuildError::InvalidPem { setting, .. } => pem_variable(setting, settings),
        BuildError::NeedsFeature {
            feature: "gzip", ..
        } => settings.compression_variable,
        _ => None,
    }
}

/// Certificates matter to secure connections alone, and their files are not looked at otherwise
/// ("OpenTelemetry Protocol Exporter", "Certificate File").
#[cfg(all(feature = "otlp", feature = "tls"))]
fn is_secure(url: &str) -> bool {
    let scheme = url.split("://").next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("https")
}

#[cfg(all(feature = "otlp", feature = "tls"))]
fn certificates<X>(
    mut builder: HttpBuilder<X>,
    settings: &OtlpSettings,
) -> Result<HttpBuilder<X>, SetupError> {
    let read = |file: &FileSetting| {
        std::fs::read(&file.path).map_err(|error| SetupError::Exporter {
            name: "otlp",
            variable: Some(file.variable),
            error: format!("cannot read {:?}: {error}", file.path).into(),
        })
    };
    if let Some(file) = &settings.certificate {
        builder = builder.root_certificates(read(file)?);
    }
    if let Some((certificate, key)) = &settings.client {
        builder = builder.client_certificate(read(certificate)?, read(key)?);
    }
    Ok(builder)
}

/// The variable that a setting of certificates comes from.
#[cfg(feature = "otlp")]
fn pem_variable(setting: &str, settings: &OtlpSettings) -> Option<&'static str> {
    let client = settings.client.as_ref();
    let file = match setting {
        "client_certificate" => client.map(|(certificate, _)| certificate),
        "client_key" => client.map(|(_, key)| key),
        _ => settings.certificate.as_ref(),
    };
    file.map(|file| file.variable)
}

/// An endpoint for gRPC may have no scheme; whether it is plain text is then a setting of its own
/// ("OpenTelemetry Protocol Exporter", "Insecure").
#[cfg(feature = "grpc")]
fn grpc(
    url: &str,
    settings: &OtlpSettings,
) -> Result<HttpBuilder<spanline_export::OtlpExporter>, SetupError> {
    let url = match (has_scheme(url), settings.insecure) {
        (true, _) => url.to_owned(),
        (false, Some(true)) => format!("http://{url}"),
        (false, _) => format!("https://{url}"),
    };
    Ok(spanline_export::OtlpExporter::grpc(url))
}

#[cfg(all(feature = "otlp", not(feature = "grpc")))]
fn grpc(
    _: &str,
    settings: &OtlpSettings,
) -> Result<HttpBuilder<spanline_export::OtlpExporter>, SetupError> {
    Err(SetupError::NeedsFeature {
        wanted: "OTLP over gRPC",
        feature: "grpc",
        variable: settings.protocol_variable,
    })
}

#[cfg(feature = "otlp")]
fn otlp_stdout() -> Result<Box<dyn SpanExporter>, SetupError> {
    Ok(Box::new(spanline_export::OtlpExporter::stdout()))
}

#[cfg(not(feature = "otlp"))]
fn otlp(_: &Address, _: &EnvSettings) -> Result<Box<dyn SpanExporter>, SetupError> {
    otlp_stdout()
}

#[cfg(not(feature = "otlp"))]
fn otlp_stdout() -> Result<Box<dyn SpanExporter>, SetupError> {
    Err(SetupError::NeedsFeature {
        wanted: "the otlp exporter",
        feature: "otlp",
        variable: None,
    })
}

/// The Jaeger agent's address. The port is left to the protocol unless it is said.
fn agent(settings: &JaegerSettings) -> Address {
    let host = settings.agent_host.as_deref().unwrap_or("localhost");
    let host = match host.parse::<Ipv6Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) => host.to_owned(),
    };
    let url = match settings.agent_port {
        Some(port) => format!("udp://{host}:{port}"),
        None => format!("udp://{host}"),
    };
    let said = settings.agent_host.as_deref();
    Address {
        url,
        variable: said.map(|_| "OTEL_EXPORTER_JAEGER_AGENT_HOST"),
        is_base: false,
    }
}

#[cfg(feature = "jaeger")]
fn jaeger(
    address: &Address,
    environment: &EnvSettings,
) -> Result<Box<dyn SpanExporter>, SetupError> {
    use spanline_export::JaegerExporter;
    let url = &address.url;
    let scheme = url.split("://").next().unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("udp") {
        return collector(address, environment);
    }
    let timeout = environment.jaeger.timeout.map(limit);
    let timeout = timeout.unwrap_or(AGENT_TIMEOUT);
    let exporter = match speaks_binary(url, environment.jaeger.protocol) {
        true => JaegerExporter::udp_binary(url).timeout(timeout).build(),
        false => JaegerExporter::udp_compact(url).timeout(timeout).build(),
    };
    let exporter = exporter.map_err(|error| named("jaeger", address.variable, error))?;
    Ok(Box::new(exporter))
}

/// Whether an agent is sent Thrift's binary protocol: if that is asked for, and on the port where agents
/// listen for it, unless the compact one is asked for.
#[cfg(feature = "jaeger")]
fn speaks_binary(url: &str, asked: Option<JaegerProtocol>) -> bool {
    match asked {
        Some(JaegerProtocol::UdpThriftBinary) => true,
        Some(JaegerProtocol::UdpThriftCompact) => false,
        _ => url.trim_end_matches('/').ends_with(BINARY_PORT),
    }
}

#[cfg(feature = "jaeger")]
fn collector(
    address: &Address,
    environment: &EnvSettings,
) -> Result<Box<dyn SpanExporter>, SetupError> {
    let mut builder = spanline_export::JaegerExporter::http(&address.url);
    let settings = &environment.jaeger;
    if let Some(timeout) = settings.timeout {
        builder = builder.timeout(limit(timeout));
    }
    if let (Some(user), Some(password)) = (&settings.user, &settings.password) {
        builder = builder.basic_auth(user, password);
    }
    let exporter = builder.build().map_err(|error| {
        let variable = match error {
            spanline_export::BuildError::InvalidCredentials => None,
            _ => address.variable,
        };
        named("jaeger", variable, error)
    })?;
    Ok(Box::new(exporter))
}

#[cfg(not(feature = "jaeger"))]
fn jaeger(_: &Address, _: &EnvSettings) -> Result<Box<dyn SpanExporter>, SetupError> {
    Err(SetupError::NeedsFeature {
        wanted: "the jaeger exporter",
        feature: "jaeger",
        variable: None,
    })
}

#[cfg(feature = "zipkin")]
fn zipkin(
    address: &Address,
    environment: &EnvSettings,
) -> Result<Box<dyn SpanExporter>, SetupError> {
    let mut builder = spanline_export::ZipkinExporter::http(&address.url);
    if let Some(timeout) = environment.zipkin.timeout {
        builder = builder.timeout(limit(timeout));
    }
    let exporter = builder
        .build()
        .map_err(|error| named("zipkin", address.variable, error))?;
    Ok(Box::new(exporter))
}

#[cfg(not(feature = "zipkin"))]
fn zipkin(_: &Address, _: &EnvSettings) -> Result<Box<dyn SpanExporter>, SetupError> {
    Err(SetupError::NeedsFeature {
        wanted: "the zipkin exporter",
        feature: "zipkin",
        variable: None,
    })
}

fn console() -> Result<Box<dyn SpanExporter>, SetupError> {
    Ok(Box::new(spanline_export::ConsoleExporter::stdout()))
}

/// In the environment zero means no limit (OpenTelemetry "Environment Variable Specification",
/// "Timeout"), which an exporter refuses, since in code it is a mistake.
#[cfg(any(feature = "jaeger", feature = "otlp", feature = "zipkin"))]
fn limit(timeout: Duration) -> Duration {
    if timeout.is_zero() {
        Duration::MAX
    } else {
        timeout
    }
}

#[cfg(any(feature = "jaeger", feature = "otlp", feature = "zipkin"))]
fn named(
    name: &'static str,
    variable: Option<&'static str>,
    error: spanline_export::BuildError,
) -> SetupError {
    SetupError::Exporter {
        name,
        variable,
        error: Box::new(error),
    }
}

//! Options as a file or a service framework gives them: four fields, checked one by one.

#[cfg(feature = "json")]
mod json;

use super::{SetupError, ShutdownGuard, setup};
use spanline_sdk::sampler::{ParentBased, TraceIdRatioBased};
use std::fmt;

/// Which exporter [`Options`] mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Batcher {
    /// Jaeger Thrift over HTTP, usually to port 14268 and `/api/traces`, or over UDP, usually to
    /// `udp://localhost:6831`, or with port 6832, where agents listen for Thrift's binary protocol.
    #[default]
    Jaeger,
    /// The OpenTelemetry protocol over HTTP, usually to port 4318; the path `v1/traces` is added.
    Otlp,
    /// Zipkin JSON over HTTP, usually to port 9411 and `/api/v2/spans`.
    Zipkin,
}

impl fmt::Display for Batcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Batcher::Jaeger => "jaeger",
            Batcher::Otlp => "otlp",
            Batcher::Zipkin => "zipkin",
        })
    }
}

/// Everything a simple program says about its tracing.
///
/// ```
/// # use spanline::{Batcher, Options};
/// let mut options = Options::new("order", "http://localhost:9411/api/v2/spans");
/// options.batcher = Batcher::Zipkin;
/// let provider = spanline::setup().options(options).build()?;
/// # Ok::<(), spanline::SetupError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Options {
    /// The service's name.
    pub name: String,
    /// The collector's URL.
    pub endpoint: String,
    /// The fraction of traces that are kept, 0.0 to 1.0 (default 1.0); a parent's decision goes
    /// before it. It always counts before `OTEL_TRACES_SAMPLER`, the default included.
    pub sampler: f64,
    /// Which exporter to use (default Jaeger).
    pub batcher: Batcher,
}

/// The names of the fields, for the error about another one.
const FIELDS: &str = "name, endpoint, sampler, batcher";

impl Options {
    /// Options with defaults for all but the service's name and the collector's URL.
    pub fn new(name: impl Into<String>, endpoint: impl Into<String>) -> Options {
        let batcher = Batcher::default();
        Options {
            name: name.into(),
            endpoint: endpoint.into(),
            sampler: 1.0,
            batcher,
        }
    }

    /// Installs a provider by these options. `OTEL_*` variables fill in what options do not speak
    /// of; name, endpoint, sampler and exporter are those of the options, defaults included.
    ///
    /// # Errors
    /// As for [`super::Setup::install`].
    pub fn install(self) -> Result<ShutdownGuard, SetupError> {
        setup().options(self).install()
    }

    /// The checks that need no exporter.
    pub(super) fn check(&self) -> Result<(), OptionsError> {
        if self.name.trim().is_empty() {
            return Err(OptionsError::Name);
        }
        if !(0.0..=1.0).contains(&self.sampler) {
            return Err(OptionsError::Sampler(self.sampler));
        }
        let (scheme, rest) = self.endpoint.split_once("://").unwrap_or_default();
        let schemes: &[&str] = match self.batcher {
            Batcher::Jaeger => &["http", "https", "udp"],
            Batcher::Otlp | Batcher::Zipkin => &["http", "https"],
        };
        let known = schemes
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known));
        let blank = |character: char| character.is_whitespace() || character.is_control();
        if !known || rest.is_empty() || rest.starts_with('/') || rest.contains(blank) {
            return Err(OptionsError::Endpoint(self.endpoint.clone()));
        }
        Ok(())
    }

    pub(super) fn parent_based_ratio(&self) -> ParentBased<TraceIdRatioBased> {
        ParentBased::new(TraceIdRatioBased::new(self.sampler))
    }
}

/// What is wrong with [`Options`]: which field, and what it held.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OptionsError {
    /// The text is no JSON object.
    Json(String),
    /// A field that must be there is not.
    MissingField(&'static str),
    /// A field that there is not; mostly a misspelt one.
    UnknownField(String),
    /// A field holds something of another type.
    WrongType {
        /// The field.
        field: &'static str,
        /// What it must be.
        must: &'static str,
        /// What it is, as JSON.
        found: String,
    },
    /// `name` is empty.
    Name,
    /// `endpoint` is no URL with scheme `http` or `https`; for Jaeger, `udp` will do as well.
    Endpoint(String),
    /// `sampler` is not between 0.0 and 1.0.
    Sampler(f64),
    /// `batcher` is none of the three.
    Batcher(String),
}

impl fmt::Display for OptionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionsError::Json(error) => write!(f, "options: {error}"),
            OptionsError::MissingField(field) => write!(f, "option {field:?}: is missing"),
            OptionsError::UnknownField(field) => {
                write!(
                    f,
                    "option {field:?}: there is no such option; there are {FIELDS}"
                )
            }
            OptionsError::WrongType { field, must, found } => {
                write!(f, "option {field:?}: {found} is not {must}")
            }
            OptionsError::Name => f.write_str("option \"name\": is empty"),
            OptionsError::Endpoint(text) => {
                let text = without_userinfo(text);
                write!(
                    f,
                    "option \"endpoint\": {text:?} is no URL of http, https or, for jaeger, udp"
                )
            }
            OptionsError::Sampler(fraction) => {
                write!(
                    f,
                    "option \"sampler\": {fraction} is not between 0.0 and 1.0"
                )
            }
            OptionsError::Batcher(text) => {
                write!(
                    f,
                    "option \"batcher\": {text:?} is none of \"jaeger\", \"otlp\", \"zipkin\""
                )
            }
        }
    }
}

impl std::error::Error for OptionsError {}

/// The text without what stands before an `@`: it may be a password.
fn without_userinfo(url: &str) -> &str {
    url.rsplit_once('@').map_or(url, |(_, rest)| rest)
}

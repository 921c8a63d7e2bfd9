//! Finding out who sends the spans: the default resource, and detectors that add to it.
//!
//! Runs once, at set-up. Detectors for containers, clouds and vendors belong into crates of their
//! own, which the OpenTelemetry specification demands ("Detecting resource information from the
//! environment"); what is here asks the process and its machine, and only if it is chosen.
//!
//! The type is `spanline_core::resource::Resource`. Environment variables are read in
//! `config/env.rs`.

mod service;
mod process;
mod host;

#[cfg(test)]
mod tests;

pub use host::HostDetector;
pub use process::ProcessDetector;
pub use service::ServiceDetector;

use spanline_core::contain::contain;
use spanline_core::diagnostics::{self, DiagnosticKind};
use spanline_core::resource::Resource;
use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

/// The version of the semantic conventions that the detectors here follow.
const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.37.0";

/// Finds attributes of the sender. Runs while the program starts, so it must be quick.
pub trait ResourceDetector: Send + Sync {
    /// A short, unique name in snake case: the first part of the keys it finds, such as `host`.
    fn name(&self) -> &str;

    /// Looks around. To find nothing is no error; then the resource is empty. Attributes of the
    /// semantic conventions come with the schema URL of their version.
    ///
    /// # Errors
    /// Says what went wrong while looking.
    fn detect(&self) -> Result<Resource, DetectError>;
}

impl<D: ResourceDetector + ?Sized> ResourceDetector for Box<D> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn detect(&self) -> Result<Resource, DetectError> {
        (**self).detect()
    }
}

/// Why a detector did not get to an answer.
#[derive(Debug)]
pub struct DetectError {
    cause: Box<dyn Error + Send + Sync>,
}

impl DetectError {
    /// From another error, or a text.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let cause = cause.into();
        Self { cause }
    }
}

impl fmt::Display for DetectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "resource detection failed: {}", self.cause)
    }
}

impl Error for DetectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.cause.as_ref())
    }
}

/// What a provider says about its sender if nobody says more: `service.name`, which is
/// `unknown_service:` and the name of the executable, and what this library is
/// (OpenTelemetry specification, "SDK-provided resource attributes").
#[must_use]
pub fn default_resource() -> Resource {
    let service_name = match process::executable_name() {
        Some(name) => format!("unknown_service:{name}"),
        None => "unknown_service".to_owned(),
    };
    Resource::builder()
        .service_name(service_name)
        .attribute("telemetry.sdk.name", "spanline")
        .attribute("telemetry.sdk.language", "rust")
        .attribute("telemetry.sdk.version", env!("CARGO_PKG_VERSION"))
        .build()
}

/// Asks all detectors, in order; where several find the same key, the last one wins.
///
/// One that fails or panics is told to diagnostics and left out, as are names that occur twice.
#[must_use]
pub fn detect(detectors: &[Box<dyn ResourceDetector>]) -> Resource {
    let mut names = BTreeSet::new();
    let mut resource = Resource::empty();
    for detector in detectors {
        let outcome = contain(|| (detector.name().to_owned(), detector.detect()));
        match outcome {
            Ok((name, found)) => {
                match found {
                    Ok(found) => resource = merge(&resource, &found, &name),
                    Err(error) => tell(&name, format_args!("{error}")),
                }
                if let Some(name) = names.replace(name) {
                    tell(&name, format_args!("two detectors have this name"));
                }
            }
            Err(_) => diagnostics::report(
                DiagnosticKind::Panic,
                "resource",
                format_args!("a resource detector panicked"),
            ),
        }
    }
    resource
}

/// The resource of a provider from everything that is known: what the program says wins over the
/// environment, that over what was detected, and that over the default.
#[must_use]
pub fn assemble(detected: &Resource, environment: &Resource, code: &Resource) -> Resource {
    let resource = merge(&default_resource(), detected, "detectors");
    let resource = merge(&resource, environment, "environment");
    merge(&resource, code, "program")
}

/// Merges, and tells of schema URLs that contradict each other; the attributes are kept.
fn merge(resource: &Resource, updating: &Resource, whose: &str) -> Resource {
    if resource.conflicts_with(updating) {
        let urls = [resource, updating].map(|one| one.schema_url().unwrap_or_default());
        tell(
            whose,
            format_args!(
                "schema {} does not go with {}; neither is used",
                urls[1], urls[0]
            ),
        );
    }
    resource.merge(updating)
}

fn tell(whose: &str, message: fmt::Arguments<'_>) {
    let component = format!("resource/{whose}");
    diagnostics::report(DiagnosticKind::Config, &component, message);
}

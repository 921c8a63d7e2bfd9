//! Settings from outside the program: what `OTEL_*` environment variables say.
//!
//! They lie above the defaults and below what the program itself says. Reading them is in
//! `config/env.rs` and nowhere else; here are the settings as types, and what they do to the parts
//! that a provider is built from. Nothing here builds a provider.

pub mod env;

mod choice;
mod warning;

pub use choice::{
    CompressionChoice, ExporterChoice, JaegerProtocol, OtlpProtocol, PropagatorChoice,
    SamplerChoice,
};
pub use warning::{EnvWarning, EnvWarningReason};

use crate::processor::BatchConfig;
use crate::resource::{DetectError, ResourceDetector};
use spanline_core::record::SpanLimits;
use spanline_core::resource::Resource;
use std::fmt;
use std::time::Duration;

/// What the environment says about tracing; `None` where it says nothing, or nothing usable.
///
/// Variables, types and rules are those of the OpenTelemetry specification ("OpenTelemetry
/// Environment Variable Specification"), and for Jaeger those of its last edition that had them.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct EnvSettings {
    /// `OTEL_SDK_DISABLED`: record nothing. Propagators work as ever.
    pub disabled: bool,
    /// `OTEL_RESOURCE_ATTRIBUTES`, with `OTEL_SERVICE_NAME` above it. Empty if neither is set.
    pub resource: Resource,
    /// `OTEL_TRACES_EXPORTER`. An empty list is the choice `none`.
    pub exporters: Option<Vec<ExporterChoice>>,
    /// `OTEL_PROPAGATORS`, each once. An empty list is the choice `none`.
    pub propagators: Option<Vec<PropagatorChoice>>,
    /// `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`.
    pub sampler: Option<SamplerChoice>,
    /// `OTEL_BSP_*`.
    pub batch: BatchSettings,
    /// `OTEL_ATTRIBUTE_*`, `OTEL_SPAN_*`, `OTEL_EVENT_*` and `OTEL_LINK_*` limits.
    pub limits: LimitSettings,
    /// `OTEL_EXPORTER_JAEGER_*`.
    pub jaeger: JaegerSettings,
    /// `OTEL_EXPORTER_OTLP_*`.
    pub otlp: OtlpSettings,
    /// `OTEL_EXPORTER_ZIPKIN_*`.
    pub zipkin: ZipkinSettings,
}

/// What the environment says about the batch processor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchSettings {
    /// `OTEL_BSP_SCHEDULE_DELAY`.
    pub schedule_delay: Option<Duration>,
    /// `OTEL_BSP_EXPORT_TIMEOUT`; zero is no limit.
    pub export_timeout: Option<Duration>,
    /// `OTEL_BSP_MAX_QUEUE_SIZE`, at least 1.
    pub max_queue_size: Option<usize>,
    /// `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`, at least 1, at most the queue's size.
    pub max_export_batch_size: Option<usize>,
}

impl BatchSettings {
    /// `config` with what is set here.
    pub fn apply(&self, mut config: BatchConfig) -> BatchConfig {
        if let Some(delay) = self.schedule_delay {
            config = config.schedule_delay(delay);
        }
        if let Some(timeout) = self.export_timeout {
            config = config.export_timeout(timeout);
        }
        if let Some(size) = self.max_queue_size {
            config = config.max_queue_size(size);
        }
        if let Some(size) = self.max_export_batch_size {
            config = config.max_export_batch_size(size);
        }
        config
    }
}

/// What the environment says about what a span may grow to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimitSettings {
    /// `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, else `OTEL_ATTRIBUTE_COUNT_LIMIT`.
    pub attribute_count: Option<usize>,
    /// `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`, else `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`.
    pub attribute_value_length: Option<usize>,
    /// `OTEL_SPAN_EVENT_COUNT_LIMIT`.
    pub event_count: Option<usize>,
    /// `OTEL_SPAN_LINK_COUNT_LIMIT`.
    pub link_count: Option<usize>,
    /// `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`.
    pub attribute_per_event_count: Option<usize>,
    /// `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`.
    pub attribute_per_link_count: Option<usize>,
}

impl LimitSettings {
    /// `limits` with what is set here.
    #[must_use]
    pub fn apply(&self, mut limits: SpanLimits) -> SpanLimits {
        if let Some(count) = self.attribute_count {
            limits = limits.attribute_count_limit(count);
        }
        if self.attribute_value_length.is_some() {
            limits = limits.attribute_value_length_limit(self.attribute_value_length);
        }
        if let Some(count) = self.event_count {
            limits = limits.event_count_limit(count);
        }
        if let Some(count) = self.link_count {
            limits = limits.link_count_limit(count);
        }
        if let Some(count) = self.attribute_per_event_count {
            limits = limits.attribute_per_event_count_limit(count);
        }
        if let Some(count) = self.attribute_per_link_count {
            limits = limits.attribute_per_link_count_limit(count);
        }
        limits
    }
}

/// What the environment says about the Jaeger exporter. The password does not show in `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct JaegerSettings {
    /// `OTEL_EXPORTER_JAEGER_PROTOCOL`.
    pub protocol: Option<JaegerProtocol>,
    /// `OTEL_EXPORTER_JAEGER_ENDPOINT`: the whole URL.
    pub endpoint: Option<String>,
    /// `OTEL_EXPORTER_JAEGER_AGENT_HOST`.
    pub agent_host: Option<String>,
    /// `OTEL_EXPORTER_JAEGER_AGENT_PORT`.
    pub agent_port: Option<u16>,
    /// `OTEL_EXPORTER_JAEGER_TIMEOUT`, for one export; zero is no limit.
    pub timeout: Option<Duration>,
    /// `OTEL_EXPORTER_JAEGER_USER`, if a password is set too.
    pub user: Option<String>,
    /// `OTEL_EXPORTER_JAEGER_PASSWORD`, if a user is set too; blanks at its ends included.
    pub password: Option<String>,
}

impl fmt::Debug for JaegerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JaegerSettings")
            .field("protocol", &self.protocol)
            .field("agent_host", &self.agent_host)
            .field("agent_port", &self.agent_port)
            .field("endpoint", &self.endpoint)
            .field("timeout", &self.timeout)
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "(hidden)"))
            .finish()
    }
}

/// What the environment says about the OTLP exporter. Of each setting the form for traces counts
/// before the one for all signals. Values of headers do not show in `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtlpSettings {
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: the URL that paths of signals are added to.
    pub endpoint: Option<String>,
    /// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`: the whole URL, which counts before the other.
    pub traces_endpoint: Option<String>,
    /// `OTEL_EXPORTER_OTLP_HEADERS`, or its form for traces.
    pub headers: Vec<(String, String)>,
    /// Which of the two the headers come from.
    pub headers_variable: Option<&'static str>,
    /// `OTEL_EXPORTER_OTLP_TIMEOUT`, for one export; zero is no limit.
    pub timeout: Option<Duration>,
    /// `OTEL_EXPORTER_OTLP_COMPRESSION`, or its form for traces.
    pub compression: Option<CompressionChoice>,
    /// Which of the two forms it comes from.
    pub compression_variable: Option<&'static str>,
    /// `OTEL_EXPORTER_OTLP_INSECURE`: no TLS, for gRPC endpoints without a scheme.
    pub insecure: Option<bool>,
    /// `OTEL_EXPORTER_OTLP_CERTIFICATE`: the authorities to trust over TLS, in place of the built-in
    /// ones.
    pub certificate: Option<FileSetting>,
    /// `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and `OTEL_EXPORTER_OTLP_CLIENT_KEY`: who we are over
    /// TLS.
    pub client: Option<(FileSetting, FileSetting)>,
    /// `OTEL_EXPORTER_OTLP_PROTOCOL`, or its form for traces.
    pub protocol: Option<OtlpProtocol>,
    /// Which of the two forms it comes from.
    pub protocol_variable: Option<&'static str>,
}

impl fmt::Debug for OtlpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("OtlpSettings")
            .field("endpoint", &self.endpoint)
            .field("traces_endpoint", &self.traces_endpoint)
            .field("headers", &names)
            .field("timeout", &self.timeout)
            .field("compression", &self.compression)
            .field("insecure", &self.insecure)
            .field("certificate", &self.certificate)
            .field("client", &self.client)
            .field("protocol", &self.protocol)
            .finish_non_exhaustive()
    }
}

/// A file that a variable names. Whether it can be read shows when an exporter is made from it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileSetting {
    /// Where it is.
    pub path: String,
    /// Which variable says so.
    pub variable: &'static str,
}

/// What the environment says about the Zipkin exporter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ZipkinSettings {
    /// `OTEL_EXPORTER_ZIPKIN_ENDPOINT`: the whole URL.
    pub endpoint: Option<String>,
    /// `OTEL_EXPORTER_ZIPKIN_TIMEOUT`, for one export; zero is no limit.
    pub timeout: Option<Duration>,
}

/// Finds what `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say, for programs that put their
/// resource together themselves. What is wrong with them is told to diagnostics.
#[derive(Clone, Copy, Debug, Default)]
pub struct EnvironmentDetector;

impl ResourceDetector for EnvironmentDetector {
    fn name(&self) -> &str {
        "environment"
    }

    fn detect(&self) -> Result<Resource, DetectError> {
        let (resource, warnings) = env::resource();
        warnings.iter().for_each(EnvWarning::report);
        Ok(resource)
    }
}

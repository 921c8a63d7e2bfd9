//! The only reader of environment variables.
//!
//! Every variable is looked up by name, trimmed, and turned into its type by the rules that all
//! variables share: an empty one is not set; one that makes no sense is warned of and counts as
//! not set (OpenTelemetry Environment Variable Specification, "Configuration types").
//!
//! Nothing here keeps or reports anything: settings and warnings go back to the caller.

mod property;
mod otlp;
mod reader;
mod pairs;

#[doc(hidden)]
pub use property::check_environment_lists;

#[cfg(test)]
mod tests;

use super::choice::{EXPORTERS, JAEGER_PROTOCOLS, PROPAGATORS, SAMPLERS, SamplerChoice};
use super::warning::EnvWarningReason;
use super::{
    BatchSettings, EnvSettings, EnvWarning, JaegerSettings, LimitSettings, ZipkinSettings,
};
use reader::Reader;
use spanline_core::resource::Resource;
use std::ffi::OsString;

/// The most that counts can be set to: all that the specification asks for.
const MOST: u64 = i32::MAX as u64;

impl EnvSettings {
    /// Reads this process's variables. Meant to be done once, while the program starts; it is for
    /// the caller to report the warnings.
    #[must_use]
    pub fn from_process() -> (Self, Vec<EnvWarning>) {
        Self::read(|name| std::env::var_os(name))
    }

    /// Reads variables from anywhere: `lookup` gives the value of a name.
    ///
    /// ```
    /// use spanline_sdk::config::EnvSettings;
    ///
    /// let (settings, warnings) = EnvSettings::read(|name| match name {
    ///     "OTEL_SERVICE_NAME" => Some("checkout".into()),
    ///     "OTEL_BSP_MAX_QUEUE_SIZE" => Some("-1".into()),
    ///     _ => None,
    /// });
    /// assert_eq!(settings.resource.get("service.name"), Some(&"checkout".into()));
    /// assert_eq!(settings.batch.max_queue_size, None);
    /// assert_eq!(
    ///     warnings[0].to_string(),
    ///     r#"OTEL_BSP_MAX_QUEUE_SIZE="-1": not a whole number from 1 to 2147483647; ignored"#
    /// );
    /// ```
    pub fn read(lookup: impl Fn(&str) -> Option<OsString>) -> (Self, Vec<EnvWarning>) {
        let mut reader = Reader::new(&lookup);
        let settings = Self {
            disabled: reader.flag("OTEL_SDK_DISABLED"),
            resource: read_resource(&mut reader),
            exporters: reader.list("OTEL_TRACES_EXPORTER", &EXPORTERS),
            propagators: reader.list("OTEL_PROPAGATORS", &PROPAGATORS),
            sampler: sampler(&mut reader),
            batch: batch(&mut reader),
            limits: limits(&mut reader),
            jaeger: jaeger(&mut reader),
            otlp: otlp::settings(&mut reader),
            zipkin: ZipkinSettings {
                endpoint: reader.text("OTEL_EXPORTER_ZIPKIN_ENDPOINT"),
                timeout: reader.milliseconds("OTEL_EXPORTER_ZIPKIN_TIMEOUT"),
            },
        };
        (settings, reader.into_warnings())
    }
}

/// What this process's variables say about the resource, and nothing else.
pub(super) fn resource() -> (Resource, Vec<EnvWarning>) {
    let lookup = |name: &str| std::env::var_os(name);
    let mut reader = Reader::new(&lookup);
    let resource = read_resource(&mut reader);
    (resource, reader.into_warnings())
}

fn read_resource(reader: &mut Reader<'_>) -> Resource {
    const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
    let mut resource = Resource::builder();
    if let Some(text) = reader.text(ATTRIBUTES) {
        match pairs::parse(&text) {
            Ok(pairs) => resource = resource.attributes(pairs),
            Err(problem) => {
                reader.warn(ATTRIBUTES, &text, EnvWarningReason::NotPairs { problem });
            }
        }
    }
    if let Some(name) = reader.text("OTEL_SERVICE_NAME") {
        resource = resource.service_name(name);
    }
    resource.build()
}

fn jaeger(reader: &mut Reader<'_>) -> JaegerSettings {
    let (user, password) = credentials(reader).unzip();
    JaegerSettings {
        protocol: reader.word("OTEL_EXPORTER_JAEGER_PROTOCOL", &JAEGER_PROTOCOLS),
        endpoint: reader.text("OTEL_EXPORTER_JAEGER_ENDPOINT"),
        agent_host: reader.text("OTEL_EXPORTER_JAEGER_AGENT_HOST"),
        agent_port: reader.port("OTEL_EXPORTER_JAEGER_AGENT_PORT"),
        timeout: reader.milliseconds("OTEL_EXPORTER_JAEGER_TIMEOUT"),
        user,
        password,
    }
}

/// A user and a password. One is nothing without the other.
fn credentials(reader: &mut Reader<'_>) -> Option<(String, String)> {
    const USER: &str = "OTEL_EXPORTER_JAEGER_USER";
    const PASSWORD: &str = "OTEL_EXPORTER_JAEGER_PASSWORD";
    match (reader.text(USER), reader.untrimmed(PASSWORD)) {
        (Some(user), Some(password)) => return Some((user, password)),
        (Some(user), None) => {
            let reason = EnvWarningReason::Alone { without: PASSWORD };
            reader.warn(USER, &user, reason);
        }
        (None, Some(_)) => {
            let reason = EnvWarningReason::Alone { without: USER };
            reader.warn(PASSWORD, "", reason);
        }
        (None, None) => {}
    }
    None
}

fn sampler(reader: &mut Reader<'_>) -> Option<SamplerChoice> {
    const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
    if !reader.is_set(SAMPLER) {
        // Whoever sets the fraction alone believes that it counts.
        if let Some(text) = reader.text(SAMPLER_ARG) {
            let reason = EnvWarningReason::Alone { without: SAMPLER };
            reader.warn(SAMPLER_ARG, &text, reason);
        }
        return None;
    }
    let choice = reader.word(SAMPLER, &SAMPLERS)?;
    Some(match choice {
        SamplerChoice::TraceIdRatio(all) => SamplerChoice::TraceIdRatio(ratio(reader, all)),
        SamplerChoice::ParentBasedTraceIdRatio(all) => {
            SamplerChoice::ParentBasedTraceIdRatio(ratio(reader, all))
        }
        other => other,
    })
}

const SAMPLER_ARG: &str = "OTEL_TRACES_SAMPLER_ARG";

fn ratio(reader: &mut Reader<'_>, default: f64) -> f64 {
    reader.ratio(SAMPLER_ARG).unwrap_or(default)
}

fn batch(reader: &mut Reader<'_>) -> BatchSettings {
    const BATCH_SIZE: &str = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";
    let max_queue_size = reader.count("OTEL_BSP_MAX_QUEUE_SIZE", 1);
    let batch_size = reader.count(BATCH_SIZE, 1);
    // Without a queue size here the program's own counts, which the processor compares with.
    let fits = |size: &usize| max_queue_size.is_none_or(|queue| *size <= queue);
    let max_export_batch_size = batch_size.filter(fits);
    if let (Some(size), None) = (batch_size, max_export_batch_size) {
        let text = size.to_string();
        reader.warn(BATCH_SIZE, &text, EnvWarningReason::AboveQueueSize);
    }
    BatchSettings {
        schedule_delay: reader.milliseconds("OTEL_BSP_SCHEDULE_DELAY"),
        export_timeout: reader.milliseconds("OTEL_BSP_EXPORT_TIMEOUT"),
        max_queue_size,
        max_export_batch_size,
    }
}

fn limits(reader: &mut Reader<'_>) -> LimitSettings {
    let mut count = |variable| reader.count(variable, 0);
    // All are read, so that a bad one is told of even where another one wins.
    let general_count = count("OTEL_ATTRIBUTE_COUNT_LIMIT");
    let general_length = count("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT");
    LimitSettings {
        attribute_count: count("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT").or(general_count),
        attribute_value_length: count("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT").or(general_length),
        event_count: count("OTEL_SPAN_EVENT_COUNT_LIMIT"),
        link_count: count("OTEL_SPAN_LINK_COUNT_LIMIT"),
        attribute_per_event_count: count("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"),
        attribute_per_link_count: count("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"),
    }
}

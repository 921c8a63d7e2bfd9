//! The exporter that speaks the OpenTelemetry protocol: its constructors.

use super::Pipeline;
use super::builder::HttpBuilder;
use super::opaque::opaque_exporter;
use crate::encoder::otlp::{OtlpJson, OtlpProtobuf};

opaque_exporter! {
    /// Sends spans by the OpenTelemetry protocol (OTLP), which the OpenTelemetry Collector, Jaeger
    /// and most others take.
    ///
    /// Over HTTP, in protobuf or in JSON. Prefer protobuf: it is less than half the size.
    ///
    /// ```
    /// use spanline_export::{Compression, OtlpExporter};
    ///
    /// let exporter = OtlpExporter::http_base("http://localhost:4318")
    ///     .compression(Compression::Gzip)
    ///     .build()?;
    /// # Ok::<(), spanline_export::BuildError>(())
    /// ```
    ///
    /// A peer may take a request and yet reject some of its spans; those count as rejected and are
    /// not sent again ("OTLP/HTTP", "Partial Success").
    OtlpExporter
}

const PROTOBUF: &str = "otlp_http_span_exporter";
const JSON: &str = "otlp_http_json_span_exporter";

impl OtlpExporter {
    /// Over HTTP in protobuf, to the address that a collector has for all signals, usually
    /// `http://localhost:4318`. The path for traces, `v1/traces`, is added to it.
    pub fn http_base(url: impl AsRef<str>) -> HttpBuilder<OtlpExporter> {
        OtlpExporter::http(traces_url(url.as_ref()))
    }

    /// Over HTTP in protobuf, to the address as it is, usually `http://localhost:4318/v1/traces`.
    pub fn http(url: impl AsRef<str>) -> HttpBuilder<OtlpExporter> {
        Pipeline::http(PROTOBUF, OtlpProtobuf::new(), url).map(OtlpExporter::of)
    }

    /// As [`OtlpExporter::http_base`], in JSON.
    pub fn http_json_base(url: impl AsRef<str>) -> HttpBuilder<OtlpExporter> {
        OtlpExporter::http_json(traces_url(url.as_ref()))
    }

    /// As [`OtlpExporter::http`], in JSON.
    pub fn http_json(url: impl AsRef<str>) -> HttpBuilder<OtlpExporter> {
        Pipeline::http(JSON, OtlpJson::new(), url).map(OtlpExporter::of)
    }
}

/// The address for traces from the one for all signals: `v1/traces` relative to it, as if the base
/// ended in a slash ("OpenTelemetry Protocol Exporter", "Endpoint URLs for OTLP/HTTP").
fn traces_url(base: &str) -> String {
    let base = base.trim();
    let end = base.find(['?', '#']).unwrap_or(base.len());
    let (path, query) = base.split_at_checked(end).unwrap_or((base, ""));
    let slash = if path.ends_with('/') { "" } else { "/" };
    format!("{path}{slash}v1/traces{query}")
}

#[cfg(test)]
mod tests;

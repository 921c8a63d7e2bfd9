//! The exporter that speaks the OpenTelemetry protocol: its constructors.

use super::Pipeline;
use super::builder::HttpBuilder;
use super::opaque::opaque_exporter;
use crate::encoder::otlp::{OtlpJson, OtlpProtobuf};
use crate::transport::LinesTransport;
#[cfg(feature = "grpc")]
use crate::{
    retry::RetryPolicy,
    transport::GrpcTransport,
    transport::http::{Endpoint, Settings},
};
use std::io::{self, Write};
use std::path::Path;

opaque_exporter! {
    /// Sends spans by the OpenTelemetry protocol (OTLP), which the OpenTelemetry Collector, Jaeger
    /// and most others take.
    ///
    /// Over HTTP, in protobuf or in JSON. Prefer protobuf: it is less than half the size.
    ///
    /// ```
    /// # mod spanline { pub use spanline_export as export; }
    /// # #[cfg(feature = "gzip")] {
    /// use spanline::export::{Compression, OtlpExporter};
    ///
    /// let exporter = OtlpExporter::http_base("http://localhost:4318")
    ///     .compression(Compression::Gzip)
    ///     .build()?;
    /// # }
    /// # Ok::<(), spanline_export::BuildError>(())
    /// ```
    ///
    /// Into a file as lines of JSON, for the collector's file receiver or for tests.
    ///
    /// A peer may take a request and yet reject some of its spans; those count as rejected and are
    /// not sent again ("OTLP/HTTP", "Partial Success"). An answer above 4 MiB fails the request for
    /// good, whatever its status. One that says success and cannot be read to its end is a success, and
    /// diagnostics are told that perhaps not all spans were taken.
    OtlpExporter
}

const PROTOBUF: &str = "otlp_http_span_exporter";
const JSON: &str = "otlp_http_json_span_exporter";
#[cfg(feature = "grpc")]
const GRPC: &str = "otlp_grpc_span_exporter";
const FILE: &str = "otlp_file_span_exporter";

impl OtlpExporter {
    /// Over HTTP in protobuf, to the address that a collector has for all signals, usually
    /// `http://localhost:4318`. The path for traces, `v1/traces`, is added to it.
    pub fn http_base(url: impl AsRef<str>) -> HttpBuilder<OtlpExporter> {
        OtlpExporter::http(url).completed_by(traces_url)
    }

    /// Over HTTP in protobuf, to the address as it is, usually `http://localhost:4318/v1/traces`.
    pub fn http(url: impl AsRef<str>) -> HttpBuilder<OtlpExporter> {
        Pipeline::http(PROTOBUF, OtlpProtobuf::new(), url).map(OtlpExporter::of)
    }

    /// As [`OtlpExporter::http_base`], in JSON.
    pub fn http_json_base(url: impl AsRef<str>) -> HttpBuilder<OtlpExporter> {
        OtlpExporter::http_json(url).completed_by(traces_url)
    }

    /// As [`OtlpExporter::http`], in JSON.
    pub fn http_json(url: impl AsRef<str>) -> HttpBuilder<OtlpExporter> {
        Pipeline::http(JSON, OtlpJson::new(), url).map(OtlpExporter::of)
    }

    /// Over gRPC, usually to `http://localhost:4317`; a path does not count. There is no TLS over
    /// gRPC here: `https` is an error when the exporter is built.
    #[cfg(feature = "grpc")]
    pub fn grpc(url: impl AsRef<str>) -> HttpBuilder<OtlpExporter> {
        let connect = |endpoint: &Endpoint, settings: &Settings| {
            GrpcTransport::new(endpoint, settings, RetryPolicy::DEFAULT)
        };
        Pipeline::over(GRPC, OtlpProtobuf::new(), url.as_ref(), connect).map(OtlpExporter::of)
    }

    /// Appends to a file, which is made if it is not there: one JSON object a line, as OTLP has it
    /// for files ("OpenTelemetry Protocol File Exporter"). Its name should end in `.jsonl`. Nothing
    /// is rotated, and a reader may find a last line that is not complete yet.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened; the message says which one.
    pub fn file(path: impl AsRef<Path>) -> io::Result<OtlpExporter> {
        LinesTransport::append(path).map(OtlpExporter::lines)
    }

    /// The same lines on standard output.
    #[must_use]
    pub fn stdout() -> OtlpExporter {
        OtlpExporter::lines(LinesTransport::to("standard output", io::stdout()))
    }

    /// The same lines to anything that takes bytes. `target` says to whom, in error messages.
    pub fn writer(target: impl Into<String>, out: impl Write + Send + 'static) -> OtlpExporter {
        OtlpExporter::lines(LinesTransport::to(target, out))
    }

    fn lines(transport: LinesTransport) -> OtlpExporter {
        OtlpExporter::of(Pipeline::new(FILE, OtlpJson::new(), transport))
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

//! The exporter to Jaeger: its constructors.

use super::Pipeline;
use super::builder::HttpBuilder;
use super::opaque::opaque_exporter;
use crate::encoder::jaeger::JaegerBinary;

opaque_exporter! {
    /// Sends spans to a Jaeger collector.
    ///
    /// OpenTelemetry has dropped its own Jaeger exporters, because Jaeger takes OTLP since version
    /// 1.35; this one is for collectors that are asked for Thrift.
    JaegerExporter
}

impl JaegerExporter {
    /// To a collector over HTTP: Thrift's binary protocol in the body of a `POST`, usually to
    /// `http://localhost:14268/api/traces`.
    pub fn http(url: impl AsRef<str>) -> HttpBuilder<JaegerExporter> {
        let name = "jaeger_http_span_exporter";
        Pipeline::http(name, JaegerBinary::new(), url).map(JaegerExporter::of)
    }
}

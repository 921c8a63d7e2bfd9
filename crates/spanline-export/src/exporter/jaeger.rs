//! The exporter to Jaeger.

use super::Pipeline;
use super::builder::HttpBuilder;
use crate::encoder::jaeger::JaegerBinary;
use spanline_core::deadline::Deadline;
use spanline_core::export::{Batch, ExportError, Exported, SpanExporter};
use std::fmt;

/// Sends spans to a Jaeger collector.
///
/// OpenTelemetry has dropped its own Jaeger exporters, because Jaeger takes OTLP since version 1.35;
/// this one is for collectors that are asked for Thrift.
pub struct JaegerExporter {
    inner: Box<dyn SpanExporter>,
}

impl JaegerExporter {
    /// To a collector over HTTP: Thrift's binary protocol in the body of a `POST`, usually to
    /// `http://localhost:14268/api/traces`.
    pub fn http(url: impl AsRef<str>) -> HttpBuilder<JaegerExporter> {
        Pipeline::http("jaeger_http_span_exporter", JaegerBinary::new(), url).map(|pipeline| {
            JaegerExporter {
                inner: Box::new(pipeline),
            }
        })
    }
}

impl SpanExporter for JaegerExporter {
    fn export(&mut self, batch: Batch<'_>, deadline: Deadline) -> Result<Exported, ExportError> {
        self.inner.export(batch, deadline)
    }

    fn force_flush(&mut self, deadline: Deadline) -> Result<(), ExportError> {
        self.inner.force_flush(deadline)
    }

    fn shutdown(&mut self, deadline: Deadline) -> Result<(), ExportError> {
        self.inner.shutdown(deadline)
    }

    fn twin(&self) -> Option<Box<dyn SpanExporter>> {
        let inner = self.inner.twin()?;
        Some(Box::new(JaegerExporter { inner }))
    }

    fn name(&self) -> &str {
        self.inner.name()
    }
}

impl fmt::Debug for JaegerExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JaegerExporter")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}

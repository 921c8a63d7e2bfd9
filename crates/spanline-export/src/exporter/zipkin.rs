//! The exporter to Zipkin.

use super::Pipeline;
use super::builder::HttpBuilder;
use crate::encoder::zipkin::ZipkinJson;
use spanline_core::deadline::Deadline;
use spanline_core::export::{Batch, ExportError, Exported, SpanExporter};
use std::fmt;

/// Sends spans to a Zipkin server, or to whatever else takes Zipkin's API, version 2.
///
/// The format has no place for links and for the type of an attribute: links are not sent, and every
/// value becomes text.
pub struct ZipkinExporter {
    inner: Box<dyn SpanExporter>,
}

impl ZipkinExporter {
    /// Over HTTP: a JSON array in the body of a `POST`, usually to
    /// `http://localhost:9411/api/v2/spans`.
    pub fn http(url: impl AsRef<str>) -> HttpBuilder<ZipkinExporter> {
        Pipeline::http("zipkin_http_span_exporter", ZipkinJson::new(), url).map(|pipeline| {
            ZipkinExporter {
                inner: Box::new(pipeline),
            }
        })
    }
}

impl SpanExporter for ZipkinExporter {
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
        Some(Box::new(ZipkinExporter { inner }))
    }

    fn name(&self) -> &str {
        self.inner.name()
    }
}

impl fmt::Debug for ZipkinExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ZipkinExporter")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}

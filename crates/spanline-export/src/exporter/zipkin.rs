//! The exporter to Zipkin: its constructors.

use super::Pipeline;
use super::builder::HttpBuilder;
use super::opaque::opaque_exporter;
use crate::encoder::zipkin::ZipkinJson;

opaque_exporter! {
    /// Sends spans to a Zipkin server, or to whatever else takes Zipkin's API, version 2.
    ///
    /// The format has no place for links and for the type of an attribute: links are not sent, and
    /// every value becomes text.
    ZipkinExporter
}

impl ZipkinExporter {
    /// Over HTTP: a JSON array in the body of a `POST`, usually to
    /// `http://localhost:9411/api/v2/spans`.
    pub fn http(url: impl AsRef<str>) -> HttpBuilder<ZipkinExporter> {
        let name = "zipkin_http_span_exporter";
        Pipeline::http(name, ZipkinJson::new(), url).map(ZipkinExporter::of)
    }
}

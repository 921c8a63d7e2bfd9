//! The exporters by the names that drivers use.
//!
//! Opening one does no I/O: a collector that is not there shows in the counts. Two names are for
//! load alone: `none` measures what comes before any exporter, and `hang` is the worst one there
//! can be.

use crate::args::Args;
use crate::failure::Failure;
use spanline::Deadline;
use spanline::export::{
    Batch, ExportError, Exported, JaegerExporter, SpanExporter, ZipkinExporter,
};
use std::error::Error;
use std::thread;
use std::time::Duration;

/// Names that drivers may know and that lead nowhere so far.
const NOT_BUILT: [&str; 4] = [
    "otlp-http-protobuf",
    "otlp-http-json",
    "otlp-grpc",
    "otlp-file",
];

/// How long one export may take if nothing is said.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The exporter that the arguments name, `--endpoint` and `--timeout` included.
pub(crate) fn open(args: &Args) -> Result<Box<dyn SpanExporter>, Failure> {
    let name = args.required("exporter")?;
    if args.has("gzip") && (name.starts_with("jaeger-") || name == "zipkin") {
        return Err(Failure::unusable(format_args!(
            "exporter `{name}` does not compress: leave --gzip out"
        )));
    }
    let timeout = args.millis("timeout")?.unwrap_or(TIMEOUT);
    match name {
        "jaeger-http" => {
            let url = args.required("endpoint")?;
            boxed(JaegerExporter::http(url).timeout(timeout).build())
        }
        "jaeger-udp-compact" => {
            let agent = args.required("endpoint")?;
            boxed(JaegerExporter::udp_compact(agent).timeout(timeout).build())
        }
        "jaeger-udp-binary" => {
            let agent = args.required("endpoint")?;
            boxed(JaegerExporter::udp_binary(agent).timeout(timeout).build())
        }
        "zipkin" => {
            let url = args.required("endpoint")?;
            boxed(ZipkinExporter::http(url).timeout(timeout).build())
        }
        known if NOT_BUILT.contains(&known) => Err(Failure::unusable(format_args!(
            "exporter `{known}` is not built yet"
        ))),
        other => Err(Failure::unusable(format_args!("no exporter `{other}`"))),
    }
}

/// As [`open`], or one of those that need no collector.
pub(crate) fn open_for_load(args: &Args) -> Result<Box<dyn SpanExporter>, Failure> {
    match args.required("exporter")? {
        "none" => Ok(Box::new(Nothing)),
        "hang" => Ok(Box::new(Hang)),
        _ => open(args),
    }
}

fn boxed<E: Error>(
    built: Result<impl SpanExporter + 'static, E>,
) -> Result<Box<dyn SpanExporter>, Failure> {
    match built {
        Ok(exporter) => Ok(Box::new(exporter)),
        Err(error) => Err(Failure::unusable(error)),
    }
}

/// Takes everything and does nothing with it.
struct Nothing;

impl SpanExporter for Nothing {
    fn export(&mut self, _: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        Ok(Exported::ALL)
    }

    fn name(&self) -> &str {
        "nothing"
    }
}

/// Uses all the time it is given, for nothing.
struct Hang;

impl SpanExporter for Hang {
    fn export(&mut self, _: Batch<'_>, deadline: Deadline) -> Result<Exported, ExportError> {
        thread::sleep(deadline.remaining().unwrap_or(Duration::MAX));
        Err(ExportError::DeadlinePassed)
    }

    fn name(&self) -> &str {
        "hang"
    }
}

//! The exporters by the names that drivers use.
//!
//! Opening one does no I/O, save for a file: a collector that is not there shows in the counts. Two names are for
//! load alone: `none` measures what comes before any exporter, and `hang` is the worst one there
//! can be.

use crate::args::Args;
use crate::failure::Failure;
use spanline::Deadline;
use spanline::export::{
    Batch, Compression, ExportError, Exported, HttpBuilder, JaegerExporter, OtlpExporter,
    SpanExporter, ZipkinExporter,
};
use std::error::Error;
use std::thread;
use std::time::Duration;

/// Names of wires on which nothing is compressed.
const PLAIN: [&str; 3] = ["jaeger-udp-compact", "jaeger-udp-binary", "otlp-file"];

/// How long one export may take if nothing is said.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The exporter that the arguments name, `--endpoint` and `--timeout` included.
pub(crate) fn open(args: &Args) -> Result<Box<dyn SpanExporter>, Failure> {
    let name = args.required("exporter")?;
    if args.has("gzip") && PLAIN.contains(&name) {
        return Err(Failure::unusable(format_args!(
            "exporter `{name}` does not compress: leave --gzip out"
        )));
    }
    let timeout = timeout(args)?;
    match name {
        "jaeger-http" => over_http(JaegerExporter::http(args.required("endpoint")?), args),
        "jaeger-udp-compact" => {
            let agent = JaegerExporter::udp_compact(args.required("endpoint")?);
            boxed(agent.timeout(timeout).build())
        }
        "jaeger-udp-binary" => {
            let agent = JaegerExporter::udp_binary(args.required("endpoint")?);
            boxed(agent.timeout(timeout).build())
        }
        "zipkin" => over_http(ZipkinExporter::http(args.required("endpoint")?), args),
        "otlp-http-protobuf" => over_http(OtlpExporter::http(args.required("endpoint")?), args),
        "otlp-http-json" => over_http(OtlpExporter::http_json(args.required("endpoint")?), args),
        "otlp-grpc" => over_http(OtlpExporter::grpc(args.required("endpoint")?), args),
        // The one exporter that is opened at once: a file that cannot be made is no outage.
        "otlp-file" => boxed(OtlpExporter::file(args.required("endpoint")?)),
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

fn timeout(args: &Args) -> Result<Duration, Failure> {
    Ok(args.millis("timeout")?.unwrap_or(TIMEOUT))
}

fn over_http<X: SpanExporter + 'static>(
    builder: HttpBuilder<X>,
    args: &Args,
) -> Result<Box<dyn SpanExporter>, Failure> {
    let compression = match args.has("gzip") {
        true => Compression::Gzip,
        false => Compression::None,
    };
    let builder = builder.timeout(timeout(args)?).compression(compression);
    boxed(builder.build())
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

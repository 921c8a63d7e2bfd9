//! `spanline-conformance`: lets other programs drive the runtime and judge what it does.
//!
//! Foreign test suites, independent decoders and load tests are written in other languages; this is
//! the door through which they reach the library. It reads JSON Lines, writes JSON Lines, and uses
//! nothing but the public interface of `spanline`.
//!
//! Each subcommand is one file. None of them judges: whether an answer is right is said by whoever
//! asks.
#![forbid(unsafe_code)]

mod sample;
mod propagate;
mod export;
mod load;
mod w3c_service;
mod exporter;
mod counts;
mod rows;
mod args;
mod failure;

use failure::Failure;
use std::io::{self, Write};
use std::process::ExitCode;

const USAGE: &str = "\
usage: spanline-conformance SUBCOMMAND [options]

  sample                        rows {trace_id, ratio}: is the trace sampled?
  propagate                     rows {case, group, input}: what is extracted and injected again
  export --exporter E --endpoint A [--gzip] [--batch N] [--timeout MS]
                                rows are spans: rebuilds and sends them
  load --exporter E [--endpoint A] [--gzip] [--timeout MS] [--threads T] [--rate R] [--seconds S]
       [--attributes K] [--events V] [--queue N] [--batch N] [--delay MS] [--patience MS]
                                makes R spans a second and thread (0: as fast as it can);
                                flush and shutdown may take --patience each (5000)
  w3c-service --port P          the service that the W3C trace-context harness tests

E: jaeger-http, zipkin, otlp-http-protobuf, otlp-http-json, otlp-grpc: A is a URL;
   jaeger-udp-compact, jaeger-udp-binary: A is HOST:PORT; otlp-file: A is a path, lines are
   appended; for `load` also none, hang. --gzip is for zipkin and otlp over a network.
Rows are JSON Lines on the standard input; each is answered by one line, in order.
Exit status: 0; 1 if not all spans were exported; 2 for unusable arguments or input.
";

fn main() -> ExitCode {
    // Arguments that are not UTF-8 cannot be any of ours; lossily they are at least named.
    let words = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned());
    match run(words.collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where even this cannot be written, the status has to do.
            let _ = writeln!(io::stderr(), "spanline-conformance: {failure}");
            failure.status().into()
        }
    }
}

fn run(words: Vec<String>) -> Result<(), Failure> {
    let mut words = words.into_iter();
    let subcommand = words.next().unwrap_or_default();
    match subcommand.as_str() {
        "sample" => sample::run(words),
        "propagate" => propagate::run(words),
        "export" => export::run(words),
        "load" => load::run(words),
        "w3c-service" => w3c_service::run(words),
        "help" | "--help" | "-h" => Ok(io::stdout().write_all(USAGE.as_bytes())?),
        "" => Err(Failure::unusable(format!("no subcommand\n{USAGE}"))),
        other => Err(Failure::unusable(format!(
            "no subcommand `{other}`\n{USAGE}"
        ))),
    }
}

//! `cargo xtask oracle`: spans are sent to an independent decoder, which judges them.
//!
//! The decoder is a Python module called `span_oracle`, which is not part of this repository: a
//! fake collector that decodes with third-party libraries and refuses whatever the wire formats do
//! not allow. Here: start it, start a program with an exporter pointed at it, and ask for exactly its
//! spans without a malformed payload or a warning. Two programs: the shopping example, set up as users
//! do, must give one trace of eight spans; the conformance program sends spans at random and the
//! committed ones through every exporter, and each must come back as it was sent, field by field, as far
//! as the format carries it (`mapping.rs`).

mod compare;
mod decoder;
mod mapping;
mod random;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::export::Export;
use crate::json::Json;
use crate::outcome::{Failure, Outcome};
use crate::step::Step;
use compare::difference;
use decoder::{Call, Decoder, rows};
use mapping::Format;
use random::{PORTION, Rows};

const EXAMPLE: [&str; 5] = ["run", "--release", "--quiet", "--example", "shopping"];

/// Spans of the shopping example.
const SPANS: usize = 8;

/// Spans at random for each route, unless told otherwise.
const AT_RANDOM: usize = 300;

/// What random spans begin with, unless `ORACLE_SEED` says otherwise.
const SEED: u64 = 1;

/// One exporter, chosen and pointed by the environment as the OpenTelemetry specification names it.
struct Wire {
    exporter: &'static str,
    endpoint_variable: &'static str,
    path: &'static str,
}

const WIRES: [Wire; 2] = [
    Wire {
        exporter: "jaeger",
        endpoint_variable: "OTEL_EXPORTER_JAEGER_ENDPOINT",
        path: "/api/traces",
    },
    Wire {
        exporter: "zipkin",
        endpoint_variable: "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
        path: "/api/v2/spans",
    },
];

/// An exporter as the conformance program names it, and where the decoder takes what it sends.
struct Route {
    exporter: &'static str,
    gzip: bool,
    /// The name of the port in the decoder's list.
    port: &'static str,
    /// The path of HTTP; empty for datagrams.
    path: &'static str,
    format: Format,
    /// What the decoder calls the format.
    called: &'static str,
}

const fn http(
    exporter: &'static str,
    gzip: bool,
    path: &'static str,
    format: Format,
    called: &'static str,
) -> Route {
    Route {
        exporter,
        gzip,
        port: "http",
        path,
        format,
        called,
    }
}

const fn datagrams(exporter: &'static str, port: &'static str, called: &'static str) -> Route {
    Route {
        exporter,
        gzip: false,
        port,
        path: "",
        format: Format::Jaeger,
        called,
    }
}

const fn zipkin(gzip: bool) -> Route {
    let called = "zipkin-json-v2";
    http("zipkin", gzip, "/api/v2/spans", Format::Zipkin, called)
}

const fn otlp(exporter: &'static str, gzip: bool, called: &'static str) -> Route {
    http(exporter, gzip, "/v1/traces", Format::Otlp, called)
}

const fn grpc(gzip: bool) -> Route {
    Route {
        port: "grpc",
        path: "/",
        ..otlp("otlp-grpc", gzip, "otlp-protobuf-grpc")
    }
}

const ROUTES: [Route; 11] = [
    http(
        "jaeger-http",
        false,
        "/api/traces",
        Format::Jaeger,
        "jaeger-thrift-binary-http",
    ),
    datagrams(
        "jaeger-udp-compact",
        "udp_compact",
        "jaeger-thrift-compact-udp",
    ),
    datagrams(
        "jaeger-udp-binary",
        "udp_binary",
        "jaeger-thrift-binary-udp",
    ),
    zipkin(false),
    zipkin(true),
    otlp("otlp-http-protobuf", false, "otlp-protobuf-http"),
    otlp("otlp-http-protobuf", true, "otlp-protobuf-http"),
    otlp("otlp-http-json", false, "otlp-json-http"),
    otlp("otlp-http-json", true, "otlp-json-http"),
    grpc(false),
    grpc(true),
];

impl Route {
    fn name(&self) -> String {
        let packed = if self.gzip { "+gzip" } else { "" };
        format!("{}{packed}", self.exporter)
    }

    /// Whether what is sent may be lost, if the decoder is behind.
    fn is_datagrams(&self) -> bool {
        self.path.is_empty()
    }
}

/// The committed spans, as the decoder writes them: with every kind of value and of awkward text.
const ROWS: &str = "crates/conformance/tests/spans.jsonl";

pub(crate) fn run(root: &Path, arguments: &[String]) -> Outcome {
    let (call, count) = arguments_of(arguments)?;
    // A first build takes longer than a decoder waits.
    Step::cargo(
        root,
        &["build", "--release", "--quiet", "--example", "shopping"],
    )
    .run()?;
    for wire in &WIRES {
        judge(root, &call, wire)?;
    }
    // Not by `run`: what the program writes would mix with what is told here.
    Step::cargo(root, &["build", "--quiet", "-p", "spanline-conformance"]).run()?;
    let committed = fs::read_to_string(root.join(ROWS))
        .map_err(|error| Failure::new(format!("cannot read {ROWS}: {error}")))?;
    let seed = std::env::var("ORACLE_SEED").ok();
    let seed = seed.and_then(|seed| seed.parse().ok()).unwrap_or(SEED);
    let mut sent: Vec<Json> = Rows::new(seed).take(count).collect();
    sent.extend(rows(&committed)?);
    let mut wrong = Vec::new();
    for route in &ROUTES {
        match compare(root, &call, route, &sent) {
            Ok(()) => println!(
                "oracle: {} spans by {}, nothing malformed, no warning, every field as sent",
                sent.len(),
                route.name()
            ),
            Err(failure) => {
                println!("oracle: {}: {failure}", route.name());
                wrong.push(route.name());
            }
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "wrong, with seed {seed}: {}",
        wrong.join(", ")
    )))
}

/// `FOLDER [PYTHON] [SPANS]`
fn arguments_of(arguments: &[String]) -> Result<(Call, usize), Failure> {
    let usage = || Failure::new("usage: cargo xtask oracle FOLDER [PYTHON] [SPANS]");
    let (folder, rest) = arguments.split_first().ok_or_else(usage)?;
    let (python, count) = match rest {
        [] => ("python3", None),
        [word] => match word.parse() {
            Ok(count) => ("python3", Some(count)),
            Err(_) => (word.as_str(), None),
        },
        [python, count] => (python.as_str(), Some(count.parse().map_err(|_| usage())?)),
        _ => return Err(usage()),
    };
    let folder =
        fs::canonicalize(folder).map_err(|error| Failure::new(format!("{folder}: {error}")))?;
    if !folder.join("span_oracle").is_dir() {
        return Err(Failure::new(format!(
            "{} holds no module span_oracle",
            folder.display()
        )));
    }
    let call = Call {
        folder,
        python: python.to_owned(),
    };
    Ok((call, count.unwrap_or(AT_RANDOM)))
}

/// One trace over one wire.
fn judge(root: &Path, call: &Call, wire: &Wire) -> Outcome {
    let mut decoder = Decoder::start(root, call, wire.exporter, SPANS)?;
    let port = decoder.port("http")?;
    let endpoint = format!("http://127.0.0.1:{port}{}", wire.path);
    Step::cargo(root, &EXAMPLE)
        .env(wire.endpoint_variable, endpoint)
        .env("OTEL_TRACES_EXPORTER", wire.exporter)
        .run()?;
    one_whole_trace(&decoder.verdict()?)?;
    println!(
        "oracle: {SPANS} spans over {}, one trace, nothing malformed, no warning",
        wire.exporter
    );
    Ok(())
}

/// Whether the rows are the expected number of spans, all of one trace.
fn one_whole_trace(rows: &[Json]) -> Outcome {
    let is_span = |row: &&Json| row.text("record") == Some("span");
    let spans = rows.iter().filter(is_span).count();
    if spans != SPANS || spans != rows.len() {
        return Err(Failure::new(format!(
            "expected {SPANS} spans and nothing else, the oracle wrote:\n{rows:#?}"
        )));
    }
    let traces: BTreeSet<_> = rows.iter().map(|row| row.text("trace_id")).collect();
    match traces.len() {
        1 => Ok(()),
        many => Err(Failure::new(format!(
            "expected one trace, got {many}: {traces:?}"
        ))),
    }
}

/// Spans there, by one route, and back.
fn compare(root: &Path, call: &Call, route: &Route, sent: &[Json]) -> Outcome {
    let mut decoder = Decoder::start(root, call, &route.name(), sent.len())?;
    let mut export = start(root, route, &decoder)?;
    let mut count = 0;
    for portion in sent.chunks(PORTION) {
        let rows: String = portion.iter().map(|row| format!("{row}\n")).collect();
        export.send(&rows);
        count += portion.len();
        // More at once than its socket holds would be lost.
        if route.is_datagrams() && is_one_batch(portion) {
            decoder.wait_for(count)?;
        }
    }
    export.finish()?;
    same_spans(route, sent, &decoder.verdict()?)
}

/// Whether rows are sent as soon as they are all there: they fill a batch, and each resource has batches
/// of its own.
fn is_one_batch(portion: &[Json]) -> bool {
    let first = portion.first().and_then(|row| row.get("resource"));
    portion.len() == PORTION && portion.iter().all(|row| row.get("resource") == first)
}

/// The program that sends by this route, to the decoder.
fn start(root: &Path, route: &Route, decoder: &Decoder) -> Result<Export, Failure> {
    let port = decoder.port(route.port)?;
    let endpoint = match route.path {
        "" => format!("127.0.0.1:{port}"),
        path => format!("http://127.0.0.1:{port}{path}"),
    };
    let portion = PORTION.to_string();
    let options: &[&str] = match route.is_datagrams() {
        // A portion is a batch, which is sent when it is full.
        true => &["--batch", &portion],
        false => &[],
    };
    Export::start(root, route.exporter, &endpoint, route.gzip, options)
}

/// Whether the spans that came are those that were sent, each once and with every field.
fn same_spans(route: &Route, sent: &[Json], came: &[Json]) -> Outcome {
    fn id(row: &Json) -> (Option<&str>, Option<&str>) {
        (row.text("trace_id"), row.text("span_id"))
    }
    if came.len() != sent.len() {
        let (sent, came) = (sent.len(), came.len());
        return Err(Failure::new(format!(
            "{sent} spans were sent, {came} rows came"
        )));
    }
    let came: BTreeMap<_, _> = came.iter().map(|row| (id(row), row)).collect();
    let differs = sent.iter().filter_map(|row| {
        let what = match came.get(&id(row)) {
            Some(came) => difference(&wanted(route, row), &without_its_own(came))?,
            None => "is not there".to_owned(),
        };
        let span = row.text("span_id").unwrap_or_default();
        Some(format!("\n  span {span}{what}"))
    });
    let differs: Vec<_> = differs.collect();
    if differs.is_empty() {
        return Ok(());
    }
    let first: String = differs.iter().take(5).map(String::as_str).collect();
    Err(Failure::new(format!(
        "{} of {} spans are not as sent; the first:{first}",
        differs.len(),
        sent.len()
    )))
}

/// What the decoder must have written of a span.
fn wanted(route: &Route, row: &Json) -> Json {
    let mut wanted = route.format.of(row);
    if let Json::Object(members) = &mut wanted {
        members.extend([
            ("record".to_owned(), Json::of("span")),
            ("format".to_owned(), Json::of(route.called)),
            ("warnings".to_owned(), Json::List(Vec::new())),
        ]);
    }
    wanted
}

/// A row without what the decoder says of the payload.
fn without_its_own(row: &Json) -> Json {
    match row {
        Json::Object(members) => {
            let members = members.iter().filter(|(name, _)| name != "payload");
            Json::Object(members.cloned().collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;

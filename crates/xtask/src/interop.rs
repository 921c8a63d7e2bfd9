//! `cargo xtask interop`: the servers that people run take what the exporters send, and show it right.
//!
//! Each server comes from its package registry, through that registry's own client, into a scratch
//! folder below the target folder: Zipkin's jar by Maven, Jaeger and the OpenTelemetry Collector by the
//! Go toolchain, Otelite by Cargo. Each runs on free loopback ports, gets the shopping trace by each exporter that it
//! understands, and is asked for it by its own interface; names, parents and tags must be those that
//! were sent. What cannot be had is skipped, with the reason. Nothing is left running.

mod zipkin;
mod jaeger;
mod collector;
mod otelite;
mod server;
mod trace;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::export::Export;
use crate::http;
use crate::json::{self, Json};
use crate::outcome::{Failure, Outcome};
use crate::step::{Step, skipped};
use server::Server;
use trace::{Seen, Trace};

/// How an exporter reaches a server.
struct Route {
    /// As the conformance program names it.
    exporter: &'static str,
    gzip: bool,
    endpoint: String,
}

impl Route {
    fn new(exporter: &'static str, endpoint: String) -> Self {
        Self {
            exporter,
            gzip: false,
            endpoint,
        }
    }

    fn packed(exporter: &'static str, endpoint: String) -> Self {
        Self {
            gzip: true,
            ..Self::new(exporter, endpoint)
        }
    }
}

/// A server that runs, where to send, and how to ask it for a trace.
struct Running {
    routes: Vec<Route>,
    /// The port of the interface that is asked.
    port: u16,
    /// The path that gives the trace with this id.
    path: fn(&str) -> String,
    /// The spans of an answer.
    read: fn(&Json, &str) -> Vec<Seen>,
    /// All that must go on running; in the order in which it ends.
    _servers: Vec<Server>,
}

/// Why a server does not run: it cannot be had here, or it fails.
enum Absent {
    Skipped(String),
    Failed(Failure),
}

impl From<Failure> for Absent {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

type Start = fn(&Path) -> Result<Running, Absent>;

const SERVERS: [(&str, Start); 4] = [
    ("zipkin", zipkin::start),
    ("jaeger", jaeger::start),
    ("collector", collector::start),
    ("otelite", otelite::start),
];

/// How long a server may take to show what it was sent.
const SHOWS: Duration = Duration::from_secs(30);

const POLL: Duration = Duration::from_millis(200);

pub(crate) fn run(root: &Path, arguments: &[String]) -> Outcome {
    let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|word| word == name);
    if let Some(other) = arguments
        .iter()
        .find(|word| !SERVERS.iter().any(|(name, _)| name == word))
    {
        return Err(Failure::new(format!("no server is called {other}")));
    }
    let packages = ["-p", "spanline-conformance", "-p", "spanline-sink"];
    Step::cargo(root, &["build", "--quiet"])
        .args(&packages)
        .run()?;
    let mut wrong = Vec::new();
    for (name, start) in SERVERS.iter().filter(|(name, _)| wanted(name)) {
        match start(root) {
            Ok(running) => wrong.extend(tell_all(root, name, &running)),
            Err(Absent::Skipped(why)) => skipped(&format!("interop: {name}"), &why)?,
            Err(Absent::Failed(failure)) => {
                println!("interop: {name}: {failure}");
                wrong.push((*name).to_owned());
            }
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("wrong: {}", wrong.join(", "))))
}

/// Sends by each route and prints a line for it; the routes that went wrong.
fn tell_all(root: &Path, server: &str, running: &Running) -> Vec<String> {
    let mut wrong = Vec::new();
    for route in &running.routes {
        let packed = if route.gzip { "+gzip" } else { "" };
        let name = format!("{}{packed}", route.exporter);
        match tell(root, running, route) {
            Ok(spans) => println!("interop: {server} by {name}: {spans} spans as sent"),
            Err(failure) => {
                println!("interop: {server} by {name}: {failure}");
                wrong.push(format!("{server} by {name}"));
            }
        }
    }
    wrong
}

/// One trace by one route, there and back; how many spans.
fn tell(root: &Path, running: &Running, route: &Route) -> Result<usize, Failure> {
    let trace = Trace::new();
    send(root, route, &trace.rows())?;
    let begun = Instant::now();
    loop {
        let differs = match http::get(running.port, &(running.path)(trace.id())) {
            Ok(text) => match json::parse(&text) {
                Some(answer) => trace.differs(&(running.read)(&answer, trace.id())),
                None => Some(format!("no JSON: {text}")),
            },
            Err(failure) => Some(failure.to_string()),
        };
        match differs {
            None => return Ok(trace.len()),
            Some(what) if begun.elapsed() > SHOWS => return Err(Failure::new(what)),
            Some(_) => thread::sleep(POLL),
        }
    }
}

fn send(root: &Path, route: &Route, rows: &str) -> Outcome {
    let mut export = Export::start(root, route.exporter, &route.endpoint, route.gzip, &[])?;
    export.send(rows);
    export.finish()
}

/// The ways to send OTLP to these ports.
fn otlp(http: u16, grpc: u16) -> Vec<Route> {
    let url = || format!("http://127.0.0.1:{http}/v1/traces");
    let base = || format!("http://127.0.0.1:{grpc}");
    let (protobuf, json) = ("otlp-http-protobuf", "otlp-http-json");
    vec![
        Route::new(protobuf, url()),
        Route::packed(protobuf, url()),
        Route::new(json, url()),
        Route::packed(json, url()),
        Route::new("otlp-grpc", base()),
        Route::packed("otlp-grpc", base()),
    ]
}

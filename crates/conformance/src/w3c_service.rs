//! `w3c-service`: the service that the W3C trace-context validation harness calls.
//!
//! `POST /test` brings a list of `{"url", "arguments"}`. In a span for the request, each element gets
//! a client span of its own, in which `arguments` are posted to `url`; the harness looks at the
//! headers of those posts. What a wise service would do with such a list (refuse it) is left to the
//! limits here: this machine only, small bodies, few connections.

mod client;
mod server;

use crate::args::Args;
use crate::failure::Failure;
use client::Client;
use serde::{Deserialize, Serialize};
use server::{Request, Response};
use spanline::propagation::CompositePropagator;
use spanline::sdk::TracerProviderBuilder;
use spanline::{SpanKind, Tracer, extract, global, inject, install};
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

static TRACER: Tracer = spanline::tracer("spanline-conformance");

/// One call to be made.
#[derive(Deserialize)]
struct Call {
    url: String,
    #[serde(default)]
    arguments: serde_json::Value,
}

/// What became of it.
#[derive(Serialize)]
struct Called {
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(crate) fn run(words: impl Iterator<Item = String>) -> Result<(), Failure> {
    let args = Args::parse(words, &["port"], &[])?;
    let port: u16 = args
        .number("port", 0, u16::MAX)?
        .ok_or_else(|| Failure::unusable("--port is missing"))?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .map_err(|error| Failure::unusable(format_args!("port {port}: {error}")))?;

    let provider = TracerProviderBuilder::new()
        .build()
        .map_err(Failure::failed)?;
    install(provider).map_err(Failure::failed)?;
    global::set_propagator(CompositePropagator::w3c());

    let address = listener.local_addr()?;
    let client = Arc::new(Client::new());
    server::listen(listener, move |request| handle(request, &client))?;
    writeln!(io::stderr(), "listening on {address}")?;
    writeln!(io::stdout(), "ready")?;
    // The service lives as long as whoever holds our input.
    io::copy(&mut io::stdin().lock(), &mut io::sink())?;
    Ok(())
}

fn handle(request: &Request, client: &Client) -> Response {
    if request.path != "/test" {
        return Response::empty(404);
    }
    if request.method != "POST" {
        return Response::empty(405);
    }
    let _caller = extract(&request.headers).attach();
    let _span = TRACER
        .span("POST /test")
        .kind(SpanKind::Server)
        .start_active();
    let Ok(calls) = serde_json::from_slice::<Vec<Call>>(&request.body) else {
        return Response::empty(400);
    };
    let called: Vec<Called> = calls.into_iter().map(|call| make(call, client)).collect();
    Response::json(200, serde_json::to_vec(&called).unwrap_or_default())
}

fn make(call: Call, client: &Client) -> Called {
    let span = TRACER.span("POST").kind(SpanKind::Client).start_active();
    let mut headers = Vec::new();
    inject(&mut headers);
    let body = serde_json::to_vec(&call.arguments).unwrap_or_default();
    let outcome = client.post(&call.url, &headers, &body);
    if let Err(error) = &outcome {
        span.fail(error);
        // Nobody may be listening.
        let _ = writeln!(io::stderr(), "{}: {error}", call.url.escape_debug());
    }
    Called {
        url: call.url,
        status: outcome.as_ref().ok().copied(),
        error: outcome.err().map(|error| error.to_string()),
    }
}

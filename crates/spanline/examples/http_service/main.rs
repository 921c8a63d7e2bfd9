//! One request over loopback HTTP, and the trace that goes with it.
//!
//! A client and a service, both on hyper, share nothing but a connection. The client puts its span
//! into the request's `http::HeaderMap`, the service takes its parent from there, and both spans come
//! out with one trace id. Needs nothing installed and ends by itself:
//!
//! ```sh
//! cargo run --example http_service
//! ```

#![expect(clippy::print_stdout, reason = "a program that talks to a person")]

mod flow;

use spanline::testing::{InMemoryExporter, tree};
use std::process::ExitCode;
use std::time::Duration;

fn main() -> Result<ExitCode, flow::Failure> {
    let exporter = InMemoryExporter::new();
    let setup = spanline::setup().without_env().service_name("hello");
    let tracing = setup.exporter(exporter.clone()).install()?;

    let answer = flow::one_request()?;
    println!("the service answered: {answer}");

    let lost = tracing.shutdown(Duration::from_secs(5))?;
    let spans = exporter.spans();
    for span in &spans {
        println!(
            "trace {}  span {}  {}",
            span.trace_id(),
            span.span_id(),
            span.name()
        );
    }
    println!("{}{lost}", tree(&spans));

    let joined = spans.len() == 2
        && spans
            .iter()
            .all(|span| span.trace_id() == spans[0].trace_id());
    Ok(if joined {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

//! A customer goes shopping: eight spans, sent as one batch to a Jaeger collector, drawn as a tree.
//!
//! The collector is our own small receiver, embedded here and reached over real loopback HTTP, so
//! nothing needs to be installed. With `OTEL_TRACES_EXPORTER=jaeger` (or `zipkin`) and its endpoint
//! variable set, the spans go there instead:
//!
//! ```sh
//! cargo run --release --example shopping
//! OTEL_TRACES_EXPORTER=zipkin cargo run --release --example shopping
//! ```

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that talks to a person"
)]

use spanline::prelude::*;
use spanline::sdk::BatchConfig;
use spanline::{LossReport, ShutdownError, current_span};
use spanline_sink::Sink;
use std::process::ExitCode;
use std::time::{Duration, Instant};

type Failure = Box<dyn std::error::Error>;

static TRACER: Tracer = spanline::tracer("shopping");

/// The flow's spans: a root and seven steps.
const SPANS: u64 = 8;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("shopping: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every span arrived.
fn run() -> Result<bool, Failure> {
    // An empty variable counts as one that is not set.
    let elsewhere = std::env::var_os("OTEL_TRACES_EXPORTER").is_some_and(|name| !name.is_empty());
    let sink = match elsewhere {
        true => None,
        false => Some(Sink::builder().jaeger(0).start()?),
    };
    let start = Instant::now();
    let batch = BatchConfig::default().on_export(move |report| {
        let at = start.elapsed().as_secs_f64() * 1e3;
        let (spans, cause) = (report.spans, report.cause);
        match report.outcome {
            Ok(_) => println!("{at:>6.1} ms  sent {spans} spans in one request ({cause})"),
            Err(error) => eprintln!("{at:>6.1} ms  could not send {spans} spans: {error}"),
        }
    });
    let mut setup = spanline::setup().service_name("shop").batch(batch);
    if let Some(endpoint) = sink.as_ref().and_then(Sink::jaeger_endpoint) {
        println!("          sending to {endpoint}");
        setup = setup.jaeger(endpoint);
    }
    let tracing = setup.install()?;
    let provider = tracing.provider().clone();

    go_shopping();

    let at = start.elapsed().as_secs_f64() * 1e3;
    let stats = provider.stats();
    let queued: u64 = stats.processors.iter().map(|counts| counts.queued).sum();
    println!(
        "{at:>6.1} ms  {} spans ended, {queued} of them wait in the queue",
        stats.started.total()
    );
    let lost = losses(tracing.shutdown(Duration::from_secs(10)));
    let exported: u64 = provider
        .stats()
        .processors
        .iter()
        .map(|counts| counts.exported)
        .sum();

    if let Some(sink) = sink {
        sink.wait_for_spans(exported as usize, Duration::from_secs(5))?;
        for trace in sink.traces() {
            println!("\n{}", trace.draw(100, false));
        }
    }
    println!(
        "{exported} exported, {} dropped; {lost}",
        lost.dropped.total()
    );
    if lost.is_empty() && exported == SPANS {
        return Ok(true);
    }
    let not_sampled = stats.started.dropped;
    if not_sampled > 0 {
        eprintln!("{not_sampled} spans were not sampled: see OTEL_TRACES_SAMPLER");
    } else if stats.started.total() == 0 {
        eprintln!("no span was recorded: see OTEL_SDK_DISABLED");
    } else if stats.processors.is_empty() {
        eprintln!("nobody exports: see OTEL_TRACES_EXPORTER");
    } else if exported == 0 {
        eprintln!("nothing arrived: does a collector listen at the endpoint?");
    }
    Ok(false)
}

/// What a shutdown lost, however it ended.
fn losses(outcome: Result<LossReport, ShutdownError>) -> LossReport {
    match outcome {
        Ok(lost) => lost,
        Err(error) => {
            eprintln!("shutdown: {error}");
            error.loss().unwrap_or_default()
        }
    }
}

fn go_shopping() {
    let shopping = TRACER
        .span("shopping")
        .kind(SpanKind::Server)
        .attribute("user.id", "u-4711")
        .attribute("session.new", true)
        .start_active();
    login();
    browse();
    add_to_cart("keyboard", 2);
    let in_stock = check_stock("keyboard");
    if in_stock {
        pay(99.9);
        create_order();
        notify();
    }
    shopping.set_attribute("cart.items", 2);
    shopping.set_status(Status::Ok);
}

fn login() {
    let span = TRACER.start_active("login");
    span.set_attribute("auth.method", "password");
    work(20);
    span.add_event("session created");
}

fn browse() {
    let span = TRACER.start_active("browse");
    span.set_attributes([("category", "keyboards"), ("sort", "price")]);
    work(30);
    span.set_attribute("results", 24);
}

fn add_to_cart(item: &str, quantity: u32) {
    let span = TRACER.start_active("add to cart");
    span.set_attribute("item", item);
    span.set_attribute("quantity", quantity);
    work(10);
}

fn check_stock(item: &str) -> bool {
    let _span = TRACER
        .span("check stock")
        .kind(SpanKind::Client)
        .attribute("peer.service", "inventory")
        .attribute("item", item)
        .start_active();
    work(15);
    // Code further down needs no handle: it knows the current span.
    current_span()
        .add_event("cache miss")
        .attribute("shelf", "B7");
    true
}

/// The gateway times out once; the error is recorded and the payment tried again.
fn pay(amount: f64) {
    let span = TRACER
        .span("pay")
        .kind(SpanKind::Client)
        .attribute("peer.service", "payment-gateway")
        .attribute("amount", amount)
        .attribute("currency", "EUR")
        .start_active();
    for attempt in 1..=2 {
        match charge(attempt) {
            Ok(()) => {
                span.set_attribute("attempts", attempt);
                span.set_status(Status::Ok);
                return;
            }
            Err(error) => {
                span.record_error(&error).attribute("attempt", attempt);
                span.add_event("retry_attempt")
                    .attribute("attempt", attempt + 1);
            }
        }
    }
    span.set_status(Status::error("payment failed"));
}

fn charge(attempt: u32) -> std::io::Result<()> {
    work(25);
    if attempt == 1 {
        return Err(std::io::Error::new(
            std::io::ErrorKind::TimedOut,
            "gateway timed out",
        ));
    }
    Ok(())
}

fn create_order() {
    let span = TRACER.start_active("create order");
    span.set_attribute("order.id", 42);
    work(25);
}

fn notify() {
    let span = TRACER
        .span("notify")
        .kind(SpanKind::Producer)
        .start_active();
    span.set_attribute("messaging.destination.name", "orders");
    work(8);
}

/// What a step costs, in milliseconds.
fn work(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}

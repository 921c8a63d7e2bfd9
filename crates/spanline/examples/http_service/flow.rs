//! The client, the service, and a request from one to the other.
//!
//! Of tracing there are four lines: inject, extract, and two futures in their spans. It knows of no
//! exporter; the example prints what was recorded, and a test checks it.

use http::{Request, Response};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{client, server};
use hyper_util::rt::TokioIo;
use spanline::prelude::*;
use spanline::{Baggage, baggage};
use std::convert::Infallible;
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpStream};

pub(crate) type Failure = Box<dyn std::error::Error>;

static TRACER: Tracer = spanline::tracer("hello");

/// Starts the service, asks it once, and gives its answer.
pub(crate) fn one_request() -> Result<String, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        // A task of its own, as in another process: it inherits no context.
        let service = tokio::spawn(async move { serve_one(listener).await.is_ok() });
        let baggage = Baggage::new().with("user", "4711");
        let asked = ask(address).with_context(Context::root().with_baggage(baggage));
        let answer = asked.await?;
        assert!(service.await?, "the service failed");
        Ok(answer)
    })
}

/// The calling side.
async fn ask(address: SocketAddr) -> Result<String, Failure> {
    let span = TRACER.span("GET").kind(SpanKind::Client).start();
    async {
        let mut request = Request::get("/hello")
            .header("host", "shop.example")
            .body(Empty::<Bytes>::new())?;
        spanline::inject(request.headers_mut());
        let stream = TokioIo::new(TcpStream::connect(address).await?);
        let (mut sender, connection) = client::conn::http1::handshake(stream).await?;
        tokio::spawn(connection);
        let response = sender.send_request(request).await?;
        let body = response.into_body().collect().await?.to_bytes();
        Ok(String::from_utf8(body.to_vec())?)
    }
    .in_span(span)
    .await
}

/// The called side: one connection, until it is closed.
async fn serve_one(listener: TcpListener) -> Result<(), Failure> {
    let (stream, _) = listener.accept().await?;
    let connection = server::conn::http1::Builder::new();
    connection
        .serve_connection(TokioIo::new(stream), service_fn(hello))
        .await?;
    Ok(())
}

async fn hello(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let caller = spanline::extract(request.headers());
    let handled = async {
        let span = TRACER.span("GET /hello").kind(SpanKind::Server).start();
        greet().in_span(span).await
    };
    Ok(Response::new(handled.with_context(caller).await.into()))
}

/// What the service does. That the user came with the headers is nothing it has to know.
async fn greet() -> String {
    let baggage = baggage();
    format!("hello, {}", baggage.get("user").unwrap_or("stranger"))
}

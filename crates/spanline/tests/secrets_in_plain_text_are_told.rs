//! Who sends by plain HTTP to another machine what may be a secret is told so, once, when the exporter is
//! built: any header that was set, user and password, the query. The secret itself is not told.
#![cfg(all(feature = "jaeger", feature = "otlp", feature = "zipkin"))]

use spanline::diagnostics::{self, Diagnostic, DiagnosticKind};
use spanline::export::{HttpBuilder, JaegerExporter, OtlpExporter, ZipkinExporter};
use std::sync::mpsc::channel;

/// What is told while an exporter is built.
fn told<X>(builder: HttpBuilder<X>) -> Vec<String> {
    let (tell, told) = channel();
    // A new handler hears of what the one before has heard already.
    diagnostics::set_handler(move |diagnostic: &Diagnostic<'_>| {
        assert_eq!(diagnostic.kind, DiagnosticKind::Config);
        let _ = tell.send(diagnostic.message.to_owned());
    });
    assert!(builder.build().is_ok());
    diagnostics::reset_handler();
    told.iter().collect()
}

#[test]
fn whatever_the_header_is_called() {
    for (named, told) in [
        (
            "header `authorization`",
            told(OtlpExporter::http("http://c.invalid/x").header("authorization", "canary")),
        ),
        (
            "header `x-honeycomb-team`",
            told(OtlpExporter::http("http://c.invalid/x").header("x-honeycomb-team", "canary")),
        ),
        (
            "header `x-tenant`, header `Cookie`",
            told(
                ZipkinExporter::http("http://c.invalid/x")
                    .header("x-tenant", "canary")
                    .header("Cookie", "canary"),
            ),
        ),
        (
            "user and password",
            told(JaegerExporter::http("http://canary:canary@c.invalid/x")),
        ),
        (
            "user and password",
            told(JaegerExporter::http("http://c.invalid/x").basic_auth("canary", "canary")),
        ),
        (
            "query of the address",
            told(ZipkinExporter::http("http://c.invalid/x?key=canary")),
        ),
    ] {
        let expected =
            format!("{named}: what may be a secret is sent to http://c.invalid/x in plain text");
        assert_eq!(told, [expected]);
    }
    // On this machine nobody else reads it; and here is nothing to read.
    let quiet = OtlpExporter::http("http://127.0.0.1/x?key=canary").header("api-key", "canary");
    assert!(told(quiet).is_empty());
    assert!(told(OtlpExporter::http("http://c.invalid/x")).is_empty());
    #[cfg(feature = "tls")]
    {
        let quiet = OtlpExporter::http("https://c.invalid/x").header("api-key", "canary");
        assert!(told(quiet).is_empty());
    }
}

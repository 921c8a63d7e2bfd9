//! What must not be said cannot be said: misuse is an error of the compiler, not of the program.
//!
//! The expected messages are the compiler's own and change with it, so they are compared where
//! they were taken from, with Rust 1.95, and nowhere else. `TRYBUILD=overwrite` takes them anew.

use std::process::Command;

use spanline_core::{
    Baggage, Context, FutureExt, InSpan, Resource, Span, SpanContext, Tracer, TracerProvider,
    WithContext,
};

/// The compiler whose messages stand in `tests/ui`.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn misuse_does_not_compile() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc)
        .arg("--version")
        .output()
        .unwrap()
        .stdout;
    if !version.starts_with(COMPILER.as_bytes()) {
        println!("skipped: the messages are those of {COMPILER}");
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}

#[test]
fn handles_go_wherever_they_are_meant_to_go() {
    fn shared<T: Send + Sync + Clone>() {}
    fn sent<T: Send + Sync>() {}
    fn task<T: Future + Send>(_: T) {}
    shared::<TracerProvider>();
    shared::<Tracer>();
    shared::<Context>();
    shared::<SpanContext>();
    shared::<Baggage>();
    shared::<Resource>();
    sent::<Span>();
    sent::<InSpan<std::future::Ready<()>>>();
    sent::<WithContext<std::future::Ready<()>>>();
    task(async { std::future::ready(()).await }.in_span(Span::none()));
    task(async { std::future::ready(()).await }.with_context(Context::root()));
    // An owned span may live across awaits.
    task(async {
        let mut span = Span::none();
        std::future::ready(()).await;
        span.set_attribute("a", 1);
    });
}

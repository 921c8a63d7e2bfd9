//! A parent is a whole context (OpenTelemetry "Span Creation"), never a bare span.

fn main() {
    let tracer = spanline_core::tracer("x");
    let parent = tracer.start("parent");
    tracer.span("child").parent(&parent).start().end();
}

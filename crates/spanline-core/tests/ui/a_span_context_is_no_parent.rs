//! A span context becomes a parent only inside a context.

fn main() {
    let tracer = spanline_core::tracer("x");
    let parent = tracer.start("parent");
    tracer.span("child").parent(parent.span_context()).start().end();
}

//! A span ends once.

fn main() {
    let span = spanline_core::tracer("x").start("work");
    span.end();
    span.end();
}

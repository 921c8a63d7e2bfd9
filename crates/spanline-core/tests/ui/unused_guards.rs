//! A guard that is dropped at once guards nothing.

#![deny(unused_must_use)]

fn main() {
    let tracer = spanline_core::tracer("x");
    tracer.start_active("work");
    spanline_core::Context::root().attach();
    spanline_core::suppress();
}

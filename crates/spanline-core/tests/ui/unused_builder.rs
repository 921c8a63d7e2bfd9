//! A span that was prepared and never started is nothing.

#![deny(unused_must_use)]

fn main() {
    spanline_core::tracer("x").span("work").attribute("a", 1);
}

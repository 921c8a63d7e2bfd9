//! A span that is dropped at once measures nothing.

#![deny(unused_must_use)]

fn main() {
    spanline_core::tracer("x").start("work");
}

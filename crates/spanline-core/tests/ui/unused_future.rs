//! A future does nothing unless it is polled, and a changed context is a new one.

#![deny(unused_must_use)]

use spanline_core::{Baggage, Context, FutureExt};

fn main() {
    async {}.in_span(spanline_core::tracer("x").start("work"));
    async {}.with_context(Context::root());
    Context::root().with_baggage(Baggage::new());
}

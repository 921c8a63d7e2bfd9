//! "No value" and "no attribute" are different things, so an `Option` is neither.

fn main() {
    let mut span = spanline_core::tracer("x").start("work");
    span.set_attribute("maybe", Some(1));
}

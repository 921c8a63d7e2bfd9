//! Bytes are no list of numbers, so a byte is no number.

fn main() {
    let mut span = spanline_core::tracer("x").start("work");
    span.set_attribute("byte", 1_u8);
}

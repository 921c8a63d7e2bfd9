//! Nothing is written to a span that was ended.

fn main() {
    let active = spanline_core::tracer("x").start_active("work");
    active.end();
    active.set_attribute("late", true);
}

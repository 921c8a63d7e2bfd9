//! A guard belongs to the thread on whose stack its span is.

fn main() {
    let active = spanline_core::tracer("x").start_active("work");
    std::thread::spawn(move || drop(active));
}

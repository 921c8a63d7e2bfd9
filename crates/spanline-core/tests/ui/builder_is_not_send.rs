//! A span is prepared and started on one thread: its parent is what is current there.

fn main() {
    let tracer = spanline_core::tracer("x");
    std::thread::scope(|scope| {
        let builder = tracer.span("work");
        scope.spawn(move || builder.start().end());
    });
}

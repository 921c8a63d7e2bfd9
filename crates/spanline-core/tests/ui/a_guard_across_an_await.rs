//! A task that holds a guard while it waits would leave its span current for others, so it is not
//! `Send`; `in_span` is what it wants.

fn spawn(_: impl Future<Output = ()> + Send + 'static) {}

fn main() {
    spawn(async {
        let _active = spanline_core::tracer("x").start_active("work");
        std::future::ready(()).await;
    });
}

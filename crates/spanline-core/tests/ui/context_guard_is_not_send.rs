//! A guard belongs to the thread on which its context is current.

fn main() {
    let attached = spanline_core::Context::current().attach();
    std::thread::spawn(move || drop(attached));
}

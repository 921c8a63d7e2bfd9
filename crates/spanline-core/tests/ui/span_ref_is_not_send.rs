//! A reference to the current span belongs to the thread on which it is current.

fn main() {
    let span = spanline_core::current_span();
    std::thread::spawn(move || span.end());
}

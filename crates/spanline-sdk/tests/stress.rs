//! The pipeline under load, in large numbers: each scenario is a promise from the other files of this
//! folder, repeated until chance has had its say.
//!
//! As an ordinary test each scenario is small and asserts no time. `cargo xtask stress` sets
//! `STRESS=full`, gives each a process of its own, and holds it to its full figures, which it prints.
#![cfg(not(shuttle))]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed unwrap is a failed test; the figures are what a full run is for"
)]

mod support;

#[path = "stress/deadlines.rs"]
mod deadlines;
#[path = "stress/lifecycle.rs"]
mod lifecycle;
#[path = "stress/load.rs"]
mod load;
#[path = "stress/quiet.rs"]
mod quiet;
#[path = "stress/runtimes.rs"]
mod runtimes;

/// Whether the full figures are wanted.
fn is_full() -> bool {
    std::env::var("STRESS").is_ok_and(|wanted| wanted == "full")
}

/// How much of something.
fn sized(small: usize, full: usize) -> usize {
    if is_full() { full } else { small }
}

/// For scenarios whose troubles are the point: nobody needs a line about each.
fn unheard() {
    spanline_core::diagnostics::set_handler(|_: &spanline_core::diagnostics::Diagnostic<'_>| {});
}

/// Says what a full run has found.
fn tell(what: std::fmt::Arguments<'_>) {
    if is_full() {
        println!("figures: {what}");
    }
}

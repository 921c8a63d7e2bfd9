//! For tests of programs: spans kept in memory, a clock that goes as told, traces as text.
//!
//! Nothing here is meant for production: what is captured stays until it is reset.

mod capture;
mod in_memory;
mod finished_span;
mod tree;
mod manual_clock;

#[cfg(test)]
mod tests;

pub use capture::{Capture, capture, capture_with};
pub use finished_span::FinishedSpan;
pub use in_memory::InMemoryExporter;
pub use manual_clock::ManualClock;
pub use tree::tree;

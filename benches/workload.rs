//! The work that contenders of one bench share: sizes, counts and payloads.
//!
//! A library only because a package of benches needs one; it measures nothing itself. `queue` moves
//! items through any queue, `span` makes the spans that are timed, encoded or thrown away. What is
//! compared to what, and why, stands in the bench files.
#![forbid(unsafe_code)]

#[path = "workload/queue.rs"]
pub mod queue;
#[path = "workload/span.rs"]
pub mod span;

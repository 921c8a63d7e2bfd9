//! Spanline's machinery: what happens to spans in a program that records them.
//!
//! Modules stand in the order in which a span flows; a file imports only modules listed below its
//! own. Programs reach all of this through the crate `spanline`.
#![forbid(unsafe_code)]

pub mod testing;
pub mod config;
pub mod provider;
pub mod sampler;
pub mod processor;
pub mod resource;
pub mod id_generator;
mod build_error;
mod shutdown;
mod lifecycle;
mod inside;
mod outcome;
mod counters;
pub mod clock;
mod lineage;
mod sync;

pub use spanline_core::record::SpanLimits;

/// The clock of explored schedules, for the scenarios in `tests/schedules.rs`.
#[cfg(shuttle)]
#[doc(hidden)]
pub mod scheduled {
    pub use crate::sync::{advance, begin, has_passed, sleep_until};
}

/// For the models in `tests/model.rs`.
#[cfg(loom)]
#[doc(hidden)]
pub use shutdown::ShutdownOnce;

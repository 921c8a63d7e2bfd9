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
mod inside;
mod outcome;
mod counters;
pub mod clock;

pub use spanline_core::record::SpanLimits;

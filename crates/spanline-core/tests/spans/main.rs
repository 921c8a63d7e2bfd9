//! Spans, contexts and futures over a runtime of the tests' own: one module per promise.

mod backend;
mod status;
mod after_end;
mod nesting;
mod capture;
mod context;
mod futures;
mod reentrancy;
mod processors;
mod errors;
mod teardown;

//! `uber-trace-id`: accepted exactly if its definition accepts it; written back in canonical form.
#![no_main]

use spanline_core::propagation::check_uber_trace_id;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_uber_trace_id(data));

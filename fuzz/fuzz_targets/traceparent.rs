//! `traceparent`: accepted exactly if the grammar accepts it; written back in canonical form.
#![no_main]

use spanline_core::propagation::check_traceparent;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_traceparent(data));

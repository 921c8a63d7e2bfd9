//! `tracestate` over several lines: accepted exactly if the grammar accepts it; every edit leaves a list.
#![no_main]

use spanline_core::trace_state::check_tracestate;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_tracestate(data));

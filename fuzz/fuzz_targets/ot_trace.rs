//! The OT headers: accepted exactly if their definition accepts them; read again as what was written.
#![no_main]

use spanline_core::propagation::check_ot_trace;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_ot_trace(data));

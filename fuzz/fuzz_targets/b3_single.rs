//! The header `b3`: accepted exactly if its document accepts it; both forms say the same again.
#![no_main]

use spanline_core::propagation::check_b3_single;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_b3_single(data));

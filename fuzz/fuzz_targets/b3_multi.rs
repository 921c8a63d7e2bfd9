//! B3 in one header or several: accepted exactly if its document accepts them; both forms say the same again.
#![no_main]

use spanline_core::propagation::check_b3_multi;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_b3_multi(data));

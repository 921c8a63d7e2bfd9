//! Cutting requests: filled greedily, none too large or empty, every span in one or counted.
#![no_main]

use spanline_export::split::check_split;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_split(data));

//! Cutting texts: between characters and nowhere else, alone and through a record.
#![no_main]

use spanline_core::record::check_truncation;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_truncation(data));

//! `baggage` over several lines: entries as the grammar says, within one budget, both ways.
#![no_main]

use spanline_core::propagation::check_baggage;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_baggage(data));

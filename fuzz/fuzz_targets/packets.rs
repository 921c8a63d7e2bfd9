//! Packing spans into messages for an agent: each whole, none too large, every span in one or counted.
#![no_main]

use spanline_export::split::check_packets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_packets(data));

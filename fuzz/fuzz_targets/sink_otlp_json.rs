//! The sink's OTLP decoder for JSON: accepted exactly if a second reading of the mapping accepts it.
#![no_main]

use spanline_sink::decode::check_otlp_json;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_otlp_json(data));

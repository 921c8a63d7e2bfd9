//! The sink's Zipkin decoder: accepted exactly if a second reading of the API accepts it.
#![no_main]

use spanline_sink::decode::check_zipkin_json;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_zipkin_json(data));

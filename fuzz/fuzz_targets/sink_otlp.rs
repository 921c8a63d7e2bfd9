//! The sink's OTLP decoder for Protocol Buffers: accepted exactly if a second reading of the tables accepts it.
#![no_main]

use spanline_sink::decode::check_otlp_protobuf;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_otlp_protobuf(data));

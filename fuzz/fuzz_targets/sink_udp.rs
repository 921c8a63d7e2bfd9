//! The sink's decoders of Jaeger datagrams: accepted exactly if a second reading of the IDL accepts it.
#![no_main]

use spanline_sink::decode::check_jaeger_udp;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_jaeger_udp(data));

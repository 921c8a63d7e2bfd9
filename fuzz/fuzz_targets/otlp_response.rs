//! What an OTLP receiver answers: read in either form or said to be unreadable, and read again as written.
#![no_main]

use spanline_export::check_otlp_response;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_otlp_response(data));

//! JSON from outside: read again from its own text and from another way of writing it, never from half of it.
#![no_main]

use spanline_export::json::check_json;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_json(data));

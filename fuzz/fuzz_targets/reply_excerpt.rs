//! What is quoted from a response is one line, short, harmless, and never a secret.
#![no_main]

use spanline_export::check_excerpt;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_excerpt(data));

//! Lists in environment variables: read as the specification says; no text in any variable does harm.
#![no_main]

use spanline_sdk::config::env::check_environment_lists;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_environment_lists(data));

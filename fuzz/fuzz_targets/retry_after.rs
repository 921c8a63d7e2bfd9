//! `Retry-After`: what the grammar allows is read as the time it names; no wait passes the deadline.
#![no_main]

use spanline_export::check_retry_after;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_retry_after(data));

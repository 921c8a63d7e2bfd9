//! Jaeger's baggage headers: entries as defined, within one budget, both ways.
#![no_main]

use spanline_core::propagation::check_uberctx;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_uberctx(data));

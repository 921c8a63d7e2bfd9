//! `traceparent` and `tracestate` together, through the propagator: the first decides, the second falls alone.
#![no_main]

use spanline_core::propagation::check_trace_context;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_trace_context(data));

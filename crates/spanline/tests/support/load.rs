//! Spans at a rate, and the memory that a process takes meanwhile.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use spanline::TracerProvider;

/// Spans at a rate, in small bursts, until told to stop; how many.
pub(crate) fn produce(provider: &TracerProvider, spans_a_second: u64, stop: &AtomicBool) -> u64 {
    let tracer = provider.tracer("load");
    let begun = Instant::now();
    let mut made = 0;
    while !stop.load(Ordering::SeqCst) {
        let due = (begun.elapsed().as_secs_f64() * spans_a_second as f64) as u64;
        while made < due {
            let mut span = tracer.start("work");
            span.set_attribute("number", made as i64);
            span.set_attribute("text", "a value of some length");
            span.end();
            made += 1;
        }
        thread::park_timeout(Duration::from_millis(2));
    }
    made
}

/// Memory that is resident, in bytes; 0 where the system does not tell (Linux does: proc(5)).
pub(crate) fn resident() -> u64 {
    let text = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split(' ').nth(1);
    let pages = pages.and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}

//! One thread's share of the load: spans at a rate, or as fast as it can.
//!
//! A paced thread sleeps until spans are due and then makes them, so it burns no more time than the
//! spans cost. One that the system held up catches up at twice its pace and no faster: what it missed
//! would otherwise come as one burst, and the load would no longer be the one that was asked for. A
//! thread that cannot keep the pace stops when the time is up.

use crate::args::Args;
use crate::failure::Failure;
use spanline::Tracer;
use std::ops::AddAssign;
use std::thread;
use std::time::{Duration, Instant};

/// Spans between two looks at the clock without a pace: a look costs about as much as a span.
const BURST: u64 = 64;

/// How many times faster than its pace a thread may catch up.
const HURRY: f64 = 2.0;

/// The least a paced thread sleeps. The system wakes it later by about a twentieth of that.
const TICK: Duration = Duration::from_millis(1);

/// What each thread does.
#[derive(Debug)]
pub(super) struct Work {
    /// Spans a second; 0: as many as can be.
    rate: f64,
    seconds: f64,
    /// The keys of a span's attributes.
    keys: Vec<String>,
    events: u32,
}

/// What threads did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Produced {
    pub(super) spans: u64,
    /// Time in bursts.
    pub(super) busy: Duration,
}

impl AddAssign for Produced {
    fn add_assign(&mut self, other: Produced) {
        self.spans += other.spans;
        self.busy += other.busy;
    }
}

impl Work {
    pub(super) fn from_args(args: &Args) -> Result<Work, Failure> {
        let attributes = args.number("attributes", 0, 10_000)?.unwrap_or(0);
        Ok(Work {
            rate: args.number("rate", 0.0, 1e9)?.unwrap_or(0.0),
            seconds: args.number("seconds", 0.0, 86_400.0)?.unwrap_or(1.0),
            keys: (0..attributes).map(|n| format!("key.{n}")).collect(),
            events: args.number("events", 0, 10_000)?.unwrap_or(0),
        })
    }

    /// Makes spans until the time is up.
    pub(super) fn produce(&self, tracer: &Tracer) -> Produced {
        let began = Instant::now();
        let mut produced = Produced::default();
        loop {
            let elapsed = began.elapsed().as_secs_f64();
            let over = elapsed >= self.seconds;
            let burst = self.due(elapsed, over, produced.spans);
            if burst > 0 {
                let begins = Instant::now();
                (0..burst).for_each(|_| self.make_span(tracer));
                produced.busy += begins.elapsed();
                produced.spans += burst;
            }
            if over {
                return produced;
            }
            if self.rate > 0.0 {
                thread::sleep(self.pause(elapsed, produced.spans));
            }
        }
    }

    /// How many spans to make now, between two naps.
    fn due(&self, elapsed: f64, over: bool, made: u64) -> u64 {
        if self.rate == 0.0 {
            return if over { 0 } else { BURST };
        }
        let due = (self.rate * elapsed.min(self.seconds)).round() as u64;
        let most = (self.rate * TICK.as_secs_f64() * HURRY).ceil() as u64;
        // At the end only what the last nap left over: a thread that has fallen behind stays so.
        due.saturating_sub(made).min(most)
    }

    /// How long until the next span is due.
    fn pause(&self, elapsed: f64, made: u64) -> Duration {
        let next = (made as f64 + 0.5) / self.rate;
        let wait = next.min(self.seconds) - elapsed;
        Duration::try_from_secs_f64(wait)
            .unwrap_or_default()
            .max(TICK)
    }

    fn make_span(&self, tracer: &Tracer) {
        let mut span = tracer.start("load");
        for (n, key) in self.keys.iter().enumerate() {
            if n % 2 == 0 {
                span.set_attribute(key, n);
            } else {
                span.set_attribute(key, "a value of some length");
            }
        }
        for n in 0..self.events {
            span.add_event("event").attribute("number", n);
        }
    }
}

#[cfg(test)]
mod tests;

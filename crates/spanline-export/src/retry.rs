//! When to send a request again: a pure decision about one attempt.
//!
//! The rules are those that the OpenTelemetry protocol sets for its HTTP transport ("OTLP/HTTP",
//! "Failures" and "Retryable Response Codes"), used for every wire here: statuses 429, 502, 503 and
//! 504 and broken connections are tried again, everything else is final, a certificate that is not
//! believed or a peer that speaks no TLS included; `Retry-After` is obeyed. No wait goes past the
//! deadline. Where one of our own would, half of what is left is waited and the request sent a last
//! time, so that a deadline of about one wait is no matter of luck; one that the peer asked for is not
//! begun, and none of more than five minutes: meanwhile the queue would fill and drop, and trying
//! sooner is what the peer asked not to do. Who waits is the transport.

mod http_date;
pub(crate) mod property;

use http_date::parse_http_date;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

/// With less time left than this, a shorter wait would leave too little of it for an attempt.
const LEAST: Duration = Duration::from_millis(100);

/// How often and how patiently to try.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RetryPolicy {
    /// All attempts, the first included.
    pub(crate) max_attempts: u32,
    /// The wait after the first attempt.
    pub(crate) initial: Duration,
    /// The longest wait of our own; `Retry-After` may ask for more.
    pub(crate) longest: Duration,
    /// The longest wait that a peer may ask for; one that asks for more has refused.
    pub(crate) longest_asked: Duration,
    /// What each wait is multiplied with for the next.
    pub(crate) factor: f64,
}

impl RetryPolicy {
    /// Five attempts with 1, 1.5, 2.25 and 3.375 seconds between them, each give or take a fifth.
    pub(crate) const DEFAULT: RetryPolicy = RetryPolicy {
        max_attempts: 5,
        initial: Duration::from_secs(1),
        longest: Duration::from_secs(5),
        longest_asked: Duration::from_secs(300),
        factor: 1.5,
    };

    /// What to do after attempt number `attempt`, counted from 1.
    ///
    /// `remaining` is the time until the deadline, `None` if there is none. `jitter` lies between 0
    /// and 1 and spreads the waits of many processes that saw the same outage.
    pub(crate) fn decide(
        &self,
        attempt: u32,
        outcome: Outcome,
        remaining: Option<Duration>,
        jitter: f64,
    ) -> Decision {
        if attempt >= self.max_attempts {
            return Decision::GiveUp;
        }
        let left = remaining.unwrap_or(Duration::MAX);
        let (wait, attempt) = match outcome {
            Outcome::Final => return Decision::GiveUp,
            Outcome::Again { after: Some(asked) } if asked > self.longest_asked => {
                return Decision::GiveUp;
            }
            Outcome::Again { after: Some(asked) } => (asked, attempt + 1),
            Outcome::Again { after: None } => match self.backoff(attempt, jitter) {
                wait if wait >= left && left >= LEAST => (left / 2, self.max_attempts),
                wait => (wait, attempt + 1),
            },
        };
        match wait >= left {
            true => Decision::GiveUp,
            false => Decision::Wait { wait, attempt },
        }
    }

    /// The wait after attempt number `attempt`, spread by a fifth to both sides.
    fn backoff(&self, attempt: u32, jitter: f64) -> Duration {
        let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        let grown = self.initial.as_secs_f64() * self.factor.powi(exponent);
        let spread = 0.8 + 0.4 * jitter.clamp(0.0, 1.0);
        Duration::from_secs_f64(grown.min(self.longest.as_secs_f64()) * spread)
    }
}

/// Numbers between 0 and 1 that spread waits (splitmix64).
#[derive(Debug)]
pub(crate) struct Jitter(u64);

impl Jitter {
    /// Different in each process and for each `peer`.
    pub(crate) fn new(peer: &str) -> Jitter {
        Jitter(RandomState::new().hash_one(peer))
    }

    /// The next number.
    pub(crate) fn draw(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// How an attempt that did not succeed ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Trying again cannot help.
    Final,
    /// Trying again may help, and no earlier than the peer asked for.
    Again {
        /// From `Retry-After`.
        after: Option<Duration>,
    },
}

impl Outcome {
    /// What a response says. `retry_after` is the value of that header; one that makes no sense is
    /// as good as none, one in the past means now.
    pub(crate) fn of_status(status: u16, retry_after: Option<&str>, now: SystemTime) -> Outcome {
        match status {
            429 | 502 | 503 | 504 => Outcome::Again {
                after: retry_after.and_then(|text| parse_after(text, now)),
            },
            _ => Outcome::Final,
        }
    }
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Send the same request again.
    Wait {
        /// After this long.
        wait: Duration,
        /// The number of that attempt; that of the last one if there is no time for another.
        attempt: u32,
    },
    /// The attempt was the last.
    GiveUp,
}

/// `Retry-After = HTTP-date / delay-seconds` (RFC 9110, section 10.2.3).
fn parse_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim_matches([' ', '\t']);
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds are a very long wait all the same.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let then = parse_http_date(text, now)?;
    Some(then.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests;

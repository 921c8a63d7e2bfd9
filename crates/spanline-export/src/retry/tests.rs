//! When to try again and when not, decided without a clock.

use super::*;

const POLICY: RetryPolicy = RetryPolicy::DEFAULT;
const AGAIN: Outcome = Outcome::Again { after: None };

fn secs(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// Wait, and then the attempt of this number.
fn wait(seconds: f64, attempt: u32) -> Decision {
    Decision::Wait {
        wait: secs(seconds),
        attempt,
    }
}

#[test]
fn four_statuses_are_tried_again_and_no_other() {
    let now = SystemTime::UNIX_EPOCH;
    for status in 100..600 {
        let expected = match status {
            429 | 502 | 503 | 504 => AGAIN,
            _ => Outcome::Final,
        };
        assert_eq!(Outcome::of_status(status, None, now), expected, "{status}");
    }
}

#[test]
fn retry_after_in_every_form() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777); // 1994-11-06T08:49:37Z
    for (text, after) in [
        ("0", Some(Duration::ZERO)),
        ("3", Some(Duration::from_secs(3))),
        (" 3 ", Some(Duration::from_secs(3))),
        ("1000000000", Some(Duration::from_secs(1_000_000_000))),
        (
            "99999999999999999999999",
            Some(Duration::from_secs(u64::MAX)),
        ),
        (
            "Sun, 06 Nov 1994 08:49:47 GMT",
            Some(Duration::from_secs(10)),
        ),
        ("Sun, 06 Nov 1994 08:49:27 GMT", Some(Duration::ZERO)),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
    ] {
        let expected = Outcome::Again { after };
        assert_eq!(Outcome::of_status(503, Some(text), now), expected, "{text}");
        assert_eq!(
            Outcome::of_status(500, Some(text), now),
            Outcome::Final,
            "{text}"
        );
    }
}

#[test]
fn waits_grow_and_are_spread() {
    for (attempt, seconds) in [(1, 1.0), (2, 1.5), (3, 2.25), (4, 3.375)] {
        for (jitter, spread) in [(0.0, 0.8), (0.5, 1.0), (1.0, 1.2), (7.0, 1.2)] {
            let decision = POLICY.decide(attempt, AGAIN, None, jitter);
            let Decision::Wait {
                wait,
                attempt: next,
            } = decision
            else {
                panic!("attempt {attempt} is not the last")
            };
            assert_eq!(next, attempt + 1);
            let off = wait.as_secs_f64() - seconds * spread;
            assert!(
                off.abs() < 1e-6,
                "attempt {attempt}, jitter {jitter}: {wait:?}"
            );
        }
    }
    let patient = RetryPolicy {
        max_attempts: u32::MAX,
        ..POLICY
    };
    assert_eq!(
        patient.decide(1_000_000, AGAIN, None, 0.5),
        wait(5.0, 1_000_001)
    );
}

#[test]
fn the_last_attempt_and_a_final_answer_end_it() {
    assert_eq!(POLICY.decide(5, AGAIN, None, 0.5), Decision::GiveUp);
    assert_eq!(
        POLICY.decide(1, Outcome::Final, None, 0.5),
        Decision::GiveUp
    );
}

#[test]
fn no_wait_goes_past_the_deadline() {
    for (after, remaining, expected) in [
        (None, 10.0, wait(1.0, 2)),
        (None, 1.001, wait(1.0, 2)),
        (None, 0.0, Decision::GiveUp),
        (Some(3.0), 4.0, wait(3.0, 2)),
        (Some(30.0), 4.0, Decision::GiveUp),
        (Some(4.0), 4.0, Decision::GiveUp),
        (Some(0.0), 4.0, wait(0.0, 2)),
        (Some(0.0), 0.0, Decision::GiveUp),
    ] {
        let outcome = Outcome::Again {
            after: after.map(secs),
        };
        let decision = POLICY.decide(1, outcome, Some(secs(remaining)), 0.5);
        assert_eq!(decision, expected, "after {after:?}, remaining {remaining}");
    }
}

/// A deadline of a second, as shutdowns have it, gets a second attempt whatever the jitter says.
#[test]
fn a_wait_that_does_not_fit_is_halved_for_the_last_attempt() {
    for (attempt, remaining, jitter, expected) in [
        (1, 1.0, 0.0, wait(0.8, 2)),
        (1, 1.0, 0.5, wait(0.5, 5)),
        (1, 1.0, 1.0, wait(0.5, 5)),
        (1, 0.8, 0.0, wait(0.4, 5)),
        (1, 0.1, 0.5, wait(0.05, 5)),
        (1, 0.099, 0.5, Decision::GiveUp),
        (3, 2.0, 0.5, wait(1.0, 5)),
        (4, 3.0, 0.5, wait(1.5, 5)),
        // That was the last attempt, however much time is left.
        (5, 0.5, 0.5, Decision::GiveUp),
    ] {
        let decision = POLICY.decide(attempt, AGAIN, Some(secs(remaining)), jitter);
        assert_eq!(
            decision, expected,
            "attempt {attempt}, {remaining}, {jitter}"
        );
    }
}

#[test]
fn nobody_waits_longer_than_five_minutes() {
    for (after, expected) in [
        (300.0, wait(300.0, 2)),
        (300.001, Decision::GiveUp),
        (1e9, Decision::GiveUp),
    ] {
        for remaining in [None, Some(secs(1e10))] {
            let after = Some(secs(after));
            let outcome = Outcome::Again { after };
            assert_eq!(POLICY.decide(1, outcome, remaining, 0.5), expected);
        }
    }
}

#[test]
fn jitter_lies_between_zero_and_one() {
    let mut jitter = Jitter::new("peer");
    let (mut low, mut high) = (1.0f64, 0.0f64);
    for _ in 0..1000 {
        let drawn = jitter.draw();
        assert!((0.0..1.0).contains(&drawn));
        (low, high) = (low.min(drawn), high.max(drawn));
    }
    assert!(low < 0.1 && high > 0.9, "{low} to {high}");
}

//! The throttle at explicit instants.

use super::DiagnosticKind::*;
use super::*;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn loud_once_then_one_line_in_thirty_seconds_with_the_number_left_out() {
    let mut throttle = Throttle::new();
    let start = Instant::now();
    assert_eq!(throttle.offer(ExportFailed, "a", start), Some(0));
    for n in 0..29 {
        assert_eq!(throttle.offer(ExportFailed, "a", start + n * SECOND), None);
    }
    assert_eq!(throttle.offer(ExportFailed, "a", start + QUIET), Some(29));
    assert_eq!(throttle.offer(ExportFailed, "a", start + QUIET), None);
    assert_eq!(
        throttle.offer(ExportFailed, "a", start + 10 * QUIET),
        Some(1)
    );
}

#[test]
fn kinds_and_components_do_not_silence_each_other() {
    let mut throttle = Throttle::new();
    let now = Instant::now();
    assert_eq!(throttle.offer(ExportFailed, "a", now), Some(0));
    assert_eq!(throttle.offer(ExportFailed, "b", now), Some(0));
    assert_eq!(throttle.offer(Dropped, "a", now), Some(0));
    assert_eq!(throttle.offer(Dropped, "a", now), None);
}

#[test]
fn a_recovery_is_told_and_makes_the_next_failure_loud() {
    let mut throttle = Throttle::new();
    let start = Instant::now();
    assert_eq!(throttle.offer(ExportFailed, "a", start), Some(0));
    assert_eq!(throttle.offer(ExportFailed, "a", start), None);
    assert_eq!(throttle.offer(Recovered, "a", start + SECOND), Some(0));
    assert_eq!(
        throttle.offer(ExportFailed, "a", start + 2 * SECOND),
        Some(0)
    );
}

#[test]
fn something_that_flaps_does_not_flood() {
    let mut throttle = Throttle::new();
    let start = Instant::now();
    let mut lines = 0;
    for n in 0..60 {
        let now = start + n * SECOND / 2;
        let kind = if n % 2 == 0 { ExportFailed } else { Recovered };
        lines += u32::from(throttle.offer(kind, "a", now).is_some());
    }
    assert_eq!(lines, 3, "failed, recovered, failed");
}

#[test]
fn each_bad_setting_is_told() {
    let mut throttle = Throttle::new();
    let now = Instant::now();
    let told = (0..100)
        .filter(|_| throttle.offer(Config, "env", now).is_some())
        .count();
    assert_eq!(told, 64);
}

#[test]
fn memory_is_bounded() {
    let mut throttle = Throttle::new();
    let start = Instant::now();
    let offer = |throttle: &mut Throttle, n: usize, now| {
        throttle.offer(Misuse, &format!("component {n}"), now)
    };
    let told = (0..10_000)
        .filter(|n| offer(&mut throttle, *n, start).is_some())
        .count();
    assert_eq!(told, MAX_GROUPS);
    assert_eq!(throttle.groups.len(), MAX_GROUPS);
    assert_eq!(
        offer(&mut throttle, 20_000, start + QUIET),
        Some(0),
        "old groups make room"
    );
    assert_eq!(throttle.groups.len(), 1);
}

#[test]
fn time_that_goes_backwards_is_no_time() {
    let mut throttle = Throttle::new();
    let later = Instant::now() + QUIET;
    assert_eq!(throttle.offer(Limit, "a", later), Some(0));
    assert_eq!(throttle.offer(Limit, "a", later - SECOND), None);
}

//! Deadlines against instants chosen by the test.

use super::*;

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn never_is_never() {
    assert_eq!(Deadline::NEVER.remaining(), None);
    assert_eq!(Deadline::NEVER.instant(), None);
    assert!(!Deadline::NEVER.has_passed());
    assert_eq!(Deadline::after(Duration::MAX), Deadline::NEVER);
}

#[test]
fn a_passed_deadline_has_nothing_left() {
    let passed = Deadline::at(Instant::now());
    assert!(passed.has_passed());
    assert_eq!(passed.remaining(), Some(Duration::ZERO));
    assert!(Deadline::after(Duration::ZERO).has_passed());
}

#[test]
fn a_future_deadline_has_not_passed() {
    let future = Deadline::from(HOUR);
    assert!(!future.has_passed());
    assert!(future.remaining().unwrap() <= HOUR);
    assert!(future.remaining().unwrap() > HOUR / 2);
}

#[test]
fn the_sooner_of_two() {
    let now = Instant::now();
    let (soon, late) = (Deadline::at(now), Deadline::at(now + HOUR));
    assert_eq!(soon.sooner(late), soon);
    assert_eq!(late.sooner(soon), soon);
    assert_eq!(late.sooner(Deadline::NEVER), late);
    assert_eq!(Deadline::NEVER.sooner(now), soon);
    assert_eq!(Deadline::NEVER.sooner(Deadline::NEVER), Deadline::NEVER);
}

#[test]
fn it_prints_what_is_left() {
    assert_eq!(format!("{:?}", Deadline::NEVER), "Deadline(never)");
    let passed = Deadline::after(Duration::ZERO);
    assert_eq!(format!("{passed:?}"), "Deadline(passed)");
    let far = format!("{:?}", Deadline::after(Duration::from_secs(9_000_000)));
    let seconds = far.strip_prefix("Deadline(in ");
    let seconds = seconds.and_then(|text| text.strip_suffix("s)"));
    let seconds: f64 = seconds.unwrap().parse().unwrap();
    assert!((8_999_000.0..=9_000_000.0).contains(&seconds), "{far}");
}

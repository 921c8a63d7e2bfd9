//! The line from ticks to time on a fake pair of clocks, and the real clock within reason.
//!
//! Spans timed by a clock are in `tests/time_is_told_by_the_clock.rs`.

use super::anchor::TOLERANCE_NANOS;
use super::*;
use std::sync::atomic::AtomicBool;

const DAY: u64 = 86_400_000_000_000;
const START: u64 = 1_700_000_000_000_000_000;

/// A counter and a wall clock that go as told: two ticks take one nanosecond.
struct Fake {
    ticks: u64,
    wall: u64,
}

impl Fake {
    fn pass(&mut self, nanos: u64) {
        self.ticks += 2 * nanos;
        self.wall += nanos;
    }

    fn correct(&self, anchor: &Anchor) -> bool {
        anchor.correct(self.ticks, self.wall)
    }
}

fn fake() -> (Fake, Anchor) {
    let fake = Fake {
        ticks: 123_456_789,
        wall: START,
    };
    let anchor = Anchor::new(fake.ticks, fake.wall, 0.5);
    (fake, anchor)
}

#[test]
fn ticks_become_wall_time() {
    let (mut fake, anchor) = fake();
    for nanos in [0, 1, 999, 1_000_000, DAY, 300 * DAY] {
        fake.pass(nanos);
        assert_eq!(anchor.unix_nanos(fake.ticks), fake.wall);
    }
    assert_eq!(anchor.unix_nanos(123_456_789 - 2000), START - 1000);
}

#[test]
fn slewing_leaves_the_line_alone() {
    let (mut fake, anchor) = fake();
    fake.pass(DAY);
    fake.wall += TOLERANCE_NANOS;
    assert!(!fake.correct(&anchor));
    fake.wall -= 2 * TOLERANCE_NANOS;
    assert!(!fake.correct(&anchor));
    assert_eq!(anchor.unix_nanos(fake.ticks), START + DAY);
}

#[test]
fn a_step_of_the_wall_clock_is_followed() {
    for step in [DAY as i64, -(DAY as i64), 1_000_001, -1_000_001] {
        let (mut fake, anchor) = fake();
        fake.pass(1_000);
        fake.wall = fake.wall.saturating_add_signed(step);
        assert!(fake.correct(&anchor));
        assert!(!fake.correct(&anchor), "once is enough");
        assert_eq!(anchor.unix_nanos(fake.ticks), fake.wall);
        fake.pass(5);
        assert_eq!(anchor.unix_nanos(fake.ticks), fake.wall);
    }
}

#[test]
fn durations_do_not_see_steps() {
    let (mut fake, anchor) = fake();
    let mut state = 7_u64;
    for n in 0..10_000_u64 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(n | 1);
        let (started, length) = (fake.ticks, state >> 40);
        match state % 4 {
            0 => fake.wall += DAY,
            1 => fake.wall -= DAY.min(fake.wall - START / 2),
            _ => {}
        }
        fake.pass(length);
        fake.correct(&anchor);
        let line = anchor.timeline();
        let duration = line.unix_nanos(fake.ticks) - line.unix_nanos(started);
        assert_eq!(duration, length);
        assert_eq!(line.unix_nanos(fake.ticks), anchor.unix_nanos(fake.ticks));
    }
}

#[test]
fn absurd_times_saturate() {
    let anchor = Anchor::new(0, 0, 1.0);
    assert!(anchor.correct(5, u64::MAX));
    assert!(anchor.unix_nanos(5) >= i64::MAX as u64);
    assert!(anchor.correct(u64::MAX, 0));
    assert_eq!(anchor.unix_nanos(0), 0);
}

#[test]
fn the_machine_clock_tells_wall_time_and_goes_on() {
    let clock = TickClock::system();
    let line = clock.refresh();
    let before = Timestamp::now().unix_nanos();
    let ticks = clock.ticks();
    let after = Timestamp::now().unix_nanos();
    let told = clock.unix_nanos(ticks);
    let slack = 20 * TOLERANCE_NANOS; // a busy machine
    assert!(told + slack >= before && told <= after + slack);
    let mut last = ticks;
    for _ in 0..1000 {
        let next = clock.ticks();
        assert!(next >= last);
        last = next;
    }
    assert!(line.unix_nanos(ticks).abs_diff(told) <= TOLERANCE_NANOS);
}

struct Moody {
    panics: AtomicBool,
}

impl Clock for Moody {
    fn unix_nanos(&self) -> u64 {
        assert!(!self.panics.load(Relaxed), "a clock of the program's");
        START
    }
}

#[test]
fn a_panicking_clock_repeats_itself() {
    let moody = Arc::new(Moody {
        panics: AtomicBool::new(true),
    });
    let clock = TickClock::custom(Box::new(Arc::clone(&moody)));
    assert_eq!(clock.ticks(), 0);
    moody.panics.store(false, Relaxed);
    assert_eq!(clock.ticks(), START);
    moody.panics.store(true, Relaxed);
    assert_eq!(clock.ticks(), START);
    assert_eq!(clock.refresh(), Timeline::UNIX);
    assert_eq!(clock.unix_nanos(17), 17);
}

//! The pace, without a clock.

use super::*;

fn work(rate: f64) -> Work {
    Work {
        rate,
        seconds: 2.0,
        keys: Vec::new(),
        events: 0,
    }
}

#[test]
fn a_paced_thread_makes_what_is_due() {
    let work = work(1000.0);
    assert_eq!(work.due(0.0, false, 0), 0);
    assert_eq!(work.due(0.010, false, 9), 1);
    assert_eq!(work.due(0.010, false, 3), 2, "twice the pace, and no burst");
    assert_eq!(work.due(0.010, false, 12), 0);
    assert_eq!(work.due(2.5, true, 1998), 2, "the last ones are made");
    assert_eq!(
        work.due(2.5, true, 100),
        2,
        "a slow thread does not catch up"
    );
    assert!(work.pause(0.010, 10) >= TICK);
    assert!(work.pause(0.0, 100) <= Duration::from_millis(101));
}

#[test]
fn without_a_rate_there_is_no_pause() {
    let work = work(0.0);
    assert_eq!(work.due(1.0, false, 1 << 40), BURST);
    assert_eq!(work.due(2.0, true, 1 << 40), 0);
}

//! Conversions at and beyond the edges.

use super::*;

#[test]
fn every_nanosecond_survives() {
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, 123_456_789);
    let stamp = Timestamp::from(time);
    assert_eq!(stamp.unix_nanos(), 1_700_000_000_123_456_789);
    assert_eq!(SystemTime::from(stamp), time);
    assert_eq!(Timestamp::from_unix_nanos(stamp.unix_nanos()), stamp);
}

#[test]
fn times_out_of_reach_become_the_nearest_one() {
    let before = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    assert_eq!(Timestamp::from(before), Timestamp::UNIX_EPOCH);
    let after = SystemTime::UNIX_EPOCH + Duration::from_secs(20_000_000_000);
    assert_eq!(Timestamp::from(after).unix_nanos(), u64::MAX);
}

#[test]
fn now_is_after_this_was_written() {
    assert!(Timestamp::now().unix_nanos() > 1_750_000_000_000_000_000);
}

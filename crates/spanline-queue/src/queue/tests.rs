//! Sizes: what was asked for, moved to what can be had.
#![cfg(not(loom))]

use super::{Settings, queue};

fn sizes(max_records: usize, max_bytes: usize) -> (usize, usize) {
    let (producer, _consumer) = queue(Settings {
        max_records,
        max_bytes,
    });
    (producer.capacity(), producer.max_record_bytes())
}

#[test]
fn settings_are_kept_or_moved_to_the_nearest_possible() {
    assert_eq!(sizes(0, 0), (1, 64));
    assert_eq!(sizes(1, 1024), (1, 64));
    assert_eq!(sizes(3, 24 << 16), (3, 1 << 16));
    assert_eq!(sizes(2048, 12 << 20), (2048, 1 << 19));
    if !cfg!(miri) {
        assert_eq!(sizes(usize::MAX, usize::MAX), (1 << 20, (8 << 20) - 8));
    }
}

#[test]
fn the_largest_record_is_taken() {
    let (producer, _consumer) = queue(Settings::default());
    let record = vec![1; producer.max_record_bytes()];
    producer.push(&record).unwrap();
}

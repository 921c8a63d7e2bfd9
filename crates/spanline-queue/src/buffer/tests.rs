//! A buffer's edges. What is written and read back is tested through a shard, which alone may.
#![cfg(not(loom))]

use super::Buffer;
use crate::state::{Published, State};

#[test]
fn a_record_takes_whole_words_and_at_least_one() {
    let buffer = Buffer::new(8, 1);
    for length in 0..=64 {
        let record = vec![0; length];
        let place = buffer.place(0, 0, &record).unwrap();
        assert_eq!(place.words(), length.div_ceil(8).max(1));
    }
}

#[test]
fn room_ends_where_words_or_entries_end() {
    let buffer = Buffer::new(4, 2);
    assert_eq!(buffer.max_record(), 32);
    assert!(buffer.place(0, 0, &[0; 32]).is_some());
    assert!(buffer.place(0, 0, &[0; 33]).is_none());
    assert!(buffer.place(1, 0, &[0; 25]).is_none());
    assert!(buffer.place(3, 1, &[0; 8]).is_some());
    assert!(
        buffer.place(4, 1, b"").is_none(),
        "even an empty record takes a word"
    );
    assert!(
        buffer.place(State::MAX_WORDS, 0, b"").is_none(),
        "a sealed shard has no room"
    );
    assert!(buffer.place(0, 2, b"").is_none(), "no third entry");
}

#[test]
fn an_entry_is_published_until_it_is_taken() {
    let buffer = Buffer::new(8, 8);
    assert!((0..9).all(|number| buffer.take_published(number).is_none()));

    buffer.place(3, 2, b"0123456789").unwrap().publish();
    assert_eq!(buffer.take_published(3), None);
    let published = Published {
        offset: 3,
        length: 10,
    };
    assert_eq!(buffer.take_published(2), Some(published));
    assert_eq!(buffer.take_published(2), None);
}

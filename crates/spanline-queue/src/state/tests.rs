//! The packed words: every field keeps to itself, whatever is done to the others.
#![cfg(not(loom))]

use super::{BUFFER, BUFFERS, CLOSED, CREDITS, EPOCH, OFFSET, Published, RECORDS, State};
use proptest::prelude::*;

/// Fields of a state, apart from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parts {
    offset: usize,
    credits: usize,
    records: usize,
    closed: bool,
    buffer: usize,
    epoch: u64,
}

fn parts(state: State) -> Parts {
    Parts {
        offset: state.offset(),
        credits: state.credits(),
        records: state.records(),
        closed: state.is_closed(),
        buffer: state.buffer(),
        epoch: state.epoch(),
    }
}

fn packed(parts: Parts) -> State {
    State::from_bits(
        parts.offset as u64 * OFFSET.one()
            + parts.credits as u64 * CREDITS.one()
            + parts.records as u64 * RECORDS.one()
            + u64::from(parts.closed) * CLOSED.one()
            + parts.buffer as u64 * BUFFER.one()
            + parts.epoch * EPOCH.one(),
    )
}

fn any_parts() -> impl Strategy<Value = Parts> {
    let records = 0..=State::MAX_RECORDS;
    (
        0..=State::MAX_WORDS,
        0..=State::MAX_BLOCK,
        records,
        any::<bool>(),
        0..BUFFERS,
        0..=EPOCH.max(),
    )
        .prop_map(|(offset, credits, records, closed, buffer, epoch)| Parts {
            offset,
            credits,
            records,
            closed,
            buffer,
            epoch,
        })
}

#[test]
fn the_fields_fill_the_word_without_overlap() {
    let mut word = 0;
    for field in [OFFSET, CREDITS, RECORDS, CLOSED, BUFFER, EPOCH] {
        let bits = field.max() * field.one();
        assert_eq!(word & bits, 0);
        word |= bits;
    }
    assert_eq!(word, u64::MAX);
    assert!(State::MAX_BLOCK as u64 <= CREDITS.max());
    assert!(BUFFERS as u64 <= BUFFER.max() + 1);
}

#[test]
fn a_new_shard_is_open_and_empty() {
    let new = State::NEW;
    assert!(new.is_empty() && !new.is_closed());
    assert_eq!((new.credits(), new.records(), new.buffer()), (0, 0, 0));
}

#[test]
fn the_last_flip_wraps_into_nothing() {
    let last = packed(Parts {
        offset: 1,
        credits: 32,
        records: 1,
        closed: true,
        buffer: 0,
        epoch: EPOCH.max(),
    });
    let next = parts(last.flipped(2));
    assert_eq!(
        next,
        Parts {
            offset: 0,
            credits: 32,
            records: 0,
            closed: true,
            buffer: 2,
            epoch: 0
        }
    );
}

#[test]
fn an_empty_record_at_the_front_is_not_mistaken_for_none() {
    let empty = Published {
        offset: 0,
        length: 0,
    };
    assert_ne!(empty.to_bits(), Published::NOT_YET);
    assert_eq!(Published::from_bits(empty.to_bits()), Some(empty));
    assert_eq!(Published::from_bits(Published::NOT_YET), None);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 8 } else { 512 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_part_comes_back(original in any_parts()) {
        prop_assert_eq!(parts(packed(original)), original);
        prop_assert_eq!(packed(original).is_empty(), original.offset == 0);
    }

    #[test]
    fn a_reservation_moves_three_parts(
        original in any_parts(),
        words in 1..=State::MAX_WORDS / 2,
        brought in 1..=State::MAX_BLOCK / 2,
    ) {
        // Whatever leaves room for it.
        let original = Parts {
            offset: original.offset / 2,
            credits: original.credits / 2,
            records: original.records.min(State::MAX_RECORDS - 1),
            ..original
        };
        let expected = Parts {
            offset: original.offset + words,
            credits: original.credits + brought - 1,
            records: original.records + 1,
            ..original
        };
        prop_assert_eq!(parts(packed(original).reserved(words, brought)), expected);
    }

    #[test]
    fn a_flip_empties_and_turns(original in any_parts(), buffer in 0..BUFFERS) {
        let epoch = (original.epoch + 1) % (EPOCH.max() + 1);
        let expected = Parts { offset: 0, records: 0, buffer, epoch, ..original };
        prop_assert_eq!(parts(packed(original).flipped(buffer)), expected);
    }

    #[test]
    fn a_sealed_shard_has_no_room_and_keeps_its_count(original in any_parts()) {
        let expected = Parts { offset: State::MAX_WORDS, credits: 0, ..original };
        prop_assert_eq!(parts(packed(original).sealed()), expected);
        let without = Parts { credits: 0, ..original };
        prop_assert_eq!(parts(packed(original).without_credits()), without);
    }

    #[test]
    fn closing_takes_the_credits_and_nothing_else(original in any_parts()) {
        let open = Parts { closed: false, ..original };
        let closed = packed(open).closed();
        prop_assert_eq!(parts(closed), Parts { closed: true, credits: 0, ..open });
    }

    #[test]
    fn a_published_place_comes_back(
        offset in 0..=State::MAX_WORDS,
        length in 0..=State::MAX_WORDS * 8,
    ) {
        let published = Published { offset, length };
        prop_assert_eq!(Published::from_bits(published.to_bits()), Some(published));
    }
}

//! All shards together, on one thread: where a record goes, and why it is refused.
#![cfg(not(loom))]

use super::{Readers, Refused, Shards};
use crate::state::State;
use crate::sync::SHARDS;

/// Shards of eight words per buffer: one record of 64 bytes each.
fn shards(capacity: usize) -> (Shards, Readers) {
    Shards::new(capacity, 8)
}

fn push(shards: &Shards, home: usize, record: &[u8]) -> Result<(), Refused> {
    match shards.push_home(home, record) {
        Ok(()) => Ok(()),
        Err(found) => shards.push_anywhere(home, found, record).map(|_| ()),
    }
}

/// All of them, or those that do not take Miri minutes.
fn capacities<const N: usize>(all: [usize; N]) -> impl Iterator<Item = usize> {
    all.into_iter()
        .filter(|&capacity| !cfg!(miri) || capacity <= 65)
}

#[test]
fn the_bound_is_exact_for_every_capacity_and_any_homes() {
    for capacity in capacities([1, 2, 3, 10, 63, 64, 65, 1000, 2048]) {
        for homes in [1, 3, SHARDS] {
            let (shards, _) = Shards::new(capacity, 4096);
            for n in 0..capacity {
                assert_eq!(push(&shards, n % homes, b"x"), Ok(()), "{n} of {capacity}");
                assert_eq!(shards.waiting().queued, n + 1);
            }
            for home in 0..SHARDS {
                assert_eq!(push(&shards, home, b"x"), Err(Refused::Full));
            }
            assert_eq!(shards.waiting().queued, capacity);
        }
    }
}

#[test]
fn one_shard_has_an_index_for_all_that_is_queued_or_claimed() {
    for capacity in capacities([1, 4, 64, 1000, 2048]) {
        let (shards, _) = Shards::new(capacity, 4096);
        shards.credits.claim(capacity);
        let fill = (0..2 * capacity).filter(|_| push(&shards, 0, b"x").is_ok());
        let most = capacity + capacity / 4;
        assert_eq!(fill.count(), most);
        let home = shards.shard(0).snapshot();
        assert_eq!(home.records(), most, "all in one shard");
    }
}

#[test]
fn a_full_home_sends_records_to_all_others() {
    let (shards, _) = shards(2048);
    for _ in 0..SHARDS {
        push(&shards, 3, &[0; 64]).unwrap();
    }
    assert!(shards.iter().all(|shard| shard.snapshot().records() == 1));
    assert_eq!(push(&shards, 3, b""), Err(Refused::Bytes));
    assert_eq!(shards.waiting().queued, SHARDS);
}

#[test]
fn a_shard_without_room_hoards_no_credits() {
    // Room for 64 bytes per shard, credits in blocks: every shard that fills up gives its own back.
    let (shards, _) = shards(256);
    for home in 0..SHARDS {
        push(&shards, home, &[0; 57]).unwrap();
    }
    assert_eq!(push(&shards, 0, b""), Err(Refused::Bytes));
    assert_eq!(shards.credits.free(), 256 - SHARDS);
}

#[test]
fn credits_given_back_during_the_search_are_found_by_it() {
    // All credits lie in the last shard, which has no room; the first has room and no credit.
    let (shards, _) = shards(32 * SHARDS);
    push(&shards, SHARDS - 1, &[0; 64]).unwrap();
    let mut taken = 0;
    while let Some(block) = shards.credits.take() {
        taken += block.credits;
    }
    let unused = shards.shard(SHARDS - 1).snapshot().credits();
    assert_eq!(taken + 1 + unused, 32 * SHARDS);
    for _ in 0..unused {
        push(&shards, 0, b"").unwrap();
    }
    assert_eq!(push(&shards, 0, b""), Err(Refused::Full));
}

#[test]
fn reasons_come_in_order_of_how_long_they_last() {
    let (shards, _) = shards(1);
    assert_eq!(shards.max_record(), 64);
    assert_eq!(push(&shards, 0, &[0; 65]), Err(Refused::TooLarge));
    push(&shards, 0, b"").unwrap();
    assert_eq!(push(&shards, 0, &[0; 65]), Err(Refused::TooLarge));
    assert_eq!(push(&shards, 0, &[0; 64]), Err(Refused::Full));
    shards.close();
    assert_eq!(push(&shards, 0, &[0; 65]), Err(Refused::Closed));
    assert_eq!(push(&shards, 5, b""), Err(Refused::Closed));
}

#[test]
fn closed_means_every_shard() {
    let (shards, _) = shards(1);
    shards.shard(0).close(&shards.credits);
    assert!(!shards.is_closed());
    shards.close();
    assert!(shards.is_closed());
}

#[test]
fn the_index_is_never_longer_than_a_state_word_can_count() {
    let (shards, _) = Shards::new(1 << 20, 8);
    assert_eq!(shards.credits.capacity(), 1 << 20);
    assert!(shards.credits.capacity() > State::MAX_RECORDS);
}

#[test]
fn refusals_explain_themselves() {
    for refused in [
        Refused::Full,
        Refused::Bytes,
        Refused::TooLarge,
        Refused::Closed,
    ] {
        let text = refused.to_string();
        assert!(text.starts_with("the ") && !text.ends_with('.'), "{text}");
    }
}

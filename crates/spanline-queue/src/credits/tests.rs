//! The bound: credits are conserved, and a remembered refusal lasts exactly as long as it is true.
#![cfg(not(loom))]

use super::{Credits, Level};
use crate::state::State;
use crate::sync::SHARDS;

/// Takes until nothing is left; the sizes of the blocks.
fn take_all(credits: &Credits) -> Vec<usize> {
    std::iter::from_fn(|| credits.take())
        .map(|block| block.credits)
        .collect()
}

#[test]
fn every_capacity_can_be_taken_to_the_last_credit() {
    for capacity in [1, 2, 3, 10, 63, 64, 65, 1000, 2048] {
        let credits = Credits::new(capacity);
        let blocks = take_all(&credits);
        assert_eq!(blocks.iter().sum::<usize>(), capacity);
        assert_eq!(credits.free(), 0);
        assert!(credits.take().is_none());
        credits.give(1);
        assert_eq!(take_all(&credits), [1]);
    }
}

#[test]
fn what_shards_may_hoard_is_a_quarter() {
    for capacity in 1..4000 {
        let credits = Credits::new(capacity);
        let block = credits.take().unwrap().credits;
        assert!((1..=State::MAX_BLOCK).contains(&block));
        // A shard uses one credit of a block at once, so a block of one leaves none behind.
        assert!((block - 1) * SHARDS <= capacity / 4);
    }
}

#[test]
fn the_level_is_high_from_three_quarters_on() {
    let credits = Credits::new(1024);
    let mut taken = 0;
    while let Some(block) = credits.take() {
        taken += block.credits;
        assert_eq!(block.level == Level::High, taken >= 768, "after {taken}");
    }
}

#[test]
fn a_refusal_is_remembered_until_credits_appear() {
    let credits = Credits::new(1);
    assert!(!credits.known_full(credits.releases()));

    let releases = credits.releases();
    credits.remember_full(releases);
    assert!(credits.known_full(credits.releases()));

    credits.give(0);
    assert!(credits.known_full(credits.releases()), "nothing was given");
    credits.give(1);
    assert!(!credits.known_full(credits.releases()));

    // Remembering what was true before the release changes nothing.
    credits.remember_full(releases);
    assert!(!credits.known_full(credits.releases()));
}

#[test]
fn claims_are_credits_beyond_the_capacity() {
    let credits = Credits::new(64);
    credits.claim(10);
    credits.claim(10);
    assert_eq!((credits.free(), credits.claimed()), (74, 10));
    credits.claim(1000);
    assert_eq!((credits.free(), credits.claimed()), (80, 16), "a quarter");
    assert_eq!(take_all(&credits).iter().sum::<usize>(), 80);
    // The claimed ones come first, and their credits end with them.
    credits.give_for(6);
    assert_eq!((credits.free(), credits.claimed()), (0, 10));
    credits.give_for(20);
    assert_eq!((credits.free(), credits.claimed()), (10, 0));
}

#[test]
fn the_level_counts_claimed_records_too() {
    let credits = Credits::new(1024);
    credits.claim(256);
    credits.wake_at(200);
    let mut taken = 0;
    while let Some(block) = credits.take() {
        taken += block.credits;
        assert_eq!(block.level == Level::High, taken >= 200, "after {taken}");
    }
    assert_eq!(taken, 1280);
}

//! One shard, step by step. A producer that was interrupted is played by a reservation that is
//! committed later, or never.
#![cfg(not(loom))]

use super::{Entry, Held, Miss, Reader, Reserved, Shard};
use crate::credits::Credits;
use crate::state::State;
use crate::sync::guess;

/// A shard of 8 words and 4 entries per buffer.
fn shard() -> (Shard, Reader) {
    Shard::new(8, 4)
}

fn push(shard: &Shard, credits: &Credits, record: &[u8]) -> Result<(), Miss> {
    match shard.push(record) {
        Ok(()) => Ok(()),
        Err(found) => shard.push_with_block(found, record, credits).map(|_| ()),
    }
}

/// A push that stops between its reservation and its commit.
fn interrupted<'a>(shard: &'a Shard, credits: &Credits, record: &'a [u8]) -> Reserved<'a> {
    let state = State::from_bits(guess(&shard.state));
    let brought = if state.credits() == 0 {
        credits.take().unwrap().credits
    } else {
        0
    };
    let place = shard.place(state, record).unwrap();
    let Ok(reserved) = shard.reserve(state, place, brought) else {
        unreachable!("nobody else")
    };
    reserved
}

fn collect(shard: &Shard, reader: &mut Reader) -> Vec<Entry> {
    collect_at_most(shard, reader, 100)
}

fn collect_at_most(shard: &Shard, reader: &mut Reader, max: usize) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut held = Held::default();
    shard.collect(reader, 0, &mut entries, &mut held, max);
    assert_eq!(held, count(&entries));
    entries
}

/// How many of the entries lie in each buffer.
fn count(entries: &[Entry]) -> Held {
    let mut held = Held::default();
    for entry in entries {
        held[usize::from(entry.buffer)] += 1;
    }
    held
}

fn read(shard: &Shard, reader: &Reader, entries: &[Entry]) -> Vec<Vec<u8>> {
    let bytes = entries.iter().map(|entry| shard.bytes(reader, entry));
    bytes.map(<[u8]>::to_vec).collect()
}

/// Collects, reads, returns the credits and releases.
fn round(shard: &Shard, reader: &mut Reader, credits: &Credits) -> Vec<Vec<u8>> {
    let entries = collect(shard, reader);
    let records = read(shard, reader, &entries);
    credits.give(entries.len());
    shard.release(count(&entries));
    records
}

/// All credits there are, wherever they lie.
fn conserved(shard: &Shard, reader: &Reader, credits: &Credits) -> usize {
    credits.free() + shard.snapshot().credits() + shard.left(reader)
}

#[test]
fn many_flips_keep_order_and_count() {
    let (shard, mut reader) = shard();
    let credits = Credits::new(3);
    for turn in 0..if cfg!(miri) { 20 } else { 1000 } {
        let records: Vec<Vec<u8>> = (0..turn % 4).map(|n| vec![n as u8; turn % 17]).collect();
        for record in &records {
            push(&shard, &credits, record).unwrap();
        }
        assert_eq!(shard.left(&reader), records.len());
        assert_eq!(conserved(&shard, &reader, &credits), 3);
        assert_eq!(round(&shard, &mut reader, &credits), records);
        assert!(shard.looks_empty(&reader));
    }
}

#[test]
fn records_of_every_length_come_back_at_a_word() {
    let (shard, mut reader) = Shard::new(32, 4);
    let credits = Credits::new(4);
    for length in 0..=100 {
        let record: Vec<u8> = (0..length).collect();
        push(&shard, &credits, b"a neighbour").unwrap();
        push(&shard, &credits, &record).unwrap();
        push(&shard, &credits, b"another").unwrap();
        let entries = collect(&shard, &mut reader);
        let bytes: Vec<&[u8]> = entries
            .iter()
            .map(|entry| shard.bytes(&reader, entry))
            .collect();
        assert_eq!(bytes, [&b"a neighbour"[..], &record, b"another"]);
        assert!(
            bytes
                .iter()
                .all(|bytes| bytes.as_ptr().align_offset(8) == 0)
        );
        credits.give(entries.len());
        shard.release(count(&entries));
    }
}

#[test]
fn without_credit_or_room_the_reason_says_which() {
    let (shard, reader) = shard();
    let credits = Credits::new(2);
    push(&shard, &credits, &[1; 56]).unwrap();
    assert_eq!(
        push(&shard, &credits, &[2; 9]),
        Err(Miss::NoRoom),
        "one word is left"
    );
    push(&shard, &credits, &[2; 8]).unwrap();
    assert_eq!(push(&shard, &credits, b""), Err(Miss::NoRoom));
    assert_eq!(conserved(&shard, &reader, &credits), 2);

    let (shard, reader) = self::shard();
    let credits = Credits::new(1);
    push(&shard, &credits, b"").unwrap();
    assert_eq!(push(&shard, &credits, b""), Err(Miss::NoCredit));
    assert_eq!(conserved(&shard, &reader, &credits), 1);
}

#[test]
fn a_shard_without_room_keeps_no_credits() {
    let (shard, _reader) = shard();
    let credits = Credits::new(2048);
    push(&shard, &credits, &[0; 64]).unwrap();
    assert_eq!(shard.snapshot().credits(), 31);
    assert_eq!(push(&shard, &credits, b""), Err(Miss::NoRoom));
    assert_eq!((shard.snapshot().credits(), credits.free()), (0, 2047));
}

#[test]
fn the_index_ends_before_the_words_do() {
    let (shard, mut reader) = shard();
    let credits = Credits::new(2048);
    for _ in 0..4 {
        push(&shard, &credits, b"").unwrap();
    }
    assert_eq!(push(&shard, &credits, b""), Err(Miss::NoRoom));
    assert_eq!(round(&shard, &mut reader, &credits).len(), 4);
}

#[test]
fn closing_refuses_and_keeps_what_is_in() {
    let (shard, mut reader) = shard();
    let credits = Credits::new(4);
    push(&shard, &credits, b"in").unwrap();
    shard.close(&credits);
    assert_eq!(credits.free(), 3);
    shard.close(&credits);
    assert_eq!(credits.free(), 3);
    assert_eq!(push(&shard, &credits, b"late"), Err(Miss::Closed));
    assert_eq!(round(&shard, &mut reader, &credits), [b"in"]);
    assert_eq!(push(&shard, &credits, b"after the flip"), Err(Miss::Closed));
    assert_eq!(conserved(&shard, &reader, &credits), 4);
}

#[test]
fn a_buffer_with_entries_in_hand_is_not_given_back() {
    let (shard, mut reader) = shard();
    let credits = Credits::new(8);
    push(&shard, &credits, b"in hand").unwrap();
    let first = collect(&shard, &mut reader);
    push(&shard, &credits, &[1; 64]).unwrap();
    let second = collect(&shard, &mut reader);
    push(&shard, &credits, &[2; 64]).unwrap();
    assert!(collect(&shard, &mut reader).is_empty());
    assert_eq!(push(&shard, &credits, b"no room"), Err(Miss::NoRoom));
    assert_eq!(read(&shard, &reader, &first), [b"in hand"]);
    assert_eq!(read(&shard, &reader, &second), [[1; 64]]);
    shard.release(count(&first));
    assert_eq!(round(&shard, &mut reader, &credits), [[2; 64]]);
    assert_eq!(read(&shard, &reader, &second), [[1; 64]]);
}

#[test]
fn a_batch_goes_on_in_the_next_buffer() {
    let (shard, mut reader) = shard();
    let credits = Credits::new(8);
    for record in [b"a", b"b", b"c"] {
        push(&shard, &credits, record).unwrap();
    }
    let first = collect_at_most(&shard, &mut reader, 2);
    assert_eq!((first.len(), shard.left(&reader)), (2, 1));
    for record in [b"d", b"e"] {
        push(&shard, &credits, record).unwrap();
    }
    let second = collect_at_most(&shard, &mut reader, 2);
    assert_eq!(read(&shard, &reader, &first), [b"a", b"b"]);
    assert_eq!(read(&shard, &reader, &second), [b"c", b"d"]);
    shard.release(count(&first));
    shard.release(count(&second));
    assert_eq!(round(&shard, &mut reader, &credits), [b"e"]);
}

#[test]
fn a_full_batch_leaves_the_next_buffer_to_producers() {
    let (shard, mut reader) = shard();
    let credits = Credits::new(8);
    for record in [b"a", b"b"] {
        push(&shard, &credits, record).unwrap();
    }
    let epoch = shard.snapshot().epoch();
    let first = collect_at_most(&shard, &mut reader, 1);
    push(&shard, &credits, b"c").unwrap();
    let second = collect_at_most(&shard, &mut reader, 1);
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_eq!(shard.snapshot().epoch(), epoch + 1);
}

#[test]
fn an_uncommitted_record_stops_the_reading_and_nothing_else() {
    let (shard, mut reader) = shard();
    let credits = Credits::new(8);
    push(&shard, &credits, b"before").unwrap();
    let slow = interrupted(&shard, &credits, b"slow");
    push(&shard, &credits, b"behind").unwrap();
    assert_eq!(round(&shard, &mut reader, &credits), [b"before"]);
    assert!(reader.has_left() && !shard.looks_empty(&reader));
    push(&shard, &credits, b"next buffer").unwrap();
    assert!(round(&shard, &mut reader, &credits).is_empty());
    slow.commit();
    assert_eq!(
        round(&shard, &mut reader, &credits),
        [&b"slow"[..], b"behind", b"next buffer"]
    );
    assert_eq!(conserved(&shard, &reader, &credits), 8);
}

#[test]
fn positions_count_every_record_once() {
    let (shard, mut reader) = shard();
    let credits = Credits::new(8);
    push(&shard, &credits, b"1").unwrap();
    push(&shard, &credits, b"2").unwrap();
    assert_eq!((shard.reserved(&reader), reader.passed()), (2, 0));
    let slow = interrupted(&shard, &credits, b"3");
    round(&shard, &mut reader, &credits);
    assert_eq!((shard.reserved(&reader), reader.passed()), (3, 2));
    push(&shard, &credits, b"4").unwrap();
    assert_eq!(shard.abandon(&mut reader, &credits), 2);
    assert_eq!((shard.reserved(&reader), reader.passed()), (4, 4));
    slow.commit();
    round(&shard, &mut reader, &credits);
    assert_eq!((shard.reserved(&reader), reader.passed()), (4, 4));
}

#[test]
fn abandoning_makes_room_at_once_where_nobody_is_at_work() {
    let (shard, mut reader) = shard();
    let credits = Credits::new(8);
    push(&shard, &credits, &[1; 64]).unwrap();
    let first = collect(&shard, &mut reader);
    push(&shard, &credits, &[2; 64]).unwrap();
    let second = collect(&shard, &mut reader);
    push(&shard, &credits, &[3; 64]).unwrap();
    // The buffer behind the two in hand cannot be flipped; its record is gone all the same.
    assert_eq!(shard.abandon(&mut reader, &credits), 1);
    assert_eq!(shard.abandon(&mut reader, &credits), 0);
    assert!(shard.looks_empty(&reader));
    assert_eq!(push(&shard, &credits, b""), Err(Miss::NoRoom));
    for (batch, record) in [(first, [1; 64]), (second, [2; 64])] {
        assert_eq!(read(&shard, &reader, &batch), [record], "in hand");
        credits.give(batch.len());
        shard.release(count(&batch));
    }
    assert!(round(&shard, &mut reader, &credits).is_empty());
    push(&shard, &credits, &[4; 64]).unwrap();
    push(&shard, &credits, &[5; 64]).unwrap_err();
    assert_eq!(round(&shard, &mut reader, &credits), [[4; 64]]);
    assert_eq!(conserved(&shard, &reader, &credits), 8);
}

#[test]
fn abandoning_with_a_buffer_to_spare_leaves_room() {
    let (shard, mut reader) = shard();
    let credits = Credits::new(8);
    push(&shard, &credits, &[1; 64]).unwrap();
    let held = collect(&shard, &mut reader);
    push(&shard, &credits, &[2; 64]).unwrap();
    assert_eq!(shard.abandon(&mut reader, &credits), 1);
    push(&shard, &credits, &[3; 64]).unwrap();
    assert_eq!(read(&shard, &reader, &held), [[1; 64]], "stays");
    assert_eq!(round(&shard, &mut reader, &credits), [[3; 64]]);
}

#[test]
fn a_producer_that_never_returns_costs_its_shard_only() {
    let (shard, mut reader) = shard();
    let credits = Credits::new(8);
    let _gone = interrupted(&shard, &credits, b"never committed");
    push(&shard, &credits, b"behind it").unwrap();
    assert_eq!(shard.abandon(&mut reader, &credits), 2);
    assert_eq!(
        push(&shard, &credits, b""),
        Err(Miss::NoRoom),
        "sealed: go elsewhere"
    );
    assert!(
        shard.looks_empty(&reader),
        "nothing that could ever be brought"
    );
    assert_eq!(conserved(&shard, &reader, &credits), 8);
}

#[test]
fn a_sealed_shard_opens_when_its_producer_returns() {
    let (shard, mut reader) = shard();
    let credits = Credits::new(8);
    let slow = interrupted(&shard, &credits, b"slow");
    assert!(collect(&shard, &mut reader).is_empty());
    push(&shard, &credits, b"in the other buffer").unwrap();
    assert_eq!(shard.abandon(&mut reader, &credits), 2);
    assert_eq!(push(&shard, &credits, b""), Err(Miss::NoRoom));
    slow.commit();
    assert!(
        collect(&shard, &mut reader).is_empty(),
        "both were given up"
    );
    push(&shard, &credits, b"new").unwrap();
    assert_eq!(round(&shard, &mut reader, &credits), [b"new"]);
    assert_eq!(conserved(&shard, &reader, &credits), 8);
}

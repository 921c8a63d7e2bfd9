//! Varints against a byte-by-byte definition, and lengths that were guessed wrong.

use super::*;
use crate::fixture;

#[test]
fn varints_of_every_width_are_those_of_the_definition() {
    let edges = (0..64).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1 << bit) + 1]);
    for number in edges.chain([u64::MAX, u64::MAX - 1, 0x5555_5555_5555_5555]) {
        let mut out = Buffer::new();
        out.write(10, |to| put_varint(to, number));
        assert_eq!(out.as_bytes(), fixture::varint(number), "{number:#x}");
        assert_eq!(
            varint_len(number),
            fixture::varint(number).len(),
            "{number:#x}"
        );
    }
}

#[test]
fn a_message_has_the_shortest_length_whatever_was_guessed() {
    let sizes = [0, 1, 127, 128, 129, 16_383, 16_384, 2_097_151, 2_097_152];
    for length in sizes {
        for guess in sizes {
            let content = vec![7; length];
            let mut out = Buffer::new();
            out.push(b"before");
            out.write(0, |to| {
                put_message(to, 0x0A, guess, |to| to.put_bytes(&content));
            });
            let expected = [b"before\x0A", &*fixture::varint(length as u64), &*content].concat();
            assert!(
                out.as_bytes() == expected,
                "{length} bytes, guessed {guess}"
            );
        }
    }
}

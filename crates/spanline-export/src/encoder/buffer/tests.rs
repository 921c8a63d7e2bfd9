//! The byte writer: what is pushed is what is there.

use super::*;

#[test]
fn every_length_is_copied_whole() {
    let source: Vec<u8> = (1..=100).collect();
    for length in 0..=source.len() {
        let mut buffer = Buffer::new();
        buffer.push(b"<");
        buffer.push(&source[..length]);
        buffer.push_array(*b">");
        let mut expected = vec![b'<'];
        expected.extend_from_slice(&source[..length]);
        expected.push(b'>');
        assert_eq!(buffer.as_bytes(), expected, "length {length}");
    }
}

#[test]
fn rewinding_keeps_the_memory_and_forgets_the_bytes() {
    let mut buffer = Buffer::new();
    buffer.push(b"one two");
    buffer.truncate(3);
    buffer.push(b"!");
    assert_eq!(buffer.as_bytes(), b"one!");
    buffer.truncate(100);
    assert_eq!(buffer.len(), 4);
    buffer.shrink_above(0);
    assert!(buffer.is_empty());
}

#[test]
fn patches_stay_inside_what_was_written() {
    let mut buffer = Buffer::new();
    buffer.push(b"....");
    buffer.patch(1, *b"ab");
    buffer.patch(3, *b"cd");
    assert_eq!(buffer.as_bytes(), b".ab.");
}

#[test]
fn a_cursor_writes_pieces_and_nothing_beyond_its_room() {
    let mut buffer = Buffer::new();
    let mut cursor = buffer.cursor(7);
    cursor.put(*b"ab");
    cursor.put_bytes(b"cde");
    cursor.put(*b"fgh");
    assert_eq!(buffer.as_bytes(), b"abcde\0\0");
}

#[test]
fn what_is_written_is_as_long_as_what_was_put() {
    let mut buffer = Buffer::new();
    buffer.push(b"<");
    let mut to = buffer.room(100);
    to.put(*b"ab");
    to.put_first(*b"cdefg", 2);
    to.put_bytes(b"e");
    drop(to);
    drop(buffer.room(5));
    buffer.push(b">");
    assert_eq!(buffer.as_bytes(), b"<abcde>");
}

#[test]
fn a_piece_is_replaced_by_a_longer_or_a_shorter_one() {
    for (at, old, new, expected) in [
        (1, 2, "xyz", "axyzd"),
        (1, 2, "x", "axd"),
        (0, 0, "12", "12abcd"),
        (4, 0, "!", "abcd!"),
        (0, 4, "", ""),
        (3, 2, "behind the end", "abcd"),
    ] {
        let mut buffer = Buffer::new();
        buffer.push(b"abcd");
        buffer.replace(at, old, new.as_bytes());
        assert_eq!(buffer.as_bytes(), expected.as_bytes(), "{at} {old} {new}");
    }
    let mut buffer = Buffer::new();
    buffer.push(&[b'x'; FIRST_BYTES]);
    buffer.replace(0, 0, b"grown");
    assert_eq!(buffer.len(), FIRST_BYTES + 5);
}

#[test]
fn what_was_written_last_is_brought_forward() {
    for (to, from, expected) in [
        (1, 3, "adbc"),
        (0, 2, "cdab"),
        (2, 4, "abcd"),
        (3, 1, "abcd"),
    ] {
        let mut buffer = Buffer::new();
        buffer.push(b"abcd");
        buffer.bring_forward(to, from);
        assert_eq!(buffer.as_bytes(), expected.as_bytes(), "{from} to {to}");
    }
}

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

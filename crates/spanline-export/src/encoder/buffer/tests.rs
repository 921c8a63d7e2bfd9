//! The byte writer: what is pushed is what is there.

use super::*;

#[test]
fn every_length_is_copied_whole() {
    let source: Vec<u8> = (1..=100).collect();
    for length in 0..=source.len() {
        let mut buffer = Buffer::new();
        buffer.push(b"<");
        buffer.push(&source[..length]);
        buffer.push(b">");
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
fn what_is_written_is_as_long_as_what_was_put() {
    let mut buffer = Buffer::new();
    buffer.push(b"<");
    let told = buffer.write(100, |to| {
        to.put(*b"ab");
        to.put_first(*b"cdefg", 2);
        to.put_bytes(b"e");
        to.rarely(|to| to.put(*b"f"));
        to.apart(|to| to.put(*b"g"));
        "told"
    });
    buffer.write(5, |_| ());
    buffer.push(b">");
    assert_eq!((told, buffer.as_bytes()), ("told", &b"<abcdefg>"[..]));
}

#[test]
fn a_cursor_that_lacks_room_is_full() {
    let mut memory = [0; 4];
    let mut to = Cursor::new(&mut memory);
    assert!(!to.lacks(4));
    to.put(*b"a");
    assert!(to.lacks(4));
    to.put(*b"b");
    assert_eq!((to.left(), memory), (0, *b"a\0\0\0"));
}

#[test]
fn whatever_the_guess_all_of_it_is_written() {
    for length in (0..600).chain([5_000, 70_000]) {
        let source: Vec<u8> = (0..length).map(|n| n as u8).collect();
        let mut attempts = 0;
        let mut buffer = Buffer::new();
        buffer.push(b"<");
        buffer.write(length / 3, |to| {
            attempts += 1;
            let (head, rest) = source.split_at(length / 2);
            to.put_bytes(head);
            to.put_bytes(rest);
        });
        buffer.push(b">");
        assert_eq!(buffer.as_bytes(), [b"<", &*source, b">"].concat());
        assert!(attempts < 10, "{attempts} attempts for {length} bytes");
    }
}

#[test]
fn a_full_cursor_stays_full() {
    let mut memory = [0; 7];
    let mut to = Cursor::new(&mut memory);
    to.put_bytes(b"abcde");
    assert_eq!(to.left(), 2);
    to.put(*b"fgh");
    assert_eq!(to.left(), 0);
    to.put(*b"i");
    to.skip(1);
    assert_eq!(to.ahead(0, |to| to.put(*b"j")), (0, ()));
    assert_eq!((to.left(), &memory), (0, b"abcde\0\0"));
}

#[test]
fn a_head_is_put_when_what_stands_behind_it_is_written() {
    for (room, head) in [(1, "h"), (1, "head"), (4, "h"), (0, ""), (3, "")] {
        let mut buffer = Buffer::new();
        buffer.write(0, |to| {
            to.put(*b"<");
            let (length, told) = to.ahead(room, |to| {
                to.put(*b"behind");
                "told"
            });
            assert_eq!(told, "told");
            if room == head.len() {
                to.put_bytes(head.as_bytes());
            } else {
                *to = std::mem::take(to).put_head(head.as_bytes(), room, length);
            }
            assert!(to.left() == 0 || to.peek(length) == b"behind");
            to.skip(length);
            to.put(*b">");
        });
        assert_eq!(buffer.as_bytes(), format!("<{head}behind>").as_bytes());
    }
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

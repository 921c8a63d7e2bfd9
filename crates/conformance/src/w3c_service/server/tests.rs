//! Requests in any number of pieces, and what is no request.

use super::*;

/// What is read from these bytes if they come in pieces of `size`.
fn in_pieces(bytes: &[u8], size: usize) -> Result<Request, Refusal> {
    let mut pieces = bytes.chunks(size);
    read(|buffer| {
        let piece = pieces.next().unwrap_or_default();
        buffer[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    })
}

#[test]
fn pieces_make_a_request() {
    let bytes = b"POST /test HTTP/1.1\r\nA: 1\r\na: 2\r\nContent-Length: 4\r\n\r\nbodymore";
    for size in [1, 7, 8192] {
        let request = in_pieces(bytes, size).unwrap();
        assert_eq!((&*request.method, &*request.path), ("POST", "/test"));
        assert_eq!(request.body, b"body");
        let headers: Vec<_> = request
            .headers
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        assert_eq!(headers, [("A", "1"), ("a", "2"), ("Content-Length", "4")]);
    }
}

#[test]
fn what_is_no_request_is_refused() {
    let long = [b"GET / HTTP/1.1\r\na: ".to_vec(), vec![b'x'; MAX_HEAD + 1]].concat();
    let many = [
        "GET / HTTP/1.1\r\n",
        &"a: 1\r\n".repeat(MAX_HEADERS + 1),
        "\r\n",
    ]
    .concat();
    for (bytes, refusal) in [
        (&b""[..], Refusal::Gone),
        (b"POST /test HTTP/1.1\r\n", Refusal::Gone),
        (
            b"GET / HTTP/1.1\r\ncontent-length: 5\r\n\r\nbody",
            Refusal::Gone,
        ),
        (b"\0\xff\r\n\r\n", Refusal::Status(400)),
        (
            b"GET / HTTP/1.1\r\ncontent-length: +5\r\n\r\n",
            Refusal::Status(400),
        ),
        (
            b"GET / HTTP/1.1\r\ncontent-length:\r\n\r\n",
            Refusal::Status(400),
        ),
        (
            b"GET / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
            Refusal::Status(400),
        ),
        (
            b"GET / HTTP/1.1\r\ncontent-length: 99999999999999999999999\r\n\r\n",
            Refusal::Status(413),
        ),
        (
            b"GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n",
            Refusal::Status(411),
        ),
        (&long, Refusal::Status(431)),
        (many.as_bytes(), Refusal::Status(431)),
    ] {
        let refused = in_pieces(bytes, 4096).unwrap_err();
        assert_eq!(
            refused,
            refusal,
            "{:?}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(60)])
        );
    }
}

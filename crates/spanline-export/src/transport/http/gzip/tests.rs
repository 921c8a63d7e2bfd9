//! What was compressed is read back by flate2's own reader, and nothing is allocated for it twice.

use super::*;
use flate2::read::GzDecoder;
use std::io::Read as _;

fn read_back(bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut decoder = GzDecoder::new(bytes);
    decoder.read_to_end(&mut body).unwrap();
    assert!(decoder.into_inner().is_empty(), "bytes behind the end");
    body
}

/// Bytes that do not compress (splitmix64).
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0u64;
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed ^ (mixed >> 27)) as u8
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn requests_of_any_size_are_read_back() {
    let mut gzip = Gzip::new();
    for length in [0, 1, 100, 32 * 1024, 200_000, 5_000_000] {
        for body in [noise(length), b"name=value,".repeat(length / 11)] {
            let compressed = gzip.compress(&body).to_vec();
            assert!(read_back(&compressed) == body, "{length} bytes");
        }
    }
}

#[test]
fn repetition_is_cheap_and_the_buffers_are_kept() {
    let mut gzip = Gzip::new();
    let body = b"http.request.method=GET;".repeat(4000);
    let first = gzip.compress(&body).to_vec();
    assert!(first.len() * 50 < body.len(), "{} bytes", first.len());
    let capacity = gzip.out.capacity();
    assert_eq!(gzip.compress(&body), first);
    assert_eq!(gzip.out.capacity(), capacity);
}

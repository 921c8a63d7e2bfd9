//! Answers to a request that was taken, long ones and bombs among them, which matrices have in common.

use std::io::Write;
use std::sync::OnceLock;

use flate2::Compression;
use flate2::write::GzEncoder;

/// The most of an answer that is read: 4 MiB.
pub(crate) const MOST: usize = 4 << 20;

/// `ExportTraceServiceResponse`, 1: partial_success; in it 1: rejected_spans = 1, and 2: error_message
/// of so many bytes. Either may come first.
pub(crate) fn partial_success(text: usize) -> [Vec<u8>; 2] {
    let field = |key: u8, content: &[u8]| {
        // A varint of five bytes: lengths need not be written in the shortest form.
        let length = content.len();
        let digits = [0, 7, 14, 21].map(|at| (length >> at) as u8 | 0x80);
        [&[key], &digits[..], &[(length >> 28) as u8], content].concat()
    };
    let (number, text) = (vec![0x08, 1], field(0x12, &b"n".repeat(text)));
    [[&*number, &text], [&text, &number]].map(|fields| field(0x0A, &fields.concat()))
}

/// What a bomb holds.
const UNPACKED: u64 = 64 << 20;

/// Four members of gzip in a row, of 16 MiB of zeros each.
pub(crate) fn bomb() -> Vec<u8> {
    static BOMB: OnceLock<Vec<u8>> = OnceLock::new();
    BOMB.get_or_init(|| {
        let mut member = GzEncoder::new(Vec::new(), Compression::fast());
        let zeros = vec![0; 1 << 20];
        (0..UNPACKED >> 22).for_each(|_| member.write_all(&zeros).unwrap());
        member.finish().unwrap().repeat(4)
    })
    .clone()
}

/// Whoever unpacks it gets 64 MiB out of less than half a megabyte.
#[test]
fn the_bomb_is_one() {
    let bomb = bomb();
    assert!(bomb.len() < 1 << 19, "{}", bomb.len());
    let mut reader = flate2::read::MultiGzDecoder::new(&*bomb);
    let unpacked = std::io::copy(&mut reader, &mut std::io::sink()).unwrap();
    assert_eq!(unpacked, UNPACKED);
}

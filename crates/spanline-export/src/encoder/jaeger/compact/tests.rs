//! Varints of every length, against the loop that defines them.

use super::*;
use crate::encoder::buffer::Buffer;
use crate::encoder::jaeger::protocol::{Open, put_list};
use crate::fixture;

#[test]
fn varints_of_every_length() {
    let mut numbers = vec![0, u64::MAX];
    for bits in 0..64 {
        let power = 1u64 << bits;
        numbers.extend([power, power - 1, power + 1, power | 0x55, !power]);
    }
    for number in numbers {
        let written = written(&|to| put_varint(to, number));
        assert_eq!(written, fixture::varint(number), "{number:#x}");
    }
}

fn written(put: &dyn Fn(&mut Cursor<'_>)) -> Vec<u8> {
    let mut out = Buffer::new();
    out.write(0, |to| put(to));
    out.as_bytes().to_vec()
}

#[test]
fn numbers_are_zigzag() {
    // Field 1 after none, so the head is 0x10 and the type.
    let field = Field { id: 1, after: 0 };
    for (value, expected) in [
        (0_i64, "00"),
        (-1, "01"),
        (1, "02"),
        (63, "7e"),
        (64, "8001"),
        (300, "d804"),
        (-72_057_594_037_927_936, "ffffffffffffffff01"),
        (i64::MAX, "feffffffffffffffff01"),
        (i64::MIN, "ffffffffffffffffff01"),
    ] {
        let bytes = written(&|to| Compact::put_i64(to, field, value as u64));
        assert_eq!(hex(&bytes), format!("16{expected}"), "{value}");
        if let Ok(small) = i32::try_from(value) {
            let bytes = written(&|to| Compact::put_i32(to, field, small as u32));
            assert_eq!(hex(&bytes), format!("15{expected}"), "{value}");
        }
    }
    let bytes = written(&|to| Compact::put_i32(to, field, i32::MIN as u32));
    assert_eq!(hex(&bytes), "15ffffffff0f");
    let bytes = written(&|to| Compact::put_double(to, field, 1.5_f64.to_bits()));
    assert_eq!(hex(&bytes), "17000000000000f83f");
}

#[test]
fn a_list_says_its_size_in_one_byte_or_more() {
    for (about, size, expected) in [
        (0, 0, "190c"),
        (0, 1, "191c"),
        (0, 14, "19ec"),
        (0, 15, "19fc0f"),
        (0, 127, "19fc7f"),
        (0, 128, "19fc8001"),
        (200, 3, "193c"),
        (200, 129, "19fc8101"),
        (20, u32::MAX, "19fcffffffff0f"),
    ] {
        let field = Field { id: 1, after: 0 };
        let mut out = Buffer::new();
        let list = Open::begin::<Compact>(&mut out, field, about);
        out.push(b"items");
        assert_eq!(
            list.len_with::<Compact>(out.len(), size),
            expected.len() / 2 + 5
        );
        list.end::<Compact>(&mut out, size);
        assert_eq!(hex(out.as_bytes()), format!("{expected}6974656d73"));
        // The same inside a struct, where all is written through one cursor.
        let inside = written(&|to| {
            put_list::<Compact>(to, field, about, |to| {
                to.put(*b"items");
                size
            });
        });
        assert_eq!(inside, out.as_bytes());
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! Every flags byte there is.

use super::*;

#[test]
fn every_byte_keeps_its_two_known_bits() {
    for bits in 0..=u8::MAX {
        let flags = TraceFlags::from_bits(bits);
        assert_eq!(flags.bits(), bits & 3);
        assert_eq!(flags.is_sampled(), bits & 1 != 0);
        assert_eq!(flags.is_random(), bits & 2 != 0);
        assert_eq!(flags.with_sampled(true).with_random(true).bits(), 3);
        assert_eq!(flags.with_sampled(false).bits(), bits & 2);
        assert_eq!(flags.with_random(false).bits(), bits & 1);
        assert_eq!(flags.to_string(), format!("{:02x}", bits & 3));
    }
}

//! The ratio rule against a second definition of it, in whole numbers.
//!
//! Boundary ids stand in tables; properties are checked on random ones.

use super::*;
use proptest::prelude::*;

/// The rule, written down a second time: by bytes and by counting bits of the fraction.
fn keeps(trace_id: u128, fraction: f64) -> bool {
    let bytes = trace_id.to_be_bytes();
    let x = bytes[8..]
        .iter()
        .fold(0_u128, |x, byte| x << 8 | u128::from(*byte))
        >> 1;
    // fraction = mantissa / 2^shift, so x < floor(fraction * 2^63) compares whole numbers.
    let (mantissa, exponent) = match fraction.to_bits() >> 52 {
        0 => (fraction.to_bits(), 1),
        exponent => (fraction.to_bits() & ((1 << 52) - 1) | 1 << 52, exponent),
    };
    let shift = 1075 - exponent;
    let scaled = u128::from(mantissa) << 63;
    x < scaled
        .checked_shr(u32::try_from(shift).unwrap())
        .unwrap_or(0)
}

fn kept(trace_id: &str, fraction: f64) -> bool {
    let id = u128::from_str_radix(trace_id, 16).unwrap();
    let kept = TraceIdRatioBased::new(fraction).keeps(id as u64);
    if fraction > 0.0 && fraction < 1.0 {
        assert_eq!(kept, keeps(id, fraction), "{trace_id} {fraction}");
    }
    kept
}

#[test]
fn worked_example() {
    let sampler = TraceIdRatioBased::new(0.1);
    // A tenth of 2^63 is 922337203685477580.8; the nearest double to a tenth is a little more.
    assert_eq!(sampler.bound, 922_337_203_685_477_632);
    let half = 0xfedc_ba98_7654_3210_u64 >> 1;
    assert_eq!(half, 9_182_379_272_246_532_360);
    // It is dropped under the bound in real numbers as well as under that of doubles.
    assert!(half >= 922_337_203_685_477_580 && half >= sampler.bound);
    assert!(!kept("aabbccdd11223344fedcba9876543210", 0.1));
}

#[test]
fn bounds() {
    for (fraction, bound) in [
        (0.25, 0x2000_0000_0000_0000),
        (0.5, 0x4000_0000_0000_0000),
        (0.75, 0x6000_0000_0000_0000),
        (1.0, 1 << 63),
        (7.0, 1 << 63),
        (f64::INFINITY, 1 << 63),
        (0.0, 0),
        (-0.0, 0),
        (-1.0, 0),
        (f64::NEG_INFINITY, 0),
        (f64::NAN, 0),
        (-f64::NAN, 0),
        (1e-300, 0),
        (f64::MIN_POSITIVE / 4.0, 0),
        (0.5_f64.powi(63), 1),
        (1.0 - f64::EPSILON / 2.0, (1 << 63) - 1024),
    ] {
        assert_eq!(TraceIdRatioBased::new(fraction).bound, bound, "{fraction}");
    }
}

#[test]
fn single_ids() {
    for (id, fraction, expected) in [
        ("00000000000000007fffffffffffffff", 0.5, true),
        ("00000000000000008000000000000000", 0.5, false),
        ("00000000000000008000000000000001", 0.5, false),
        ("00000000000000003fffffffffffffff", 0.25, true),
        ("00000000000000004000000000000000", 0.25, false),
        // Only the right-most eight bytes count.
        ("ffffffffffffffff0000000000000001", 0.001, true),
        ("0000000000000001ffffffffffffffff", 0.999, false),
        ("ffffffffffffffffffffffffffffffff", 1.0, true),
        ("ffffffffffffffffffffffffffffffff", 0.999_999_999_999, false),
        ("00000000000000000000000000000001", 0.0, false),
        ("00000000000000010000000000000000", f64::NAN, false),
        ("00000000000000000000000000000001", 1e-18, true),
    ] {
        assert_eq!(kept(id, fraction), expected, "{id} {fraction}");
    }
}

#[test]
fn descriptions() {
    for (fraction, text) in [
        (0.1, "0.1"),
        (0.5, "0.5"),
        (1.0, "1"),
        (3.0, "1"),
        (0.0, "0"),
        (-0.0, "0"),
        (-2.0, "0"),
        (f64::NAN, "0"),
        (0.0001, "0.0001"),
        (0.000_123, "0.000123"),
        (0.000_01, "1e-05"),
        (0.000_012_5, "1.25e-05"),
        (1e-300, "1e-300"),
        (1.0 / 3.0, "0.3333333333333333"),
    ] {
        let description = format!("TraceIDRatioBased{{{text}}}");
        assert_eq!(TraceIdRatioBased::new(fraction).description(), description);
    }
}

proptest! {
    #[test]
    fn follows_the_rule(id: u128, fraction in 0.0..1.0_f64) {
        prop_assert_eq!(TraceIdRatioBased::new(fraction).keeps(id as u64), keeps(id, fraction));
    }

    #[test]
    fn a_higher_fraction_keeps_those_and_more(low: u64, one: f64, other: f64) {
        prop_assume!(one <= other);
        let (less, more) = (TraceIdRatioBased::new(one), TraceIdRatioBased::new(other));
        prop_assert!(!less.keeps(low) || more.keeps(low));
    }
}

#[test]
fn keeps_the_fraction_it_says() {
    const IDS: u64 = 100_000;
    let mut random = 1_u64;
    let ids: Vec<u64> = (0..IDS)
        .map(|_| {
            random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (random ^ random >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ mixed >> 31
        })
        .collect();
    for percent in [1_u64, 10, 50, 90] {
        let sampler = TraceIdRatioBased::new(percent as f64 / 100.0);
        let kept = ids.iter().filter(|id| sampler.keeps(**id)).count() as u64;
        assert!(
            kept.abs_diff(IDS * percent / 100) < 800,
            "{percent} %: {kept}"
        );
    }
}

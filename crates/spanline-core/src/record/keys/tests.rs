//! No key is ever missed, and few are taken for others.

use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_key_that_was_added_is_never_new(keys in prop::collection::vec(".{0,40}", 0..40)) {
        let mut filter = KeyFilter::EMPTY;
        for key in &keys {
            filter.add(KeyFilter::bit(key.as_bytes()));
        }
        for key in &keys {
            prop_assert!(!filter.add(KeyFilter::bit(key.as_bytes())));
        }
    }
}

/// Of ten keys in a row, 45 pairs could share a bit, one in 256 of them by chance: a false alarm for a
/// sixth of the spans. Families of keys differ in few places, which must not make it many more.
#[test]
fn false_alarms_are_rare() {
    const SPANS: usize = 600;
    let mut alarms = 0;
    for span in 0..SPANS {
        let mut filter = KeyFilter::EMPTY;
        for number in 0..10 {
            let key = match span % 3 {
                0 => format!("attribute.number.{:03}", span + number),
                1 => format!("k{}", span * 10 + number),
                _ => {
                    format!("{}.{span}.size", ["http", "db", "rpc"][number % 3])
                        + &"x".repeat(number)
                }
            };
            alarms += usize::from(!filter.add(KeyFilter::bit(key.as_bytes())));
        }
    }
    assert!(alarms < SPANS / 2, "{alarms} in {SPANS} spans");
}

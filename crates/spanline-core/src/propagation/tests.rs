//! Errors in words, and the shape of the traits.

use super::*;

#[test]
fn errors_name_header_reason_and_place() {
    let error = ExtractError::new("traceparent", ExtractReason::ZeroTraceId, 3);
    assert_eq!(error.to_string(), "traceparent: trace id is zero at byte 3");
    assert_eq!((error.header(), error.at()), ("traceparent", 3));
}

#[test]
fn contained_code_gives_its_outcome_or_nothing() {
    assert_eq!(contained("test", || 7), Some(7));
    assert_eq!(contained("test", || -> u8 { panic!("contained") }), None);
}

#[test]
fn a_carrier_without_lines_is_read_by_get() {
    struct One;
    impl Extractor for One {
        fn get(&self, key: &str) -> Option<&str> {
            (key == "a").then_some("1")
        }
        fn keys(&self, visit: &mut dyn FnMut(&str)) {
            visit("a");
        }
    }
    let mut seen = Vec::new();
    One.get_all("a", &mut |value| seen.push(value.to_owned()));
    One.get_all("b", &mut |value| seen.push(value.to_owned()));
    assert_eq!(seen, ["1"]);
}

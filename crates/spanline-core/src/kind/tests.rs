//! Kinds and their numbers.

use super::*;

#[test]
fn numbers_are_those_of_the_protocol() {
    use SpanKind::*;
    for (kind, number) in [
        (Internal, 1),
        (Server, 2),
        (Client, 3),
        (Producer, 4),
        (Consumer, 5),
    ] {
        assert_eq!(kind.number(), number);
        assert_eq!(SpanKind::from_number(number), Some(kind));
    }
    assert_eq!(SpanKind::from_number(0), None);
    assert_eq!(SpanKind::from_number(6), None);
    assert_eq!(SpanKind::default(), Internal);
}

//! Names, values, metadata, and that nothing changes under a reader.

use super::*;

#[test]
fn names_and_values_are_any_text() {
    let baggage = Baggage::new()
        .with("a", "lower")
        .with("A", "upper")
        .with("ключ", "B% 💼")
        .with("e", "");
    assert_eq!(baggage.get("a"), Some("lower"));
    assert_eq!(baggage.get("A"), Some("upper"));
    assert_eq!(baggage.get("ключ"), Some("B% 💼"));
    assert_eq!(baggage.get("e"), Some(""));
    assert_eq!(baggage.get("b"), None);
    assert_eq!(baggage.len(), 4);
}

#[test]
fn a_new_value_replaces_the_old_one_and_its_metadata() {
    let old = Baggage::new()
        .with_metadata("k", "1", "ttl=5")
        .with("l", "2");
    let new = old.clone().with("k", "3");
    assert_eq!(
        old.entry("k").map(|entry| (entry.value, entry.metadata)),
        Some(("1", "ttl=5"))
    );
    assert_eq!(
        new.entry("k").map(|entry| (entry.value, entry.metadata)),
        Some(("3", ""))
    );
    assert_eq!(
        new.iter().map(|entry| entry.name).collect::<Vec<_>>(),
        ["k", "l"]
    );
}

#[test]
fn a_reader_keeps_what_it_has() {
    let shared = Baggage::new().with("a", "1");
    let changed = shared.clone().with("b", "2").without("a");
    assert_eq!(shared.iter().count(), 1);
    assert_eq!(changed.get("a"), None);
    assert_eq!(changed.get("b"), Some("2"));
    assert_eq!(changed.clone().without("x"), changed);
    assert!(changed.without("b").is_empty());
}

#[test]
fn an_empty_name_is_ignored() {
    assert_eq!(Baggage::new().with("", "x"), Baggage::EMPTY);
    assert!(Baggage::new().with("", "x").is_empty());
}

#[test]
fn order_does_not_count_for_equality() {
    let one: Baggage = [("a", "1"), ("b", "2")].into_iter().collect();
    let other: Baggage = [("b", "2"), ("a", "1")].into_iter().collect();
    assert_eq!(one, other);
    assert_ne!(one, other.clone().with("a", "2"));
    assert_ne!(one, other.with_metadata("a", "1", "m"));
    assert_eq!(format!("{one:?}"), r#"{"a": "1", "b": "2"}"#);
}

#[test]
fn baggage_is_a_word_and_crosses_threads() {
    fn check<T: Send + Sync + Clone + 'static>() {}
    check::<Baggage>();
    assert_eq!(size_of::<Baggage>(), size_of::<usize>());
}

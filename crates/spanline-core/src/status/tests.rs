//! The precedence of statuses, pair by pair.

use super::*;

#[test]
fn every_pair_of_statuses() {
    let error = |text| Status::Error(Cow::Borrowed(text));
    let table = [
        (Status::Unset, Status::Unset, Status::Unset),
        (Status::Unset, Status::Ok, Status::Ok),
        (Status::Unset, error("b"), error("b")),
        (Status::Ok, Status::Unset, Status::Ok),
        (Status::Ok, Status::Ok, Status::Ok),
        (Status::Ok, error("b"), Status::Ok),
        (error("a"), Status::Unset, error("a")),
        (error("a"), Status::Ok, Status::Ok),
        (error("a"), error("b"), error("b")),
    ];
    for (has, next, expected) in table {
        let taken = has.code().accepts(next.code());
        let result = if taken { next.clone() } else { has.clone() };
        assert_eq!(result, expected, "{has:?} then {next:?}");
    }
}

#[test]
fn only_failures_have_descriptions() {
    assert_eq!(Status::error("why").description(), Some("why"));
    assert_eq!(Status::error(String::new()).description(), None);
    assert_eq!(Status::Ok.description(), None);
    assert_eq!(Status::Unset.description(), None);
}

#[test]
fn numbers_are_those_of_the_protocol() {
    for (code, number) in [
        (StatusCode::Unset, 0),
        (StatusCode::Ok, 1),
        (StatusCode::Error, 2),
    ] {
        assert_eq!(code.number(), number);
        assert_eq!(StatusCode::from_number(number), Some(code));
    }
    assert_eq!(StatusCode::from_number(3), None);
}

#[test]
fn owning_keeps_the_text() {
    let text = String::from("why");
    let owned: Status<'static> = Status::error(&text[..]).into_owned();
    drop(text);
    assert_eq!(owned, Status::error("why"));
}

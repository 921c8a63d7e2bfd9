//! The grammar at its borders, and the rules for editing.

use super::TraceStateErrorKind as Kind;
use super::*;

fn read(text: &str) -> Result<String, (Kind, usize)> {
    match text.parse::<TraceState>() {
        Ok(state) => Ok(state.to_string()),
        Err(error) => Err((error.kind(), error.at())),
    }
}

fn numbered(count: usize) -> String {
    (0..count)
        .map(|n| format!("k{n}={n}"))
        .collect::<Vec<_>>()
        .join(",")
}

#[test]
fn lists_that_are_read() {
    for (text, canonical) in [
        ("", ""),
        (" \t ", ""),
        (",,,", ""),
        ("foo=1", "foo=1"),
        ("foo=1,bar=2", "foo=1,bar=2"),
        ("foo=1,, \t,bar=2", "foo=1,bar=2"),
        (" foo=1 \t,\tbar=2 ", "foo=1,bar=2"),
        ("foo=1,foo=2,bar=3", "foo=1,bar=3"),
        ("k=  v ", "k=  v"),
        (
            "foo@=1,foo@@bar=2,foo@bar@baz=3,1x=4",
            "foo@=1,foo@@bar=2,foo@bar@baz=3,1x=4",
        ),
        (
            "a_-*/@=!\"#$%&'()*+-./:;<>?@[]^_`{|}~",
            "a_-*/@=!\"#$%&'()*+-./:;<>?@[]^_`{|}~",
        ),
    ] {
        assert_eq!(read(text), Ok(canonical.into()), "{text:?}");
    }
}

#[test]
fn lists_that_are_refused() {
    for (text, kind, at) in [
        ("foo", Kind::NoEquals, 0),
        ("a=1, foo", Kind::NoEquals, 5),
        ("=1", Kind::Key, 0),
        ("foo =1", Kind::Key, 3),
        ("FOO=1", Kind::Key, 0),
        ("foo.bar=1", Kind::Key, 3),
        ("@foo=1,bar=2", Kind::Key, 0),
        ("_foo=1", Kind::Key, 0),
        ("foo=bar=baz", Kind::Value, 7),
        ("foo=,bar=3", Kind::EmptyValue, 4),
        ("foo= \t", Kind::EmptyValue, 4),
        ("foo=a\tb", Kind::Value, 5),
        ("foo=é", Kind::Value, 4),
        ("foo=a\u{7f}", Kind::Value, 5),
    ] {
        assert_eq!(read(text), Err((kind, at)), "{text:?}");
    }
}

#[test]
fn keys_and_values_of_256_characters() {
    let long = "z".repeat(256);
    assert!(read(&format!("{long}={long}")).is_ok());
    assert_eq!(read(&format!("{long}z=1")), Err((Kind::KeyTooLong, 256)));
    assert_eq!(read(&format!("a={long}z")), Err((Kind::ValueTooLong, 258)));
    assert!(read(&format!("{}@v=1", "t".repeat(242))).is_ok());
}

#[test]
fn thirty_two_members_and_no_more() {
    assert_eq!(numbered(32).parse::<TraceState>().unwrap().len(), 32);
    assert_eq!(
        numbered(33).parse::<TraceState>().unwrap_err().kind(),
        Kind::TooManyMembers
    );
    let repeated = vec!["a=1"; 33].join(",");
    assert_eq!(
        repeated.parse::<TraceState>().unwrap_err().kind(),
        Kind::TooManyMembers
    );
    assert!(format!("{},,,", numbered(32)).parse::<TraceState>().is_ok());
}

#[test]
fn the_longest_list_fits_and_nothing_longer_is_read() {
    let longest: Vec<_> = (0..32)
        .map(|n| format!("{n:02}{}={}", "k".repeat(254), "v".repeat(256)))
        .collect();
    let longest = longest.join(",");
    assert_eq!(longest.parse::<TraceState>().unwrap().as_str(), longest);
    assert_eq!(read(&format!("{longest} ")).unwrap_err().0, Kind::TooLong);
    assert_eq!(read(&",".repeat(1 << 20)).unwrap_err().0, Kind::TooLong);
}

#[test]
fn lines_are_joined_in_order() {
    let mut list = ListReader::new();
    for line in ["foo=1,bar=2", "", "rojo=1,congo=2", "baz=3"] {
        list.push_line(line).unwrap();
    }
    assert_eq!(list.push_line("x").unwrap_err().at(), 34);
    assert_eq!(list.finish().as_str(), "foo=1,bar=2,rojo=1,congo=2,baz=3");
}

#[test]
fn pairs_make_a_list() {
    let state = TraceState::from_pairs([("a", "1"), ("b", "2")]).unwrap();
    assert_eq!(state.as_str(), "a=1,b=2");
    assert_eq!(
        TraceState::from_pairs::<&str, &str>([]).unwrap(),
        TraceState::EMPTY
    );
    let error = |pairs: &[(&str, &str)]| {
        let error = TraceState::from_pairs(pairs.iter().copied()).unwrap_err();
        (error.kind(), error.at())
    };
    assert_eq!(error(&[("a", "1"), ("a", "2")]), (Kind::DuplicateKey, 4));
    assert_eq!(error(&[("a", "1"), ("b", "")]), (Kind::EmptyValue, 6));
    assert_eq!(error(&[("a", "x ")]), (Kind::Value, 3));
    assert_eq!(error(&[("a=b", "x")]), (Kind::Key, 1));
    assert_eq!(error(&[("a", "x,b=1")]), (Kind::Value, 3));
}

#[test]
fn edits_move_to_the_front() {
    let state: TraceState = "a=1,b=2,c=3".parse().unwrap();
    assert_eq!(state.with("c", "4").unwrap().as_str(), "c=4,a=1,b=2");
    assert_eq!(state.with("d", "4").unwrap().as_str(), "d=4,a=1,b=2,c=3");
    assert_eq!(state.without("b").as_str(), "a=1,c=3");
    assert_eq!(state.without("x"), state);
    assert_eq!(
        state.without("a").without("b").without("c"),
        TraceState::EMPTY
    );
    assert_eq!(state.as_str(), "a=1,b=2,c=3");
    assert_eq!(state.with("A", "4").unwrap_err().kind(), Kind::Key);
    assert_eq!(state.with("a", "4 ").unwrap_err().kind(), Kind::Value);
}

#[test]
fn a_full_list_loses_its_right_most_member() {
    let full: TraceState = numbered(32).parse().unwrap();
    let edited = full.with("new", "1").unwrap();
    assert_eq!(edited.len(), 32);
    assert_eq!(edited.iter().next(), Some(("new", "1")));
    assert_eq!(edited.get("k31"), None);
    assert_eq!(edited.get("k30"), Some("30"));
    assert_eq!(full.with("k31", "x").unwrap().len(), 32);
}

#[test]
fn reading_members() {
    let state: TraceState = "a=1,b=2".parse().unwrap();
    assert_eq!(state.get("b"), Some("2"));
    assert_eq!(state.get("c"), None);
    assert_eq!(state.iter().collect::<Vec<_>>(), [("a", "1"), ("b", "2")]);
    assert_eq!((state.len(), state.is_empty()), (2, false));
    assert_eq!(
        (TraceState::EMPTY.len(), TraceState::EMPTY.is_empty()),
        (0, true)
    );
    assert_eq!(size_of::<TraceState>(), size_of::<usize>());
}

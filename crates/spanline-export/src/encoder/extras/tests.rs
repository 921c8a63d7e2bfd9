//! What wires without native fields say about scope, status and losses.

use super::*;
use crate::fixture::{self, Span};

fn write(to: &mut Cursor<'_>, key: &str, value: &Value<'_>) {
    to.put_bytes(format!("{key}={value};").as_bytes());
}

fn append(extras: &Extras, span: Span) -> (String, u32) {
    let mut out = Buffer::new();
    let count = fixture::view(&span.seal(), |view| {
        out.write(0, |to| extras.put(to, view.raw()))
    });
    (String::from_utf8(out.as_bytes().to_vec()).unwrap(), count)
}

#[test]
fn keys_of_the_span_are_left_out_one_by_one() {
    let mut extras = Extras::default();
    for key in ["a", "b", "c"] {
        extras.add(key, &Value::from(1), write);
    }
    extras.add("b", &Value::from(2), write);
    assert_eq!(
        append(&extras, Span::new("x")),
        ("a=1;b=1;c=1;".to_owned(), 3)
    );
    assert_eq!(
        append(&extras, Span::new("x").attribute("b", 9)),
        ("a=1;c=1;".to_owned(), 2)
    );
    let all = Span::new("x")
        .attribute("a", 9)
        .attribute("b", 9)
        .attribute("c", 9);
    assert_eq!(append(&extras, all), (String::new(), 0));
}

#[test]
fn keys_that_only_look_alike_to_the_filter_do_not_matter() {
    let mut extras = Extras::default();
    extras.add("key", &Value::from(1), write);
    let twin = (0..)
        .map(|n| format!("twin{n}"))
        .find(|twin| bit(twin.as_bytes()) == bit(b"key"));
    let span = Span::new("x").attribute(&twin.unwrap(), 9);
    assert_eq!(append(&extras, span), ("key=1;".to_owned(), 1));
}

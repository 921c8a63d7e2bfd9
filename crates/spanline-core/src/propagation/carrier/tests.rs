//! Names in any case, repeated lines, replaced values.

use super::*;

fn all(carrier: &dyn Extractor, key: &str) -> Vec<String> {
    let mut values = Vec::new();
    carrier.get_all(key, &mut |value| values.push(value.to_owned()));
    values
}

fn prefixed(carrier: &dyn Extractor, prefix: &str, most: usize) -> Vec<String> {
    let mut found = Vec::new();
    carrier.get_prefixed(prefix, &mut |name, value| {
        found.push(format!("{name}: {value}"));
        match found.len() < most {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    });
    found
}

/// The same for every kind of map.
macro_rules! on_each_map {
    ($($map:ident => $names:ident;)*) => {$(
        mod $names {
            use super::*;

            #[test]
            fn is_read_in_any_case() {
                let map = $map::from([("TraceParent".to_owned(), "1".to_owned())]);
                assert_eq!(Extractor::get(&map, "traceparent"), Some("1"));
                assert_eq!(all(&map, "TRACEPARENT"), ["1"]);
                assert_eq!(Extractor::get(&map, "trace-parent"), None);
                let mut names = Vec::new();
                Extractor::keys(&map, &mut |name| names.push(name.to_owned()));
                assert_eq!(names, ["TraceParent"]);
                assert_eq!(prefixed(&map, "trace", 9), ["Parent: 1"]);
                assert_eq!(prefixed(&map, "span", 9), [""; 0]);
            }

            #[test]
            fn with_two_spellings_shows_both_unless_one_is_exact() {
                let mut map: $map<String, String> = [("B", "2"), ("A", "1")]
                    .map(|(k, v)| (k.repeat(2), v.to_owned()))
                    .into();
                map.insert("aA".to_owned(), "3".to_owned());
                assert_eq!(all(&map, "aa"), ["1", "3"]);
                assert_eq!(Extractor::get(&map, "aa"), Some("1"));
                assert_eq!(all(&map, "aA"), ["3"]);
            }

            #[test]
            fn holds_one_spelling_after_setting() {
                let mut map = $map::from([("Key".to_owned(), "old".to_owned())]);
                map.set("key", "new");
                map.set("key", "newer");
                assert_eq!(map, $map::from([("key".to_owned(), "newer".to_owned())]));
            }
        }
    )*};
}

on_each_map! {
    HashMap => a_hash_map;
    BTreeMap => a_sorted_map;
}

#[test]
fn a_list_keeps_lines_apart_and_in_order() {
    let list = [("Baggage", "a=1"), ("other", "x"), ("baggage", "b=2")];
    assert_eq!(all(&list, "baggage"), ["a=1", "b=2"]);
    assert_eq!(list.get("BAGGAGE"), Some("a=1"));
    assert_eq!(all(&list.to_vec(), "baggage"), ["a=1", "b=2"]);
    assert_eq!(all(&&list[..], "none"), [""; 0]);
    let expected = ["age: a=1", "age: b=2"];
    assert_eq!(prefixed(&list, "BAGG", 9), expected);
    assert_eq!(prefixed(&list.to_vec(), "bagg", 9), expected);
    assert_eq!(prefixed(&&list[..], "bagg", 1), expected[..1]);
}

/// Brings what a carrier must bring.
struct Least;

impl Extractor for Least {
    fn get(&self, key: &str) -> Option<&str> {
        matches!(key, "Ka" | "kb" | "x").then_some("1")
    }

    fn keys(&self, visit: &mut dyn FnMut(&str)) {
        ["Ka", "kb", "x", "k-gone"].into_iter().for_each(visit);
    }
}

#[test]
fn values_and_prefixes_come_from_names_unless_the_carrier_knows_more() {
    assert_eq!(prefixed(&Least, "k", 9), ["a: 1", "b: 1"]);
    assert_eq!(prefixed(&Least, "k", 1), ["a: 1"]);
    assert_eq!(all(&Least, "x"), ["1"]);
}

#[test]
fn setting_in_a_list_replaces_all_lines_of_the_name() {
    let mut list: Vec<(String, String)> = [("A", "1"), ("b", "2"), ("a", "3")]
        .map(|(k, v)| (k.into(), v.into()))
        .into();
    list.set("a", "4");
    list.set("c", "5");
    let list: Vec<_> = list.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(list, [("A", "4"), ("b", "2"), ("c", "5")]);
}

#[test]
fn closures_are_carriers() {
    let mut sent = Vec::new();
    let mut carrier = inject_with(|name, value| sent.push(format!("{name}: {value}")));
    carrier.set("a", "1");
    carrier.set("b", "2");
    assert_eq!(sent, ["a: 1", "b: 2"]);

    let text = String::from("1");
    let carrier = extract_with(|name| (name == "a").then_some(text.as_str()));
    assert_eq!(carrier.get("a"), Some("1"));
    assert_eq!(carrier.get("b"), None);
    let mut lines = Vec::new();
    carrier.get_all("a", &mut |line| lines.push(line.to_owned()));
    assert_eq!(lines, ["1"]);
    carrier.keys(&mut |name| panic!("{name} was listed"));
    assert_eq!(prefixed(&carrier, "a", 9), [""; 0]);
}
